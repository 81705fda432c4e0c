package picture

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRGBAThereAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	around := image.NewRGBA(image.Rect(-3, -5, 70, 40))
	img := around.SubImage(image.Rect(1, 1, 65, 35)).(*image.RGBA)
	for y := 1; y < 35; y += 2 {
		for x := 1; x < 65; x += 2 {
			r, g, b := byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256))
			for i := range 4 {
				copy(img.Pix[img.PixOffset(x+i%2, y+i/2):], []byte{r, g, b, 255})
			}
		}
	}
	for _, c := range codings {
		pic := New(Size{64, 34})
		pic.Colour = c
		FromRGBA(pic.View, img)
		back := ToRGBA(pic.View)
		off := 0.0
		for y := range 34 {
			for x := range 64 {
				a, b := img.Pix[img.PixOffset(x+1, y+1):], back.Pix[back.PixOffset(x, y):]
				for i := range 4 {
					worst(float64(a[i]), float64(b[i]), &off)
				}
			}
		}
		// Half a level of luma and of chroma (times 2.1 at most) on the way there, half a level back.
		if off > 3 {
			t.Errorf("%v: off by %v", c, off)
		}
	}
}

func TestBars(t *testing.T) {
	for _, c := range codings {
		for _, size := range []Size{{1920, 1080}, {640, 360}, {100, 16}} {
			bars := New(size)
			bars.Colour = c
			Bars(bars.View)
			seen := New(size)
			Convert(seen.View, bars.View)
			for i, want := range BarLevels {
				x, y := (2*i+1)*size.Width/16, size.Height/2
				got := [3]byte{seen.Y[y*seen.StrideY+x], seen.U[y/2*seen.StrideC+x/2], seen.V[y/2*seen.StrideC+x/2]}
				for k := range got {
					most := 1.0
					if c == Program {
						most = 0
					}
					if math.Abs(float64(got[k])-float64(want[k])) > most {
						t.Errorf("%v %v bar %d: %v, want %v", c, size, i, got, want)
						break
					}
				}
			}
		}
	}
}
