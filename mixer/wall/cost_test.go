package wall

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/capture/clip"
	"studio/polltest"
)

// cameraFile returns a file of 1080p30 Motion JPEG, 4:2:2 and about 220 KB a
// frame, as a USB camera sends it.
func cameraFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "camera.mjpeg")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=1",
		"-vf", "noise=alls=6:allf=t,format=yuvj422p", "-c:v", "mjpeg", "-q:v", "4", path).CombinedOutput()
	if err != nil {
		t.Fatalf("make a camera's file: %v\n%s", err, out)
	}
	return path
}

// cameraFrames returns the frames of a camera's file, held, and their mean size.
func cameraFrames(t testing.TB) (frames []*capture.Frame, bytes int) {
	t.Helper()
	reader, err := clip.OpenReader(cameraFile(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	for range 24 {
		f, err := reader.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
		bytes += len(f.Data)
	}
	return frames, bytes / len(frames)
}

// cameraWall is a wall of eight 1080p cameras, each of whose looks finds a new
// frame, that is passed by hand.
func cameraWall(t testing.TB) (pass func(), frameBytes int) {
	t.Helper()
	frames, size := cameraFrames(t)
	o := Options{Start: time.Now()}
	for camera := range 8 {
		n := camera
		o.Sources = append(o.Sources, Source{Name: fmt.Sprint("camera ", camera), Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
			n++
			return frames[n%len(frames)].Retain()
		}})
	}
	w := New(o)
	start(t, w)
	w.mu.Lock()
	w.held, w.every = true, time.Nanosecond
	w.mu.Unlock()
	now := o.Start
	return func() {
		now = now.Add(time.Second / usualRate)
		w.pass(now)
	}, size
}

func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWallOfEight measures a look at eight 1080p cameras; five a second are
// made. It reports the share of a core.
func BenchmarkWallOfEight(b *testing.B) {
	pass, size := cameraWall(b)
	pass()
	b.ReportAllocs()
	before, passes := cpuTime(b), 0
	for b.Loop() {
		pass()
		passes++
	}
	b.ReportMetric(100*usualRate*(cpuTime(b)-before).Seconds()/float64(passes), "%core")
	b.ReportMetric(float64(size)/1024, "KB/frame")
}

// TestAWallOfEightCamerasIsCheap holds the wall to a loose bound; the benchmark
// has the figure.
func TestAWallOfEightCamerasIsCheap(t *testing.T) {
	pass, size := cameraWall(t)
	pass()
	const passes = 10
	before := cpuTime(t)
	for range passes {
		pass()
	}
	share := usualRate * (cpuTime(t) - before).Seconds() / passes
	t.Logf("eight 1080p cameras of %d KB a frame at %d a second: %.1f %% of a core", size/1024, usualRate, 100*share)
	if share > 0.3 {
		t.Errorf("the wall takes %.1f %% of a core", 100*share)
	}
}

// cable is a camera whose frames are copied out of a driver's buffers into frames
// that are used again, as capture/v4l2 does.
type cable struct {
	frames []*capture.Frame // what the camera sends in turn
	free   chan *capture.Frame
}

func (c cable) Stream(ctx context.Context, out *capture.Mailbox, opened func(capture.Mode)) error {
	opened(capture.Mode{Format: capture.MJPEG, Width: 1920, Height: 1080, FrameRate: 30})
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		from := c.frames[n%uint64(len(c.frames))]
		var f *capture.Frame
		select {
		case f = <-c.free:
			f.Renew()
		default:
			f = capture.NewFrame(func(f *capture.Frame) { c.free <- f })
			f.Data = make([]byte, 0, 512<<10)
		}
		f.Data = append(f.Data[:0], from.Data...)
		f.Format, f.Width, f.Height, f.Taken, f.Sequence = from.Format, from.Width, from.Height, time.Now(), n
		out.Put(f)
	}
}

// TestACameraThatIsNotShownCostsNextToNothing lets a 1080p camera come in with a
// wall that nobody looks at.
func TestACameraThatIsNotShownCostsNextToNothing(t *testing.T) {
	frames, size := cameraFrames(t)
	camera := capture.NewCamera(capture.CameraOptions{Name: "wheel", Source: cable{frames, make(chan *capture.Frame, 8)}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- camera.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	w := New(Options{Start: time.Now(), Sources: []Source{{Name: "wheel", Slate: flat(40),
		Newest: func(time.Duration) *capture.Frame { return camera.Mailbox().Newest() }}}})
	start(t, w)
	polltest.Until(t, 10*time.Second, "the camera is live", func() bool { return camera.Status().State == capture.Live })
	polltest.Until(t, 10*time.Second, "its frames are used again", func() bool { return camera.Status().Counts.Frames > 10 })

	before, came, begun := cpuTime(t), camera.Status().Counts.Frames, time.Now()
	time.Sleep(2 * time.Second)
	elapsed := time.Since(begun)
	share := (cpuTime(t) - before).Seconds() / elapsed.Seconds()
	came = camera.Status().Counts.Frames - came
	t.Logf("%d frames of %d KB in %v: %.2f %% of a core", came, size/1024, elapsed.Round(time.Millisecond), 100*share)
	if came < 20 {
		t.Errorf("only %d frames came in", came)
	}
	if share > 0.03 { // 1 % with room for a busy machine and the race detector
		t.Errorf("a camera that is not shown takes %.2f %% of a core", 100*share)
	}
}
