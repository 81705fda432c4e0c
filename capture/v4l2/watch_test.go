package v4l2

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"studio/hw/videodev"
)

func TestWatchSeesNodesComeAndGo(t *testing.T) {
	b := newBench(t)
	b.node("video0", "sys/devices/platform/a", "a", "0", videodev.Capability{})
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan struct{}, 16)
	done := make(chan error, 1)
	go func() {
		done <- b.system().watch(ctx, func() {
			select {
			case told <- struct{}{}:
			default:
			}
		})
	}()
	await := func(what string, change func()) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			change() // again, in case the watch had not taken its first look yet
			select {
			case <-told:
				return
			case <-time.After(2 * lookEvery):
			case <-deadline:
				t.Fatalf("%s was not noticed", what)
			}
		}
	}
	n := 0
	await("a new node", func() {
		n++
		b.node("video"+string(rune('0'+n)), "sys/devices/platform/b", "b", "0", videodev.Capability{})
	})
	mode := os.FileMode(0o600)
	await("new rights", func() {
		mode ^= 0o060
		if err := os.Chmod(b.path("video0"), mode); err != nil {
			t.Fatal(err)
		}
	})
	await("a node gone", func() { os.Remove(filepath.Join(b.root, "sys/class/video4linux/video0")) })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Watch: %v", err)
	}
}

func TestKernelMessages(t *testing.T) {
	for _, test := range []struct {
		message string
		want    bool
	}{
		{"add@/devices/platform/vivid.0/video4linux/video0\x00ACTION=add\x00SUBSYSTEM=video4linux\x00MAJOR=81\x00", true},
		{"libudev\x00\xfe\xed\xca\xfe\x28\x00\x00\x00SUBSYSTEM=video4linux\x00ACTION=add\x00", true},
		{"add@/devices/usb1/1-2\x00ACTION=add\x00SUBSYSTEM=usb\x00", false},
		{"add@/x\x00SUBSYSTEM=video4linux_fake\x00", false},
		{"", false},
	} {
		if got := speaksOfVideo([]byte(test.message)); got != test.want {
			t.Errorf("%q: %v", test.message, got)
		}
	}
}

func TestListeningToTheKernel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Watch(ctx, func() {}); err != nil {
		t.Error(err)
	}
}
