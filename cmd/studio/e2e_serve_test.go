package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"studio/hw/hwtest"
	"studio/publish/servertest"
	"studio/ui"
)

// workshop is a box for studio serve: drawn cameras, a scale and a kiln on
// simulated cables, an RTMP server, and a stream key among the secrets.
type workshop struct {
	*child
	scale     *hwtest.Scale
	kiln      *hwtest.Kiln
	server    *servertest.RTMP
	recording string
}

const (
	secretKey    = "workshop?streamname=planted-77aa&key=planted-31fe"
	secretBearer = "planted-bearer-0b0b"
)

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{server: servertest.NewRTMP(t, ""), recording: t.TempDir()}
	cables := t.TempDir()
	var err error
	if w.kiln, err = hwtest.NewKiln(hwtest.KilnOptions{Link: filepath.Join(cables, "kiln"), Start: 0.3}); err != nil {
		t.Fatal(err)
	}
	if w.scale, err = hwtest.NewScale(hwtest.ScaleOptions{Link: filepath.Join(cables, "scale"), Alone: true}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = w.kiln.Run(ctx) })
	running.Go(func() { _ = w.scale.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})

	folder := t.TempDir()
	page, socket := servertest.FreeAddress(t), filepath.Join(folder, "s")
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(`
name: 试验工坊
listen: %s
socket: %s
canvases:
  - {name: landscape, size: 1920x1080, preset: veryfast, bitrate: 4500k, layout: pip}
cameras:
  - {name: wheel, title: {zh: 拉坯, en: Wheel}, drawn: wheel}
  - {name: hands, drawn: hands}
  - {name: kiln, drawn: kiln}
rig:
  - {name: scale, protocol: mt-sics, port: {path: %s}, channels: {weight: {name: clay}}}
  - {name: kiln, protocol: house-line, port: {path: %s}, channels: {kiln1: {name: kiln1}}}
craft: pottery
destinations:
  - {name: nginx, address: rtmp://%s/live}
  - {name: cloud, address: "http://127.0.0.1:9/whip"}
recording: {folder: %s}
`, page, socket, w.scale.Path(), w.kiln.Path(), w.server.Address, w.recording))
	write(t, filepath.Join(folder, "secrets.yaml"), fmt.Sprintf(`
destinations:
  nginx: {key: %q}
  cloud: {bearer: %q}
`, secretKey, secretBearer))
	w.child = start(t, nil, "serve", "--config", config)
	w.page, w.socket = page, socket
	w.ready(t)
	return w
}

// reading returns a channel's reading as a person is shown it.
func (w *workshop) reading(t *testing.T, channel string) ui.Reading {
	t.Helper()
	s := w.status(t)
	i := slices.IndexFunc(s.Readings, func(r ui.Reading) bool { return r.Channel == channel })
	if i < 0 {
		t.Fatalf("no channel %s in %+v", channel, s.Readings)
	}
	return s.Readings[i]
}

// TestServe is an evening in the workshop: on air over the API, steps, takes, the
// scale pulled, plugged in and mad, off air, and the end.
func TestServe(t *testing.T) {
	w := newWorkshop(t)
	if s := w.status(t); s.Broadcast.On || s.Recording.On || s.Name != "试验工坊" || s.Version != "tested" {
		t.Errorf("at the start: %+v", s)
	}
	until(t, 10*time.Second, "the scale's figure is there", func() bool { return w.reading(t, "clay").Value == "1200.0" })
	if r := w.reading(t, "clay"); r.Unit != "g" || r.Quality != "ok" {
		t.Errorf("clay %+v", r)
	}

	if s := w.do(t, ui.Broadcast{On: true}); !s.Broadcast.On || !s.Recording.On {
		t.Fatalf("not on air: %+v", s)
	}
	until(t, 10*time.Second, "nginx is sent pictures", func() bool {
		d := w.destination(t, 0)
		return d.State == ui.Live && d.SentBytes > 500_000
	})
	until(t, 10*time.Second, "the WHIP server that is not there is a sentence", func() bool {
		d := w.destination(t, 1)
		return d.State == ui.Waiting && d.Message.En != ""
	})
	w.steps(t)
	w.takes(t)
	w.keepsItsSecrets(t)
	w.losesTheScale(t)
	w.hearsGarbage(t)

	w.undropped(t)
	since := w.status(t).Recording.Since
	s := w.do(t, ui.Broadcast{On: false})
	onAir := time.Since(since)
	if s.Broadcast.On || s.Recording.On {
		t.Errorf("still on air: %+v", s)
	}
	list := files(t, w.recording, "*.mp4")
	finished := size(list[0])
	// A second recording runs when the end comes.
	w.do(t, ui.Recording{On: true})
	until(t, 20*time.Second, "the second recording has a fragment", func() bool {
		r := w.status(t).Recording
		return r.Bytes > 0 && r.File != list[0]
	})
	w.end(t, syscall.SIGTERM)
	if _, err := os.Stat(w.socket); err == nil {
		t.Error("the kiosk's socket is left behind")
	}
	if size(list[0]) != finished {
		t.Error("the first recording changed after its end")
	}
	if list = files(t, w.recording, "*.mp4"); len(list) != 2 {
		t.Fatalf("recordings %v, want two", list)
	}

	f := probe(t, list[0])
	f.programme(t, 0.0001)
	f.sync(t, f.consecutive(t))
	if short := onAir.Seconds() - float64(len(f.pictures))/30; short > 1 {
		t.Errorf("%.1f s of %.1f s are not in the recording", short, onAir.Seconds())
	}
	second := probe(t, list[1])
	second.programme(t, 0.0001)
	second.consecutive(t)
	arrived := probe(t, w.server.Recordings(t)[0])
	arrived.programme(t, 0.0011)
	arrived.consecutive(t)
}

// steps goes through the procedure; the shot follows.
func (w *workshop) steps(t *testing.T) {
	t.Helper()
	if s := w.status(t); len(s.Procedure.Steps) != 6 || s.Procedure.Present != 0 {
		t.Fatalf("procedure %+v", s.Procedure)
	}
	if s := w.do(t, ui.Step{To: "next"}); s.Procedure.Present != 1 || s.Canvases[0].Layout != "full" || s.Canvases[0].Cameras[0] != "wheel" {
		t.Errorf("next: step %d, canvas %+v", s.Procedure.Present, s.Canvases[0])
	}
	if s := w.do(t, ui.Step{To: "firing"}); s.Procedure.Present != 5 || s.Canvases[0].Layout != "pip" || s.Canvases[0].Cameras[0] != "kiln" {
		t.Errorf("firing: step %d, canvas %+v", s.Procedure.Present, s.Canvases[0])
	}
	if s := w.do(t, ui.Step{To: "previous"}); s.Procedure.Present != 4 {
		t.Errorf("previous: step %d", s.Procedure.Present)
	}
}

func (w *workshop) takes(t *testing.T) {
	t.Helper()
	for _, take := range []ui.Take{
		{Cameras: []string{"hands"}, Layout: "full", Transition: "cut"},
		{Cameras: []string{"wheel"}, Layout: "pip", Transition: "dissolve"},
		{Cameras: []string{"kiln"}},
	} {
		s := w.do(t, take)
		c := s.Canvases[0]
		if c.Cameras[0] != take.Cameras[0] || take.Layout != "" && c.Layout != take.Layout {
			t.Errorf("%+v: canvas %+v", take, c)
		}
		for _, camera := range s.Cameras {
			if camera.OnAir != slices.Contains(c.Cameras, camera.Name) {
				t.Errorf("%+v: camera %s on air: %v", take, camera.Name, camera.OnAir)
			}
		}
	}
}

// keepsItsSecrets looks for the stream key where everybody can look.
func (w *workshop) keepsItsSecrets(t *testing.T) {
	t.Helper()
	places := map[string]string{"log": w.stderr.String(), "output": w.stdout.String(), "status": w.statusText(t)}
	for _, name := range []string{"cmdline", "environ"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", w.Process.Pid, name))
		if err != nil {
			t.Fatal(err)
		}
		places[name] = string(data)
	}
	for place, said := range places {
		if strings.Contains(said, "planted") {
			t.Errorf("a secret is in the %s", place)
		}
	}
}

// losesTheScale pulls its cable on air and plugs it in again.
func (w *workshop) losesTheScale(t *testing.T) {
	t.Helper()
	w.scale.Pull()
	until(t, 3*time.Second, "the lost scale has no number and a sentence", func() bool {
		s := w.status(t)
		r := w.reading(t, "clay")
		return r.Value == "" && r.Quality == "fault" && s.Health.State == ui.Troubled &&
			slices.ContainsFunc(s.Health.Faults, func(f ui.Text) bool { return strings.HasPrefix(f.En, "instrument scale: ") })
	})
	if r := w.reading(t, "kiln1"); r.Value == "" {
		t.Errorf("the kiln lost its number too: %+v", r)
	}
	if err := w.scale.Plug(); err != nil {
		t.Fatal(err)
	}
	until(t, 4*time.Second, "the number is back", func() bool { return w.reading(t, "clay").Value == "1200.0" })
}

// hearsGarbage makes noise on the scale's line: whatever is shown, the scale said it.
func (w *workshop) hearsGarbage(t *testing.T) {
	t.Helper()
	noise := []string{
		"\x00\xff\xfe\x80S S 99", "S S      999999999999999999999.9.9 g\r\n", "S S        1e9 g\r\n", "S S  777.7", "\r\nS D\r\n",
		"S X     888.8 g\r\n", "666.6 g\r\n", strings.Repeat("9", 3000), "\r\n\r\n\x1b[2J", "S S      0x10 g\r\n",
	}
	end := time.Now().Add(2 * time.Second)
	for i := 0; time.Now().Before(end); i++ {
		w.scale.Send([]byte(noise[i%len(noise)]))
		if r := w.reading(t, "clay"); r.Value != "" && r.Value != "1200.0" {
			t.Fatalf("the scale never said %q", r.Value)
		}
		time.Sleep(15 * time.Millisecond)
	}
	until(t, 4*time.Second, "the number is back after the noise", func() bool { return w.reading(t, "clay").Value == "1200.0" })
}
