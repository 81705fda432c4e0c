package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"studio/media/picture"
)

func TestDamaged(t *testing.T) {
	whole := barsJPEG(t, 640, 360, samp420, 0)
	head := bytes.Index(whole, []byte{0xff, markerSOS})
	broken := bytes.Clone(whole)
	for i := head + 40; i < head+80; i++ {
		broken[i] = 0xff // no such code, and no such marker
	}
	cases := map[string][]byte{
		"nothing":         {},
		"nil":             nil,
		"text":            []byte("this is no picture at all"),
		"start only":      whole[:2],
		"header only":     whole[:head],
		"scan header":     whole[:head+14],
		"half":            whole[:len(whole)/2],
		"without its end": whole[:len(whole)-2],
		"broken data":     broken,
		"zeros":           make([]byte, 10000),
		"no quantisation": without(whole, markerDQT),
	}
	for _, part := range []int{10, 50, 90, 99} {
		cases[fmt.Sprintf("%d %%", part)] = whole[:len(whole)*part/100]
		p := barsJPEG(t, 640, 360, samp422, progressive)
		cases[fmt.Sprintf("%d %% of a progressive one", part)] = p[:len(p)*part/100]
	}
	d := newDecoder(t)
	pool := picture.NewPool(1)
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			pic, err := d.Decode(pool, data, picture.Size{Width: 320, Height: 180})
			if !errors.Is(err, ErrDamaged) || pic != nil {
				t.Errorf("got %v, %v", pic, err)
			}
			if pool.Out() != 0 {
				t.Error("the picture was not returned to its pool")
			}
			after, err := d.Decode(pool, whole, picture.Size{Width: 320, Height: 180})
			if err != nil {
				t.Fatalf("the next whole one: %v", err)
			}
			checkBars(t, after.View, false, 2)
			after.Release()
		})
	}
}

func TestCamerasHarmlessHabits(t *testing.T) {
	whole := barsJPEG(t, 640, 360, samp422, 0)
	end := len(whole) - 2
	d := newDecoder(t)
	pool := picture.NewPool(1)
	for name, data := range map[string][]byte{
		"padding behind the end":      append(bytes.Clone(whole), make([]byte, 4096)...),
		"padding in front of the end": append(append(bytes.Clone(whole[:end]), make([]byte, 7)...), whole[end:]...),
		"no Huffman tables":           without(whole, markerDHT),
		"no application segment":      without(whole, 0xe0),
	} {
		t.Run(name, func(t *testing.T) {
			pic, err := d.Decode(pool, data, picture.Size{Width: 640, Height: 360})
			if err != nil {
				t.Fatal(err)
			}
			checkBars(t, pic.View, false, 2)
			pic.Release()
		})
	}
}

// A camera without tables of its own gets the standard ones, not those of
// whatever was decoded before it.
func TestTablesDoNotLeakFromOneCameraToTheNext(t *testing.T) {
	own := barsJPEG(t, 320, 240, samp420, progressive) // progressive ones bring optimal tables
	bare := without(barsJPEG(t, 640, 360, samp420, 0), markerDHT)
	d := newDecoder(t)
	pool := picture.NewPool(1)
	for range 3 {
		for _, data := range [][]byte{own, bare} {
			pic, err := d.Decode(pool, data, picture.Size{})
			if err != nil {
				t.Fatal(err)
			}
			checkBars(t, pic.View, false, 2)
			pic.Release()
		}
	}
}

// without returns a JPEG with all segments of one marker left out.
func without(data []byte, marker byte) []byte {
	out := append([]byte(nil), data[:2]...)
	for at := 2; ; {
		if data[at+1] == markerSOS {
			return append(out, data[at:]...)
		}
		next := at + 2 + int(data[at+2])<<8 + int(data[at+3])
		if data[at+1] != marker {
			out = append(out, data[at:next]...)
		}
		at = next
	}
}

func TestEmptyPool(t *testing.T) {
	d := newDecoder(t)
	pool := picture.NewPool(1)
	data := barsJPEG(t, 64, 64, samp420, 0)
	pic, err := d.Decode(pool, data, picture.Size{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode(pool, data, picture.Size{}); !errors.Is(err, ErrNoPicture) {
		t.Errorf("got %v", err)
	}
	pic.Release()
}

func TestRefused(t *testing.T) {
	d := newDecoder(t)
	pool := picture.NewPool(1)
	data := barsJPEG(t, 64, 64, samp420, 0)
	for _, want := range []picture.Size{{Width: 31, Height: 32}, {Width: 32, Height: 31}, {Width: -2, Height: 2}, {Width: 0, Height: 2}} {
		if _, err := d.Decode(pool, data, want); err == nil {
			t.Errorf("wanted size %v is taken", want)
		}
	}
	huge := bytes.Clone(data)
	at := bytes.Index(huge, []byte{0xff, 0xc0}) + 5
	copy(huge[at:], []byte{0xff, 0xdc, 0xff, 0xdc})
	if _, err := d.Decode(pool, huge, picture.Size{Width: 32, Height: 32}); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("4 gigapixels: %v", err)
	}
	if pool.Out() != 0 {
		t.Errorf("%d pictures not returned", pool.Out())
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	d := newDecoder(t)
	pool := picture.NewPool(1)
	for _, sampled := range samplings {
		data := barsJPEG(t, 642, 362, sampled, 0)
		for _, want := range []picture.Size{{Width: 642, Height: 362}, {Width: 320, Height: 180}, {Width: 800, Height: 600}} {
			n := testing.AllocsPerRun(5, func() {
				pic, err := d.Decode(pool, data, want)
				if err != nil {
					t.Fatal(err)
				}
				pic.Release()
			})
			if n != 0 {
				t.Errorf("%s to %v: %v allocations", subsamplings[sampled], want, n)
			}
		}
	}
}
