package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/hw/hwtest"
	"studio/publish/servertest"
	"studio/ui"
)

// gallery is a small box with both canvases, a kiln on a cable and a clip played as
// a camera, for what a director does.
func gallery(t *testing.T) (c *child, recording string) {
	t.Helper()
	folder := t.TempDir()
	kiln, err := hwtest.NewKiln(hwtest.KilnOptions{Link: filepath.Join(folder, "kiln"), Start: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var burning sync.WaitGroup
	burning.Go(func() { _ = kiln.Run(ctx) }) // its end is ctx's
	t.Cleanup(func() {
		cancel()
		burning.Wait()
	})
	recording = filepath.Join(folder, "recordings")
	page, socket := servertest.FreeAddress(t), filepath.Join(folder, "s")
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(`
listen: %s
socket: %s
layouts: %s
canvases:
  - {name: landscape, size: 640x360, encoder: libx264, preset: ultrafast, bitrate: 1M, layout: pip}
  - {name: portrait, size: 360x640, encoder: libx264, preset: ultrafast, bitrate: 1M, layout: stack, framings: {wheel: {focus: "0.3, 0.5", zoom: 1.5}}}
cameras:
  - {name: wheel, drawn: wheel, size: 640x360}
  - {name: hands, drawn: hands, size: 640x360}
  - {name: kiln, drawn: kiln, size: 640x360}
rig:
  - {name: kiln, protocol: house-line, port: {path: %s}, channels: {kiln1: {name: kiln1}}}
%sdirector: {shortest: 1s, longest: 60s, hold: 2s, triggers: {kiln: "kiln1 >= 20 °C"}}
recording: {folder: %s}
`, page, socket, write(t, filepath.Join(folder, "layouts.yaml"), `
layouts:
  - name: corner
    title: {zh: 角落, en: Corner}
    landscape:
      - {x: 0, y: 0, width: 1, height: 1}
      - {x: 0.05, y: 0.05, width: 0.3, height: 0.3}
`), kiln.Path(), lostMicrophones, recording))
	c = start(t, nil, "serve", "--config", config)
	c.page, c.socket = page, socket
	c.ready(t)
	return c, recording
}

func canvasOf(t *testing.T, s ui.Status, name string) ui.Canvas {
	t.Helper()
	i := slices.IndexFunc(s.Canvases, func(c ui.Canvas) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no canvas %s in %+v", name, s.Canvases)
	}
	return s.Canvases[i]
}

// TestBothCanvases takes, cues, frames and switches both canvases apart from each
// other, and looks at what was recorded of each.
func TestBothCanvases(t *testing.T) {
	c, recording := gallery(t)
	s := c.do(t, ui.Recording{On: true})
	if n := s.Recording.Microphones; n != 2 {
		t.Errorf("%d microphones have a track, want 2", n)
	}
	if p := canvasOf(t, s, "portrait"); p.Layout != "stack" || p.Width != 360 || len(p.Framings) != 1 || p.Framings[0].FocusX != 0.3 {
		t.Errorf("portrait %+v", p)
	}
	names := func(list []ui.Layout) (all []string) {
		for _, l := range list {
			all = append(all, l.Name)
		}
		return all
	}
	if l, p := canvasOf(t, s, "landscape"), canvasOf(t, s, "portrait"); !slices.Contains(names(l.Layouts), "corner") || slices.Contains(names(p.Layouts), "corner") || slices.Contains(names(l.Layouts), "stack") {
		t.Errorf("layouts: %v and %v", names(l.Layouts), names(p.Layouts))
	}

	s = c.do(t, ui.Take{Canvas: "landscape", Layout: "corner", Cameras: []string{"hands"}, Transition: "grow"})
	if l, p := canvasOf(t, s, "landscape"), canvasOf(t, s, "portrait"); l.Layout != "corner" || l.Cameras[0] != "hands" || p.Layout != "stack" || p.Cameras[0] != "wheel" {
		t.Errorf("a take on one canvas: %+v and %+v", l, p)
	}
	s = c.do(t, ui.Cue{Canvas: "landscape", Layout: "full", Cameras: []string{"kiln"}})
	if l := canvasOf(t, s, "landscape"); l.Preview.Layout != "full" || l.Cameras[0] != "hands" {
		t.Errorf("a cue: %+v", l)
	}
	s = c.do(t, ui.TakeCue{Canvas: "landscape", Transition: "wipe", InSeconds: 1})
	if l := canvasOf(t, s, "landscape"); l.TakeInMS == 0 || l.Layout != "corner" {
		t.Errorf("a countdown: %+v", l)
	}
	until(t, 5*time.Second, "the countdown takes the preview", func() bool {
		l := canvasOf(t, c.status(t), "landscape")
		return l.Layout == "full" && l.Cameras[0] == "kiln" && l.Preview.Layout == "corner" && l.TakeInMS == 0
	})
	s = c.do(t, ui.Frame{Canvas: "landscape", Camera: "kiln", FocusX: 0.7, FocusY: 0.4, Zoom: 2, Rotate: 90, Mirror: true, DurationMS: 500})
	if f := canvasOf(t, s, "landscape").Framings; len(f) != 1 || f[0].Zoom != 2 || f[0].Rotate != 90 {
		t.Errorf("framings %+v", f)
	}
	s = c.do(t, ui.SwitchCanvas{Canvas: "portrait", On: false})
	if canvasOf(t, s, "portrait").On {
		t.Error("the portrait canvas is still on")
	}
	frames := canvasOf(t, c.status(t), "portrait").Frames
	until(t, 5*time.Second, "the landscape canvas goes on alone", func() bool {
		s := c.status(t)
		if n := canvasOf(t, s, "portrait").Frames; n > frames+1 {
			t.Fatalf("a canvas that is off made %d pictures", n-frames)
		}
		return canvasOf(t, s, "landscape").Frames > frames+60
	})
	c.do(t, ui.SwitchCanvas{Canvas: "portrait", On: true})
	until(t, 5*time.Second, "the portrait canvas is back", func() bool { return canvasOf(t, c.status(t), "portrait").Frames > frames+10 })
	for _, wrong := range []ui.Command{
		ui.Take{Canvas: "portrait", Layout: "corner", Cameras: []string{"wheel"}},
		ui.Cue{Canvas: "landscape", Layout: "mosaic", Cameras: []string{"wheel"}},
		ui.Frame{Canvas: "landscape", Camera: "cellar", FocusX: 0.5, FocusY: 0.5, Zoom: 1},
	} {
		if said := c.refused(t, wrong); said == "" {
			t.Errorf("%#v was taken", wrong)
		}
	}
	s = c.do(t, ui.Mark{Title: "both"})
	if len(s.Clips) != 2 {
		t.Fatalf("clips %+v", s.Clips)
	}
	for _, clip := range s.Clips { // without the microphones' tracks
		if f := probe(t, filepath.Join(recording, "clips", clip.Name)); len(f.Streams) != 2 || f.Streams[1].CodecName != "aac" {
			t.Errorf("%s: %+v", clip.Name, f.Streams)
		}
	}
	c.do(t, ui.Recording{On: false})
	for name, size := range map[string][2]int{"landscape": {640, 360}, "portrait": {360, 640}} {
		f := probe(t, files(t, recording, name+"_*.mp4")[0])
		if v := f.Streams[0]; v.Width != size[0] || v.Height != size[1] || v.Space != "bt709" {
			t.Errorf("%s: %+v", name, v)
		}
		for _, path := range files(t, recording, name+"_*.mp4") {
			tracksOf(t, path, mixTitle, "讲解 · Voice", "bench")
		}
	}
}

// TestTheDirectorSaysWhy lets the kiln's reading choose the shot, a person overrule
// it, and looks at the reasons.
func TestTheDirectorSaysWhy(t *testing.T) {
	c, _ := gallery(t)
	c.do(t, ui.Direct{On: true})
	until(t, 15*time.Second, "the kiln's reading shows the kiln", func() bool {
		s := c.status(t)
		return canvasOf(t, s, "landscape").Cameras[0] == "kiln" && strings.Contains(s.Director.Reason.En, "20") && s.Director.Reason.Zh != ""
	})
	s := c.do(t, ui.Take{Cameras: []string{"hands"}})
	if canvasOf(t, s, "landscape").Cameras[0] != "hands" {
		t.Errorf("by hand: %+v", s.Canvases)
	}
	until(t, 3*time.Second, "a person's choice is held and said", func() bool {
		s := c.status(t)
		return s.Director.HoldMS > 0 && canvasOf(t, s, "landscape").Cameras[0] == "hands" && canvasOf(t, s, "portrait").Cameras[0] == "hands"
	})
	if s := c.do(t, ui.Direct{On: false}); s.Director.On {
		t.Error("the director is still on")
	}
}

// TestAKeyIsStoredOnThePage begins without a stream key, as a new box does: the
// programme goes on air all the same, the destination says what it lacks, and goes
// on air alone when the key is there.
func TestAKeyIsStoredOnThePage(t *testing.T) {
	server := servertest.NewRTMP(t, "")
	folder := t.TempDir()
	page, socket := servertest.FreeAddress(t), filepath.Join(folder, "s")
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(`
listen: %s
socket: %s
canvases: [{size: 320x180, encoder: libx264, preset: ultrafast, bitrate: 500k, layout: full}]
cameras: [{name: wheel, drawn: wheel, size: 320x180}]
destinations: [{name: platform, address: "rtmp://%s/live"}]
recording: {folder: %s}
`, page, socket, server.Address, filepath.Join(folder, "recordings")))
	c := start(t, nil, "serve", "--config", config)
	c.page, c.socket = page, socket
	c.ready(t)
	if s := c.do(t, ui.Broadcast{On: true}); !s.Broadcast.On || !s.Recording.On {
		t.Errorf("not on air: %+v", s.Broadcast)
	}
	if d := c.destination(t, 0); d.State != ui.Failed || !strings.Contains(d.Message.En, "no stream key") || !strings.Contains(d.Message.Zh, "密钥") || d.HasKey {
		t.Errorf("without a key: %+v", d)
	}
	c.do(t, ui.StreamKey{Destination: "platform", Key: "planted-5a5a"})
	until(t, 10*time.Second, "the platform is sent pictures", func() bool {
		d := c.destination(t, 0)
		return d.State == ui.Live && d.SentBytes > 50_000 && d.HasKey
	})
	if strings.Contains(c.statusText(t), "planted") || strings.Contains(c.stderr.String(), "planted") {
		t.Error("the key is shown")
	}
	if said := c.refused(t, ui.StreamKey{Destination: "platform", Address: "https://example.org/whip", Key: "x"}); said == "" {
		t.Error("an address of another kind was taken")
	}
	until(t, 5*time.Second, "the refused one changed nothing", func() bool { return c.destination(t, 0).State == ui.Live })
}
