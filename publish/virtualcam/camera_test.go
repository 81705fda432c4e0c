package virtualcam

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"studio/media/picture"
	"studio/publish"
)

func TestFind(t *testing.T) {
	class := t.TempDir()
	for node, label := range map[string]string{"video0": "HD Webcam", "video3": "studio", "v4l-subdev0": "sensor"} {
		if err := os.MkdirAll(filepath.Join(class, node), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(class, node, "name"), []byte(label+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for device, want := range map[string]string{"studio": "/dev/video3", "/dev/video9": "/dev/video9"} {
		if got, err := find(class, device); got != want || err != nil {
			t.Errorf("%s: %q, %v", device, got, err)
		}
	}
	for _, device := range []string{"sensor", "Studio", ""} {
		if got, err := find(class, device); !says(err, publish.NoDevice, "modprobe v4l2loopback exclusive_caps=1") {
			t.Errorf("%q: %q, %v", device, got, err)
		}
	}
	if _, err := find(filepath.Join(class, "none"), "studio"); !says(err, publish.NoDevice, `card_label="studio"`) {
		t.Errorf("no video device at all: %v", err)
	}
}

func TestWhatCannotBeOpenedIsSaid(t *testing.T) {
	size := picture.Size{Width: 64, Height: 36}
	for device, want := range map[string]string{
		"/dev/video99": "there is no virtual camera /dev/video99: install v4l2loopback-dkms, then load it with: modprobe v4l2loopback exclusive_caps=1 video_nr=99",
		"/dev/null":    "ask virtual camera /dev/null: inappropriate ioctl for device",
	} {
		if sink, err := Dial(Options{Device: device, Size: size})(t.Context()); sink != nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", device, err)
		}
	}
	for cause, want := range map[error]string{
		unix.EACCES: "group video", unix.EBUSY: "in use by another program", unix.ENODEV: "modprobe v4l2loopback", unix.EIO: "input/output error",
	} {
		err := failed("write to", "/dev/video2", cause)
		var said *publish.Error
		if !errors.As(err, &said) || !strings.Contains(said.En, want) || said.Zh == "" {
			t.Errorf("%v: %v", cause, err)
		}
	}
}

// A device is any file that pictures can be written to.
func TestShowWritesWholePlanes(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	luma := 100 * 50
	c := &camera{path: file.Name(), fd: int(file.Fd()), frame: make([]byte, luma*3/2)}
	c.view = picture.View{Y: c.frame[:luma], U: c.frame[luma : luma*5/4], V: c.frame[luma*5/4:], Width: 100, Height: 50, StrideY: 100, StrideC: 50}
	for _, from := range []picture.Size{{Width: 100, Height: 50}, {Width: 200, Height: 100}} { // one with padded rows, one too large
		pic := picture.New(from)
		picture.Fill(pic.View, 51, 109, 212)
		if err := file.Truncate(0); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		if err := c.Show(pic.View); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file.Name())
		want := strings.Repeat("\x33", luma) + strings.Repeat("\x6d", luma/4) + strings.Repeat("\xd4", luma/4)
		if err != nil || string(got) != want {
			t.Errorf("%v: %d bytes, %v", from, len(got), err)
		}
		if n := testing.AllocsPerRun(10, func() { _ = c.Show(pic.View) }); n != 0 {
			t.Errorf("%v: %v allocations a picture", from, n)
		}
	}
}

func says(err error, kind publish.Fault, words string) bool {
	var said *publish.Error
	return errors.As(err, &said) && said.Fault == kind && strings.Contains(said.En, words) && strings.Contains(said.Zh, words)
}
