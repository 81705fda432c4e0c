package microphone

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/capture"
	"studio/capture/microphone/internal/wire"
	"studio/media/samples"
	"studio/words"
)

// fake is a reader process without a process: say is what it writes.
type fake struct {
	*io.PipeReader
	stopped []bool // how Stop was called
	words   string
	close   func()
}

func (f *fake) Stop(hangs bool)   { f.stopped = append(f.stopped, hangs); f.close() }
func (f *fake) LastWords() string { return f.words }

// fakeSource returns a source whose process is f; say runs as the process and
// ends with it.
func fakeSource(say func(w *wire.Writer)) (*Source, *fake, *[]string) {
	out, in := io.Pipe()
	f := &fake{PipeReader: out}
	done := make(chan struct{})
	f.close = func() {
		in.CloseWithError(io.EOF)
		<-done
	}
	var asked []string
	s := New(Options{Match: "usb"})
	s.quiet = 100 * time.Millisecond
	s.start = func(args ...string) (process, error) {
		asked = args
		go func() {
			defer close(done)
			say(wire.NewWriter(in))
		}()
		return f, nil
	}
	return s, f, &asked
}

func TestStreamHandsOnWhatArrives(t *testing.T) {
	want := [][]float32{make([]float32, 1920), {0.5, -0.5, 1, -1}}
	want[0][7] = 0.25
	s, f, asked := fakeSource(func(w *wire.Writer) {
		w.Message(wire.Message{Opened: "USB microphone"})
		for _, data := range want {
			w.Block(data)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var names []string
	var got []samples.Captured
	began := time.Now()
	err := s.Stream(ctx, func(b samples.Captured) {
		if len(names) != 1 {
			t.Errorf("a block came before the microphone was open")
		}
		if got = append(got, b); len(got) == len(want) {
			cancel()
		}
	}, func(name string) { names = append(names, name) })
	if err != nil {
		t.Fatalf("Stream: %v, want nil when ctx ends", err)
	}
	if !slices.Equal(*asked, []string{"read", "usb"}) || !slices.Equal(names, []string{"USB microphone"}) {
		t.Errorf("asked for %q, opened %q", *asked, names)
	}
	if !slices.Equal(f.stopped, []bool{false}) {
		t.Errorf("process stopped %v, want once, asked first", f.stopped)
	}
	for i, b := range got {
		if !slices.Equal(b.Data, want[i]) {
			t.Errorf("block %d: other samples than were sent", i)
		}
		length := samples.Duration(int64(b.Frames()))
		if early, late := began.Add(-length), time.Now().Add(-length); b.Taken.Before(early) || b.Taken.After(late) {
			t.Errorf("block %d: taken %v, want between %v and %v", i, b.Taken, early, late)
		}
	}
}

func TestStreamEndsWhenTheMicrophoneSaysNothing(t *testing.T) {
	s, f, _ := fakeSource(func(w *wire.Writer) {
		w.Message(wire.Message{Opened: "USB microphone"})
		w.Block(make([]float32, 1920))
	})
	blocks := 0
	err := s.Stream(context.Background(), func(samples.Captured) { blocks++ }, nil)
	if !errors.Is(err, capture.ErrGone) || err.Error() != `microphone "USB microphone": not connected: no sound for 100ms` {
		t.Errorf("Stream: %v", err)
	}
	if blocks != 1 || !slices.Equal(f.stopped, []bool{true}) {
		t.Errorf("%d blocks, stopped %v; want 1, and killed", blocks, f.stopped)
	}
}

func TestStreamExplainsFaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		say      func(w *wire.Writer)
		text, zh string
		is       error
	}{
		{"gone", func(w *wire.Writer) {
			w.Message(wire.Message{Fault: words.Text{En: `there are only "a"`, Zh: "现在只有 a"}, Reason: wire.Gone})
		}, `open microphone "usb": not connected: there are only "a"`, "现在只有 a", capture.ErrGone},
		{"busy", func(w *wire.Writer) {
			w.Message(wire.Message{Reason: wire.Busy})
		}, `open microphone "usb": in use by another program`, words.Of(capture.ErrBusy).Zh, capture.ErrBusy},
		{"permission", func(w *wire.Writer) {
			w.Message(wire.Message{Fault: words.Text{En: "access denied"}, Reason: wire.Permission})
		}, `open microphone "usb": no permission to open it: access denied`, words.Of(capture.ErrPermission).Zh, capture.ErrPermission},
		{"other", func(w *wire.Writer) {
			w.Message(wire.Message{Fault: words.Text{En: "miniaudio: format not supported"}})
		}, `open microphone "usb": miniaudio: format not supported`, "声卡驱动报错，请拔下话筒重新插上", nil},
		{"fault while open", func(w *wire.Writer) {
			w.Message(wire.Message{Opened: "USB microphone"})
			w.Message(wire.Message{Fault: words.Text{En: "broken"}})
		}, `microphone "USB microphone": broken`, "声卡驱动报错，请拔下话筒重新插上", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, _ := fakeSource(c.say)
			err := s.Stream(context.Background(), func(samples.Captured) {}, nil)
			if got := words.Of(err); got != (words.Text{En: c.text, Zh: c.zh}) {
				t.Errorf("%+v, want %s, %s", got, c.text, c.zh)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
		})
	}

	s := New(Options{})
	s.start = func(...string) (process, error) { return nil, errors.New("no such file") }
	if err := s.Stream(context.Background(), nil, nil); err == nil || err.Error() != "open microphone (the default one): no such file" {
		t.Errorf("without a process: %v", err)
	}
}

func TestStreamWithEndedContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := New(Options{})
	s.start = func(...string) (process, error) { t.Error("a process was started"); return nil, errors.New("no") }
	if err := s.Stream(ctx, nil, nil); err != nil {
		t.Errorf("Stream: %v", err)
	}
}

// The process is a real one here: it hangs, it dies, it is not there.

func TestAHangingProcessIsEnded(t *testing.T) {
	s := New(Options{Reader: us("hang")})
	s.quiet = 100 * time.Millisecond
	began := time.Now()
	err := s.Stream(context.Background(), func(samples.Captured) {}, nil)
	if !errors.Is(err, capture.ErrGone) || !strings.Contains(err.Error(), "Hanging microphone") {
		t.Errorf("Stream: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAProcessThatDoesNotListenIsEndedWithTheContext(t *testing.T) {
	s := New(Options{Reader: us("mute")})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := s.Stream(ctx, func(samples.Captured) {}, nil); err != nil {
		t.Errorf("Stream: %v", err)
	}
}

// TestSeveralMicrophonesAtOnce has two that give sound and one that hangs and is ended
// beside them.
func TestSeveralMicrophonesAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var blocks [2]atomic.Int32
	var names sync.Map
	var all errgroup.Group
	for i, match := range []string{"left", "right"} {
		s := New(Options{Match: match, Reader: us("sing")})
		s.quiet = 10 * time.Second
		all.Go(func() error {
			return s.Stream(ctx, func(samples.Captured) { blocks[i].Add(1) }, func(name string) { names.Store(match, name) })
		})
	}
	bad := New(Options{Reader: us("hang")})
	bad.quiet = 100 * time.Millisecond
	if err := bad.Stream(ctx, func(samples.Captured) {}, nil); !errors.Is(err, capture.ErrGone) {
		t.Errorf("the hanging one: %v", err)
	}
	was := [2]int32{blocks[0].Load(), blocks[1].Load()}
	for ctx.Err() == nil && (blocks[0].Load() < was[0]+5 || blocks[1].Load() < was[1]+5) {
		time.Sleep(time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Errorf("the others went on to %d and %d blocks from %v", blocks[0].Load(), blocks[1].Load(), was)
	}
	cancel()
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	for _, match := range []string{"left", "right"} {
		if name, _ := names.Load(match); name != "Singing "+match {
			t.Errorf("%s opened %v", match, name)
		}
	}
}

func TestADyingProcessSaysWhy(t *testing.T) {
	s := New(Options{Reader: us("die")})
	err := s.Stream(context.Background(), func(samples.Captured) {}, nil)
	if want := `microphone "Dying microphone": its process ended: SIGSEGV: segmentation violation`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestAMissingProcessIsAnError(t *testing.T) {
	s := New(Options{Reader: []string{"/nonexistent/studio"}})
	if err := s.Stream(context.Background(), func(samples.Captured) {}, nil); err == nil || !strings.Contains(err.Error(), "/nonexistent/studio") {
		t.Errorf("Stream: %v", err)
	}
	// Not given in a test: never the test's own program.
	if _, err := Devices(); err == nil || !strings.Contains(err.Error(), "a test must say") {
		t.Errorf("Devices: %v", err)
	}
}

func TestARealProcessWithoutTheMicrophone(t *testing.T) {
	if _, err := devices(starter(us(), nil)); err != nil {
		t.Errorf("Devices: %v", err)
	}
	s := New(Options{Match: "no such microphone", Reader: us()})
	if err := s.Stream(context.Background(), func(samples.Captured) {}, nil); !errors.Is(err, capture.ErrGone) {
		t.Errorf("Stream: %v, want it not connected", err)
	}
}
