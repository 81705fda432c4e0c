package clip

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
)

// made makes a file of ten pictures with the ffmpeg program.
func made(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append([]string{"-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=20"}, args...)
	out, err := exec.Command("ffmpeg", append(args, "-frames:v", "10", path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return path
}

func TestReaderReadsEveryFrame(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt"}
	mjpeg := []string{"-c:v", "mjpeg", "-q:v", "3", "-pix_fmt"}
	limited601 := picture.Colour{Range: picture.Limited, Matrix: picture.BT601}
	tests := []struct {
		name   string
		args   []string
		format capture.Format
		rate   float64
		colour picture.Colour
	}{
		{"raw.mjpeg", append(mjpeg, "yuvj422p"), capture.MJPEG, 30, picture.JFIF},
		{"camera.avi", append(mjpeg, "yuvj420p"), capture.MJPEG, 20, picture.JFIF},
		{"camera.mkv", append(mjpeg, "yuvj420p"), capture.MJPEG, 20, picture.JFIF},
		{"camera.mov", append(mjpeg, "yuvj420p"), capture.MJPEG, 20, picture.JFIF},
		{"small.mp4", append(h264, "yuv420p"), capture.I420, 20, limited601},
		{"tagged.mp4", append(h264, "yuv420p", "-colorspace", "bt709"), capture.I420, 20, picture.Program},
		{"large.mkv", append(h264, "yuv420p", "-s", "1280x720"), capture.I420, 20, picture.Program},
		{"full.mkv", append(h264, "yuvj420p"), capture.I420, 20, picture.JFIF},
		{"422.mkv", append(h264, "yuv422p"), capture.I420, 20, limited601},
		{"444.mkv", append(h264, "yuv444p"), capture.I420, 20, limited601},
		{"10bit.mkv", append(h264, "yuv420p10le"), capture.I420, 20, limited601},
		{"422-10bit.mkv", append(h264, "yuv422p10le"), capture.I420, 20, limited601},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := OpenReader(made(t, test.name, test.args...))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if m := r.Mode(); m.Format != test.format || m.FrameRate < test.rate-0.1 || m.FrameRate > test.rate+0.1 {
				t.Errorf("mode %+v, want %v at %v", m, test.format, test.rate)
			}
			var sequence uint64
			for round := range 2 {
				for n := range 10 {
					f, err := r.Next(t.Context())
					if err != nil {
						t.Fatalf("round %d frame %d: %v", round, n, err)
					}
					if f.Sequence != sequence || f.Format != test.format || f.Colour != test.colour {
						t.Errorf("frame %d: sequence %d, %v, colour %v, want %v", n, f.Sequence, f.Format, f.Colour, test.colour)
					}
					sequence++
					want := time.Duration(float64(n) / test.rate * float64(time.Second))
					if got := f.Taken.Sub(time.Time{}); (got - want).Abs() > 5*time.Millisecond {
						t.Errorf("frame %d stands at %v, want %v", n, got, want)
					}
					checkBars(t, f)
					f.Release()
				}
				if _, err := r.Next(t.Context()); err != io.EOF {
					t.Fatalf("after the last frame: %v, want EOF", err)
				}
				if err := r.Rewind(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkBars looks for testsrc's second bar, which is cyan.
func checkBars(t *testing.T, f *capture.Frame) {
	t.Helper()
	if f.Format == capture.MJPEG {
		img, err := jpeg.Decode(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatalf("not a JPEG picture: %v", err)
		}
		if b := img.Bounds(); b.Dx() != f.Width || b.Dy() != f.Height {
			t.Errorf("picture is %v, frame says %dx%d", b, f.Width, f.Height)
		}
		return
	}
	luma := f.Stride * f.Height
	if len(f.Data) != luma*3/2 {
		t.Fatalf("%d bytes for %dx%d", len(f.Data), f.Width, f.Height)
	}
	x, y := f.Width*3/16, f.Height/8
	u := f.Data[luma+y/2*(f.Stride/2)+x/2]
	v := f.Data[luma+luma/4+y/2*(f.Stride/2)+x/2]
	if u < 145 || v > 40 {
		t.Errorf("cyan bar has U %d V %d", u, v)
	}
}

func TestOpenReaderNamesTheFault(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text.mp4")
	if err := os.WriteFile(text, []byte(strings.Repeat("no video at all\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(folder, "pipe.mjpeg")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"pipe", pipe, "is not a file"},
		{"missing", filepath.Join(folder, "gone.mp4"), "gone.mp4\": no such file"},
		{"folder", folder, "is a folder"},
		{"text", text, "cannot be played"},
		{"sound only", made(t, "sound.mkv", "-f", "lavfi", "-i", "sine=duration=0.2", "-map", "1:a"), "holds no pictures"},
		{"RGB", made(t, "rgb.mkv", "-c:v", "libx264rgb", "-pix_fmt", "rgb24"), "pixel format gbrp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := New(Options{Path: test.path}); err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "open clip ") {
				t.Errorf("got %q, want it to say %q", err, test.want)
			}
		})
	}
	if _, err := New(Options{Path: text, FrameRate: packet.Rational{Num: -1, Den: 1}}); err == nil {
		t.Error("a negative frame rate was accepted")
	}
}

func BenchmarkMJPEG(b *testing.B) {
	path := filepath.Join(b.TempDir(), "camera.mjpeg")
	out, err := exec.Command("ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30",
		"-vf", "noise=alls=6:allf=t", "-c:v", "mjpeg", "-q:v", "3", "-frames:v", "10", path).CombinedOutput()
	if err != nil {
		b.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	r, err := OpenReader(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		f, err := r.Next(b.Context())
		if err == io.EOF {
			if err := r.Rewind(); err != nil {
				b.Fatal(err)
			}
			continue
		}
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(f.Data)))
		f.Release()
	}
}

func TestHeldFramesAreDroppedNotWaitedFor(t *testing.T) {
	r, err := OpenReader(made(t, "camera.mjpeg", "-c:v", "mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var held []*capture.Frame
	for len(held) < framesOut {
		f, err := r.Next(t.Context())
		if err == io.EOF {
			err = r.Rewind()
		} else if err == nil {
			held = append(held, f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(t.Context()); !errors.Is(err, ErrExhausted) {
		t.Errorf("with %d frames held: %v", framesOut, err)
	}
	held[0].Release()
	f, err := r.Next(t.Context())
	if err != nil {
		t.Fatalf("after a release: %v", err)
	}
	f.Release()
	for _, f := range held[1:] {
		f.Release()
	}
}

func TestMJPEGReadsWithoutAllocating(t *testing.T) {
	r, err := OpenReader(made(t, "camera.mjpeg", "-c:v", "mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	round := func() {
		for {
			f, err := r.Next(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			f.Release()
		}
		if err := r.Rewind(); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(5, round); n > 0 {
		t.Errorf("%v allocations a round", n)
	}
}

func TestEndOfContextEndsReading(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, err := OpenReader(made(t, "camera.mjpeg", "-c:v", "mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := r.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.Release()
	cancel()
	if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	// another context reads on
	f, err = r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Release()
}

func TestSourceLoopsInRealTime(t *testing.T) {
	for _, args := range [][]string{{"camera.avi", "-c:v", "mjpeg"}, {"film.mp4", "-c:v", "libx264", "-preset", "ultrafast"}} {
		t.Run(args[0], func(t *testing.T) {
			defer goleak.VerifyNone(t)
			s, err := New(Options{Path: made(t, args[0], args[1:]...)})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 1250*time.Millisecond)
			defer cancel()
			var out capture.Mailbox
			var mode capture.Mode
			if err := s.Stream(ctx, &out, func(m capture.Mode) { mode = m }); err != nil {
				t.Fatal(err)
			}
			// 20 pictures a second, and the eleventh is the first one again
			if n := out.Counts().Frames; n < 18 || n > 26 {
				t.Errorf("%d frames in 1.25 s", n)
			}
			if mode.Width != 320 || mode.Height != 240 {
				t.Errorf("mode %+v", mode)
			}
			f := out.Newest()
			if f.Sequence+1 != out.Counts().Frames {
				t.Errorf("newest of %d frames has sequence %d", out.Counts().Frames, f.Sequence)
			}
			f.Release()
			out.Clear()
		})
	}
}

func TestSourceEndsWithTheFile(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := made(t, "camera.mjpeg", "-c:v", "mjpeg")
	s, err := New(Options{Path: path, Once: true, FrameRate: packet.Rational{Num: 200, Den: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var out capture.Mailbox
	err = s.Stream(t.Context(), &out, func(capture.Mode) {})
	if err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("got %v", err)
	}
	if n := out.Counts().Frames; n != 10 {
		t.Errorf("%d frames, want 10", n)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Stream(t.Context(), &out, func(capture.Mode) {}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("without its file: %v", err)
	}
}

func TestPacerCatchesUpInsteadOfHurrying(t *testing.T) {
	start := time.Now().Add(-time.Hour)
	p := pacer{start: start}
	first := p.due(0, 0, packet.Rational{})
	if late := time.Since(first); late > lateBy {
		t.Errorf("an hour late, the first frame is due %v ago", late)
	}
	second := p.due(40*time.Millisecond, 1, packet.Rational{})
	if got := second.Sub(first); got != 40*time.Millisecond {
		t.Errorf("second frame %v after the first", got)
	}
	p.loop(2, 40*time.Millisecond)
	if got := p.due(0, 2, packet.Rational{}).Sub(first); got != 80*time.Millisecond {
		t.Errorf("next round begins after %v", got)
	}
}
