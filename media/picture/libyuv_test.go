package picture

import (
	"fmt"
	"testing"
)

// ramp returns a picture whose levels rise evenly from left to right and from
// top to bottom.
func ramp(size Size) *Picture {
	pic := New(size)
	for y := range size.Height {
		for x := range size.Width {
			pic.Y[y*pic.StrideY+x] = byte(16 + (x*100/size.Width + y*100/size.Height))
		}
	}
	for y := range size.Height / 2 {
		for x := range size.Width / 2 {
			pic.U[y*pic.StrideC+x] = byte(20 + x*200/size.Width)
			pic.V[y*pic.StrideC+x] = byte(20 + y*200/size.Height)
		}
	}
	return pic
}

func TestCopyAndFill(t *testing.T) {
	a, b := ramp(Size{70, 34}), New(Size{70, 34})
	Copy(b.View, a.View)
	mustEqual(t, b.View, a.View)
	Copy(b.View, b.View)
	mustEqual(t, b.View, a.View)
	Fill(b.Sub(Rect{10, 4, 6, 6}), 1, 2, 3)
	for _, at := range []struct {
		x, y   int
		inside bool
	}{{8, 6, false}, {10, 4, true}, {15, 9, true}, {16, 6, false}, {12, 10, false}} {
		l, c := at.y*b.StrideY+at.x, at.y/2*b.StrideC+at.x/2
		got := b.Y[l] == 1 && b.U[c] == 2 && b.V[c] == 3
		if got != at.inside {
			t.Errorf("filled at %d,%d: %v, want %v", at.x, at.y, got, at.inside)
		}
	}
}

func TestScaleKeepsTheRamp(t *testing.T) {
	src := ramp(Size{640, 360})
	for _, size := range []Size{{320, 180}, {160, 90}, {480, 270}, {214, 120}, {2, 2}, {640, 360}, {1280, 720}, {1920, 1080}, {360, 640}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			dst := New(size)
			Scale(dst.View, src.View)
			if size == (Size{2, 2}) {
				return // nothing but that it stays inside: libyuv's box looks at whole pixels only
			}
			if d := distance(dst.View, ramp(size).View); d > 3 {
				t.Errorf("%d levels from the same ramp at that size", d)
			}
		})
	}
}

func TestScaleHalvesByMeans(t *testing.T) {
	src, dst := New(Size{8, 4}), New(Size{4, 2})
	Fill(src.View, 0, 0, 0)
	for y := range 4 {
		for x := range 8 {
			src.Y[y*src.StrideY+x] = byte(200 * ((x + y) % 2))
		}
	}
	Scale(dst.View, src.View)
	for x := range 4 {
		if dst.Y[x] != 100 {
			t.Errorf("luma %d of a fine chequer became %d, want 100", x, dst.Y[x])
		}
	}
}

func TestMix(t *testing.T) {
	size := Size{64, 16}
	a, b := New(size), New(size)
	Fill(a.View, 16, 40, 240)
	Fill(b.View, 235, 128, 16)
	last := -1
	for weight := range 256 {
		dst := New(size)
		Mix(dst.View, a.View, b.View, uint8(weight))
		want := 16 + float64(235-16)*float64(weight)/255
		if got := float64(dst.Y[5]); got < want-1.2 || got > want+1.2 {
			t.Errorf("weight %d: luma %v, want %.1f", weight, got, want)
		}
		if int(dst.Y[5]) < last {
			t.Errorf("weight %d: luma goes back from %d to %d", weight, last, dst.Y[5])
		}
		last = int(dst.Y[5])
		over := New(size)
		Copy(over.View, a.View)
		Mix(over.View, over.View, b.View, uint8(weight))
		mustEqual(t, over.View, dst.View)
		Copy(over.View, b.View)
		Mix(over.View, a.View, over.View, uint8(weight))
		mustEqual(t, over.View, dst.View)
		switch weight {
		case 0:
			mustEqual(t, dst.View, a.View)
		case 255:
			mustEqual(t, dst.View, b.View)
		}
	}
}

func TestWrongSizesPanicInsteadOfReadingPastTheEnd(t *testing.T) {
	small, big := New(Size{16, 16}), New(Size{32, 32})
	short := big.View
	short.V = short.V[:10]
	odd := big.View
	odd.Width = 31
	for name, call := range map[string]func(){
		"copy":       func() { Copy(big.View, small.View) },
		"convert":    func() { v := big.View; v.Colour = JFIF; Convert(v, small.View) },
		"mix":        func() { Mix(big.View, big.View, small.View, 9) },
		"short":      func() { Fill(short, 1, 1, 1) },
		"odd":        func() { Scale(small.View, odd) },
		"argb":       func() { NewLayer(Size{16, 16}).SetARGB(make([]byte, 16*16*4-1), 64) },
		"turn":       func() { Turn{Degrees: 90}.Apply(small.View, big.View) },
		"resample":   func() { Resample(small.View, big.View, Area{20, 0, 16, 16}) },
		"shrink":     func() { Resample(New(Size{8, 8}).View, big.View, Area{0, 0, 32, 32}) },
		"rounded":    func() { CopyRounded(big.View, small.View, NewCorner(2)) },
		"nothing":    func() { Fill(View{}, 1, 1, 1) },
		"short wide": func() { ScalePlane(Plane{make([]byte, 9), 5, 5, 2}, Plane{make([]byte, 10), 5, 5, 2}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

// The air path allocates nothing in steady state.
func TestNoAllocations(t *testing.T) {
	size := Size{320, 180}
	a, b, half := inColour(size, JFIF), New(size), New(Size{160, 90})
	l, corner := NewLayer(size), NewCorner(12)
	argb := make([]byte, 4*size.Width*size.Height)
	camera := make([]byte, 2*size.Width*size.Height)
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for name, op := range map[string]func(){
		"Copy":     func() { Copy(b.View, a.View) },
		"Fill":     func() { Fill(b.View, 16, 128, 128) },
		"Scale":    func() { Scale(half.View, a.View) },
		"Convert":  func() { Convert(b.View, a.View) },
		"Mix":      func() { Mix(b.View, b.View, a.View, 77) },
		"SetARGB":  func() { l.SetARGB(argb, 4*size.Width) },
		"Blend":    func() { Blend(b.View, l, 10, 10, 100) },
		"FromYUYV": func() { must(FromYUYV(b.View, camera, 2*size.Width, JFIF)) },
		"FromNV12": func() { must(FromNV12(b.View, camera, size.Width, JFIF)) },
		"FromI420": func() { must(FromI420(b.View, camera, size.Width, JFIF)) },
		"Bars":     func() { Bars(b.View) },
		"Turn":     func() { Turn{180, true}.Apply(b.View, a.View) },
		"Resample": func() { Resample(half.View, a.View, Area{10.5, 10.5, 200, 120}) },
		"Rounded":  func() { CopyRounded(b.View, a.View, corner) },
		"Levels":   func() { Program.Levels(1, 2, 3) },
	} {
		if n := testing.AllocsPerRun(20, op); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
