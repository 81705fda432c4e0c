package scene_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"studio/media/picture"
	"studio/mixer/scene"
)

func anySize(r *rand.Rand) picture.Size {
	return picture.Size{Width: 64 + 2*r.IntN(1000), Height: 64 + 2*r.IntN(1000)}
}

// Whatever is asked, what is shown lies within the camera's picture, has the slot's
// shape, and the decoder is asked neither for less than is seen nor for more than
// the camera has.
func TestFramingStaysOnThePictureWithoutDistortion(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		f := scene.Framing{FocusX: r.Float64(), FocusY: r.Float64(), Zoom: 1 + 7*r.Float64(), Over: time.Second}
		f = f.Begin(scene.Framing{FocusX: r.Float64(), FocusY: r.Float64(), Zoom: 1 + 7*r.Float64()}, time.Second)
		camera, slot, at := anySize(r), anySize(r), time.Duration(r.IntN(3000))*time.Millisecond
		c := f.Shown(camera, slot, at)
		const slack = 1e-9
		if c.X < -slack || c.Y < -slack || c.X+c.Width > 1+slack || c.Y+c.Height > 1+slack || c.Width <= 0 || c.Height <= 0 {
			t.Fatalf("%v in %v: %+v leaves the picture", camera, slot, c)
		}
		shape := c.Width * float64(camera.Width) / (c.Height * float64(camera.Height)) * float64(slot.Height) / float64(slot.Width)
		if math.Abs(shape-1) > 1e-9 {
			t.Fatalf("%v in %v: stretched by %v", camera, slot, shape)
		}
		need := f.Needed(camera, slot, at)
		if need.Width > camera.Width || need.Height > camera.Height || (need.Width|need.Height)&1 != 0 {
			t.Fatalf("%v in %v: %v is odd or more than there is", camera, slot, need)
		}
		seen := c.Width * float64(need.Width)
		if need != camera && seen < float64(slot.Width)-1e-6 {
			t.Fatalf("%v in %v: %.1f of %d pixels", camera, slot, seen, slot.Width)
		}
		if !f.Pans(at) && need != camera && seen > float64(slot.Width)+3 {
			t.Fatalf("%v in %v: decodes %v, %.1f pixels for %d", camera, slot, need, seen, slot.Width)
		}
	}
}

func TestFocusIsInTheMiddleWhereItCanBe(t *testing.T) {
	hd, upright := picture.Size{Width: 1920, Height: 1080}, picture.Size{Width: 1080, Height: 1920}
	part := 1080.0 * 1080 / 1920 / 1920
	for _, c := range []struct{ focus, x float64 }{{0.5, 0.5 - part/2}, {0.6, 0.6 - part/2}, {0, 0}, {1, 1 - part}} {
		got := scene.Framing{FocusX: c.focus, FocusY: 0.5, Zoom: 1}.Shown(hd, upright, 0)
		if math.Abs(got.X-c.x) > 1e-9 || got.Y != 0 || got.Height != 1 {
			t.Errorf("focus %v: %+v", c.focus, got)
		}
	}
	if got := (scene.Framing{}).Shown(hd, upright, 0); got != (scene.Framing{FocusX: 0.5, FocusY: 0.5, Zoom: 1}).Shown(hd, upright, 0) {
		t.Errorf("the zero framing shows %+v", got)
	}
	if got := (scene.Framing{Rotate: 90}).Upright(hd); got != upright {
		t.Errorf("turned by 90 it is %v", got)
	}
	if got := (scene.Framing{}).Needed(picture.Size{}, upright, 0); got != upright {
		t.Errorf("a slate is wanted at %v", got)
	}
}

func TestPanGoesSlowlyFromWhereItWasToWhereItIsTold(t *testing.T) {
	hd := picture.Size{Width: 1920, Height: 1080}
	a := scene.Framing{FocusX: 0.3, FocusY: 0.5, Zoom: 1.5}
	b := scene.Framing{FocusX: 0.7, FocusY: 0.4, Zoom: 3, Over: 4 * time.Second}.Begin(a, time.Second)
	need := b.Needed(hd, hd, time.Second)
	last := a.Shown(hd, hd, 0)
	for at := time.Second; at <= 6*time.Second; at += time.Second / 30 {
		c := b.Shown(hd, hd, at)
		if math.Abs(c.X-last.X) > 0.02 || math.Abs(c.Y-last.Y) > 0.02 || math.Abs(c.Width-last.Width) > 0.01 {
			t.Fatalf("at %v it jumps from %+v to %+v", at, last, c)
		}
		if b.Needed(hd, hd, at) != need {
			t.Fatalf("at %v another size is wanted", at)
		}
		last = c
	}
	b.Over = 0
	if want := b.Shown(hd, hd, 0); last != want || b.Pans(0) {
		t.Errorf("ends at %+v, want %+v", last, want)
	}
}

func TestFramingsThatCannotBeAreRefused(t *testing.T) {
	for _, f := range []scene.Framing{{FocusX: -0.1}, {FocusY: math.NaN()}, {Zoom: 0.5}, {Zoom: 9}, {Zoom: math.NaN()}, {Rotate: 45}, {Over: -1}} {
		if f.Check() == nil {
			t.Errorf("%+v is allowed", f)
		}
	}
	if err := (scene.Framing{FocusX: 1, Zoom: 8, Rotate: 270, Mirror: true}).Check(); err != nil {
		t.Error(err)
	}
}
