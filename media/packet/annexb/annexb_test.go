package annexb

import (
	"bytes"
	"testing"
	"time"

	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
)

// units returns coded pictures, a key frame first and every ten.
func units(t testing.TB, size picture.Size, count int, encoder encode.VideoOptions) [][]byte {
	t.Helper()
	encoder.Size, encoder.Rate, encoder.KeyInterval, encoder.BitsPerSecond = size, packet.Rational{Num: 30, Den: 1}, 10, 300_000
	v, err := encode.NewVideo(encoder)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var list [][]byte
	pic := picture.New(size)
	for i := range count {
		picture.Fill(pic.View, byte(16+i), 128, 128)
		if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) { list = append(list, p.Data) }); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func TestLook(t *testing.T) {
	for i, data := range units(t, picture.Size{Width: 64, Height: 64}, 25, encode.VideoOptions{Preset: "ultrafast"}) {
		key := i%10 == 0
		if u, ok := Look(data); !ok || u != (AccessUnit{Picture: true, Key: key, SPS: key, PPS: key}) {
			t.Errorf("unit %d: %+v, %v", i, u, ok)
		}
	}
	for _, test := range []struct {
		data string
		want AccessUnit
		ok   bool
	}{
		{"", AccessUnit{}, false},
		{"\x00\x00", AccessUnit{}, false},
		{"\xff\xd8\x00\x00\x01\x65\x88", AccessUnit{}, false}, // no start code first
		{"\x00\x00\x01", AccessUnit{}, true},
		{"\x00\x00\x01\x67\x01\x00\x00\x00\x01\x68\x01\x00\x00", AccessUnit{SPS: true, PPS: true}, true},
		{"\x00\x00\x00\x00\x01\x09\x10\x00\x00\x01\x65\x88", AccessUnit{Picture: true, Key: true}, true},
		{"\x00\x00\x01\x06\x01\x00\x00\x01\x41\x9a", AccessUnit{Picture: true}, true},
	} {
		if u, ok := Look([]byte(test.data)); u != test.want || ok != test.ok {
			t.Errorf("%q: %+v, %v", test.data, u, ok)
		}
	}
}

func TestSets(t *testing.T) {
	key := units(t, picture.Size{Width: 64, Height: 64}, 1, encode.VideoOptions{Preset: "ultrafast"})[0]
	sets := AppendSets(nil, key)
	if !bytes.HasPrefix(key, sets) || len(sets) < 20 || len(sets) == len(key) {
		t.Errorf("sets %x of %x", sets, key[:40])
	}
	if again := AppendSets([]byte("x"), append([]byte{0, 0, 1, 9, 16}, sets...)); string(again) != "x"+string(sets) {
		t.Errorf("behind a delimiter: %x", again)
	}
}

func TestSize(t *testing.T) {
	for _, size := range []picture.Size{{Width: 64, Height: 64}, {Width: 1920, Height: 1080}, {Width: 322, Height: 182}} {
		for _, profile := range []string{"baseline", "main", "high"} {
			key := units(t, size, 1, encode.VideoOptions{Preset: "medium", Profile: profile})[0]
			if w, h, ok := Size(key); !ok || w != size.Width || h != size.Height {
				t.Errorf("%v, %s: %dx%d, %v", size, profile, w, h, ok)
			}
			if w, h, ok := Size(key[:9]); ok {
				t.Errorf("half an SPS: %dx%d", w, h)
			}
		}
	}
}

// TestNumbers loses every one of the pictures in turn.
func TestNumbers(t *testing.T) {
	list := units(t, picture.Size{Width: 64, Height: 64}, 45, encode.VideoOptions{Preset: "ultrafast"})
	for lost := range list {
		var n Numbers
		for i, data := range list {
			if i == lost {
				continue
			}
			want := i != lost+1 || i%10 == 0 || i == 1 // without the first there is no SPS
			if got := n.Follow(data); got != want {
				t.Fatalf("picture %d lost: picture %d follows: %v", lost, i, got)
			}
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	list := units(t, picture.Size{Width: 64, Height: 64}, 30, encode.VideoOptions{Preset: "ultrafast"})
	var n Numbers
	i := 0
	if allocated := testing.AllocsPerRun(300, func() {
		Look(list[i%30])
		n.Follow(list[i%30])
		i++
	}); allocated != 0 {
		t.Errorf("%v allocations a unit", allocated)
	}
}

func FuzzAnnexB(f *testing.F) {
	for _, data := range units(f, picture.Size{Width: 64, Height: 64}, 2, encode.VideoOptions{Preset: "ultrafast"}) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		Look(data)
		if sets := AppendSets(nil, data); len(sets) > 2*len(data) {
			t.Errorf("%d bytes of %d", len(sets), len(data))
		}
		if w, h, ok := Size(data); ok && (w < 1 || h < 1) {
			t.Errorf("size %dx%d", w, h)
		}
		var n Numbers
		n.Follow(data)
		n.Follow(data)
	})
}
