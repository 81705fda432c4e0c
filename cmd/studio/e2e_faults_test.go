package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
)

// TestServerGoesAndComesBack kills and restarts one server on air, beside another
// that takes the connection and never says a word: neither is felt elsewhere.
func TestServerGoesAndComesBack(t *testing.T) {
	const key = "y?sign=planted-c0ffee"
	server, folder := servertest.NewRTMP(t, ""), t.TempDir()
	hole := blackHole(t)
	demo := startDemo(t, "--to", server.To(key), "--to", "rtmp://"+hole+"/live/"+key, "--record", folder)
	live := func() bool { return demo.destination(t, 0).State == ui.Live }
	until(t, 10*time.Second, "the first destination is live", live)
	sent := demo.destination(t, 0).SentBytes
	until(t, 10*time.Second, "the server gets pictures", func() bool { return demo.destination(t, 0).SentBytes > sent+500_000 })
	until(t, 15*time.Second, "the silent server is a sentence", func() bool {
		d := demo.destination(t, 1)
		return d.State == ui.Waiting && strings.Contains(d.Message.En, "did not answer within")
	})

	server.Kill()
	until(t, 10*time.Second, "the loss is noticed", func() bool {
		d := demo.destination(t, 0)
		return d.State == ui.Waiting && d.Message.En != ""
	})
	status := demo.status(t)
	if status.Health.State != ui.Troubled || !slices.ContainsFunc(status.Health.Faults, func(f ui.Text) bool { return strings.Contains(f.En, "rtmp 1") }) {
		t.Errorf("health %+v", status.Health)
	}
	// Long enough for the pauses between attempts to have grown.
	until(t, 10*time.Second, "a few attempts are made", func() bool { return demo.destination(t, 0).Attempts >= 4 })
	server.Start(t)
	back := time.Now()
	until(t, 5*time.Second, "the destination is back after the server is", func() bool {
		s := demo.destination(t, 0).State
		return s == ui.Live || s == ui.Troubled
	})
	t.Logf("back %.1f s after the server", time.Since(back).Seconds())
	sent = demo.destination(t, 0).SentBytes
	until(t, 10*time.Second, "the server gets pictures again", func() bool { return demo.destination(t, 0).SentBytes > sent+500_000 })
	demo.undropped(t)
	text := demo.statusText(t)
	demo.end(t, syscall.SIGTERM)
	if strings.Contains(text+demo.stderr.String(), "planted") {
		t.Error("the stream key is in the status or the log")
	}

	recordings := server.Recordings(t)
	if len(recordings) < 2 {
		t.Fatalf("the server recorded %v, want two broadcasts", recordings)
	}
	probe(t, recordings[len(recordings)-1]).programme(t, 0.0011)
	list := files(t, folder, "*.mp4")
	if len(list) != 1 {
		t.Errorf("recordings %v, want one", list)
	}
	f := probe(t, list[0])
	f.programme(t, 0.0001)
	f.consecutive(t)
}

// blackHole takes connections and never reads from them or answers.
func blackHole(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taken []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken = append(taken, c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		for _, c := range taken {
			c.Close()
		}
	})
	return l.Addr().String()
}

// smallDisk makes a disk of 100 MiB at "$0" on which 33 are taken already, and
// becomes the program. A recording leaves 64 MiB free, so three are left for it.
const smallDisk = `mount -t tmpfs -o size=100m none "$0" && fallocate -l 33m "$0/other" && exec "$@"`

// TestDiskFull fills the disk on air and makes room again: the broadcast feels
// nothing, and what was recorded before and after plays.
func TestDiskFull(t *testing.T) {
	if out, err := exec.Command("unshare", "-m", "true").CombinedOutput(); err != nil {
		t.Fatalf("no right to make a small disk: %v %s (this test needs the right to mount)", err, out)
	}
	server, disk := servertest.NewRTMP(t, ""), t.TempDir()
	page, socket := servertest.FreeAddress(t), filepath.Join(t.TempDir(), "s")
	demo := run(t, nil, "unshare", "-m", "sh", "-c", smallDisk, disk, program(t),
		"demo", "--headless", "--listen", page, "--socket", socket, "--to", server.To("z"), "--record", disk)
	demo.page, demo.socket = page, socket
	demo.ready(t)
	disk = fmt.Sprintf("/proc/%d/root%s", demo.Process.Pid, disk) // as the program sees it

	full := func(s ui.Status) bool {
		return slices.ContainsFunc(s.Health.Faults, func(f ui.Text) bool {
			return strings.HasPrefix(f.En, "recording: ") && strings.Contains(f.En, "the disk is full") && strings.Contains(f.Zh, "磁盘已满")
		})
	}
	until(t, 40*time.Second, "the full disk is a sentence", func() bool { return full(demo.status(t)) })
	if s := demo.status(t); !s.Broadcast.On || s.Destinations[0].State != ui.Live {
		t.Errorf("the broadcast felt it: %+v", s.Destinations[0])
	}
	first := files(t, disk, "*.mp4")
	f := probe(t, first[0])
	f.programme(t, 0.0001)
	if f.consecutive(t); len(f.pictures) < 60 {
		t.Errorf("only %d pictures were recorded", len(f.pictures))
	}

	if err := os.Remove(filepath.Join(disk, "other")); err != nil {
		t.Fatal(err)
	}
	demo.becomes(t, "recording again", func(s ui.Status) bool {
		return s.Recording.State == ui.Live && s.Recording.Bytes > 0 && !full(s)
	})
	demo.undropped(t)
	demo.do(t, ui.Recording{On: false})
	last := files(t, disk, "*.mp4")
	second := probe(t, last[len(last)-1])
	second.programme(t, 0.0001)
	second.consecutive(t)
	demo.end(t, syscall.SIGTERM)
	arrived := probe(t, server.Recordings(t)[0])
	arrived.programme(t, 0.0011)
	arrived.consecutive(t)
}
