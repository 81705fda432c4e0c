package mixer

import (
	"bytes"
	"context"
	"flag"
	"image"
	imagejpeg "image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"studio/capture"
	"studio/capture/drawn"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer/scene"
	"studio/overlay/svg"
)

var update = flag.Bool("update", false, "write the golden pictures anew, to be looked at before they are kept")

var (
	sideways = picture.Size{Width: 480, Height: 270}
	upright  = picture.Size{Width: 270, Height: 480}
)

// workshop is four drawn cameras; the fourth sees the wheel in a mirror.
func workshop(t *testing.T) []Input {
	t.Helper()
	sources := make(map[string]*drawn.Source)
	for _, name := range drawn.Scenes() {
		var err error
		if sources[name], err = drawn.New(drawn.Options{
			Scene: name, Size: picture.Size{Width: 640, Height: 360}, FrameRate: packet.Rational{Num: 30, Den: 1}, Rasterize: svg.Render,
		}); err != nil {
			t.Fatal(err)
		}
	}
	input := func(name, scenery string, ahead uint64, f scene.Framing) Input {
		return Input{Name: name, Slate: flat(40), Framing: f, Newest: func(at time.Duration) *capture.Frame {
			return sources[scenery].Frame(ahead + uint64(at.Seconds()*30+0.5))
		}}
	}
	return []Input{
		input("wheel", "wheel", 60, scene.Framing{FocusX: 0.5, FocusY: 0.6, Zoom: 1}),
		input("hands", "hands", 60, scene.Framing{FocusX: 0.5, FocusY: 0.5, Zoom: 1}),
		input("kiln", "kiln", 60, scene.Framing{FocusX: 0.45, FocusY: 0.5, Zoom: 1}),
		input("mirror", "wheel", 90, scene.Framing{FocusX: 0.4, FocusY: 0.4, Zoom: 1.6, Mirror: true}),
	}
}

// film returns the pictures of the given numbers after a take at the first one.
func film(t *testing.T, inputs []Input, size picture.Size, from, to scene.Shot, by scene.Transition, numbers ...int64) []picture.View {
	t.Helper()
	var m *Mixer
	var seen []picture.View
	pool := picture.NewPool(64)
	m, err := New(Options{
		Rate: packet.Rational{Num: 30, Den: 1}, Clock: Unpaced{}, Pool: pool, Frames: numbers[len(numbers)-1] + 1,
		Layouts: library(t), Inputs: inputs,
		Canvases: []CanvasOptions{{Name: "canvas", Size: size, Shot: from, Output: func(p *picture.Picture, n int64, _ time.Time) {
			if n == 0 {
				if err := m.Take("canvas", to, by); err != nil {
					t.Error(err)
				}
			}
			if n == numbers[len(seen)] {
				kept := picture.New(size)
				picture.Copy(kept.View, p.View)
				seen = append(seen, kept.View)
			}
			p.Release()
		}}},
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
	return seen
}

// sheet lays pictures out in rows.
func sheet(views []picture.View, columns int) picture.View {
	const gap = 8
	size := views[0].Size()
	rows := (len(views) + columns - 1) / columns
	whole := picture.New(picture.Size{Width: columns*(size.Width+gap) - gap, Height: rows*(size.Height+gap) - gap})
	picture.Fill(whole.View, 235, 128, 128)
	for i, v := range views {
		picture.Copy(whole.Sub(picture.Rect{X: i % columns * (size.Width + gap), Y: i / columns * (size.Height + gap), Width: size.Width, Height: size.Height}), v)
	}
	return whole.View
}

// compare fails when got differs from the golden by more than another processor's
// rounding would make it.
func compare(t *testing.T, name string, got picture.View) {
	t.Helper()
	path := filepath.Join("testdata", name+".jpg")
	data, err := jpeg.Encode(got, 88)
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		write(path)
		return
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := decode(t, golden), decode(t, data)
	far, sum := 0, 0
	if a.Rect == b.Rect {
		for i := range a.Y {
			d := max(int(a.Y[i]), int(b.Y[i])) - min(int(a.Y[i]), int(b.Y[i]))
			sum += d
			if d > 32 {
				far++
			}
		}
	}
	if n := len(a.Y); a.Rect != b.Rect || sum > n/2 || far > n/500 {
		failed := filepath.Join("testdata", name+".failed.jpg")
		write(failed)
		t.Errorf("%s: mean difference %.2f levels, %d of %d far off; see %s", path, float64(sum)/float64(n), far, n, failed)
	}
}

func decode(t *testing.T, data []byte) *image.YCbCr {
	t.Helper()
	img, err := imagejpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.YCbCr)
}

func TestGoldens(t *testing.T) {
	inputs := workshop(t)
	t.Run("layouts", func(t *testing.T) { goldenLayouts(t, inputs) })
	t.Run("transitions", func(t *testing.T) { goldenTransitions(t, inputs) })
	t.Run("framings", func(t *testing.T) { goldenFramings(t, inputs) })
}

func goldenLayouts(t *testing.T, inputs []Input) {
	for name, size := range map[string]picture.Size{"landscape": sideways, "portrait": upright} {
		var views []picture.View
		for _, layout := range library(t).Fit(size) {
			places, err := library(t).Place(layout, size)
			if err != nil {
				t.Fatal(err)
			}
			shot := scene.Shot{Layout: layout, Cameras: []string{"hands", "wheel", "kiln", "mirror"}[:len(places)]}
			views = append(views, film(t, inputs, size, shot, shot, scene.Transition{}, 0)...)
		}
		compare(t, "layouts-"+name, sheet(views, 4))
	}
}

func goldenTransitions(t *testing.T, inputs []Input) {
	pip := scene.Shot{Layout: scene.PIP, Cameras: []string{"hands", "wheel", "kiln"}}
	swapped := scene.Shot{Layout: scene.PIP, Cameras: []string{"wheel", "hands", "kiln"}}
	full := scene.Shot{Layout: scene.Full, Cameras: []string{"wheel"}}
	quad := scene.Shot{Layout: "quad", Cameras: []string{"wheel", "hands", "kiln", "mirror"}}
	for name, size := range map[string]picture.Size{"landscape": sideways, "portrait": upright} {
		for _, c := range []struct {
			name     string
			from, to scene.Shot
			kind     scene.Kind
		}{
			{"cut", pip, full, scene.Cut},
			{"dissolve", pip, full, scene.Dissolve},
			{"wipe", full, pip, scene.Wipe},
			{"push", full, pip, scene.Push},
			{"grow", pip, full, scene.Grow},
			{"grow-back", full, pip, scene.Grow},
			{"grow-swap", pip, swapped, scene.Grow},
			{"grow-quad", full, quad, scene.Grow},
		} {
			views := film(t, inputs, size, c.from, c.to, scene.Transition{Kind: c.kind}, 0, 4, 7, 10, 15)
			compare(t, c.name+"-"+name, sheet(views, 5))
		}
	}
}

// The wheel as it comes, nearer, turned and mirrored, full and in a big inset.
func goldenFramings(t *testing.T, inputs []Input) {
	for name, size := range map[string]picture.Size{"landscape": sideways, "portrait": upright} {
		var views []picture.View
		for _, f := range []scene.Framing{
			{},
			{FocusX: 0.5, FocusY: 0.6, Zoom: 2},
			{FocusX: 0.5, FocusY: 0.5, Zoom: 1, Mirror: true},
			{FocusX: 0.5, FocusY: 0.5, Zoom: 1, Rotate: 90},
			{FocusX: 0.6, FocusY: 0.5, Zoom: 1, Rotate: 270, Mirror: true},
		} {
			turned := append([]Input{inputs[1]}, inputs[0])
			turned[1].Framing = f
			for _, shot := range []scene.Shot{{Layout: scene.Full, Cameras: []string{"wheel"}}, {Layout: "inset", Cameras: []string{"hands", "wheel"}}} {
				views = append(views, film(t, turned, size, shot, shot, scene.Transition{}, 0)...)
			}
		}
		compare(t, "framings-"+name, sheet(views, 4))
	}
}
