//go:build devices

package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"

	"studio/capture"
	"studio/capture/drawn"
	"studio/capture/v4l2"
	"studio/media/packet"
	"studio/media/picture"
	"studio/ui"
)

const virtualCameraConfig = `
listen: 127.0.0.1:18081
socket: %[1]s/studio.sock
rate: 10
canvases: [{name: landscape, size: 320x180, preset: ultrafast, bitrate: 600k, layout: full}]
cameras: [{name: wheel, drawn: wheel, size: 320x180, rate: 10}]
destinations: [{name: companion, address: "virtualcam://Loopback camera"}]
`

// The programme on a virtual camera, as a companion of a platform that gives no key
// reads it.
func TestDevicesVirtualCamera(t *testing.T) {
	node := vmVariable(t, "LOOPBACK")
	releaseLoopback(t, node)
	folder := t.TempDir()
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(virtualCameraConfig, folder))
	engine := runBeside(t, asStudio(studioBinary(t), "serve", "--config", config))
	page := &onAir{base: "http://127.0.0.1:18081", told: make(map[string]bool)}
	awaited(t, "the page", vmSlow, func() bool {
		response, err := http.Get(page.base + "/api/status")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	page.broadcast(t, true)
	awaited(t, "the virtual camera on air", vmSlow, func() bool {
		return page.status(t).Destinations[0].State == ui.Live
	})

	camera, err := v4l2.New(v4l2.Options{
		Name: "companion", Select: v4l2.Selector{Path: node}, Size: programmeSize, FrameRate: packet.Rational{Num: 10, Den: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var box capture.Mailbox
	ended := make(chan error, 1)
	go func() { ended <- camera.Stream(ctx, &box, func(capture.Mode) {}) }()
	pic := picture.New(programmeSize)
	var numbers []uint32
	awaited(t, "ten pictures of the programme", vmSlow, func() bool {
		f := box.Newest()
		if f == nil {
			return false
		}
		defer f.Release()
		if f.Format != capture.I420 || f.Colour != picture.Program {
			t.Fatalf("format %v, colour %+v", f.Format, f.Colour)
		}
		if err := picture.FromI420(pic.View, f.Data, f.Stride, f.Colour); err != nil {
			t.Fatal(err)
		}
		number, ok := drawn.ReadCode(pic.View)
		if !ok {
			return false // the camera is still being painted: a slate
		}
		if n := len(numbers); n > 0 && number < numbers[n-1] {
			t.Fatalf("picture %d after %v", number, numbers)
		} else if n == 0 || number > numbers[n-1] {
			numbers = append(numbers, number)
		}
		return len(numbers) == 10
	})
	t.Logf("pictures %v, reader %+v, companion %+v", numbers, box.Counts(), page.status(t).Destinations[0])
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	box.Clear()
	if err := engine.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if <-engine.ended; engine.err != nil {
		t.Errorf("the engine ended with %v", engine.err)
	}
}
