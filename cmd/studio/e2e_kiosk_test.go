package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/ui"
	"studio/ui/kiosk"
)

// TestKioskOfDemo is an artisan at the demo on a display: the kiosk opens by
// itself, a finger starts the broadcast, takes a camera, goes a step on. The kiosk
// crashes and comes back while the programme goes on, and a held finger ends it.
func TestKioskOfDemo(t *testing.T) {
	screen := newDisplay(t, 1280, 800)
	folder, page, socket := t.TempDir(), freeAddress(t), filepath.Join(t.TempDir(), "s")
	demo := start(t, []string{"DISPLAY=" + screen.name, "TMPDIR=" + folder}, "demo", "--listen", page, "--socket", socket)
	demo.page, demo.socket = page, socket
	demo.ready(t)
	screen.awaitsTouch(t)
	screen.keep(t, "kiosk-ready")

	screen.touch(t, kiosk.StartSpot())
	demo.becomes(t, "on air", func(s ui.Status) bool { return s.Broadcast.On && s.Recording.On })
	screen.touch(t, kiosk.TileSpot(2, 3))
	demo.becomes(t, "the kiln on air", func(s ui.Status) bool { return s.Canvases[0].Cameras[0] == "kiln" })
	screen.touch(t, kiosk.NextSpot())
	demo.becomes(t, "the second step", func(s ui.Status) bool { return s.Procedure.Present == 1 })
	screen.touch(t, kiosk.StartSpot())
	screen.keep(t, "kiosk-on-air")

	crashed := kioskOf(t, demo.Process.Pid)
	if err := syscall.Kill(crashed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, 10*time.Second, "the screen is dark", func() bool { return colours(screen.look(t)) == 1 })
	again := start(t, []string{"DISPLAY=" + screen.name}, "kiosk", "--socket", socket, "--window", "--language", "en")
	screen.awaitsTouch(t)
	screen.touch(t, kiosk.PreviousSpot())
	demo.becomes(t, "the first step", func(s ui.Status) bool { return s.Procedure.Present == 0 })
	if s := demo.status(t); !s.Broadcast.On {
		t.Error("the kiosk took the broadcast down with it, or a touch was enough to end it")
	}
	screen.keep(t, "kiosk-back")
	demo.undropped(t)

	screen.finger(t, kiosk.StartSpot(), "mousedown", "1")
	demo.becomes(t, "off air", func(s ui.Status) bool { return !s.Broadcast.On && !s.Recording.On })
	screen.xdotool(t, "mouseup", "1")
	list, err := filepath.Glob(filepath.Join(folder, "*", "recordings", "*.mp4"))
	if err != nil || len(list) != 1 {
		t.Fatalf("recordings %v %v", list, err)
	}
	f := probe(t, list[0])
	f.programme(t, 0.0001)
	f.consecutive(t)

	again.end(t, syscall.SIGTERM)
	demo.end(t, syscall.SIGINT)
}

// kioskOf finds the kiosk that a demo has opened.
func kioskOf(t *testing.T, parent int) (pid int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		number, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "stat")) // it may have ended
		_, after, _ := strings.Cut(string(stat), ") ")
		command, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if f := strings.Fields(after); len(f) > 1 && f[1] == fmt.Sprint(parent) && strings.Contains(string(command), "\x00kiosk\x00") {
			return number
		}
	}
	t.Fatal("the demo has opened no kiosk")
	return 0
}

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
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait() // it says that it was ended
	})
	number := ""
	if _, err := fmt.Fscan(read, &number); err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	return &display{":" + number, width, height}
}

func (d *display) run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.name)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

func (d *display) xdotool(t *testing.T, args ...string) {
	t.Helper()
	d.run(t, "xdotool", args...)
}

// finger goes to the middle of a spot, and then does what xdotool is told.
func (d *display) finger(t *testing.T, s kiosk.Spot, then ...string) {
	t.Helper()
	x, y := s.Centre(d.width, d.height)
	d.xdotool(t, append([]string{"mousemove", fmt.Sprint(x), fmt.Sprint(y)}, then...)...)
}

func (d *display) touch(t *testing.T, s kiosk.Spot) {
	t.Helper()
	d.finger(t, s, "mousedown", "1", "mouseup", "1")
}

// look returns what is on the screen.
func (d *display) look(t *testing.T) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(d.run(t, "import", "-window", "root", "png:-")))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// keep leaves a screenshot in the folder that STUDIO_SHOTS names, for a look.
func (d *display) keep(t *testing.T, name string) {
	t.Helper()
	if folder := os.Getenv("STUDIO_SHOTS"); folder != "" {
		write(t, filepath.Join(folder, name+".png"), string(d.run(t, "import", "-window", "root", "png:-")))
	}
}

// awaitsTouch waits until the kiosk shows the programme, a workshop of many colours.
func (d *display) awaitsTouch(t *testing.T) {
	t.Helper()
	until(t, 60*time.Second, "the kiosk shows the programme", func() bool {
		img := d.look(t)
		s := kiosk.LiveSpot()
		live := image.Rect(int(s.X*float32(d.width)), int(s.Y*float32(d.height)), int((s.X+s.Width)*float32(d.width)), int((s.Y+s.Height)*float32(d.height)))
		part, ok := img.(interface {
			SubImage(image.Rectangle) image.Image
		})
		return ok && colours(part.SubImage(live)) > 200
	})
}

// colours counts the colours of a picture, of every eighth pixel.
func colours(img image.Image) int {
	seen := map[[3]uint32]bool{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 8 {
		for x := b.Min.X; x < b.Max.X; x += 8 {
			r, g, blue, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, blue >> 8}] = true
		}
	}
	return len(seen)
}
