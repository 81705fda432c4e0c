package picture

import (
	"fmt"
	"math"
	"testing"
)

var codings = []Colour{Program, JFIF, {Full, BT709}, {Limited, BT601}}

func (c Colour) String() string {
	return fmt.Sprintf("%s-%s", [...]string{"limited", "full"}[c.Range], [...]string{"709", "601"}[c.Matrix])
}

// cube returns a picture in which every 2×2 block has one of steps³ levels.
func cube(c Colour, steps int) *Picture {
	pic := New(Size{2 * steps, 2 * steps * steps})
	pic.Colour = c
	code := func(i int) byte { return byte(i * 255 / (steps - 1)) }
	for y := range pic.Height {
		for x := range pic.Width {
			pic.Y[y*pic.StrideY+x] = code(x / 2)
			pic.U[y/2*pic.StrideC+x/2] = code(y / 2 % steps)
			pic.V[y/2*pic.StrideC+x/2] = code(y / 2 / steps)
		}
	}
	return pic
}

func worst(a, b float64, so *float64) { *so = math.Max(*so, math.Abs(a-b)) }

func clip(f float64) float64 { return min(max(f, 0), 255) }

func TestConvertAgainstExactOverTheCube(t *testing.T) {
	for _, from := range codings {
		for _, to := range codings {
			t.Run(fmt.Sprint(from, "→", to), func(t *testing.T) {
				src := cube(from, 35)
				dst := New(src.Size())
				dst.Colour = to
				Convert(dst.View, src.View)
				way := to.fromRGB().after(from.toRGB())
				var off float64
				for y := range src.Height {
					for x := range src.Width {
						l, c := y*src.StrideY+x, y/2*src.StrideC+x/2
						want := way.apply([3]float64{float64(src.Y[l]), float64(src.U[c]), float64(src.V[c])})
						worst(float64(dst.Y[l]), clip(want[0]), &off)
						worst(float64(dst.U[c]), clip(want[1]), &off)
						worst(float64(dst.V[c]), clip(want[2]), &off)
					}
				}
				// Half a level is what rounding to whole levels costs at best.
				if off > 0.56 {
					t.Errorf("off by %.3f levels from the exact value", off)
				}
				in := src.View
				in.Colour = to
				Convert(in, src.View)
				mustEqual(t, in, dst.View)
			})
		}
	}
}

// Every way from one coding to another is checked against published levels too,
// lest the test and the code share one mistake.
func TestConvertKnownColours(t *testing.T) {
	for _, test := range []struct {
		from     Colour
		in, want [3]byte
	}{
		{JFIF, [3]byte{255, 128, 128}, [3]byte{235, 128, 128}},
		{JFIF, [3]byte{0, 128, 128}, [3]byte{16, 128, 128}},
		{JFIF, [3]byte{76, 85, 255}, [3]byte{63, 102, 240}},                    // red, from JFIF 1.02
		{JFIF, [3]byte{150, 44, 21}, [3]byte{173, 42, 26}},                     // green
		{JFIF, [3]byte{29, 255, 107}, [3]byte{32, 240, 118}},                   // blue
		{Colour{Limited, BT601}, [3]byte{65, 100, 212}, [3]byte{51, 109, 212}}, // 75 % red in both
		{Colour{Full, BT709}, [3]byte{255, 128, 128}, [3]byte{235, 128, 128}},
	} {
		src, dst := New(Size{2, 2}), New(Size{2, 2})
		Fill(src.View, test.in[0], test.in[1], test.in[2])
		src.Colour = test.from
		Convert(dst.View, src.View)
		for i, got := range [3]byte{dst.Y[0], dst.U[0], dst.V[0]} {
			if math.Abs(float64(got)-float64(test.want[i])) > 1 {
				t.Errorf("%v %v: got %d,%d,%d, want %v", test.from, test.in, dst.Y[0], dst.U[0], dst.V[0], test.want)
				break
			}
		}
	}
}

// Widths around the loop's stretch and vector lengths, and only inside the view.
func TestConvertStaysInside(t *testing.T) {
	for _, width := range []int{2, 14, 30, 62, 66, 1022, 1024, 1026, 2050} {
		around := New(Size{width + 8, 8})
		Fill(around.View, 7, 7, 7)
		inside := around.Sub(Rect{4, 2, width, 4})
		src := New(Size{width, 4})
		src.Colour = JFIF
		Fill(src.View, 255, 128, 128)
		Convert(inside, src.View)
		for y := range around.Height {
			for x := range around.Width {
				want := byte(7)
				if x >= 4 && x < 4+width && y >= 2 && y < 6 {
					want = 235
				}
				if got := around.Y[y*around.StrideY+x]; got != want {
					t.Fatalf("width %d: luma at %d,%d is %d, want %d", width, x, y, got, want)
				}
			}
		}
	}
}

func mustEqual(t *testing.T, got, want View) {
	t.Helper()
	if got.Size() != want.Size() {
		t.Fatalf("%v, want %v", got.Size(), want.Size())
	}
	if d := distance(got, want); d > 0 {
		t.Fatalf("the pictures differ by up to %d levels", d)
	}
}

// distance returns by how many levels two pictures of one size differ at most.
func distance(a, b View) int {
	most := 0
	plane := func(a, b Plane) {
		for y := range a.Height {
			for x := range a.Width {
				d := int(a.Pix[y*a.Stride+x]) - int(b.Pix[y*b.Stride+x])
				most = max(most, d, -d)
			}
		}
	}
	plane(a.luma(), b.luma())
	plane(a.chroma(a.U), b.chroma(b.U))
	plane(a.chroma(a.V), b.chroma(b.V))
	return most
}
