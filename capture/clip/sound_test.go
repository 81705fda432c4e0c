package clip

import (
	"bytes"
	"context"
	"image/jpeg"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/media/packet"
	"studio/media/samples"
)

// film makes a film of 20 pictures a second that are white for a tenth of a second from
// 0.5 s on, with a beep at the same time in the given coding.
func film(t *testing.T, name string, seconds string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append([]string{"-nostdin", "-loglevel", "error",
		"-f", "lavfi", "-i", "color=black:size=64x64:rate=20:duration=" + seconds,
		"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*1000*t)*gte(t\\,0.5)*lt(t\\,0.6):s=48000:d=" + seconds,
		"-vf", "drawbox=color=white:t=fill:enable='gte(t,0.499)*lt(t,0.6)'"}, append(args, path)...)
	if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return path
}

// ear notes when each beep begins.
type ear struct {
	mu     sync.Mutex
	beeps  []time.Time
	gone   int
	blocks int
	early  time.Duration // how long before its time a block came
	rate   int
	chans  int
}

func (e *ear) Put(b samples.Captured) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.early = max(e.early, time.Until(b.Taken))
	e.blocks++
	e.rate, e.chans = b.Rate, b.Channels
	for i := range b.Frames() {
		loud := slices.ContainsFunc(b.Data[i*b.Channels:(i+1)*b.Channels], func(v float32) bool { return math.Abs(float64(v)) > 0.1 })
		if at := b.Taken.Add(time.Duration(i) * time.Second / time.Duration(b.Rate)); loud && (len(e.beeps) == 0 || at.Sub(e.beeps[len(e.beeps)-1]) > 300*time.Millisecond) {
			e.beeps = append(e.beeps, at)
		}
	}
}

func (e *ear) heard() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.beeps)
}

func (e *ear) Gone() { e.mu.Lock(); e.gone++; e.mu.Unlock() }

func TestSoundIsInStepWithThePicturesAndLoops(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"}
	for _, c := range []struct {
		name, seconds string
		args          []string
		rate, chans   int
	}{
		{"aac.mp4", "1", append(h264, "-c:a", "aac", "-ac", "2"), 48000, 2},
		{"longer.mkv", "1", append(h264, "-af", "apad=whole_dur=1.6", "-c:a", "pcm_s16le", "-ar", "44100", "-ac", "1"), 44100, 1},
		{"shorter.mkv", "1", append(h264, "-af", "atrim=end=0.7", "-c:a", "libopus", "-ac", "2"), 48000, 2},
		{"camera.avi", "1", []string{"-c:v", "mjpeg", "-c:a", "pcm_u8", "-ar", "8000", "-ac", "1"}, 8000, 1},
		{"surround.mov", "1", append(h264, "-c:a", "aac", "-ac", "6"), 48000, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := film(t, c.name, c.seconds, c.args...)
			if !HasSound(path) {
				t.Fatal("has no sound")
			}
			e := &ear{}
			s, err := New(Options{Path: path, Sound: e})
			if err != nil {
				t.Fatal(err)
			}
			var out capture.Mailbox
			flashes := watchFlashes(t, s, &out, e, 3)
			e.mu.Lock()
			defer e.mu.Unlock()
			if len(e.beeps) < 3 {
				t.Fatalf("%d beeps for %d flashes in %d blocks", len(e.beeps), len(flashes), e.blocks)
			}
			// A busy box shows a picture late, never early; so the best round tells.
			best := -time.Hour
			for i, flash := range flashes {
				off := e.beeps[i].Sub(flash)
				if best = max(best, off); off > 20*time.Millisecond {
					t.Errorf("round %d: the beep is %v behind the flash", i, off)
				}
			}
			if best < -20*time.Millisecond {
				t.Errorf("the beep is %v before the flash in every round", -best)
			}
			if e.rate != c.rate || e.chans != c.chans {
				t.Errorf("%d Hz, %d channels, want %d and %d", e.rate, e.chans, c.rate, c.chans)
			}
			if e.early > 5*time.Millisecond {
				t.Errorf("a block came %v before its time", e.early)
			}
			if e.gone != 3 {
				t.Errorf("Gone %d times, want one for each new round and one at the end", e.gone)
			}
		})
	}
}

// bright tells whether a picture's middle is white.
func bright(t *testing.T, f *capture.Frame) bool {
	if f.Format == capture.MJPEG {
		img, err := jpeg.Decode(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		r, _, _, _ := img.At(f.Width/2, f.Height/2).RGBA()
		return r > 0x8000
	}
	return f.Data[f.Stride*f.Height/2+f.Width/2] > 128
}

// watchFlashes streams until so many flashes were seen and returns when each began.
func watchFlashes(t *testing.T, s *Source, out *capture.Mailbox, e *ear, n int) []time.Time {
	t.Helper()
	var flashes []time.Time
	done := make(chan error)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go func() { done <- s.Stream(ctx, out, func(capture.Mode) {}) }()
	white := false
	var seen uint64
	for len(flashes) < n && ctx.Err() == nil {
		time.Sleep(time.Millisecond) // between two looks at the mailbox
		f := out.Newest()
		if f == nil {
			continue
		}
		if f.Sequence != seen {
			seen = f.Sequence
			if now := bright(t, f); now != white {
				if white = now; white {
					flashes = append(flashes, f.Taken)
				}
			}
		}
		f.Release()
	}
	for e.heard() < n && ctx.Err() == nil {
		time.Sleep(time.Millisecond) // the block of the last beep is on its way
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	out.Clear()
	if len(flashes) < n {
		t.Fatalf("%d flashes", len(flashes))
	}
	return flashes
}

func TestFilesWithoutSoundAreSilent(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := made(t, "mute.mp4", "-c:v", "libx264", "-preset", "ultrafast")
	if HasSound(path) || HasSound(path+".gone") {
		t.Error("has sound")
	}
	for _, o := range []Options{
		{Path: path},
		// at another rate than its own, sound would not be in step
		{Path: film(t, "beep.mkv", "0.2", "-c:v", "mjpeg", "-c:a", "pcm_s16le"), FrameRate: packet.Rational{Num: 100, Den: 1}, Once: true},
	} {
		e := &ear{}
		o.Sound, o.Once = e, true
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		var out capture.Mailbox
		if err := s.Stream(t.Context(), &out, func(capture.Mode) {}); err == nil {
			t.Error("played once, and no end")
		}
		out.Clear()
		if e.blocks != 0 {
			t.Errorf("%s: %d blocks", o.Path, e.blocks)
		}
	}
}
