//go:build devices

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/hw/hwtest"
	"studio/media/samples"
	"studio/ui"
)

// vmSlow is how long anything may take in the emulated machine before it has failed.
const vmSlow = 40 * time.Second

// lookPause is the pause between two looks at the studio: what is measured by
// looking is as exact as this.
const lookPause = 100 * time.Millisecond

// vmVariable is one of the variables with which the device VM says what is where.
func vmVariable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run this with scripts/device-vm/run", name)
	}
	return value
}

// vmCommand runs one of the VM's commands and returns what it printed.
func vmCommand(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// awaited waits for done and returns how long it took.
func awaited(t *testing.T, what string, within time.Duration, done func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !done() {
		if time.Since(start) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(lookPause)
	}
	return time.Since(start)
}

// beside is a command that runs beside the test.
type beside struct {
	*exec.Cmd
	ended chan struct{} // closed when it has ended
	err   error         // read after ended
}

// runBeside starts a command; the end of the test ends it too. Its standard error is
// the test's.
func runBeside(t *testing.T, cmd *exec.Cmd) *beside {
	t.Helper()
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &beside{Cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the command at once and returns when it has ended.
func (p *beside) kill() {
	_ = p.Process.Kill()
	<-p.ended
}

// studioBinary is the program itself under its own name: the engine starts the
// microphone's reader by it, which it refuses to do as a test's program.
func studioBinary(t *testing.T) string {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	path := filepath.Join(t.TempDir(), "studio")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, self); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// asStudio is the program with its arguments, not running yet.
func asStudio(binary string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), actAsStudio+"=1")
	return cmd
}

// feedLoopback makes the loopback a camera with motion JPEG pictures; it returns when the
// camera is there.
func feedLoopback(t *testing.T) *beside {
	t.Helper()
	film := filepath.Join(os.TempDir(), "feed.mkv")
	if _, err := os.Stat(film); err != nil {
		frames := write(t, filepath.Join(t.TempDir(), "feed.mjpeg"), string(drawnFilm(t)))
		vmCommand(t, "ffmpeg", "-nostdin", "-v", "error", "-framerate", "10", "-i", frames, "-c", "copy", film)
	}
	node := vmVariable(t, "LOOPBACK")
	releaseLoopback(t, node)
	feeder := runBeside(t, exec.Command("ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", film,
		"-c", "copy", "-f", "v4l2", node))
	awaited(t, "MJPEG in the loopback", vmSlow, func() bool {
		out, _ := exec.Command("v4l2-ctl", "-d", node, "--get-fmt-video").Output()
		return bytes.Contains(out, []byte("MJPG"))
	})
	return feeder
}

// releaseLoopback lets the next program feed the loopback. v4l2loopback 0.12 notes
// that a feeder has gone only if that feeder had begun with VIDIOC_STREAMON; one
// that just writes, as ffmpeg does, leaves a device that can neither be fed nor
// read any more.
func releaseLoopback(t *testing.T, node string) {
	t.Helper()
	const streamOn, output = 0x40045612, 2
	file, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// It fails, for there is nothing to stream yet, and is noted nonetheless.
	_ = unix.IoctlSetPointerInt(int(file.Fd()), streamOn, output)
}

// tone is a tone without an end, as aplay reads it.
type tone struct{ hz, at int }

func (s *tone) Read(p []byte) (int, error) {
	n := 0
	for ; n+4 <= len(p); n += 4 {
		v := uint16(int16(12000 * math.Sin(2*math.Pi*float64(s.hz*s.at%samples.Rate)/samples.Rate)))
		binary.LittleEndian.PutUint16(p[n:], v)
		binary.LittleEndian.PutUint16(p[n+2:], v)
		s.at++
	}
	return n, nil
}

// playTone lets a tone of 1 kHz sound at the microphone's far end.
func playTone(t *testing.T) *beside {
	t.Helper()
	return playInto(t, vmVariable(t, "SOUND_PLAY"), 1000)
}

func playInto(t *testing.T, device string, hz int) *beside {
	t.Helper()
	cmd := exec.Command("aplay", "-q", "-D", device, "-f", "S16_LE", "-r", "48000", "-c", "2", "-t", "raw", "-")
	cmd.Stdin = &tone{hz: hz}
	return runBeside(t, cmd)
}

// weighAt lets a scale speak at the far end of the USB serial cable.
func weighAt(t *testing.T, grams float64) *hwtest.Scale {
	t.Helper()
	s, err := hwtest.NewScale(hwtest.ScaleOptions{Device: vmVariable(t, "SERIAL_GADGET"), Alone: true, Load: grams})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// listenRTMP receives one RTMP broadcast into a file; it returns when it can be
// connected to.
func listenRTMP(t *testing.T, port int, file string) *beside {
	t.Helper()
	p := runBeside(t, exec.Command("ffmpeg", "-nostdin", "-v", "error", "-listen", "1",
		"-i", fmt.Sprintf("rtmp://127.0.0.1:%d/live/x", port), "-c", "copy", file))
	listening := fmt.Sprintf(":%04X 00000000:0000 0A", port) // trying it would be the one connection that it takes
	awaited(t, "listening for RTMP", vmSlow, func() bool {
		sockets, _ := os.ReadFile("/proc/net/tcp")
		return bytes.Contains(sockets, []byte(listening))
	})
	return p
}

// onAir is a running studio as its technician sees it.
type onAir struct {
	base string // address of the page
	// broadcasting is set once it is on air: from then on every look proves that
	// nothing suffers but what is in trouble at the time.
	broadcasting bool
	told         map[string]bool // what suffered, so that it is told once
}

func (s *onAir) status(t *testing.T) ui.Status {
	t.Helper()
	response, err := http.Get(s.base + "/api/status")
	if err != nil {
		t.Fatal(err)
	}
	return statusIn(t, response)
}

func (s *onAir) broadcast(t *testing.T, on bool) ui.Status {
	t.Helper()
	return s.do(t, "broadcast", fmt.Sprintf(`{"on":%t}`, on))
}

// do gives a command by its name in the API.
func (s *onAir) do(t *testing.T, command, body string) ui.Status {
	t.Helper()
	response, err := http.Post(s.base+"/api/"+command, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return statusIn(t, response)
}

func statusIn(t *testing.T, response *http.Response) ui.Status {
	t.Helper()
	defer response.Body.Close()
	var s ui.Status
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v: %s", response.Request.URL, err, body)
	} else if err := json.Unmarshal(body, &s); err != nil {
		t.Fatalf("%s: %v: %s", response.Request.URL, err, body)
	}
	return s
}

// picture returns the newest picture of the programme.
func (s *onAir) picture(t *testing.T) image.Image {
	t.Helper()
	response, err := http.Get(s.base + "/api/pictures/landscape.jpg?width=320")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	img, _, err := image.Decode(response.Body)
	if err != nil {
		t.Fatalf("%s: %s: %v", response.Request.URL, response.Status, err)
	}
	return img
}

// until looks until done; it returns how long that took and what it saw last. All
// cameras but those in trouble must be live all the while.
func (s *onAir) until(t *testing.T, what string, trouble []string, done func(ui.Status) bool) (time.Duration, ui.Status) {
	t.Helper()
	begun := time.Now()
	for {
		status := s.status(t)
		if s.broadcasting {
			s.unharmed(t, status, trouble)
		}
		if done(status) {
			return time.Since(begun), status
		}
		if time.Since(begun) > vmSlow {
			t.Fatalf("not within %v: %s; status %+v", vmSlow, what, status)
		}
		time.Sleep(lookPause)
	}
}

// unharmed proves that the programme goes on and that who has no trouble is well.
func (s *onAir) unharmed(t *testing.T, status ui.Status, trouble []string) {
	t.Helper()
	suffers := func(what string, how any) {
		t.Helper()
		if !s.told[what] {
			t.Errorf("%s suffers from another's fault: %+v", what, how)
		}
		s.told[what] = true
	}
	if !status.Broadcast.On {
		suffers("the broadcast", status.Broadcast)
	}
	if status.Recording.State != ui.Live {
		suffers("the recording", status.Recording)
	}
	if status.Canvases[0].Dropped != 0 {
		suffers("the canvas", status.Canvases[0])
	}
	for _, d := range status.Destinations {
		if d.State != ui.Live || d.Attempts != 1 || d.Dropped != 0 {
			suffers("the destination", d)
		}
	}
	for _, c := range status.Cameras {
		if c.State != ui.Live && !slices.Contains(trouble, c.Name) {
			suffers("camera "+c.Name, c)
		}
	}
}

// cameraOf returns a camera's status.
func cameraOf(t *testing.T, s ui.Status, name string) ui.Camera {
	t.Helper()
	i := slices.IndexFunc(s.Cameras, func(c ui.Camera) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no camera %q in %+v", name, s.Cameras)
	}
	return s.Cameras[i]
}
