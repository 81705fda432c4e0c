package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/publish/whip/whiptest"
	"studio/ui"
)

// TestDemoOnAir runs the demonstration as its help says and judges what a server
// and the disk got: every frame, at its time, in the right colour, in sync.
func TestDemoOnAir(t *testing.T) {
	const key = "x?sign=planted-5e7d20&token=planted-91ab"
	server, folder := servertest.NewRTMP(t, ""), t.TempDir()
	demo := startDemo(t, "--duration", "20s", "--to", server.To(key), "--record", folder)
	until(t, 10*time.Second, "the destination is live", func() bool { return demo.destination(t, 0).State == ui.Live })
	until(t, 10*time.Second, "the scale's and the kiln's figures are there", func() bool {
		for _, r := range demo.status(t).Readings {
			if r.Value == "" {
				return false
			}
		}
		return true
	})
	status := demo.status(t)
	if !status.Broadcast.On || !status.Recording.On || status.Health.State != ui.Live {
		t.Errorf("broadcast %v, recording %v, health %+v", status.Broadcast.On, status.Recording.On, status.Health)
	}
	until(t, 15*time.Second, "five seconds are on air", func() bool { return time.Since(status.Broadcast.Since) > 5*time.Second })
	status = demo.status(t)
	if c := status.Canvases[0]; c.BitsPerSecond < 500_000 || c.BitsPerSecond > 9_000_000 || c.LatencyMS <= 0 || c.LatencyMS > 1000 {
		t.Errorf("%.0f bit/s, %.0f ms from camera to packet", c.BitsPerSecond, c.LatencyMS)
	}
	if d := status.Destinations[0]; d.SentBytes == 0 || d.Dropped != 0 || d.Attempts != 1 {
		t.Errorf("destination %+v", d)
	}
	if r := status.Recording; r.Bytes == 0 || size(r.File) == 0 {
		t.Errorf("recording %+v", r)
	}
	for _, secret := range []string{"planted-5e7d20", "planted-91ab"} {
		if strings.Contains(demo.statusText(t), secret) {
			t.Error("the stream key is in the status")
		}
	}
	demo.undropped(t)
	if code := demo.exit(t, 40*time.Second); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if said := demo.stderr.String() + demo.stdout.String(); strings.Contains(said, "planted") {
		t.Error("the stream key is in what the program says")
	}

	for _, c := range []struct {
		path  string
		slack float64
	}{
		{files(t, server.Folder, "*.flv")[0], 0.0011}, // FLV counts milliseconds
		{files(t, folder, "*.mp4")[0], 0.0001},
	} {
		t.Run(filepath.Ext(c.path), func(t *testing.T) {
			f := probe(t, c.path)
			f.programme(t, c.slack)
			if n := len(f.pictures); n < 300 {
				t.Errorf("%d pictures in a broadcast of about 17 s", n)
			}
			f.sync(t, f.consecutive(t))
		})
	}
}

// TestDemoEndsWithItsTime checks the plain run: nothing on air, its own folder
// removed, a clean end.
func TestDemoEndsWithItsTime(t *testing.T) {
	temporary := t.TempDir()
	page := servertest.FreeAddress(t)
	demo := start(t, []string{"TMPDIR=" + temporary}, "demo", "--headless", "--duration", "4s", "--listen", page, "--socket", filepath.Join(t.TempDir(), "s"))
	if code := demo.exit(t, 40*time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(demo.stderr.String(), "http://"+page+"/") {
		t.Errorf("the page's address is not said: %s", demo.stderr)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestDemoInterruptedAtTheStart ends before anything runs, as cleanly as later.
func TestDemoInterruptedAtTheStart(t *testing.T) {
	temporary := t.TempDir()
	demo := start(t, []string{"TMPDIR=" + temporary}, "demo", "--headless", "--listen", servertest.FreeAddress(t), "--socket", filepath.Join(t.TempDir(), "s"))
	until(t, 20*time.Second, "the demo has begun", func() bool {
		made, err := os.ReadDir(temporary)
		return err == nil && len(made) > 0
	})
	demo.end(t, syscall.SIGINT)
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestDemoKilled cuts the power, as it were: what was recorded plays.
func TestDemoKilled(t *testing.T) {
	folder := t.TempDir()
	demo := startDemo(t, "--record", folder)
	until(t, 40*time.Second, "ten seconds are recorded", func() bool {
		s := demo.status(t)
		return s.Recording.On && time.Since(s.Recording.Since) > 10*time.Second
	})
	demo.undropped(t)
	since := demo.status(t).Recording.Since
	recorded := time.Since(since)
	demo.kill()

	f := probe(t, files(t, folder, "*.mp4")[0])
	f.programme(t, 0.0001)
	f.consecutive(t)
	if lost := recorded.Seconds() - float64(len(f.pictures))/30; lost > 2 {
		t.Errorf("of %.1f s recorded %.1f s are lost", recorded.Seconds(), lost)
	}
}

// TestDemoOverWHIP has a browser for a peer.
func TestDemoOverWHIP(t *testing.T) {
	url, stats, _ := whiptest.StartChromiumPeer(t)
	demo := startDemo(t, "--to", url)
	figures := func(what string, ok func(whiptest.Stats) bool) (s whiptest.Stats) {
		until(t, 60*time.Second, "the browser has "+what, func() bool {
			var err error
			if s, err = stats(); err != nil {
				t.Fatal(err)
			}
			return ok(s)
		})
		return s
	}
	first := figures("pictures and sound", func(s whiptest.Stats) bool { return s.FramesDecoded > 30 && s.AudioEnergy > 0 })
	second := figures("many more of them", func(s whiptest.Stats) bool {
		return s.FramesDecoded > first.FramesDecoded+60 && s.AudioPackets > first.AudioPackets+100
	})
	if second.VideoWidth != 1920 || second.VideoHeight != 1080 {
		t.Errorf("the browser sees %dx%d", second.VideoWidth, second.VideoHeight)
	}
	if second.LumaHigh-second.LumaLow < 60 || second.LumaMean < 20 {
		t.Errorf("the browser's picture is nearly black or plain: %+v", second)
	}
	if d := demo.destination(t, 0); d.State != ui.Live {
		t.Errorf("destination %+v", d)
	}
	demo.end(t, syscall.SIGINT)
	figures("the session deleted", func(s whiptest.Stats) bool { return s.Deleted == 1 })
}
