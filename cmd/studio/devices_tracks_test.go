//go:build devices

package main

import (
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"studio/media/samples"
	"studio/publish/filetest"
	"studio/ui"
)

// Both sides of the sound card are microphones: what is played into one is heard on the
// other.
const tracksConfig = `
listen: 127.0.0.1:18080
socket: %[1]s/studio.sock
rate: 10
canvases: [{name: landscape, size: 160x90, encoder: libx264, preset: ultrafast, bitrate: 200k, layout: full}]
cameras: [{name: wheel, drawn: wheel, size: 160x90}]
microphones:
  - {name: voice, title: {zh: 讲解, en: Voice}, match: ":0,1"}
  - {name: bench, match: ":0,0", gain: -60dB}
recording: {folder: %[1]s/recordings, reserve: 100M}
`

// Two sound cards are recorded, a tone in each, the second one turned off on the desk: each
// has its track, and the mix has the first alone.
func TestDevicesMicrophonesTracks(t *testing.T) {
	folder := t.TempDir()
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(tracksConfig, folder))
	playTone(t)
	playInto(t, vmVariable(t, "SOUND_RECORD"), 400)
	engine := runBeside(t, asStudio(studioBinary(t), "serve", "--config", config))
	w := &onAir{base: "http://127.0.0.1:18080", told: make(map[string]bool)}
	awaited(t, "the page", vmSlow, func() bool {
		response, err := http.Get(w.base + "/api/status")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	w.until(t, "both microphones are heard", nil, func(now ui.Status) bool {
		for _, s := range now.Sound.Sources {
			if s.State != ui.Live || s.PeakDB[0]-s.GainDB < -20 {
				return false
			}
		}
		return len(now.Sound.Sources) == 2
	})
	w.do(t, "recording", `{"on":true}`)
	_, now := w.until(t, "a few seconds are recorded", nil, func(now ui.Status) bool {
		return now.Recording.State == ui.Live && now.Recording.Bytes > 150_000
	})
	t.Logf("recorded %+v, load %+v, box %+v", now.Recording, now.Load, now.Box)
	w.do(t, "recording", `{"on":false}`)
	if err := engine.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-engine.ended:
	case <-time.After(vmSlow):
		t.Fatal("the engine does not end")
	}

	path := files(t, filepath.Join(folder, "recordings"), "landscape_*.mp4")[0]
	tracksOf(t, path, mixTitle, "讲解 · Voice", "bench")
	filetest.Decodes(t, path)
	for i, want := range []struct{ voice, bench bool }{{true, false}, {true, false}, {false, true}} {
		sound := heard(t, path, i)
		voice, bench := levelOf(sound, 1000), levelOf(sound, 400)
		t.Logf("track %d: %.1f s, %.3f at 1 kHz, %.3f at 400 Hz", i, float64(len(sound))/samples.Rate, voice, bench)
		if (voice > 0.1) != want.voice || (bench > 0.1) != want.bench || min(voice, bench) > 0.01 {
			t.Errorf("track %d has %.3f of the voice and %.3f of the bench", i, voice, bench)
		}
	}
}

// levelOf is the median amplitude of a tone over blocks of 50 ms: emulated players
// stutter now and then.
func levelOf(sound []float32, hz float64) float64 {
	const block = samples.Rate / 20
	var levels []float64
	for ; len(sound) >= block; sound = sound[block:] {
		var re, im float64
		for i, v := range sound[:block] {
			sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / samples.Rate)
			re, im = re+float64(v)*cos, im+float64(v)*sin
		}
		levels = append(levels, 2*math.Hypot(re, im)/block)
	}
	slices.Sort(levels)
	return levels[len(levels)/2]
}
