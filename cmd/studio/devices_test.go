//go:build devices

package main

// These tests use real device nodes and run inside the device VM:
//
//	go test -tags devices -exec "$PWD/scripts/device-vm/run" -run '^TestDevices' ./cmd/studio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/hw/hwtest"
	"studio/ui"
)

// What lies on the scale, and how it is shown.
const (
	grams      = 842.3
	gramsShown = "842.3"
)

// deviceCameras are the cameras of deviceConfig by their slots.
func deviceCameras() []string { return []string{"wheel", "hands", "glaze"} }

// The doctor lists what is plugged in, and the names by which the configuration
// finds it again.
func TestDevicesDoctor(t *testing.T) {
	feedLoopback(t)
	began := time.Now()
	out, err := asStudio(studioBinary(t), "doctor", "--json").Output()
	t.Logf("doctor: %v, after %v\n%s", err, time.Since(began), out)
	var findings []finding
	if err := json.Unmarshal(out, &findings); err != nil {
		t.Fatal(err)
	}
	for about, wants := range map[string][]string{
		"camera": {
			vmVariable(t, "VIVID0") + `  card: "vivid"  serial: ""  port: "platform:vivid-000"`,
			vmVariable(t, "VIVID1") + `  card: "vivid"  serial: ""  port: "platform:vivid-001"`,
			vmVariable(t, "LOOPBACK") + `  card: "Loopback camera"`,
		},
		"microphone":  {"Loopback"},
		"serial port": {vmVariable(t, "SERIAL_HOST") + `  vendor: "0525"  product: "a4a7"  serial: "SCALE001"`},
	} {
		listed := 0
		for _, f := range findings {
			if f.About == about && f.State == stateOK {
				listed++
			}
		}
		if about == "camera" && listed != len(wants) {
			t.Errorf("%d cameras listed, want %d", listed, len(wants))
		}
		for _, want := range wants {
			if !slices.ContainsFunc(findings, func(f finding) bool {
				return f.About == about && f.State == stateOK && strings.HasPrefix(f.Found, want)
			}) {
				t.Errorf("not listed as %s: %s", about, want)
			}
		}
	}
}

// deviceConfig is the technician's configuration.
const deviceConfig = `
name: Device VM
listen: 127.0.0.1:18080
socket: %[1]s/studio.sock
rate: 10
canvases:
  - {name: landscape, size: 320x180, preset: ultrafast, bitrate: 600k, layout: quad}
  - {name: portrait, size: 180x320, encoder: libx264, preset: ultrafast, bitrate: 600k, layout: full, cameras: [glaze], framings: {glaze: {rotate: 90, mirror: true}}}
cameras:
  - {name: wheel, device: {port: "platform:vivid-000"}, size: 320x180, controls: {horizontal_movement: 6}}
  - {name: hands, device: {port: "platform:vivid-001"}, size: 320x180, controls: {horizontal_movement: 0}}
  - {name: glaze, device: {card: "Loopback camera"}, size: 320x180}
microphones: [{match: ":0,1"}]
rig:
  - name: scale
    protocol: mt-sics
    port: {vendor: "0525", product: "a4a7", serial: SCALE001}
    channels: {weight: {name: clay, title: {zh: 泥料, en: Clay}}}
director: {hold: 1s, shortest: 1s, triggers: {hands: "clay >= 900 g"}}
craft: ./weighing.yaml
destinations: [{name: listener, address: "rtmp://127.0.0.1:19350/live/x"}]
recording: {folder: %[1]s/recordings, reserve: 100M}
`

// deviceCraft puts the scale's figure into the picture, at the bottom right, where
// three cameras in quarters leave the fourth free.
const deviceCraft = `
title: {zh: 称泥, en: Weighing}
steps:
  - name: weighing
    title: {zh: 称泥, en: Weighing}
    caption: {zh: 称一称, en: The clay is weighed}
    shot: {layout: quad, cameras: [wheel, hands, glaze]}
    overlays:
      - {template: gauge, channel: clay, title: {zh: 泥料, en: Clay}, set: {low: 0, high: 2000}}
    ends: touch
`

// Three cameras, a microphone and a scale on air on both canvases, with the director
// on for a while. Each fails in its own ways: the viewer sees a slate in its place,
// the technician reads a sentence, and what was sent and recorded has no gap.
func TestDevicesOnAir(t *testing.T) {
	w := newVMWorkshop(t)
	w.ready(t)
	w.goOnAir(t)

	t.Run("director", w.directed)
	w.camerasFail(t)
	t.Run("damaged picture", w.pictureDamaged)
	t.Run("scale pulled", w.scalePulled)
	t.Run("silence", w.silence)
	t.Run("microphone pulled", w.microphonePulled)

	w.judge(t, w.end(t))
}

// vmWorkshop is a studio with everything that is plugged into it.
type vmWorkshop struct {
	*onAir
	whole            *testing.T // what a subtest starts runs on after it
	engine, listener *beside
	feeder, player   *beside // of the MJPEG camera and the microphone
	scale            *hwtest.Scale
	received         string   // the listener's file
	slates           [][]byte // by slot
}

// newVMWorkshop plugs everything in and starts the engine.
func newVMWorkshop(t *testing.T) *vmWorkshop {
	folder := t.TempDir()
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(deviceConfig, folder))
	write(t, filepath.Join(folder, "weighing.yaml"), deviceCraft)
	w := &vmWorkshop{whole: t, received: filepath.Join(folder, "received.flv")}
	for _, name := range deviceCameras() {
		w.slates = append(w.slates, slateLuma(name))
	}
	w.feeder, w.player = feedLoopback(t), playTone(t)
	w.scale = weighAt(t, grams)
	w.listener = listenRTMP(t, 19350, w.received)
	w.engine = runBeside(t, asStudio(studioBinary(t), "serve", "--config", config))
	w.onAir = &onAir{base: "http://127.0.0.1:18080", told: make(map[string]bool)}
	return w
}

// ready waits until every part works.
func (w *vmWorkshop) ready(t *testing.T) {
	awaited(t, "the page", vmSlow, func() bool {
		response, err := http.Get(w.base + "/api/status")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	_, now := w.until(t, "everything live", nil, func(now ui.Status) bool {
		for _, c := range now.Cameras {
			if c.State != ui.Live {
				return false
			}
		}
		return toneHeard(now) && weightShown(now) == gramsShown
	})
	w.shootByHand(t) // the step's shot suits both canvases: the upright one is to show one camera
	for i, c := range now.Cameras {
		t.Logf("camera %s: %s %dx%d at %.1f", c.Name, c.Format, c.Width, c.Height, c.FrameRate)
		if mjpeg := i == 2; (c.Format == "MJPEG") != mjpeg {
			t.Errorf("camera %s: format %s", c.Name, c.Format)
		}
	}
}

func (w *vmWorkshop) goOnAir(t *testing.T) {
	w.broadcast(t, true)
	w.until(t, "on air", nil, func(now ui.Status) bool {
		return now.Destinations[0].State == ui.Live && now.Recording.State == ui.Live
	})
	w.broadcasting = true
	time.Sleep(time.Second) // of a programme in which all is well
}

// end goes off air and ends the studio; it returns the last status on air.
func (w *vmWorkshop) end(t *testing.T) ui.Status {
	time.Sleep(time.Second) // of a programme in which all is well again
	now := w.status(t)
	w.unharmed(t, now, nil)
	for _, c := range now.Cameras {
		t.Logf("at the end: camera %s: %d frames, %d lost, %.1f a second", c.Name, c.Frames, c.Lost, c.FrameRate)
	}
	t.Logf("at the end: canvases %+v, destination %+v, box %+v", now.Canvases, now.Destinations[0], now.Box)
	w.broadcasting = false
	w.broadcast(t, false)
	if err := w.engine.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for what, p := range map[string]*beside{"engine": w.engine, "listener": w.listener} {
		select {
		case <-p.ended:
		case <-time.After(vmSlow):
			t.Fatalf("the %s does not end", what)
		}
	}
	if w.engine.err != nil {
		t.Errorf("the engine ended with %v", w.engine.err)
	}
	return now
}

// judge looks at what the listener received and at the recording: nothing is
// missing in time, and each camera was replaced by its slate when it failed, soon
// enough, and at no other time.
func (w *vmWorkshop) judge(t *testing.T, last ui.Status) {
	recorded := last.Recording.File
	sent, kept := gapless(t, w.received, 0.001), gapless(t, recorded, 0.00003)
	if sent < kept-10 || sent > kept+10 {
		t.Errorf("%d pictures received, %d recorded", sent, kept)
	}
	lists, frames := outages(t, recorded, w.slates)
	if frames != kept {
		t.Errorf("%d pictures of %d could be decoded", frames, kept)
	}
	for c, want := range []int{2, 4, 1} {
		t.Logf("camera %d: %v", c, lists[c])
		if len(lists[c]) != want {
			t.Errorf("camera %d was off the picture %d times, want %d", c, len(lists[c]), want)
		}
		for _, o := range lists[c] {
			if o.held > 0.5 {
				t.Errorf("camera %d: %v", c, o)
			}
		}
	}
	w.judgeUpright(t, recorded, kept)
}
