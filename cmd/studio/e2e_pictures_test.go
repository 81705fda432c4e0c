package main

import (
	"fmt"
	"image"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/media/picture"
	"studio/publish/servertest"
	"studio/ui"
	"studio/ui/xvfbtest"
)

// picturesConfig is a programme on a display's grabber; and on a virtual camera that
// is not there.
const picturesConfig = `
listen: %s
socket: %s
canvases: [{name: landscape, size: 640x360, preset: superfast, bitrate: 1M, layout: full}]
cameras: [{name: wheel, drawn: wheel, size: 640x360}]
recording: {folder: recordings, reserve: 1M}
destinations:
  - {name: grabber, address: "window://0"}
  - {name: companion, address: "virtualcam://no such camera"}
`

// TestWindowOfServe is a grabber at a display that shows the programme, picture by
// picture; its process is killed, it is ended and started alone, and the programme
// loses nothing. What is not there says how to get it.
func TestWindowOfServe(t *testing.T) {
	screen := xvfbtest.New(t, 640, 360)
	folder, page, socket := t.TempDir(), servertest.FreeAddress(t), filepath.Join(t.TempDir(), "s")
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(picturesConfig, page, socket))
	engine := start(t, []string{screen.Env()}, "serve", "--config", config)
	engine.page, engine.socket = page, socket
	engine.ready(t)
	engine.do(t, ui.Broadcast{On: true})

	first := numberSeen(t, screen, 0)
	screen.Keep(t, "clean-window")
	if next := numberSeen(t, screen, first); next <= first {
		t.Errorf("picture %d after %d", next, first)
	}
	engine.becomes(t, "on air on the display", func(s ui.Status) bool { return s.Destinations[0].State == ui.Live })
	grabber := engine.destination(t, 0)
	if grabber.Kind != "window" || grabber.Address != "window://0" || grabber.Encode != "" || len(grabber.Notes) > 0 {
		t.Errorf("%+v", grabber)
	}
	if missing := engine.destination(t, 1); missing.State != ui.Waiting || !strings.Contains(missing.Message.En, "modprobe v4l2loopback") || missing.Message.Zh == "" {
		t.Errorf("%+v", missing)
	}

	killed := windowProcess(t, screen)
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, 10*time.Second, "another window", func() bool { return len(windows(screen)) == 1 && windowProcess(t, screen) != killed })
	last := numberSeen(t, screen, first)
	if seen := numberSeen(t, screen, last); seen <= last {
		t.Errorf("picture %d after %d", seen, last)
	}

	engine.do(t, ui.Send{Destination: "grabber", On: false})
	until(t, 5*time.Second, "no window", func() bool { return len(windows(screen)) == 0 })
	if s := engine.destination(t, 0); s.State != ui.Off || s.Wanted {
		t.Errorf("%+v", s)
	}
	engine.do(t, ui.Send{Destination: "grabber", On: true})
	numberSeen(t, screen, last)
	engine.undropped(t)

	engine.end(t, syscall.SIGTERM)
	if left := windows(screen); len(left) > 0 {
		t.Errorf("windows left: %v", left)
	}
}

// numberSeen waits for a picture of the drawn camera that is newer than after, and
// returns its number.
func numberSeen(t *testing.T, screen *xvfbtest.Display, after uint32) (number uint32) {
	t.Helper()
	until(t, 20*time.Second, "a newer picture on the display", func() bool {
		seen := screen.Look(t)
		rgba := image.NewRGBA(seen.Bounds())
		for y := range screen.Height {
			for x := range screen.Width {
				rgba.Set(x, y, seen.At(x, y))
			}
		}
		pic := picture.New(picture.Size{Width: screen.Width, Height: screen.Height})
		picture.FromRGBA(pic.View, rgba)
		var ok bool
		number, ok = drawn.ReadCode(pic.View)
		return ok && number > after
	})
	return number
}

// windows lists the ids of the clean windows on a display.
func windows(screen *xvfbtest.Display) []string {
	cmd := exec.Command("xdotool", "search", "--name", "studio: programme")
	cmd.Env = []string{screen.Env()}
	out, _ := cmd.Output() // it fails if there is none
	return strings.Fields(string(out))
}

func windowProcess(t *testing.T, screen *xvfbtest.Display) int {
	t.Helper()
	cmd := exec.Command("xdotool", "search", "--name", "studio: programme", "getwindowpid")
	cmd.Env = []string{screen.Env()}
	out, err := cmd.Output()
	if err != nil {
		return 0 // it has just gone
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
