package mixer

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/configs/layouts"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer/scene"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// flat is a painter of one luma level.
type flat byte

func (f flat) Paint(dst picture.View) { picture.Fill(dst, byte(f), 128, 128) }

func frameOf(level byte, n uint64) *capture.Frame {
	f := capture.NewFrame(nil)
	f.Format, f.Painter, f.Sequence = capture.Drawn, flat(level), n
	f.Width, f.Height = 320, 180
	f.Taken = time.Now()
	return f
}

// always is an input that shows one level.
func always(name string, level byte) Input {
	var n atomic.Uint64
	return Input{
		Name:   name,
		Newest: func(time.Duration) *capture.Frame { return frameOf(level, n.Add(1)) },
		Slate:  flat(40),
	}
}

// library is the built-in layouts.
func library(t testing.TB) *scene.Library {
	t.Helper()
	l, err := layouts.Library("")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var small = picture.Size{Width: 320, Height: 180}

// run mixes frames pictures of one canvas and calls look with each.
func run(t *testing.T, o Options, shot scene.Shot, frames int64, look func(m *Mixer, v picture.View, n int64)) *Mixer {
	t.Helper()
	var m *Mixer
	if o.Pool == nil {
		o.Pool = picture.NewPool(64)
	}
	if o.Clock == nil {
		o.Clock = Unpaced{}
	}
	o.Layouts = library(t)
	o.Rate, o.Frames = packet.Rational{Num: 30, Den: 1}, frames
	o.Canvases = []CanvasOptions{{Name: "landscape", Size: small, Shot: shot,
		Output: func(p *picture.Picture, n int64, _ time.Time) {
			look(m, p.View, n)
			p.Release()
		}}}
	var err error
	if m, err = New(o); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if out := o.Pool.Out(); out != 0 {
		t.Errorf("%d pictures were not given back", out)
	}
	return m
}

func luma(v picture.View, x, y int) byte { return v.Y[y*v.StrideY+x] }

func centre(v picture.View, r picture.Rect) byte {
	return luma(v, r.X+r.Width/2, r.Y+r.Height/2)
}

func TestEachSlotShowsItsCamera(t *testing.T) {
	levels := map[string]byte{"a": 60, "b": 90, "c": 120, "d": 150}
	inputs := []Input{always("a", 60), always("b", 90), always("c", 120), always("d", 150)}
	for _, name := range library(t).Fit(small) {
		places, err := library(t).Place(name, small)
		if err != nil {
			t.Fatal(err)
		}
		shot := scene.Shot{Layout: name, Cameras: []string{"c", "a", "d", "b"}[:len(places)]}
		run(t, Options{Inputs: inputs}, shot, 2, func(_ *Mixer, v picture.View, _ int64) {
			for i, p := range places {
				at := centre(v, p.Rect)
				if i == 0 {
					at = luma(v, 0, 88) // where no layout has an inset
				}
				if want := levels[shot.Cameras[i]]; at != want {
					t.Errorf("%s: slot %d shows level %d, want %d", name, i, at, want)
				}
			}
		})
	}
}

func TestAGoneCameraShowsItsSlateAtTheNextTick(t *testing.T) {
	var gone atomic.Bool
	in := always("a", 90)
	newest := in.Newest
	in.Newest = func(at time.Duration) *capture.Frame {
		if gone.Load() {
			return nil
		}
		return newest(at)
	}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 6, func(_ *Mixer, v picture.View, n int64) {
		want := byte(90)
		if n >= 2 && n < 4 {
			want = 40
		}
		if got := centre(v, picture.Rect{Width: 320, Height: 180}); got != want {
			t.Errorf("picture %d shows %d, want %d", n, got, want)
		}
		gone.Store(n+1 >= 2 && n+1 < 4)
	})
}

func TestADamagedFrameLeavesTheLastGoodPicture(t *testing.T) {
	good, err := jpeg.Encode(flatPicture(120), 95)
	if err != nil {
		t.Fatal(err)
	}
	data := [][]byte{good, good[:len(good)/2], nil, good}
	var n, damaged int
	in := Input{
		Name: "a", Slate: flat(40), Damaged: func() { damaged++ },
		Newest: func(time.Duration) *capture.Frame {
			f := capture.NewFrame(nil)
			f.Format, f.Data, f.Colour = capture.MJPEG, data[n], picture.JFIF
			f.Width, f.Height, f.Sequence = 320, 180, uint64(n)
			n++
			return f
		},
	}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 4, func(_ *Mixer, v picture.View, n int64) {
		if got := centre(v, picture.Rect{Width: 320, Height: 180}); got < 118 || got > 122 {
			t.Errorf("picture %d shows %d, want 120", n, got)
		}
	})
	if damaged != 2 {
		t.Errorf("%d frames counted as damaged, want 2", damaged)
	}
}

func TestAFirstFrameThatIsDamagedShowsTheSlate(t *testing.T) {
	in := Input{Name: "a", Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
		f := capture.NewFrame(nil)
		f.Format, f.Data, f.Width, f.Height = capture.MJPEG, []byte("not a picture"), 320, 180
		return f
	}}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 2, func(_ *Mixer, v picture.View, _ int64) {
		if got := luma(v, 160, 90); got != 40 {
			t.Errorf("shows %d, want the slate's 40", got)
		}
	})
}

func flatPicture(level byte) picture.View {
	p := picture.New(small)
	picture.Fill(p.View, level, 128, 128)
	return p.View
}

func TestAHeldFrameIsDevelopedOnce(t *testing.T) {
	var painted atomic.Int64
	frame := frameOf(90, 7)
	frame.Painter = counting{&painted}
	in := Input{Name: "a", Slate: flat(40), Newest: func(time.Duration) *capture.Frame { return frame.Retain() }}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 10, func(*Mixer, picture.View, int64) {})
	if painted.Load() != 1 {
		t.Errorf("painted %d times, want once", painted.Load())
	}
}

type counting struct{ n *atomic.Int64 }

func (c counting) Paint(dst picture.View) {
	c.n.Add(1)
	picture.Fill(dst, 90, 128, 128)
}

func TestATakeDissolves(t *testing.T) {
	inputs := []Input{always("a", 60), always("b", 180)}
	seen := map[byte]bool{}
	run(t, Options{Inputs: inputs}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 30, func(m *Mixer, v picture.View, n int64) {
		if n == 5 {
			if err := m.Take("landscape", scene.Shot{Layout: scene.Full, Cameras: []string{"b"}}, scene.Transition{}); err != nil {
				t.Error(err)
			}
		}
		level := luma(v, 160, 90)
		seen[level] = true
		if n == 0 && level != 60 || n == 29 && level != 180 {
			t.Errorf("picture %d shows %d", n, level)
		}
	})
	if len(seen) < 8 {
		t.Errorf("only %d levels between the shots", len(seen))
	}
}

func TestTakesThatCannotBeAreRefused(t *testing.T) {
	m := run(t, Options{Inputs: []Input{always("a", 60)}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 1, func(*Mixer, picture.View, int64) {})
	for _, c := range []struct{ canvas, layout, camera, want string }{
		{"portrait", scene.Full, "a", `canvas "portrait": there is none of that name`},
		{"landscape", "mosaic", "a", `layout "mosaic": there is none of that name; allowed: ` + strings.Join(library(t).Names(), ", ")},
		{"landscape", scene.Full, "z", `camera "z": there is none of that name`},
	} {
		err := m.Take(c.canvas, scene.Shot{Layout: c.layout, Cameras: []string{c.camera}}, scene.Transition{Kind: scene.Cut})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// lateClock is late once by a given time.
type lateClock struct {
	at, late time.Duration
	done     *bool
}

func (c lateClock) Wait(_ context.Context, due time.Duration) (time.Duration, error) {
	if due >= c.at && !*c.done {
		*c.done = true
		return c.late, nil
	}
	return 0, nil
}

func TestAShortHiccupLosesNoFrameAndALongOneIsCounted(t *testing.T) {
	for _, c := range []struct {
		late    time.Duration
		dropped uint64
	}{{900 * time.Millisecond, 0}, {1100 * time.Millisecond, 33}} {
		var numbers []int64
		m := run(t, Options{Inputs: []Input{always("a", 60)}, Clock: lateClock{200 * time.Millisecond, c.late, new(bool)}},
			scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 60, func(_ *Mixer, _ picture.View, n int64) { numbers = append(numbers, n) })
		if got := m.Canvases()[0].Dropped; got != c.dropped || uint64(len(numbers)) != 60-c.dropped {
			t.Errorf("late by %v: %d dropped, %d made, want %d dropped", c.late, got, len(numbers), c.dropped)
		}
	}
}

func TestNoFreePictureIsADropNotAStop(t *testing.T) {
	pool := picture.NewPool(3)
	hoard := []*picture.Picture{pool.Get(small), pool.Get(small)}
	made := 0
	o := Options{Layouts: library(t), Inputs: []Input{always("a", 60)}, Pool: pool, Clock: Unpaced{}, Rate: packet.Rational{Num: 30, Den: 1}, Frames: 3}
	o.Canvases = []CanvasOptions{{Name: "landscape", Size: small, Shot: scene.Shot{Layout: scene.Full, Cameras: []string{"a"}},
		Output: func(p *picture.Picture, _ int64, _ time.Time) { made++; p.Release() }}}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if made != 0 || m.Canvases()[0].Dropped != 3 {
		t.Errorf("%d made, %d dropped", made, m.Canvases()[0].Dropped)
	}
	for _, p := range hoard {
		p.Release()
	}
	if pool.Out() != 0 {
		t.Errorf("%d pictures out", pool.Out())
	}
}
