package capture

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"studio/words"
)

// played is a source that does what the test says, one function a call; the last
// one is used again and again.
type played struct {
	calls []func(ctx context.Context, out *Mailbox, opened func(Mode)) error

	mu     sync.Mutex
	opened []time.Time // when Stream was called
	held   int         // frames not given back
}

func (p *played) Stream(ctx context.Context, out *Mailbox, opened func(Mode)) error {
	p.mu.Lock()
	call := p.calls[min(len(p.opened), len(p.calls)-1)]
	p.opened = append(p.opened, time.Now())
	p.mu.Unlock()
	return call(ctx, out, opened)
}

// put hands over count frames, one every frame time.
func (p *played) put(ctx context.Context, out *Mailbox, count int, every time.Duration) {
	for i := range count {
		p.mu.Lock()
		p.held++
		p.mu.Unlock()
		f := NewFrame(func(*Frame) { p.mu.Lock(); p.held--; p.mu.Unlock() })
		f.Sequence = uint64(i)
		f.Taken = time.Now()
		out.Put(f)
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func (p *played) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Time(nil), p.opened...)
}

const endless = 1 << 30

var mode30 = Mode{Format: MJPEG, Width: 1920, Height: 1080, FrameRate: 30}

// run starts the camera; the returned function ends it and checks that it took
// everything back.
func run(t *testing.T, p *played, c *Camera) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if f := c.Mailbox().Newest(); f != nil {
			t.Error("a frame is left in the mailbox")
		}
		if p.held != 0 {
			t.Errorf("%d frames were not given back", p.held)
		}
	}
}

func hasPicture(c *Camera) bool {
	f := c.Mailbox().Newest()
	if f == nil {
		return false
	}
	f.Release()
	return true
}

func TestCameraIsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		mode := mode30
		mode.Warning = words.Text{En: "control gain: the camera has none of this name", Zh: "摄像头没有名为 gain 的设置"}
		p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
			opened(mode)
			p.put(ctx, out, endless, time.Second/30)
			return nil
		})
		c := NewCamera(CameraOptions{Name: "wheel", Source: p})
		if s := c.Status(); s.State != Connecting || s.Message != (words.Text{}) || c.Name() != "wheel" {
			t.Errorf("before Run: %+v", s)
		}
		stop := run(t, p, c)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		s := c.Status()
		if s.State != Live || s.Mode != mode || s.Message != mode.Warning {
			t.Errorf("status %+v", s)
		}
		if s.FramesPerSecond < 29.5 || s.FramesPerSecond > 30.5 {
			t.Errorf("measured %.2f frames a second, want 30", s.FramesPerSecond)
		}
		if s.Counts.Frames < 90 || s.Counts.Frames > 91 {
			t.Errorf("%d frames in 3 s", s.Counts.Frames)
		}
		stop()
	})
}

// A source may open and bring its first frame within one look at it: the frame is the
// sign of life, whichever of the two the camera hears of first.
func TestOpenedAndFirstFrameAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			p := &played{}
			p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
				time.Sleep(lookEvery) // the camera wakes at the same moment
				opened(mode30)
				p.put(ctx, out, endless, time.Second/30)
				return nil
			})
			c := NewCamera(CameraOptions{Name: "wheel", Source: p})
			stop := run(t, p, c)
			time.Sleep(time.Second)
			synctest.Wait()
			if s := c.Status(); s.State != Live || s.Mode != mode30 {
				t.Errorf("pictures come in and the camera is %s in mode %+v", s.State, s.Mode)
			}
			stop()
		}
	})
}

func TestMailboxIsEmptyTheMomentTheSourceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		fail := errors.New(`read camera "wheel" (/dev/video0): not connected`)
		p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
			opened(mode30)
			p.put(ctx, out, 30, time.Second/30)
			return fail
		}, func(context.Context, *Mailbox, func(Mode)) error { return fail })
		c := NewCamera(CameraOptions{Name: "wheel", Source: p})
		stop := run(t, p, c)
		time.Sleep(990 * time.Millisecond)
		if !hasPicture(c) {
			t.Error("no picture while the source streams")
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if hasPicture(c) {
			t.Error("a picture is left 10 ms after the source failed")
		}
		if s := c.Status(); s.State != Waiting || s.Message.En != fail.Error() || s.Message.Zh == "" || s.FramesPerSecond != 0 {
			t.Errorf("status %+v", s)
		}
		stop()
	})
}

func TestSilenceTakesThePictureAway(t *testing.T) {
	for _, test := range []struct {
		name       string
		rate       float64
		kept, gone time.Duration // after the last frame
	}{
		{"thirty frames a second", 30, 390 * time.Millisecond, 430 * time.Millisecond},
		{"unknown rate", 0, 390 * time.Millisecond, 430 * time.Millisecond},
		{"one frame a second", 1, 2990 * time.Millisecond, 3030 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &played{}
				p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
					opened(Mode{Format: YUYV, Width: 640, Height: 480, FrameRate: test.rate})
					p.put(ctx, out, 1, 0)
					<-ctx.Done()
					return nil
				})
				c := NewCamera(CameraOptions{Name: "kiln", Source: p})
				stop := run(t, p, c)
				time.Sleep(test.kept)
				if !hasPicture(c) || c.Status().State != Live {
					t.Errorf("no picture %v after the last frame", test.kept)
				}
				time.Sleep(test.gone - test.kept)
				synctest.Wait()
				s := c.Status()
				if hasPicture(c) || s.State != Waiting || s.Message.En == "" || s.Message.Zh == "" {
					t.Errorf("%v after the last frame: picture %v, status %+v", test.gone, hasPicture(c), s)
				}
				stop()
			})
		})
	}
}

// A source that hangs is opened again; one that comes back by itself is not.
func TestSilentSourceIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
			opened(mode30)
			p.put(ctx, out, 30, time.Second/30)
			time.Sleep(time.Second) // a hiccup
			p.put(ctx, out, 30, time.Second/30)
			<-ctx.Done()
			return ctx.Err()
		}, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
			opened(mode30)
			p.put(ctx, out, endless, time.Second/30)
			return nil
		})
		c := NewCamera(CameraOptions{Name: "hands", Source: p})
		stop := run(t, p, c)
		time.Sleep(2500 * time.Millisecond)
		if s := c.Status(); s.State != Live || len(p.times()) != 1 {
			t.Errorf("after a hiccup: %+v, opened %d times", s, len(p.times()))
		}
		time.Sleep(3 * time.Second) // silent since second 3, given up at 5
		synctest.Wait()
		if n := len(p.times()); n != 2 || !hasPicture(c) {
			t.Errorf("opened %d times, picture %v", n, hasPicture(c))
		}
		stop()
	})
}

func TestRetriesComeFastThenRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		p.calls = append(p.calls, func(context.Context, *Mailbox, func(Mode)) error { return ErrBusy })
		c := NewCamera(CameraOptions{Name: "wheel", Source: p})
		stop := run(t, p, c)
		time.Sleep(30 * time.Second)
		at := p.times()
		if first := at[1].Sub(at[0]); first > 300*time.Millisecond {
			t.Errorf("first retry after %v", first)
		}
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap > 2*time.Second || gap < 150*time.Millisecond {
				t.Errorf("retry %d after %v", i, gap)
			}
		}
		if len(at) < 16 || len(at) > 30 {
			t.Errorf("%d attempts in 30 s", len(at))
		}
		stop()
	})
}

func TestWakeCutsTheWaitingShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		p.calls = append(p.calls, func(context.Context, *Mailbox, func(Mode)) error { return ErrGone })
		c := NewCamera(CameraOptions{Name: "wheel", Source: p})
		stop := run(t, p, c)
		for {
			before := p.times()
			if n := len(before); n > 10 && time.Since(before[n-1]) < time.Second/2 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		n := len(p.times())
		c.Wake()
		c.Wake()
		synctest.Wait()
		if got := len(p.times()); got == n {
			t.Error("Wake did not lead to an attempt")
		}
		last := len(p.times())
		time.Sleep(300 * time.Millisecond) // udev sets the rights a moment after the device appears
		synctest.Wait()
		if got := len(p.times()); got == last {
			t.Error("the attempt after a wake-up was not repeated soon")
		}
		stop()
	})
}

func TestOperatorIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := &played{}
		p.calls = append(p.calls, func(context.Context, *Mailbox, func(Mode)) error { return ErrBusy })
		c := NewCamera(CameraOptions{Name: "wheel", Source: p, Log: slog.New(slog.NewTextHandler(&log, nil))})
		stop := run(t, p, c)
		time.Sleep(20 * time.Second)
		stop()
		if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "camera=wheel") {
			t.Errorf("%d lines for one fault:\n%s", n, log.String())
		}
	})
}

// A camera with a loose plug: opened, a picture, gone, several times a second.
func TestFlappingCameraDoesNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := &played{}
		p.calls = append(p.calls, func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
			opened(mode30)
			p.put(ctx, out, 3, time.Second/30)
			return ErrGone
		})
		c := NewCamera(CameraOptions{Name: "wheel", Source: p, Log: slog.New(slog.NewTextHandler(&log, nil))})
		stop := run(t, p, c)
		time.Sleep(20 * time.Second)
		stop()
		if n := strings.Count(log.String(), "\n"); n < 2 || n > 41 {
			t.Errorf("%d lines in 20 s:\n%s", n, log.String())
		}
	})
}

func TestSourceThatJustEndsIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &played{}
		p.calls = append(p.calls, func(context.Context, *Mailbox, func(Mode)) error { return nil })
		c := NewCamera(CameraOptions{Name: "wheel", Source: p})
		stop := run(t, p, c)
		synctest.Wait()
		if s := c.Status(); s.State != Waiting || !strings.Contains(s.Message.En, "have ended") || s.Message.Zh != "画面已结束" {
			t.Errorf("status %+v", s)
		}
		stop()
	})
}
