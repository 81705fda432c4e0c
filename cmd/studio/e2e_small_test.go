package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/media/picture"
	"studio/publish/servertest"
	"studio/ui"
)

// smallSize is that of the small programme's canvas: all of the product, at a tenth of
// the pixels, so that two busy cores carry it with its servers beside it.
var smallSize = picture.Size{Width: 640, Height: 360}

// smallRate is the small programme's bit rate, and what a slow network may push it
// down to.
const smallRate, smallLeast = 1_000_000, 250_000

// small is a studio serve with a small programme. It may be killed and started again
// on the same state and recordings.
type small struct {
	*child
	folder    string // with the configuration, the state and what follows
	recording string // folder, as this test sees it
	begins    string // shell lines that come before the program, in a mount namespace of its own; "" for none
}

// goal is a destination of the small programme.
type goal struct {
	name, address string
	key, bearer   string
	off           bool
}

// newSmall writes the configuration; more are lines of it, such as cameras. Nothing
// runs yet.
func newSmall(t *testing.T, goals []goal, more string) *small {
	t.Helper()
	folder := t.TempDir()
	s := &small{folder: folder, recording: filepath.Join(folder, "recordings")}
	var config, secrets strings.Builder
	fmt.Fprintf(&config, "listen: %s\nsocket: %s\n", servertest.FreeAddress(t), filepath.Join(folder, "s"))
	fmt.Fprintf(&config, "canvases:\n  - {name: landscape, size: %dx%d, preset: superfast, bitrate: %dk, least_bitrate: %dk, layout: full}\n",
		smallSize.Width, smallSize.Height, smallRate/1000, smallLeast/1000)
	if !strings.Contains(more, "cameras:") {
		more += smallCameras
	}
	if !strings.Contains(more, "recording:") {
		more += "recording: {folder: recordings, reserve: 1M}\n"
	}
	config.WriteString(more)
	if len(goals) > 0 {
		config.WriteString("destinations:\n")
		secrets.WriteString("destinations:\n")
	}
	for _, g := range goals {
		fmt.Fprintf(&config, "  - {name: %s, address: %q, off: %v}\n", g.name, g.address, g.off)
		fmt.Fprintf(&secrets, "  %s: {key: %q, bearer: %q}\n", g.name, g.key, g.bearer)
	}
	write(t, filepath.Join(folder, "studio.yaml"), config.String())
	if len(goals) > 0 {
		write(t, filepath.Join(folder, "secrets.yaml"), secrets.String())
	}
	return s
}

const smallCameras = `
cameras:
  - {name: wheel, drawn: wheel, size: 640x360}
  - {name: hands, drawn: hands, size: 640x360}
`

// lostMicrophones are two that are not there: recordings have silence in their tracks.
const lostMicrophones = `microphones:
  - {name: voice, title: {zh: 讲解, en: Voice}, match: "no such microphone"}
  - {name: bench, match: "none of this name"}
`

// start runs the program until it answers; more are lines for its environment.
func (s *small) start(t *testing.T, more ...string) {
	t.Helper()
	command := []string{program(t), "serve", "--config", filepath.Join(s.folder, "studio.yaml")}
	if s.begins != "" {
		command = append([]string{"unshare", "-m", "sh", "-ec", s.begins + "\nexec \"$@\"", s.folder}, command...)
	}
	s.child = run(t, more, command...)
	config, err := os.ReadFile(filepath.Join(s.folder, "studio.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(config), "listen: ")
	s.page, _, _ = strings.Cut(rest, "\n")
	s.socket = filepath.Join(s.folder, "s")
	s.ready(t)
}

// inside runs a command in the program's mount namespace.
func (s *small) inside(t *testing.T, command ...string) {
	t.Helper()
	args := append([]string{"-t", fmt.Sprint(s.Process.Pid), "-m"}, command...)
	if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v %s (this test needs the right to mount)", command, err, out)
	}
}

// get reads a path of the page.
func (c *child) get(t *testing.T, path string) string {
	t.Helper()
	answer, err := http.Get("http://" + c.page + path)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.stderr)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// send starts or ends one destination.
func (c *child) send(t *testing.T, name string, on bool) {
	t.Helper()
	c.do(t, ui.Send{Destination: name, On: on})
}

// named returns a destination's status.
func named(t *testing.T, s ui.Status, name string) ui.Destination {
	t.Helper()
	i := slices.IndexFunc(s.Destinations, func(d ui.Destination) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("there is no destination %q", name)
	}
	return s.Destinations[i]
}

// goes waits until pictures have gone to the destinations for a while.
func (c *child) goes(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		var d ui.Destination
		until(t, 30*time.Second, "pictures go to "+name, func() bool {
			d = named(t, c.status(t), name)
			return d.State == ui.Live && d.SentBytes > 100_000
		})
	}
}

// began is when the program's clock began: a drawn camera's picture n was taken n/30 s
// after that.
func began(s ui.Status) time.Time {
	return s.Time.Add(-time.Duration(s.Box.UptimeMS) * time.Millisecond)
}

// burnt decodes every picture of a file and returns the numbers burnt into them; it
// fails the test if ffmpeg finds a fault or a picture shows no number. A camera's own
// recording has the times at which its pictures came, which ffmpeg would round to the
// same one: they are counted instead.
func burnt(t *testing.T, path string, size picture.Size) (numbers []uint32) {
	t.Helper()
	high := max(size.Width/40, 6) &^ 1
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-an",
		"-vf", fmt.Sprintf("crop=%d:%d:0:%d,setpts=N/TB", size.Width, high, size.Height-high), "-vsync", "passthrough",
		"-f", "rawvideo", "-pix_fmt", "gray", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	strip := make([]byte, size.Width*high)
	for {
		if _, err := io.ReadFull(r, strip); err != nil {
			break
		}
		n, ok := drawn.ReadCode(picture.View{Y: strip, Width: size.Width, Height: high, StrideY: size.Width})
		if !ok {
			t.Errorf("%s: picture %d shows no frame number", path, len(numbers))
			continue
		}
		numbers = append(numbers, n)
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("decode %s: %v %s", path, err, stderr.String())
	}
	if len(numbers) == 0 {
		t.Errorf("%s: there is no picture in it", path)
	}
	return numbers
}

// missing counts the numbers left out; a number that goes back or comes twice fails
// the test.
func missing(t *testing.T, what string, numbers []uint32) (n uint64) {
	t.Helper()
	for i := 1; i < len(numbers); i++ {
		if numbers[i] <= numbers[i-1] {
			t.Errorf("%s: frame number %d follows %d", what, numbers[i], numbers[i-1])
			continue
		}
		n += uint64(numbers[i] - numbers[i-1] - 1)
	}
	return n
}

// sameAs requires that what arrived is what was made, from its first picture to its
// last: nothing is left out, and nothing comes twice.
func sameAs(t *testing.T, what string, made, arrived []uint32) {
	t.Helper()
	if len(arrived) == 0 {
		t.Errorf("%s: nothing arrived", what)
		return
	}
	first, found := slices.BinarySearch(made, arrived[0])
	if !found {
		t.Errorf("%s: it begins with picture %d, which the recording has not", what, arrived[0])
		return
	}
	rest := made[first:]
	for i, n := range arrived[:min(len(arrived), len(rest))] {
		if n != rest[i] {
			t.Errorf("%s: picture %d is %d, in the recording %d", what, i, n, rest[i])
			return
		}
	}
	t.Logf("%s: %d pictures, none lost", what, len(arrived))
}

// recorded decodes the programme's recordings one after the other.
func (s *small) recorded(t *testing.T) (numbers []uint32) {
	t.Helper()
	for _, path := range files(t, s.recording, "landscape_*.mp4") {
		numbers = append(numbers, burnt(t, path, smallSize)...)
	}
	return numbers
}
