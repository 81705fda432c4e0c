package wall

import (
	"bytes"
	"context"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/media/picture"
	"studio/polltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hand is a painter: a bright square that moves with the frame's number.
type hand struct{ number int }

func (h hand) Paint(dst picture.View) {
	picture.Fill(dst, 60, 128, 128)
	side := dst.Width / 8 &^ 1
	picture.Fill(dst.Sub(picture.Rect{X: h.number * 18 % (dst.Width - side) &^ 1, Y: 20, Width: side, Height: side}), 200, 128, 128)
}

type flat byte

func (f flat) Paint(dst picture.View) { picture.Fill(dst, byte(f), 128, 128) }

// acted is a camera of 30 frames a second that paints, or is gone.
type acted struct {
	gone  atomic.Bool
	still atomic.Bool
	asked atomic.Int64
	start time.Time
}

func (a *acted) newest(at time.Duration) *capture.Frame {
	a.asked.Add(1)
	if a.gone.Load() {
		return nil
	}
	n := int(at * 30 / time.Second)
	f := capture.NewFrame(nil)
	f.Format, f.Width, f.Height, f.Colour = capture.Drawn, 1920, 1080, picture.Program
	f.Sequence, f.Taken = uint64(n), a.start.Add(time.Duration(n)*time.Second/30)
	f.Painter = hand{n}
	if a.still.Load() {
		f.Painter = hand{0}
	}
	return f
}

// running starts a wall of cameras and ends it with the test, when every picture
// has to be back.
func running(t testing.TB, names ...string) (*Wall, map[string]*acted) {
	t.Helper()
	cameras := map[string]*acted{}
	o := Options{Start: time.Now()}
	for _, name := range names {
		a := &acted{start: o.Start}
		cameras[name] = a
		o.Sources = append(o.Sources, Source{Name: name, Newest: a.newest, Slate: flat(40)})
	}
	w := New(o)
	start(t, w)
	return w, cameras
}

func start(t testing.TB, w *Wall) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := w.pool.Out(); n != 0 {
			t.Errorf("%d pictures were not given back", n)
		}
		if len(w.tiles) > 0 {
			if _, err := w.Picture(w.tiles[0].Name); !errors.Is(err, ErrEnded) {
				t.Errorf("a picture after the end: %v", err)
			}
		}
	})
	polltest.Until(t, 10*time.Second, "the wall runs", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.developer != nil
	})
}

func decoded(t *testing.T, data []byte, err error) image.Image {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	img, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestPicturesAreSmallAndShowTheCameraOrItsSlate(t *testing.T) {
	w, cameras := running(t, "wheel", "kiln")
	cameras["kiln"].gone.Store(true)
	data, err := w.Picture("wheel")
	img := decoded(t, data, err)
	if size := img.Bounds().Size(); size.X != 240 || size.Y != 134 {
		t.Errorf("size %v", size)
	}
	if r, _, _, _ := img.At(120, 100).RGBA(); math.Abs(float64(r>>8)-51) > 4 { // limited-range luma 60
		t.Errorf("the background is %d", r>>8)
	}
	data, err = w.Picture("kiln")
	img = decoded(t, data, err)
	if r, _, _, _ := img.At(120, 100).RGBA(); math.Abs(float64(r>>8)-28) > 4 { // luma 40
		t.Errorf("the slate is %d", r>>8)
	}
	if _, err := w.Picture("door"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown camera: %v", err)
	}
}

func TestHoweverManyLookAPictureIsMadeOnce(t *testing.T) {
	w, cameras := running(t, "wheel")
	w.SetRate(0.01)
	first, err := w.Picture("wheel")
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		data, err := w.Picture("wheel")
		if err != nil || !bytes.Equal(data, first) {
			t.Fatalf("another picture, %v", err)
		}
	}
	if n := cameras["wheel"].asked.Load(); n != 1 {
		t.Errorf("the camera was asked %d times", n)
	}
	w.SetRate(1000)
	polltest.Until(t, 10*time.Second, "a new picture", func() bool {
		data, err := w.Picture("wheel")
		return err == nil && !bytes.Equal(data, first)
	})
	w.SetRate(0) // paused: what is there
	asked := cameras["wheel"].asked.Load()
	if _, err := w.Picture("wheel"); err != nil || cameras["wheel"].asked.Load() != asked {
		t.Errorf("while paused: %v, asked %d times", err, cameras["wheel"].asked.Load()-asked)
	}
}

func TestNobodyLooksAndNothingIsMade(t *testing.T) {
	w, cameras := running(t, "wheel", "hands")
	w.SetRate(200)
	w.Hold(true)
	polltest.Until(t, 10*time.Second, "the director's pictures", func() bool { return cameras["hands"].asked.Load() > 3 })
	w.Hold(false)
	w.mu.Lock() // a pass that was under way has seen it by its next camera
	before := cameras["wheel"].asked.Load() + cameras["hands"].asked.Load()
	w.mu.Unlock()
	time.Sleep(50 * time.Millisecond) // ten pictures' time
	if after := cameras["wheel"].asked.Load() + cameras["hands"].asked.Load(); after != before {
		t.Errorf("%d frames were looked at", after-before)
	}
}

func TestActivityIsWhereHandsMove(t *testing.T) {
	w, cameras := running(t, "wheel", "hands", "kiln")
	cameras["wheel"].still.Store(true)
	w.SetRate(30)
	w.Hold(true)
	polltest.Until(t, 10*time.Second, "activity at the hands", func() bool { return w.Activity("hands") > 0.2 })
	if still := w.Activity("wheel"); still > 0.05 {
		t.Errorf("a still camera reads as %.3f", still)
	}
	cameras["hands"].gone.Store(true)
	polltest.Until(t, 10*time.Second, "none at a camera that is gone", func() bool { return w.Activity("hands") == 0 })
	if w.Activity("door") != 0 {
		t.Error("an unknown camera is active")
	}
}

func TestWatchSeesEveryFrameOnceAtItsProgramTime(t *testing.T) {
	w, cameras := running(t, "wheel")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	const period = time.Second / 60 // twice a frame
	var times []time.Duration
	moved := 0
	err := w.Watch(ctx, "wheel", period, func(at time.Duration, motion float64) {
		times = append(times, at)
		if motion > 0.001 {
			moved++
		}
		if len(times) == 20 {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range times {
		if at%period != 0 || i > 0 && at-times[i-1] < 2*period {
			t.Errorf("frame %d at %v after %v", i, at, times[max(0, i-1)])
		}
	}
	if moved < 15 {
		t.Errorf("motion in %d of 20 frames", moved)
	}
	cameras["wheel"].gone.Store(true)
	if err := w.Watch(context.Background(), "wheel", period, nil); err == nil || err.Error() != `watch camera "wheel": it has no picture` {
		t.Errorf("a camera that is gone: %v", err)
	}
	if err := w.Watch(context.Background(), "door", period, nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown camera: %v", err)
	}
}

func TestBrokenFramesLeaveTheLastPicture(t *testing.T) {
	broken := func(time.Duration) *capture.Frame {
		f := capture.NewFrame(nil)
		f.Format, f.Width, f.Height, f.Data = capture.MJPEG, 1920, 1080, []byte{0xff, 0xd8, 0xff}
		return f
	}
	w := New(Options{Start: time.Now(), Sources: []Source{{Name: "wheel", Newest: broken, Slate: flat(40)}}})
	start(t, w)
	data, err := w.Picture("wheel")
	if r, _, _, _ := decoded(t, data, err).At(100, 100).RGBA(); math.Abs(float64(r>>8)-28) > 4 {
		t.Errorf("shows %d, not the slate", r>>8)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct{ in, want picture.Size }{
		{picture.Size{Width: 1920, Height: 1080}, picture.Size{Width: 240, Height: 134}},
		{picture.Size{Width: 640, Height: 480}, picture.Size{Width: 240, Height: 180}},
		{picture.Size{Width: 1080, Height: 1920}, picture.Size{Width: 240, Height: 426}},
		{picture.Size{Width: 161, Height: 121}, picture.Size{Width: 160, Height: 120}},
		{picture.Size{}, picture.Size{Width: 2, Height: 2}},
	} {
		if got := Fit(c.in, Width); got != c.want {
			t.Errorf("%v becomes %v, want %v", c.in, got, c.want)
		}
	}
}
