package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"testing"

	"studio/media/picture"
)

// The values of turbojpeg's TJSAMP; a test file cannot use cgo.
const (
	samp444 = iota
	samp422
	samp420
	sampGrey
	samp440
	samp411
)

const progressive = 16384 // TJFLAG_PROGRESSIVE

var samplings = []int{samp444, samp422, samp420, sampGrey, samp440, samp411}

// barsJPEG returns colour bars as a camera would send them.
func barsJPEG(t testing.TB, width, height, sampled int, flags int) []byte {
	t.Helper()
	even := picture.Size{Width: (width + 1) &^ 1, Height: (height + 1) &^ 1}
	bars := picture.New(even)
	bars.Colour = picture.JFIF
	picture.Bars(bars.View)
	across, down := [...]int{1, 2, 2, 2, 1, 4}[sampled], [...]int{1, 1, 2, 2, 2, 1}[sampled]
	w, h := (width+across-1)/across, (height+down-1)/down
	planes := [2][]byte{make([]byte, w*h), make([]byte, w*h)}
	for y := range h {
		for x := range w {
			c := min(y*down, height-1)/2*bars.StrideC + min(x*across, width-1)/2
			planes[0][y*w+x], planes[1][y*w+x] = bars.U[c], bars.V[c]
		}
	}
	data, err := compressSampled(bars.Y, planes[0], planes[1], bars.StrideY, w, width, height, sampled, 95, flags)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkBars compares the middle of every bar with the published levels. Where bars
// are narrow the neighbours' chroma comes in, so only the middle pixel is looked at.
func checkBars(t *testing.T, v picture.View, grey bool, most float64) {
	t.Helper()
	for i, want := range picture.BarLevels {
		x := (2*i + 1) * v.Width / 16
		for _, y := range []int{v.Height / 4, v.Height / 2, v.Height - 2} {
			got := [3]byte{v.Y[y*v.StrideY+x], v.U[y/2*v.StrideC+x/2], v.V[y/2*v.StrideC+x/2]}
			if grey {
				if got[1] != 128 || got[2] != 128 {
					t.Errorf("bar %d of a grey JPEG is %v", i, got)
				}
				continue
			}
			for k := range got {
				if math.Abs(float64(got[k])-float64(want[k])) > most {
					t.Errorf("bar %d at row %d of %v is %v, want %v", i, y, v.Size(), got, want)
					break
				}
			}
		}
	}
}

func newDecoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestColourBarsComeOutRight(t *testing.T) {
	d := newDecoder(t)
	pool := picture.NewPool(1)
	for _, source := range []picture.Size{{Width: 1920, Height: 1080}, {Width: 1280, Height: 720}, {Width: 640, Height: 480}, {Width: 641, Height: 361}} {
		for _, sampled := range samplings {
			for _, flags := range []int{0, progressive} {
				data := barsJPEG(t, source.Width, source.Height, sampled, flags)
				wants := []picture.Size{{}, {Width: 1920, Height: 1080}, {Width: 960, Height: 540}, {Width: 480, Height: 270}, {Width: 240, Height: 134}, {Width: 700, Height: 400}, {Width: 360, Height: 640}}
				if flags != 0 {
					wants = wants[:3]
				}
				for _, want := range wants {
					t.Run(fmt.Sprint(source, subsamplings[sampled], flags, want), func(t *testing.T) {
						pic, err := d.Decode(pool, data, want)
						if err != nil {
							t.Fatal(err)
						}
						defer pic.Release()
						if want == (picture.Size{}) {
							want = picture.Size{Width: source.Width &^ 1, Height: source.Height &^ 1}
						}
						if pic.Size() != want || pic.Colour != picture.Program {
							t.Fatalf("%v %v", pic.Size(), pic.Colour)
						}
						checkBars(t, pic.View, sampled == sampGrey, 2)
					})
				}
			}
		}
	}
	if pool.Out() != 0 {
		t.Errorf("%d pictures not returned", pool.Out())
	}
}

// Not only bars: every pixel of a picture with detail, against Go's own decoder
// and exact conversion, at the whole size.
func TestWholeSizeAgainstAnotherDecoder(t *testing.T) {
	img := image.NewYCbCr(image.Rect(0, 0, 322, 246), image.YCbCrSubsampleRatio420)
	for y := range 246 {
		for x := range 322 {
			img.Y[img.YOffset(x, y)] = byte(128 + 60*math.Sin(float64(x)/9) + 50*math.Cos(float64(x+y)/14))
			img.Cb[img.COffset(x, y)] = byte(128 + 40*math.Sin(float64(y)/21))
			img.Cr[img.COffset(x, y)] = byte(128 + 40*math.Cos(float64(x)/17))
		}
	}
	var file bytes.Buffer
	if err := stdjpeg.Encode(&file, img, &stdjpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	peer, err := stdjpeg.Decode(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := picture.New(picture.Size{Width: 322, Height: 246})
	picture.Convert(want.View, fromYCbCr(peer.(*image.YCbCr)))
	got, err := newDecoder(t).Decode(picture.NewPool(1), file.Bytes(), picture.Size{})
	if err != nil {
		t.Fatal(err)
	}
	if d := furthest(got.View, want.View); d > 3 {
		t.Errorf("%d levels from what another decoder makes of it", d)
	}
}

func fromYCbCr(img *image.YCbCr) picture.View {
	return picture.View{Y: img.Y, U: img.Cb, V: img.Cr, Width: img.Rect.Dx(), Height: img.Rect.Dy(),
		StrideY: img.YStride, StrideC: img.CStride, Colour: picture.JFIF}
}

func furthest(a, b picture.View) int {
	most := 0
	for y := range a.Height {
		for x := range a.Width {
			for _, pair := range [][2]byte{
				{a.Y[y*a.StrideY+x], b.Y[y*b.StrideY+x]},
				{a.U[y/2*a.StrideC+x/2], b.U[y/2*b.StrideC+x/2]},
				{a.V[y/2*a.StrideC+x/2], b.V[y/2*b.StrideC+x/2]},
			} {
				d := int(pair[0]) - int(pair[1])
				most = max(most, d, -d)
			}
		}
	}
	return most
}

func TestEncodeIsReadByOthers(t *testing.T) {
	bars := picture.New(picture.Size{Width: 640, Height: 360})
	picture.Bars(bars.View)
	data, err := Encode(bars.View, 95)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	seen := picture.New(bars.Size())
	picture.Convert(seen.View, fromYCbCr(peer.(*image.YCbCr)))
	checkBars(t, seen.View, false, 2)
	w, h, sampled, err := Info(data)
	if w != 640 || h != 360 || sampled != "4:2:0" || err != nil {
		t.Errorf("info: %d×%d %s %v", w, h, sampled, err)
	}
	for _, quality := range []int{0, 101, -1} {
		if _, err := Encode(bars.View, quality); err == nil {
			t.Errorf("quality %d is taken", quality)
		}
	}
}

func TestInfo(t *testing.T) {
	for _, sampled := range samplings {
		w, h, name, err := Info(barsJPEG(t, 641, 361, sampled, 0))
		if err != nil || w != 641 || h != 361 || name != subsamplings[sampled] {
			t.Errorf("%s: %d×%d %s %v", subsamplings[sampled], w, h, name, err)
		}
	}
	for _, data := range [][]byte{nil, {}, []byte("not a JPEG"), {0xff, 0xd8, 0xff, 0xd9}} {
		if _, _, _, err := Info(data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func TestScaled(t *testing.T) {
	for _, test := range []struct {
		width, height int
		want          picture.Size
		w, h          int
	}{
		{1920, 1080, picture.Size{}, 1920, 1080},
		{1920, 1080, picture.Size{Width: 1920, Height: 1080}, 1920, 1080},
		{1920, 1080, picture.Size{Width: 1280, Height: 720}, 1920, 1080},
		{1920, 1080, picture.Size{Width: 960, Height: 540}, 960, 540},
		{1920, 1080, picture.Size{Width: 480, Height: 270}, 480, 270},
		{1920, 1080, picture.Size{Width: 482, Height: 270}, 960, 540},
		{1920, 1080, picture.Size{Width: 240, Height: 134}, 240, 135},
		{1920, 1080, picture.Size{Width: 2, Height: 2}, 240, 135},
		{640, 480, picture.Size{Width: 1920, Height: 1080}, 640, 480},
		{641, 361, picture.Size{Width: 320, Height: 180}, 321, 181},
	} {
		by := denominator(test.width, test.height, test.want)
		if w, h := divide(test.width, by), divide(test.height, by); w != test.w || h != test.h {
			t.Errorf("%d×%d for %v: %d×%d, want %d×%d", test.width, test.height, test.want, w, h, test.w, test.h)
		}
	}
}
