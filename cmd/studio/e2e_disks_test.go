package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"studio/publish/servertest"
	"studio/ui"
)

// TestDisksOnAir has the recordings' disk read-only and pulled while the box is on air:
// each is a sentence, the broadcast feels nothing, and recording goes on by itself when
// the disk is back. A full disk is TestDiskFull's; a slow one the recording's own tests'.
func TestDisksOnAir(t *testing.T) {
	server := servertest.NewRTMP(t, "")
	s := newSmall(t, []goal{{name: "nginx", address: server.To(""), key: "disks"}}, "recording: {folder: recordings, reserve: 1M, rotate_size: 0.3M}\n")
	disk := s.recording
	mount := "mount -t tmpfs -o size=64m none " + disk
	s.begins = "mkdir " + disk + "\n" + mount + "\n"
	s.start(t)
	s.recording = fmt.Sprintf("/proc/%d/root%s", s.Process.Pid, disk) // as the program sees it
	says := func(words string) {
		t.Helper()
		s.becomes(t, words, func(now ui.Status) bool {
			return now.Recording.On && strings.Contains(now.Recording.Message.En, words) &&
				slices.ContainsFunc(now.Health.Faults, func(f ui.Text) bool { return strings.Contains(f.En, words) && f.Zh != "" })
		})
	}
	records := func() {
		t.Helper()
		s.becomes(t, "recording again", func(now ui.Status) bool {
			return now.Recording.State == ui.Live && now.Recording.Message == (ui.Text{}) && now.Recording.Bytes > 0
		})
	}
	s.do(t, ui.Broadcast{On: true})
	s.goes(t, "nginx")
	records()

	// What is being written keeps a disk from being made read-only by hand; a damaged one
	// is found so when the next recording begins.
	s.do(t, ui.Recording{On: false})
	s.inside(t, "mount", "-o", "remount,ro", disk)
	s.do(t, ui.Recording{On: true})
	says("the disk can only be read")
	s.inside(t, "mount", "-o", "remount,rw", disk)
	records()
	for _, path := range files(t, s.recording, "landscape_*.mp4") {
		plays(t, path)
	}

	s.inside(t, "umount", "-l", disk)
	s.inside(t, "rmdir", disk)
	says("there is no such folder")
	s.inside(t, "sh", "-ec", "mkdir "+disk+"\n"+mount)
	records()
	before := len(files(t, s.recording, "landscape_*.mp4"))
	s.becomes(t, "another file", func(ui.Status) bool {
		list, _ := filepath.Glob(filepath.Join(s.recording, "landscape_*.mp4"))
		return len(list) > before
	})
	s.do(t, ui.Recording{On: false})
	if left := missing(t, "recording", s.recorded(t)); left > s.status(t).Canvases[0].Dropped {
		t.Errorf("%d pictures are missing in the recording after the disk came back", left)
	}
	now := s.status(t)
	if d := named(t, now, "nginx"); d.State != ui.Live || d.Dropped > 0 || d.Attempts != 1 {
		t.Errorf("the broadcast felt it: %+v", d)
	}
	s.end(t, syscall.SIGTERM)
	if left := missing(t, "broadcast", burnt(t, server.Recordings(t)[0], smallSize)); left > now.Canvases[0].Dropped {
		t.Errorf("%d pictures are missing in the broadcast", left)
	}
}
