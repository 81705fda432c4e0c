package main

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
	"studio/ui/kiosk"
	"studio/ui/xvfbtest"
)

// TestKioskOfDemo is an artisan at the demo on a display: the kiosk opens by
// itself, a finger starts the broadcast, takes a camera, goes a step on. The kiosk
// crashes and comes back while the programme goes on, and a held finger ends it.
func TestKioskOfDemo(t *testing.T) {
	screen := xvfbtest.New(t, 1280, 800)
	folder, page, socket := t.TempDir(), servertest.FreeAddress(t), filepath.Join(t.TempDir(), "s")
	demo := start(t, []string{screen.Env(), "TMPDIR=" + folder}, "demo", "--listen", page, "--socket", socket)
	demo.page, demo.socket = page, socket
	demo.ready(t)
	awaitsTouch(t, screen)
	screen.Keep(t, "kiosk-ready")

	screen.Touch(t, kiosk.StartSpot())
	demo.becomes(t, "on air", func(s ui.Status) bool { return s.Broadcast.On && s.Recording.On })
	screen.Touch(t, kiosk.TileSpot(2, 3))
	demo.becomes(t, "the kiln on air", func(s ui.Status) bool { return s.Canvases[0].Cameras[0] == "kiln" })
	screen.Touch(t, kiosk.NextSpot())
	demo.becomes(t, "the second step", func(s ui.Status) bool { return s.Procedure.Present == 1 })
	screen.Touch(t, kiosk.StartSpot())
	screen.Keep(t, "kiosk-on-air")

	crashed := kioskOf(t, demo.Process.Pid)
	if err := syscall.Kill(crashed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, 10*time.Second, "the screen is dark", func() bool { return colours(screen.Look(t)) == 1 })
	again := start(t, []string{screen.Env()}, "kiosk", "--socket", socket, "--window", "--language", "en")
	awaitsTouch(t, screen)
	screen.Touch(t, kiosk.PreviousSpot())
	demo.becomes(t, "the first step", func(s ui.Status) bool { return s.Procedure.Present == 0 })
	if s := demo.status(t); !s.Broadcast.On {
		t.Error("the kiosk took the broadcast down with it, or a touch was enough to end it")
	}
	screen.Keep(t, "kiosk-back")
	demo.undropped(t)

	screen.Finger(t, kiosk.StartSpot(), "mousedown", "1")
	demo.becomes(t, "off air", func(s ui.Status) bool { return !s.Broadcast.On && !s.Recording.On })
	screen.Xdotool(t, "mouseup", "1")
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

// awaitsTouch waits until the kiosk shows the programme, a workshop of many colours.
func awaitsTouch(t *testing.T, d *xvfbtest.Display) {
	t.Helper()
	until(t, 60*time.Second, "the kiosk shows the programme", func() bool {
		img := d.Look(t)
		s := kiosk.LiveSpot()
		live := image.Rect(int(s.X*float32(d.Width)), int(s.Y*float32(d.Height)), int((s.X+s.Width)*float32(d.Width)), int((s.Y+s.Height)*float32(d.Height)))
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
