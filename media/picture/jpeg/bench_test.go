package jpeg

import (
	"fmt"
	"testing"

	"studio/media/picture"
)

// The decoder as it is and, for the ratio, the library's share alone.
func BenchmarkDecode1080p(b *testing.B) {
	d := newDecoder(b)
	pool := picture.NewPool(1)
	for _, sampled := range []int{samp420, samp422} {
		data := detailed(b, sampled)
		for _, want := range []picture.Size{{Width: 1920, Height: 1080}, {Width: 960, Height: 540}, {Width: 480, Height: 270}, {Width: 240, Height: 134}, {Width: 1280, Height: 720}} {
			name := fmt.Sprintf("%s/%dx%d/%dKB", subsamplings[sampled], want.Width, want.Height, len(data)>>10)
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					pic, err := d.Decode(pool, data, want)
					if err != nil {
						b.Fatal(err)
					}
					pic.Release()
				}
			})
			b.Run(name+"/library", func(b *testing.B) {
				b.ReportAllocs()
				f, err := newFrame(d.whole, data, want)
				if err != nil {
					b.Fatal(err)
				}
				pic := picture.New(want)
				for b.Loop() {
					from, err := d.decodeLibrary(planes(pic.View), f)
					if err != nil {
						b.Fatal(err)
					}
					bring(pic, from)
				}
			})
		}
	}
}

func BenchmarkEncode640x360(b *testing.B) {
	pic := picture.New(picture.Size{Width: 640, Height: 360})
	picture.Bars(pic.View)
	for b.Loop() {
		if _, err := Encode(pic.View, 80); err != nil {
			b.Fatal(err)
		}
	}
}

// detailed returns a frame with about as much in it as a camera's.
func detailed(b *testing.B, sampled int) []byte {
	b.Helper()
	y, c := make([]byte, 1920*1080), make([]byte, 960*1080)
	state := uint32(1)
	for i := range y {
		state = state*1664525 + 1013904223
		x, row := i%1920, i/1920
		y[i] = byte(60 + x/20 + row/16 + int(state>>24)%19)
	}
	for i := range c {
		c[i] = byte(100 + i%960/20)
	}
	data, err := compressSampled(y, c, c, 1920, 960, 1920, 1080, sampled, 75, 0)
	if err != nil {
		b.Fatal(err)
	}
	return data
}
