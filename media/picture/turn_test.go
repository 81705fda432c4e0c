package picture

import (
	"fmt"
	"math"
	"testing"
)

// Every pixel of a turned picture is the one that turning says.
func TestTurn(t *testing.T) {
	size := Size{18, 10}
	src := New(size)
	for y := range size.Height {
		for x := range size.Width {
			src.Y[y*src.StrideY+x] = byte(10*y + x)
			src.U[y/2*src.StrideC+x/2], src.V[y/2*src.StrideC+x/2] = byte(10*(y/2)+x/2), byte(200-10*(y/2)-x/2)
		}
	}
	for _, degrees := range []int{0, 90, 180, 270} {
		for _, mirror := range []bool{false, true} {
			turn := Turn{degrees, mirror}
			t.Run(fmt.Sprint(turn), func(t *testing.T) {
				dst := New(turn.Size(size))
				turn.Apply(dst.View, src.View)
				// from returns where a pixel of dst comes from, of planes w by h.
				from := func(x, y, w, h int) (int, int) {
					if mirror {
						x = turn.Size(Size{w, h}).Width - 1 - x
					}
					switch degrees {
					case 90:
						return y, h - 1 - x
					case 180:
						return w - 1 - x, h - 1 - y
					case 270:
						return w - 1 - y, x
					}
					return x, y
				}
				for y := range dst.Height {
					for x := range dst.Width {
						sx, sy := from(x, y, size.Width, size.Height)
						if got, want := dst.Y[y*dst.StrideY+x], src.Y[sy*src.StrideY+sx]; got != want {
							t.Fatalf("luma at %d,%d is %d, want %d", x, y, got, want)
						}
						sx, sy = from(x/2, y/2, size.Width/2, size.Height/2)
						if got, want := dst.V[y/2*dst.StrideC+x/2], src.V[sy*src.StrideC+sx]; got != want || dst.U[y/2*dst.StrideC+x/2] != src.U[sy*src.StrideC+sx] {
							t.Fatalf("chroma at %d,%d is %d, want %d", x/2, y/2, got, want)
						}
					}
				}
			})
		}
	}
}

// slope is a picture whose levels are linear in the place.
func slope(size Size) *Picture {
	pic := New(size)
	for y := range size.Height {
		for x := range size.Width {
			pic.Y[y*pic.StrideY+x] = byte(20 + x/2 + y)
			pic.U[y/2*pic.StrideC+x/2], pic.V[y/2*pic.StrideC+x/2] = byte(20+x/2), byte(20+y/2)
		}
	}
	return pic
}

// On a slope every sample's level tells the place that it was taken from.
func TestResampleTakesThePlaceItIsTold(t *testing.T) {
	src := slope(Size{240, 100})
	for _, c := range []struct {
		area Area
		dst  Size
	}{
		{Area{0, 0, 240, 100}, Size{240, 100}},
		{Area{10, 6, 100, 50}, Size{100, 50}},
		{Area{10.3, 6.7, 100, 50}, Size{100, 50}},
		{Area{139.99, 49.99, 100, 50}, Size{100, 50}},
		{Area{20.25, 11.5, 60.5, 30.25}, Size{200, 100}},
		{Area{0, 0, 240, 100}, Size{130, 56}},
		{Area{0, 0, 3, 3}, Size{2400, 60}},
	} {
		dst := New(c.dst)
		Resample(dst.View, src.View, c.area)
		var far float64
		for y := range c.dst.Height {
			for x := range c.dst.Width {
				px := min(max(c.area.X+(float64(x)+0.5)*c.area.Width/float64(c.dst.Width)-0.5, 0), 239)
				py := min(max(c.area.Y+(float64(y)+0.5)*c.area.Height/float64(c.dst.Height)-0.5, 0), 99)
				// Odd columns of the slope are half a level too low.
				worst(float64(dst.Y[y*dst.StrideY+x]), 20+px/2+py-0.25, &far)
			}
		}
		if far > 1.8 {
			t.Errorf("%+v to %v: off by %.2f levels", c.area, c.dst, far)
		}
		if c.area.Width == float64(c.dst.Width) && c.area.X == math.Trunc(c.area.X) {
			want := New(c.dst)
			Copy(want.View, src.Sub(Rect{int(c.area.X), int(c.area.Y), c.dst.Width, c.dst.Height}))
			mustEqual(t, dst.View, want.View)
		}
	}
}

func TestRoundedCorners(t *testing.T) {
	size := Size{64, 40}
	for _, radius := range []int{1, 3, 8, 13, 20} {
		c := NewCorner(radius)
		dst, filled, src := New(size), New(size), New(size)
		Fill(dst.View, 16, 100, 100)
		Fill(filled.View, 16, 100, 100)
		Fill(src.View, 216, 150, 50)
		CopyRounded(dst.View, src.View, c)
		FillRounded(filled.View, 216, 150, 50, c)
		mustEqual(t, filled.View, dst.View)
		covered := 0.0
		for y := range size.Height {
			for x := range size.Width {
				level := dst.Y[y*dst.StrideY+x]
				covered += float64(level-16) / 200
				for _, at := range [][2]int{{63 - x, y}, {x, 39 - y}} {
					if dst.Y[at[1]*dst.StrideY+at[0]] != level {
						t.Fatalf("radius %d: %d,%d is not like its mirror", radius, x, y)
					}
				}
				if inside := x >= radius && x < 64-radius || y >= radius && y < 40-radius; inside && level != 216 {
					t.Fatalf("radius %d: %d,%d is %d", radius, x, y, level)
				}
			}
		}
		want := 64*40 - (4-math.Pi)*float64(radius*radius)
		if math.Abs(covered-want) > 1+float64(radius)/4 {
			t.Errorf("radius %d covers %.1f pixels, want %.1f", radius, covered, want)
		}
		if radius > 3 && dst.U[0] != 100 {
			t.Errorf("radius %d: chroma of the corner is %d", radius, dst.U[0])
		}
	}
	square := New(size)
	Fill(square.View, 16, 100, 100)
	FillRounded(square.View, 216, 150, 50, NewCorner(21)) // larger than half of it
	if square.Y[0] != 216 {
		t.Error("a corner that does not fit is not square")
	}
}

func TestLevels(t *testing.T) {
	for _, c := range []struct{ rgb, want [3]byte }{
		{[3]byte{0, 0, 0}, [3]byte{16, 128, 128}},
		{[3]byte{255, 255, 255}, [3]byte{235, 128, 128}},
		{[3]byte{255, 0, 0}, [3]byte{63, 102, 240}},
	} {
		if y, u, v := Program.Levels(c.rgb[0], c.rgb[1], c.rgb[2]); [3]byte{y, u, v} != c.want {
			t.Errorf("%v is %v, want %v", c.rgb, [3]byte{y, u, v}, c.want)
		}
	}
}
