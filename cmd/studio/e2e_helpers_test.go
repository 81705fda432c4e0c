package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
)

// built is the program under test: built once, without the race detector, whose
// cost no programme in real time can bear.
var built = sync.OnceValues(func() (path string, err error) {
	folder, err := os.MkdirTemp("", "studio-built-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, "studio")
	out, err := exec.Command("go", "build", "-ldflags", "-X main.version=tested", "-o", path, ".").CombinedOutput()
	if err != nil {
		return path, fmt.Errorf("build studio: %w\n%s", err, out)
	}
	return path, nil
})

var buildBegun bool // by the first test that runs the program; tests here run one after the other

// removeBuilt removes what program built.
func removeBuilt() {
	if !buildBegun {
		return
	}
	if path, _ := built(); path != "" {
		os.RemoveAll(filepath.Dir(path))
	}
}

func program(t *testing.T) string {
	t.Helper()
	buildBegun = true
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// child is a running studio.
type child struct {
	*exec.Cmd
	stdout, stderr *text
	page           string // HOST:PORT
	socket         string
	ended          chan struct{}
	err            error // of Wait; after ended
}

// text collects what a process says.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// start runs studio; more are lines for its environment.
func start(t *testing.T, more []string, args ...string) *child {
	t.Helper()
	return run(t, more, append([]string{program(t)}, args...)...)
}

// run runs a command that is studio or becomes it.
func run(t *testing.T, more []string, command ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(command[0], command[1:]...), stdout: &text{}, stderr: &text{}, ended: make(chan struct{})}
	c.Stdout, c.Stderr = c.stdout, c.stderr
	c.Env = append(plainEnvironment(t), more...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	prefer(c.Process.Pid)
	go func() {
		c.err = c.Wait()
		close(c.ended)
	}()
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			said := c.stderr.String()
			t.Logf("%s said:\n%s", strings.Join(command, " "), said[:min(len(said), 6000)])
		}
	})
	return c
}

// prefer gives the program what its service gives it on a box of its own: the
// cores, before anything else that runs. Without the right to do so, or where the
// kernel groups by other rules, it takes its chance.
func prefer(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", pid), []byte("-19"), 0o644)
	_ = syscall.Setpriority(syscall.PRIO_PGRP, pid, -15)
}

// plainEnvironment is that of a user with a home of his own and no display.
func plainEnvironment(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	env := []string{"LANG=en_US.UTF-8", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_RUNTIME_DIR=" + home}
	for _, line := range os.Environ() {
		switch name, _, _ := strings.Cut(line, "="); name {
		case "LANG", "LC_ALL", "LANGUAGE", "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY":
		default:
			env = append(env, line)
		}
	}
	return env
}

// startDemo runs the demo without a kiosk on free addresses and waits for its page.
func startDemo(t *testing.T, args ...string) *child {
	t.Helper()
	page, socket := servertest.FreeAddress(t), filepath.Join(t.TempDir(), "s")
	c := start(t, nil, append([]string{"demo", "--headless", "--listen", page, "--socket", socket}, args...)...)
	c.page, c.socket = page, socket
	c.ready(t)
	return c
}

// ready waits until the engine answers.
func (c *child) ready(t *testing.T) {
	t.Helper()
	until(t, 60*time.Second, "the engine answers", func() bool {
		select {
		case <-c.ended:
			t.Fatalf("studio ended: %v\n%s", c.err, c.stderr)
		default:
		}
		answer, err := http.Get("http://" + c.page + "/api/status")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// kill ends the program the hard way, as a power cut would.
func (c *child) kill() {
	_ = c.Process.Kill() // it may have ended already
	<-c.ended
}

// exit waits for the end and returns the exit code.
func (c *child) exit(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(limit):
		_ = c.Process.Signal(syscall.SIGQUIT) // tells where it hangs
		<-c.ended
		t.Fatalf("studio did not end within %v", limit)
	}
	var failed *exec.ExitError
	if c.err != nil && !errors.As(c.err, &failed) {
		t.Fatalf("wait for studio: %v", c.err)
	}
	return c.ProcessState.ExitCode()
}

// end asks the program to end and requires that it does so cleanly.
func (c *child) end(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := c.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if code := c.exit(t, 20*time.Second); code != 0 {
		t.Fatalf("exit code %d after %v:\n%s", code, signal, c.stderr)
	}
}

// statusText is the status as it goes over the wire.
func (c *child) statusText(t *testing.T) string {
	t.Helper()
	answer, err := http.Get("http://" + c.page + "/api/status")
	if err != nil {
		t.Fatalf("%v\n%s", err, c.stderr)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("status: %s %v %s", answer.Status, err, body)
	}
	return string(body)
}

func (c *child) status(t *testing.T) (s ui.Status) {
	t.Helper()
	if err := json.Unmarshal([]byte(c.statusText(t)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// do gives a command and returns the status that answers it.
func (c *child) do(t *testing.T, command ui.Command) (s ui.Status) {
	t.Helper()
	code, said := c.give(t, command)
	if code != http.StatusOK {
		t.Fatalf("%T: %d %s", command, code, said)
	}
	if err := json.Unmarshal(said, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// refused gives a command that must be refused, and returns the sentence.
func (c *child) refused(t *testing.T, command ui.Command) string {
	t.Helper()
	code, said := c.give(t, command)
	var problem struct{ Detail string }
	if err := json.Unmarshal(said, &problem); err != nil || code != http.StatusNotFound && code != http.StatusConflict {
		t.Fatalf("%T was not refused: %d %s", command, code, said)
	}
	return problem.Detail
}

func (c *child) give(t *testing.T, command ui.Command) (code int, said []byte) {
	t.Helper()
	path, ok := map[string]string{
		"ui.Take": "take", "ui.Step": "step", "ui.Broadcast": "broadcast", "ui.Recording": "recording",
		"ui.Cue": "cue", "ui.TakeCue": "take-cue", "ui.SwitchCanvas": "canvas", "ui.Direct": "director", "ui.Frame": "frame",
		"ui.Delay": "delay", "ui.Clap": "clap", "ui.SetSound": "sound", "ui.Privacy": "privacy", "ui.Send": "destination",
		"ui.Mark": "mark", "ui.Keep": "keep", "ui.StreamKey": "stream-key", "ui.CheckLine": "check-line",
		"ui.ChangeDestination": "change-destination", "ui.AddDestination": "add-destination", "ui.RemoveDestination": "remove-destination",
	}[fmt.Sprintf("%T", command)]
	if !ok {
		t.Fatalf("%T has no place in the API", command)
	}
	body, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post("http://"+c.page+"/api/"+path, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, said
}

// destination returns one destination's status.
func (c *child) destination(t *testing.T, i int) ui.Destination {
	t.Helper()
	s := c.status(t)
	if i >= len(s.Destinations) {
		t.Fatalf("%d destinations", len(s.Destinations))
	}
	return s.Destinations[i]
}

// undropped fails the test if the programme could not be made in time.
func (c *child) undropped(t *testing.T) {
	t.Helper()
	s := c.status(t)
	load, _ := os.ReadFile("/proc/loadavg")
	for _, canvas := range s.Canvases {
		if canvas.Dropped > 0 {
			t.Errorf("canvas %s: %d of %d frames could not be made in time (load %s)", canvas.Name, canvas.Dropped, canvas.Frames+canvas.Dropped, load)
		}
	}
}

func until(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
