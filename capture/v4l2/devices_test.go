//go:build devices

package v4l2

// These tests use real device nodes and run inside the device VM:
//
//	go test -tags devices -exec "$PWD/scripts/device-vm/run" -run '^TestDevices' ./capture/v4l2
//
// Each leaves the cameras as it found them, apart from the last.

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
	"studio/polltest"
)

// slow is how long anything may take in the emulated machine before it has failed.
const slow = 30 * time.Second

func node0(t *testing.T) string { return variable(t, "VIVID0") }

func variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run this with scripts/device-vm/run", name)
	}
	return value
}

// command runs one of the VM's commands.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// deviceSource is the camera that sel means, at a size and rate that an emulated
// machine can do.
func deviceSource(t *testing.T, sel Selector, controls map[string]int) *Source {
	t.Helper()
	s, err := New(Options{
		Name: "wheel", Select: sel, Controls: controls,
		Size: picture.Size{Width: 320, Height: 180}, FrameRate: packet.Rational{Num: 10, Den: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// watchedCamera runs a camera and the watch until the test ends.
func watchedCamera(t *testing.T, s *Source) *capture.Camera {
	t.Helper()
	c := capture.NewCamera(capture.CameraOptions{Name: s.name, Source: s})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2) // one from each
	go func() { done <- c.Run(ctx) }()
	go func() { done <- Watch(ctx, c.Wake) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	polltest.Until(t, slow, "first picture", func() bool { return live(c) })
	return c
}

func live(c *capture.Camera) bool {
	f := c.Mailbox().Newest()
	if f != nil {
		f.Release()
	}
	return f != nil && c.Status().State == capture.Live
}

func dark(c *capture.Camera) bool {
	f := c.Mailbox().Newest()
	if f != nil {
		f.Release()
	}
	return f == nil
}

func TestDevicesAreFound(t *testing.T) {
	devices, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, d := range devices {
		paths = append(paths, d.Path)
		if d.Driver != "vivid" || d.Problem != nil || !strings.HasPrefix(d.Identity.Port, "platform:vivid-00") {
			t.Errorf("%+v", d)
		}
	}
	if want := []string{node0(t), variable(t, "VIVID1")}; !slices.Equal(paths, want) {
		t.Errorf("cameras %v, want %v", paths, want)
	}
	nodes, err := Nodes()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(nodes, func(d Device) bool { return d.Path == variable(t, "LOOPBACK") })
	if i < 0 || nodes[i].LeftOut == "" {
		t.Errorf("a loopback that nobody feeds: %+v", nodes)
	}
}

func TestDevicesStream(t *testing.T) {
	s := deviceSource(t, Selector{Port: "platform:vivid-001"}, nil)
	var box capture.Mailbox
	ctx, cancel := context.WithCancel(t.Context())
	modes := make(chan capture.Mode, 1)
	result := make(chan error, 1)
	go func() { result <- s.Stream(ctx, &box, func(m capture.Mode) { modes <- m }) }()
	var mode capture.Mode
	select {
	case mode = <-modes:
	case err := <-result:
		t.Fatal(err)
	}
	if mode != (capture.Mode{Format: capture.I420, Width: 320, Height: 180, FrameRate: 10}) {
		t.Errorf("mode %+v", mode)
	}

	var last *capture.Frame
	start := time.Now()
	for n := 0; n < 20; {
		f := box.Newest()
		switch {
		case time.Since(start) > slow:
			t.Fatalf("%d frames in %v", n, slow)
		case f == nil:
		case last == nil || f != last && f.Sequence != last.Sequence:
			if last != nil && (f.Sequence < last.Sequence || !f.Taken.After(last.Taken)) {
				t.Errorf("frame %d taken %v after frame %d", f.Sequence, f.Taken.Sub(last.Taken), last.Sequence)
			}
			if age := time.Since(f.Taken); age < 0 || age > time.Second {
				t.Errorf("frame %d is %v old", f.Sequence, age)
			}
			if f.Stride < 320 || len(f.Data) != f.Stride*180*3/2 || f.Colour.Range != picture.Limited {
				t.Errorf("%d bytes, %d a row, %+v", len(f.Data), f.Stride, f.Colour)
			}
			if bytes.Count(f.Data, f.Data[:1]) == len(f.Data) {
				t.Error("an empty picture")
			}
			if last != nil {
				last.Release()
			}
			last = f.Retain()
			n++
		}
		if f != nil {
			f.Release()
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("20 frames in %v, counts %+v", time.Since(start), box.Counts())
	last.Release()
	cancel()
	if err := <-result; err != nil {
		t.Error(err)
	}
	box.Clear()
}

func TestDevicesCameraInUse(t *testing.T) {
	watchedCamera(t, deviceSource(t, Selector{Path: node0(t)}, nil))
	s := deviceSource(t, Selector{Path: node0(t)}, nil)
	s.name = "hands"
	err := s.Stream(t.Context(), new(capture.Mailbox), func(capture.Mode) {})
	if want := `open camera "hands" (` + node0(t) + `): in use by another program`; err == nil || err.Error() != want || !errors.Is(err, capture.ErrBusy) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	// The other camera does not mind.
	watchedCamera(t, deviceSource(t, Selector{Path: variable(t, "VIVID1")}, nil))
}

func TestDevicesWithoutPermission(t *testing.T) {
	runtime.LockOSThread() // the user of one thread is changed; Stream opens on the caller's
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	err := deviceSource(t, Selector{Path: node0(t)}, nil).Stream(t.Context(), new(capture.Mailbox), func(capture.Mode) {})
	if err := unix.Setfsuid(0); err != nil {
		t.Fatal(err)
	}
	if want := `open camera "wheel" (` + node0(t) + `): no permission to open it`; err == nil || err.Error() != want || !errors.Is(err, capture.ErrPermission) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDevicesDisconnectAndReconnect(t *testing.T) {
	c := watchedCamera(t, deviceSource(t, Selector{Port: "platform:vivid-000"}, nil))
	disconnected := make(chan error, 1)
	go func() { disconnected <- exec.Command("vivid-disconnect", node0(t)).Run() }()
	polltest.Until(t, slow, "noticing", func() bool { return dark(c) })
	if s := c.Status(); s.State != capture.Waiting || !strings.HasSuffix(s.Message.En, "not connected") {
		t.Errorf("status %+v", s)
	}
	polltest.Until(t, slow, "an attempt to open it again", func() bool {
		return strings.HasPrefix(c.Status().Message.En, `open camera "wheel"`)
	})
	if err := <-disconnected; err != nil {
		t.Errorf("vivid-disconnect: %v", err)
	}
	command(t, "vivid-reconnect", node0(t))
	took := polltest.Until(t, 3*time.Second, "picture back", func() bool { return live(c) })
	t.Logf("picture back %v after reconnecting", took)
}

// The nodes vanish and may come back under other numbers.
func TestDevicesUnplugAndReplug(t *testing.T) {
	c := watchedCamera(t, deviceSource(t, Selector{Port: "platform:vivid-000"}, nil))
	command(t, "vivid-unplug")
	took := polltest.Until(t, 500*time.Millisecond, "slate", func() bool { return dark(c) })
	t.Logf("slate %v after unplugging", took)
	polltest.Until(t, slow, "saying so", func() bool { return strings.HasSuffix(c.Status().Message.En, "not connected") })
	command(t, "vivid-replug")
	took = polltest.Until(t, 3*time.Second, "picture back", func() bool { return live(c) })
	t.Logf("picture back %v after replugging", took)
}

func TestDevicesFaultsAreCounted(t *testing.T) {
	c := watchedCamera(t, deviceSource(t, Selector{Path: node0(t)}, nil))
	damaged := c.Status().Counts.Damaged
	command(t, "vivid-inject", node0(t), "buffer-error")
	polltest.Until(t, slow, "a damaged frame", func() bool { return c.Status().Counts.Damaged == damaged+1 })
	if missed := c.Status().Counts.Missed; missed != 0 {
		t.Errorf("%d frames counted as missing that were damaged", missed)
	}
	command(t, "vivid-inject", node0(t), "drop", "50")
	polltest.Until(t, slow, "missing frames", func() bool { return c.Status().Counts.Missed >= 3 })
	command(t, "vivid-inject", node0(t), "drop", "0")
	if s := c.Status(); s.State != capture.Live {
		t.Errorf("status %+v", s)
	}

	for _, fault := range []string{"fatal-error", "qbuf-error"} {
		command(t, "vivid-inject", node0(t), fault)
		polltest.Until(t, slow, fault, func() bool { return c.Status().State != capture.Live })
		took := polltest.Until(t, 3*time.Second, "picture back after "+fault, func() bool { return live(c) })
		t.Logf("picture back %v after %s", took, fault)
	}
	for _, fault := range []string{"reqbufs-error", "streamon-error"} { // at the next open
		command(t, "vivid-inject", node0(t), fault)
		command(t, "vivid-inject", node0(t), "fatal-error")
		polltest.Until(t, slow, fault, func() bool { return strings.HasPrefix(c.Status().Message.En, `open camera "wheel" (`+node0(t)+")") })
		took := polltest.Until(t, 5*time.Second, "picture back after "+fault, func() bool { return live(c) })
		t.Logf("picture back %v after %s", took, fault)
	}
}

func TestDevicesControlsAtEveryOpen(t *testing.T) {
	node := variable(t, "VIVID1")
	brightness := func() string { return command(t, "v4l2-ctl", "-d", node, "--get-ctrl=brightness") }
	c := watchedCamera(t, deviceSource(t, Selector{Path: node}, map[string]int{"brightness": 201, "hue": 300, "warp": 9}))
	if got := brightness(); got != "brightness: 201" {
		t.Errorf("the driver has %s", got)
	}
	want := "control hue: 300 is not within -128 to 128; control warp: the camera has none of this name"
	if got := c.Status().Message.En; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	command(t, "v4l2-ctl", "-d", node, "--set-ctrl=brightness=7")
	command(t, "vivid-inject", node, "fatal-error")
	polltest.Until(t, slow, "fault", func() bool { return c.Status().State != capture.Live })
	polltest.Until(t, slow, "picture back", func() bool { return live(c) })
	if got := brightness(); got != "brightness: 201" {
		t.Errorf("after the second open the driver has %s", got)
	}
}

// A camera that a program feeds with MJPEG appears, streams and falls silent.
func TestDevicesMotionJPEG(t *testing.T) {
	loopback := variable(t, "LOOPBACK")
	s := deviceSource(t, Selector{Card: "Loopback camera"}, nil)
	if err := s.Stream(t.Context(), new(capture.Mailbox), func(capture.Mode) {}); !errors.Is(err, capture.ErrGone) {
		t.Errorf("before it is fed: %v", err)
	}
	feeder := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10",
		"-c:v", "mjpeg", "-threads", "1", "-pix_fmt", "yuvj420p", "-f", "v4l2", loopback)
	if err := feeder.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill := func() {
		if !killed {
			feeder.Process.Kill()
			feeder.Wait()
			killed = true
		}
	}
	t.Cleanup(kill)

	c := watchedCamera(t, s)
	polltest.Until(t, slow, "ten frames", func() bool { return c.Status().Counts.Frames >= 10 })
	status := c.Status()
	if m := status.Mode; m.Format != capture.MJPEG || m.Width != 320 || m.Height != 180 {
		t.Errorf("mode %+v", m)
	}
	if status.Counts.Damaged != 0 {
		t.Errorf("counts %+v", status.Counts)
	}
	f := c.Mailbox().Newest()
	if !bytes.HasPrefix(f.Data, []byte{0xff, 0xd8}) || !bytes.HasSuffix(f.Data, []byte{0xff, 0xd9}) || f.Colour != picture.JFIF {
		t.Errorf("%d bytes, %+v", len(f.Data), f.Colour)
	}
	f.Release()
	kill()
	took := polltest.Until(t, slow, "slate", func() bool { return dark(c) })
	t.Logf("slate %v after the feeding program died; counts %+v", took, c.Status().Counts)
}

// The last test: vivid is loaded anew with nodes that are no cameras.
func TestDevicesOtherNodesAreLeftOut(t *testing.T) {
	command(t, "modprobe", "-r", "vivid")
	command(t, "modprobe", "vivid", "n_devs=2", "node_types=0x6007d,0x1", "multiplanar=1,2")
	nodes, err := Nodes()
	if err != nil {
		t.Fatal(err)
	}
	var cameras []string
	for _, d := range nodes {
		t.Logf("%s %s: %q", d.Path, attribute(filepath.Join("/sys/class/video4linux", filepath.Base(d.Path)), "name"), d.LeftOut)
		if d.LeftOut == "" {
			cameras = append(cameras, attribute(filepath.Join("/sys/class/video4linux", filepath.Base(d.Path)), "name"))
		}
	}
	if want := []string{"vivid-000-vid-cap"}; !slices.Equal(cameras, want) {
		t.Errorf("cameras %v, want %v", cameras, want)
	}
}
