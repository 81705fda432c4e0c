package picture

import (
	"encoding/binary"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// argb returns the drawing as Cairo would keep it: multiplied, native words.
func argb(size Size, at func(x, y int) (r, g, b, a byte)) []byte {
	pix := make([]byte, 4*size.Width*size.Height)
	for y := range size.Height {
		for x := range size.Width {
			r, g, b, a := at(x, y)
			by := func(c byte) uint32 { return (uint32(c)*uint32(a) + 127) / 255 }
			binary.NativeEndian.PutUint32(pix[4*(y*size.Width+x):], uint32(a)<<24|by(r)<<16|by(g)<<8|by(b))
		}
	}
	return pix
}

func TestOpaqueLayerIsThePicture(t *testing.T) {
	size := Size{96, 32}
	img := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(random.IntN(256))
	}
	l := NewLayer(size)
	l.SetARGB(argb(size, func(x, y int) (r, g, b, a byte) {
		p := img.Pix[img.PixOffset(x, y):]
		return p[0], p[1], p[2], 255
	}), 4*size.Width)
	want := New(size)
	FromRGBA(want.View, img)
	if d := distance(l.View, want.View); d > 1 {
		t.Errorf("%d levels from the same image without alpha", d)
	}
	dst := New(size)
	Fill(dst.View, 99, 99, 99)
	Blend(dst.View, l, 0, 0, 255)
	mustEqual(t, dst.View, l.View)
	if l.Bounds() != (Rect{0, 0, 96, 32}) {
		t.Errorf("bounds %v", l.Bounds())
	}
}

// A red disc's soft edge is red all the way, never the colour of what is clear.
func TestEdgesDoNotFringe(t *testing.T) {
	size := Size{64, 64}
	l := NewLayer(size)
	alpha := func(x, y int) byte {
		d := 20 - math.Hypot(float64(x)-31.5, float64(y)-31.5)
		return byte(255 * min(max(d/6, 0), 1))
	}
	l.SetARGB(argb(size, func(x, y int) (r, g, b, a byte) { return 255, 0, 0, alpha(x, y) }), 4*size.Width)
	red := Program.fromRGB().apply([3]float64{255, 0, 0})
	for y := range size.Height {
		for x := range size.Width {
			if a := l.A[y*l.StrideA+x]; a != alpha(x, y) {
				t.Fatalf("alpha at %d,%d is %d, want %d", x, y, a, alpha(x, y))
			} else if a < 8 {
				continue // Cairo itself has too few levels left to know the colour
			}
			c := y/2*l.StrideC + x/2
			for i, got := range []byte{l.Y[y*l.StrideY+x], l.U[c], l.V[c]} {
				if math.Abs(float64(got)-red[i]) > 2 {
					t.Fatalf("at %d,%d value %d is %d, want %.1f", x, y, i, got, red[i])
				}
			}
		}
	}
	if want := (Rect{12, 12, 40, 40}); l.Bounds() != want {
		t.Errorf("bounds %v, want %v", l.Bounds(), want)
	}
}

func TestBounds(t *testing.T) {
	size := Size{100, 40}
	l := NewLayer(size)
	dot := func(px, py int) []byte {
		return argb(size, func(x, y int) (r, g, b, a byte) {
			if x == px && y == py {
				return 255, 255, 255, 1
			}
			return 0, 0, 0, 0
		})
	}
	for _, at := range [][2]int{{0, 0}, {99, 39}, {37, 21}, {8, 39}, {91, 0}} {
		l.SetARGB(dot(at[0], at[1]), 4*size.Width)
		if want := (Rect{at[0] &^ 1, at[1] &^ 1, 2, 2}); l.Bounds() != want {
			t.Errorf("dot at %v: bounds %v", at, l.Bounds())
		}
	}
	l.SetARGB(dot(-1, -1), 4*size.Width)
	if l.Bounds() != (Rect{}) {
		t.Errorf("bounds of a clear drawing: %v", l.Bounds())
	}
	dst := ramp(size)
	Blend(dst.View, l, 0, 0, 255)
	mustEqual(t, dst.View, ramp(size).View)
}

func TestBlendAgainstExact(t *testing.T) {
	size, small := Size{80, 48}, Size{38, 22}
	l := NewLayer(small)
	random := rand.New(rand.NewPCG(3, 4))
	l.SetARGB(argb(small, func(x, y int) (r, g, b, a byte) {
		if x < 6 || y > 17 {
			return 0, 0, 0, 0
		}
		return byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256))
	}), 4*small.Width)
	alpha := func(x, y int) float64 { return float64(l.A[y*l.StrideA+x]) }
	for _, at := range [][2]int{{0, 0}, {10, 6}, {11, 7}, {-4, -6}, {-37, 0}, {-400, 0}, {42, 26}, {60, 40}, {78, 46}, {80, 0}, {0, 48}, {400, 400}} {
		for _, opacity := range []uint8{0, 1, 100, 254, 255} {
			dst, before := ramp(size), ramp(size)
			Blend(dst.View, l, at[0], at[1], opacity)
			left, top := at[0]&^1, at[1]&^1
			var off float64
			mix := func(got, under, over byte, a float64) {
				a *= float64(opacity) / 255 / 255
				worst(float64(got), float64(over)*a+float64(under)*(1-a), &off)
			}
			for y := range size.Height {
				for x := range size.Width {
					lx, ly := x-left, y-top
					to, toC := y*dst.StrideY+x, y/2*dst.StrideC+x/2
					if lx < 0 || ly < 0 || lx >= small.Width || ly >= small.Height {
						mix(dst.Y[to], before.Y[to], 0, 0)
						mix(dst.U[toC], before.U[toC], 0, 0)
						mix(dst.V[toC], before.V[toC], 0, 0)
						continue
					}
					mix(dst.Y[to], before.Y[to], l.Y[ly*l.StrideY+lx], alpha(lx, ly))
					ex, ey := lx&^1, ly&^1
					mean := (alpha(ex, ey) + alpha(ex+1, ey) + alpha(ex, ey+1) + alpha(ex+1, ey+1)) / 4
					from := ly/2*l.StrideC + lx/2
					mix(dst.U[toC], before.U[toC], l.U[from], mean)
					mix(dst.V[toC], before.V[toC], l.V[from], mean)
				}
			}
			if off > 1.01 {
				t.Errorf("at %v, opacity %d: off by %.2f levels", at, opacity, off)
			}
		}
	}
}

func TestLayerDrawnByHand(t *testing.T) {
	l := NewLayer(Size{16, 16})
	dst := ramp(Size{16, 16})
	Blend(dst.View, l, 0, 0, 255)
	mustEqual(t, dst.View, ramp(Size{16, 16}).View)
	for i := range l.A {
		l.A[i] = 255
	}
	Blend(dst.View, l, 0, 0, 255)
	mustEqual(t, dst.View, l.View)
}
