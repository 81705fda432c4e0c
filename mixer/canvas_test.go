package mixer

import (
	"context"
	"slices"
	"testing"
	"time"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer/scene"
)

// pair mixes both canvases; look is called with each picture, and with nil at the
// end of each tick of the landscape canvas.
func pair(t *testing.T, inputs []Input, off bool, shot scene.Shot, frames int64, look func(m *Mixer, canvas string, v picture.View, n int64)) *Mixer {
	t.Helper()
	pool := picture.NewPool(64)
	var m *Mixer
	output := func(canvas string) func(*picture.Picture, int64, time.Time) {
		return func(p *picture.Picture, n int64, _ time.Time) {
			look(m, canvas, p.View, n)
			p.Release()
		}
	}
	m, err := New(Options{
		Rate: packet.Rational{Num: 30, Den: 1}, Clock: Unpaced{}, Pool: pool, Frames: frames, Layouts: library(t), Inputs: inputs,
		Canvases: []CanvasOptions{
			{Name: "landscape", Size: small, Shot: shot, Output: output("landscape")},
			{Name: "portrait", Size: picture.Size{Width: 180, Height: 320}, Shot: shot, Off: off, Output: output("portrait")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if pool.Out() != 0 {
		t.Errorf("%d pictures were not given back", pool.Out())
	}
	return m
}

// watched is an input that notes the size of everything that is decoded of it.
func watched(name string, sizes *[]picture.Size) Input {
	n := uint64(0)
	return Input{Name: name, Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
		n++
		f := frameOf(90, n)
		f.Painter = paint(func(dst picture.View) {
			*sizes = append(*sizes, dst.Size())
			picture.Fill(dst, 90, 128, 128)
		})
		return f
	}}
}

// Whole on one canvas, cropped on the other and an inset besides: one decode.
func TestACameraIsDecodedOnceForAllCanvases(t *testing.T) {
	var sizes []picture.Size
	shot := scene.Shot{Layout: scene.PIP, Cameras: []string{"a", "a"}}
	pair(t, []Input{watched("a", &sizes)}, false, shot, 3, func(_ *Mixer, canvas string, v picture.View, n int64) {
		if got := luma(v, 2, v.Height-2); got != 90 {
			t.Errorf("%s %d shows %d", canvas, n, got)
		}
	})
	if want := []picture.Size{small, small, small}; !slices.Equal(sizes, want) {
		t.Errorf("decoded at %v, want %v", sizes, want)
	}
}

func TestACanvasThatIsOffCostsNothing(t *testing.T) {
	var sizes []picture.Size
	full := func(name string) scene.Shot { return scene.Shot{Layout: scene.Full, Cameras: []string{name}} }
	made := map[string]int{}
	m := pair(t, []Input{always("a", 60), watched("b", &sizes)}, true, full("a"), 30, func(m *Mixer, canvas string, _ picture.View, n int64) {
		made[canvas]++
		switch {
		case n == 0:
			if err := m.Take("portrait", full("b"), scene.Transition{Kind: scene.Cut}); err != nil {
				t.Error(err)
			}
		case n == 9 && canvas == "landscape":
			if len(sizes) > 0 {
				t.Errorf("%d pictures decoded for a canvas that is off", len(sizes))
			}
			if err := m.Switch("portrait", true); err != nil {
				t.Error(err)
			}
		case n == 19 && canvas == "landscape":
			if err := m.Switch("portrait", false); err != nil {
				t.Error(err)
			}
		}
	})
	if made["portrait"] != 10 || len(sizes) != 10 {
		t.Errorf("%d pictures made, %d decoded, want 10", made["portrait"], len(sizes))
	}
	if state := m.Canvases()[1]; state.On || state.Frames != 10 {
		t.Errorf("state %+v", state)
	}
	if pic, err := m.Newest("portrait"); pic != nil || err != nil {
		t.Errorf("newest of a canvas that is off: %v, %v", pic, err)
	}
}

func TestADividedCanvasKeepsItsNumbersAndItsLastGoodPicture(t *testing.T) {
	good := camera(t, "420")
	var n uint64
	in := Input{Name: "a", Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
		f := capture.NewFrame(nil)
		f.Format, f.Data, f.Colour, f.Width, f.Height, f.Sequence = capture.MJPEG, good, picture.JFIF, 320, 180, n
		if n > 4 {
			f.Data = nil
		}
		n++
		return f
	}}
	var numbers []int64
	shot := scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}
	m := run(t, Options{Inputs: []Input{in}}, shot, 20, func(m *Mixer, v picture.View, n int64) {
		numbers = append(numbers, n)
		wholeBars(t, "picture", v, false)
		if n == 1 {
			if err := m.SetDivider("landscape", 3); err != nil {
				t.Error(err)
			}
		}
	})
	if want := []int64{0, 1, 3, 6, 9, 12, 15, 18}; !slices.Equal(numbers, want) {
		t.Errorf("made %v, want %v", numbers, want)
	}
	if m.Canvases()[0].Divider != 3 || m.SetDivider("landscape", 0) == nil {
		t.Error("the divider is not kept, or 0 is allowed")
	}
}

func TestPreviewGoesOnAirByHandAndByCountdown(t *testing.T) {
	full := func(name string) scene.Shot { return scene.Shot{Layout: scene.Full, Cameras: []string{name}} }
	cut := scene.Transition{Kind: scene.Cut}
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	levels := map[int64]byte{0: 60, 2: 60, 3: 180, 9: 180, 10: 180, 14: 60, 19: 60}
	run(t, Options{Inputs: []Input{always("a", 60), always("b", 180)}}, full("a"), 20, func(m *Mixer, v picture.View, n int64) {
		if want, ok := levels[n]; ok && luma(v, 160, 90) != want {
			t.Errorf("picture %d shows %d, want %d", n, luma(v, 160, 90), want)
		}
		switch n {
		case 0:
			if m.TakePreview("landscape", cut) == nil || m.AutoTake("landscape", cut, 0) == nil {
				t.Error("an empty preview was taken")
			}
			must(m.SetPreview("landscape", full("b")))
			still(t, m, 180)
		case 2:
			must(m.TakePreview("landscape", cut))
		case 4:
			still(t, m, 60)
			must(m.AutoTake("landscape", cut, 100*time.Millisecond))
			must(m.CancelAutoTake("landscape"))
		case 10:
			must(m.AutoTake("landscape", cut, 100*time.Millisecond))
			if s := m.Canvases()[0]; !s.Counting || s.Left != 100*time.Millisecond || !s.Preview.Equal(full("a")) {
				t.Errorf("state %+v", s)
			}
		}
	})
}

// still looks at a small picture of the preview.
func still(t *testing.T, m *Mixer, want byte) {
	t.Helper()
	pool := picture.NewPool(8)
	d, err := NewDeveloper(pool)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	pic, err := m.PreviewPicture(d, "landscape", picture.Size{Width: 160, Height: 90})
	if err != nil {
		t.Fatal(err)
	}
	if got := luma(pic.View, 80, 45); got != want {
		t.Errorf("the preview shows %d, want %d", got, want)
	}
	pic.Release()
	if pool.Out() != 0 {
		t.Errorf("%d pictures were not given back", pool.Out())
	}
}

// half is darker on its left, and marks its left upper corner.
var half = paint(func(dst picture.View) {
	picture.Fill(dst, 180, 128, 128)
	picture.Fill(dst.Sub(picture.Rect{Width: dst.Width / 4 &^ 1, Height: dst.Height / 4 &^ 1}), 60, 128, 128)
})

// Where the marked corner of a camera's picture comes to lie.
func TestFramingTurnsMirrorsAndCrops(t *testing.T) {
	for _, c := range []struct {
		f    scene.Framing
		x, y int // where the mark is seen, -1: nowhere
	}{
		{scene.Framing{}, 0, 0},
		{scene.Framing{Mirror: true}, 319, 0},
		{scene.Framing{Rotate: 180}, 319, 179},
		{scene.Framing{Rotate: 180, Mirror: true}, 0, 179},
		{scene.Framing{FocusX: 0.5, FocusY: 0, Zoom: 1, Rotate: 90}, 319, 0},
		{scene.Framing{FocusX: 0.5, FocusY: 0, Zoom: 1, Rotate: 90, Mirror: true}, 0, 0},
		{scene.Framing{FocusX: 0.5, FocusY: 1, Zoom: 1, Rotate: 270}, 0, 179},
		{scene.Framing{FocusX: 0, FocusY: 0, Zoom: 2}, 0, 0},
		{scene.Framing{FocusX: 1, FocusY: 1, Zoom: 2}, -1, -1},
	} {
		in := Input{Name: "a", Slate: flat(40), Framing: c.f, Newest: func(time.Duration) *capture.Frame {
			f := frameOf(0, 1)
			f.Painter = half
			return f
		}}
		run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 2, func(m *Mixer, v picture.View, n int64) {
			for _, corner := range [][2]int{{0, 0}, {319, 0}, {0, 179}, {319, 179}} {
				want := byte(180)
				if corner == [2]int{c.x, c.y} {
					want = 60
				}
				if got := luma(v, corner[0], corner[1]); got != want {
					t.Errorf("%+v: corner %v shows %d, want %d", c.f, corner, got, want)
				}
			}
			if n == 0 {
				if m.SetFraming("landscape", "a", scene.Framing{Rotate: 7}) == nil || m.SetFraming("landscape", "z", scene.Framing{}) == nil {
					t.Error("a framing that cannot be is allowed")
				}
			}
		})
	}
}

// A pan takes an edge by a few pixels a frame from one side to the other, never back,
// and by fractions of them at its ends.
func TestAPanGlides(t *testing.T) {
	in := Input{Name: "a", Slate: flat(40), Framing: scene.Framing{FocusX: 0, FocusY: 0.5, Zoom: 2}, Newest: func(time.Duration) *capture.Frame {
		f := frameOf(0, 1)
		f.Painter = paint(func(dst picture.View) {
			picture.Fill(dst, 60, 128, 128)
			picture.Fill(dst.Sub(picture.Rect{X: dst.Width / 2, Width: dst.Width / 2, Height: dst.Height}), 180, 128, 128)
		})
		return f
	}}
	last, distinct := 320.0, map[float64]bool{}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 150, func(m *Mixer, v picture.View, n int64) {
		if n == 0 {
			if err := m.SetFraming("landscape", "a", scene.Framing{FocusX: 1, FocusY: 0.5, Zoom: 2, Over: 4 * time.Second}); err != nil {
				t.Error(err)
			}
		}
		edge := 0.0 // where dark becomes bright, from how much dark there is
		for x := range 320 {
			edge += (180 - float64(luma(v, x, 90))) / 120
		}
		if n > 0 && (edge > last+0.3 || edge < last-6) {
			t.Errorf("picture %d: the edge goes from %.1f to %.1f", n, last, edge)
		}
		last = edge
		distinct[edge] = true
	})
	if last > 1 || len(distinct) < 110 {
		t.Errorf("the edge ends at %.1f after %d places", last, len(distinct))
	}
}
