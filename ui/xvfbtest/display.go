// Package xvfbtest is an X display of a test's own, without a screen: Xvfb on a free
// number. xdotool is the finger on it and ImageMagick's import the eye.
package xvfbtest

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Display is a running X server. It ends with the test.
type Display struct {
	Name          string // such as ":7"
	Width, Height int    // pixels
}

// Place is where a finger goes, in pixels of a display of this size.
type Place interface {
	Centre(width, height int) (x, y int)
}

// New starts a display of this size in pixels, 24 bits deep.
func New(t testing.TB, width, height int) *Display {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	// Without -noreset the server begins anew, and turns others away, whenever its last
	// client leaves: each photograph of an empty display would be such a moment.
	server := exec.Command("Xvfb", "-noreset", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
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
	return &Display{":" + number, width, height}
}

// Env is the environment variable that sends a program to this display.
func (d *Display) Env() string { return "DISPLAY=" + d.Name }

func (d *Display) run(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), d.Env()), &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, &said)
	}
	return out
}

// Xdotool does what xdotool is told.
func (d *Display) Xdotool(t testing.TB, args ...string) {
	t.Helper()
	d.run(t, "xdotool", args...)
}

// Finger goes to the middle of a place, and then does what xdotool is told.
func (d *Display) Finger(t testing.TB, at Place, then ...string) {
	t.Helper()
	x, y := at.Centre(d.Width, d.Height)
	d.Xdotool(t, append([]string{"mousemove", fmt.Sprint(x), fmt.Sprint(y)}, then...)...)
}

// Touch touches the middle of a place.
func (d *Display) Touch(t testing.TB, at Place) {
	t.Helper()
	d.Finger(t, at, "mousedown", "1", "mouseup", "1")
}

// Look returns what is on the display.
func (d *Display) Look(t testing.TB) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(d.photograph(t)))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Keep leaves a picture in the folder that STUDIO_SHOTS names, for a look.
func (d *Display) Keep(t testing.TB, name string) {
	t.Helper()
	folder := os.Getenv("STUDIO_SHOTS")
	if folder == "" {
		return
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%dx%d.png", name, d.Width, d.Height))
	if err := os.WriteFile(path, d.photograph(t), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (d *Display) photograph(t testing.TB) []byte {
	t.Helper()
	return d.run(t, "import", "-window", "root", "png:-")
}
