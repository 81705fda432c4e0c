package kiosk

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/ui"
)

// display is an X server of our own, without a screen.
type display struct {
	name          string
	width, height int
}

func newDisplay(t *testing.T, width, height int) *display {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it says that it was ended
	})
	number := ""
	if _, err := fmt.Fscan(read, &number); err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	return &display{":" + number, width, height}
}

// xdotool moves the finger.
func (d *display) xdotool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}

func (d *display) finger(t *testing.T, s Spot, then ...string) {
	t.Helper()
	x, y := s.Centre(d.width, d.height)
	d.xdotool(t, append([]string{"mousemove", fmt.Sprint(x), fmt.Sprint(y)}, then...)...)
}

func (d *display) touch(t *testing.T, s Spot) {
	t.Helper()
	d.finger(t, s, "mousedown", "1", "mouseup", "1")
}

// look returns what is on the screen.
func (d *display) look(t *testing.T) image.Image {
	t.Helper()
	cmd := exec.Command("import", "-window", "root", "png:-")
	cmd.Env = append(os.Environ(), "DISPLAY="+d.name)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// keep leaves a screenshot in the folder that KIOSK_SCREENSHOTS names, for a look.
func (d *display) keep(t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv("KIOSK_SCREENSHOTS")
	if folder == "" {
		return
	}
	f, err := os.Create(fmt.Sprintf("%s/%s-%dx%d.png", folder, name, d.width, d.height))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, d.look(t)); err != nil {
		t.Fatal(err)
	}
}

// await waits until the spot's left side has a colour.
func (d *display) await(t *testing.T, s Spot, want color.Color, what string) {
	t.Helper()
	x, y := int((s.X+0.04*s.Width)*float32(d.width)), int((s.Y+0.5*s.Height)*float32(d.height))
	for deadline := time.Now().Add(40 * time.Second); ; {
		if got := d.look(t).At(x, y); near(got, want) {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("%s did not come: at %d,%d is %v, want %v", what, x, y, got, want)
		}
	}
}

// kiosk is the touchscreen as a process.
type kiosk struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan error
}

func newKiosk(t *testing.T, d *display, socket, language, size string) *kiosk {
	t.Helper()
	k := &kiosk{cmd: exec.Command(os.Args[0]), ended: make(chan error, 1)}
	k.cmd.Env = append(os.Environ(), "DISPLAY="+d.name, socketVariable+"="+socket, languageVariable+"="+language, sizeVariable+"="+size)
	k.cmd.Stdout, k.cmd.Stderr = &k.said, &k.said
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { k.ended <- k.cmd.Wait() }()
	t.Cleanup(func() {
		_ = k.cmd.Process.Kill() // if it has not ended by itself
		if t.Failed() {
			t.Logf("the kiosk said:\n%s", &k.said)
		}
	})
	return k
}

// end expects the kiosk to end well, with everything that it started.
func (k *kiosk) end(t *testing.T) {
	t.Helper()
	select {
	case err := <-k.ended:
		if err != nil {
			t.Errorf("the kiosk ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the kiosk does not end")
	}
}

func (e *engine) await(t *testing.T, n int, want ui.Command) {
	t.Helper()
	got, err := e.Await(soon(t), n)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("command %d is %#v, %v; want %#v", n, got, err, want)
	}
}

// TestBroadcastByTouch is an artisan's way through a broadcast, on the whole screen.
func TestBroadcastByTouch(t *testing.T) {
	d, e := newDisplay(t, 1280, 800), newEngine(t)
	defer func() { e.stop() }()
	k := newKiosk(t, d, e.socket, "zh", "")
	d.await(t, StartSpot(), rgb(celadon), "the start button")
	d.keep(t, "ready")
	d.touch(t, StartSpot())
	e.await(t, 1, ui.Broadcast{On: true})
	d.await(t, StartSpot(), rgb(wine), "the end button")

	d.touch(t, TileSpot(1, 4))
	e.await(t, 2, ui.Take{Cameras: []string{"hands"}})
	d.touch(t, NextSpot())
	e.await(t, 3, ui.Step{To: "next"})
	d.keep(t, "onair")

	d.touch(t, StartSpot()) // a touch does not end it
	d.finger(t, StartSpot(), "mousedown", "1")
	held := time.Now()
	d.await(t, StartSpot(), rgb(cinnabar), "the filling bar")
	d.keep(t, "holding")
	e.await(t, 4, ui.Broadcast{On: false})
	if d := time.Since(held); d < holdTime-100*time.Millisecond {
		t.Errorf("ended after %v", d)
	}
	d.xdotool(t, "mouseup", "1")
	d.await(t, StartSpot(), rgb(celadon), "the start button")
	d.checkProgramme(t)

	e.stop()
	d.await(t, StartSpot(), veiled(raised), "the veil")
	d.keep(t, "lost")
	e.start(t)
	d.await(t, StartSpot(), rgb(celadon), "the engine's return")
	if got := len(e.Commands()); got != 4 {
		t.Errorf("%d commands: %v", got, e.Commands())
	}
	if err := k.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	k.end(t)
}

// checkProgramme expects the live picture's colour bars: eight colours side by side.
func (d *display) checkProgramme(t *testing.T) {
	t.Helper()
	s := LiveSpot()
	for deadline := time.Now().Add(20 * time.Second); ; {
		img, colours := d.look(t), map[color.Color]bool{}
		for i := range 8 {
			x := (s.X + s.Width*(float32(i)+0.5)/8) * float32(d.width)
			colours[img.At(int(x), int((s.Y+s.Height/2)*float32(d.height)))] = true
		}
		if len(colours) >= 8 {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("the programme has %d colours", len(colours))
		}
	}
}

// veiled is a colour as it shows through the veil.
func veiled(hex uint32) color.Color {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*55 + int(b)*200) / 255) }
	a, b := rgb(hex), rgb(ink)
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// TestSmallPanelInAWindow is the small panel, in English, ended as systemd ends it.
func TestSmallPanelInAWindow(t *testing.T) {
	d, e := newDisplay(t, 1024, 600), newEngine(t)
	defer func() { e.stop() }()
	e.Change(func(s *ui.Status) {
		s.Cameras[2].State, s.Cameras[2].Message, s.Cameras[2].OnAir = ui.Waiting, "camera \"kiln\" was unplugged", false
		s.Health = ui.Health{State: ui.Troubled, Faults: []string{"camera \"kiln\" was unplugged; its slate is shown until it is back"}}
	})
	k := newKiosk(t, d, e.socket, "en", "1024x600")
	d.await(t, StartSpot(), rgb(celadon), "the start button")
	d.keep(t, "ready")
	d.touch(t, StartSpot())
	e.await(t, 1, ui.Broadcast{On: true})
	d.await(t, StartSpot(), rgb(wine), "the end button")
	d.touch(t, LanguageSpot())
	d.touch(t, PreviousSpot())
	e.await(t, 2, ui.Step{To: "previous"})
	d.keep(t, "onair")
	if err := k.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	k.end(t)
}

func TestBadLanguage(t *testing.T) {
	if err := Run(context.Background(), Options{Language: "fr"}); err == nil || !strings.Contains(err.Error(), "zh and en") {
		t.Errorf("fr: %v", err)
	}
}
