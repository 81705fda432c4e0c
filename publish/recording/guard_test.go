package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGuard(t *testing.T) {
	const gb = 1 << 30
	// 0.5 MB/s of programme, 26 MB/s of cameras; 1 GB is never filled.
	disk := func(free float64) Disk {
		return Disk{FreeBytes: int64(free * gb), ReserveBytes: gb, ProgrammeRate: 0.5e6, ISORate: 26e6}
	}
	var g Guard
	for _, step := range []struct {
		free           float64
		iso, programme bool
		hours          string
		says           string
	}{
		{1000, true, true, "11.2", ""},
		{150, true, true, "1.7", "the disk has room for 1.7 h"}, // warned, and ISO still on
		{6, true, true, "0.1", "the disk has room for 3 min"},
		{4.3, false, true, "2.0", "no longer kept, the programme is, for 2.0 h"}, // 3.3 GB: less than an hour at 1 MB/s
		{5, false, true, "2.4", "the programme is, for 2.4 h"},                   // not back before 1.5 hours
		{6.2, true, true, "0.1", "the disk has room"},
		{1.005, false, false, "0.0", "nothing more is recorded"},
		{1.01, false, false, "0.0", "nothing more is recorded"},
		{1.1, false, true, "0.1", "no longer kept, the programme is, for 3 min"},
		{0.5, false, false, "0.0", "nothing more is recorded"},
		{1000, true, true, "11.2", ""},
	} {
		v := g.Look(disk(step.free))
		if v.ISO != step.iso || v.Programme != step.programme || fmt.Sprintf("%.1f", v.HoursLeft) != step.hours ||
			!strings.Contains(v.Text.En, step.says) || (v.Text.Zh == "") != (step.says == "") || v.Warn != (step.says != "") {
			t.Errorf("%v GB free: %+v, want %+v", step.free, v, step)
		}
	}
	if v := new(Guard).Look(Disk{FreeBytes: 10 * gb}); v.HoursLeft != 0 || !v.Programme || !v.ISO || v.Text.En != "" {
		t.Errorf("nothing is recorded: %+v", v)
	}
}

// TestGuardHoldsOn: with a disk that fills at the rate that the verdict allows and
// is emptied now and then, the programme never stops before ISO does.
func TestGuardHoldsOn(t *testing.T) {
	var g Guard
	free, changes, was := 20e9, 0, true
	for range 20_000 {
		v := g.Look(Disk{FreeBytes: int64(free), ReserveBytes: 1e9, ProgrammeRate: 0.5e6, ISORate: 26e6})
		if v.ISO && !v.Programme {
			t.Fatal("the programme stopped before the cameras")
		}
		if v.ISO != was {
			was = v.ISO
			changes++
		}
		if v.ISO {
			free -= 26e6
		}
		if v.Programme {
			free -= 0.5e6
		} else if free > 1.1e9 {
			t.Fatalf("the programme stopped with %.0f bytes free", free)
		}
	}
	if changes != 1 {
		t.Errorf("the cameras were switched %d times on a disk that only fills", changes)
	}
}

func TestExpired(t *testing.T) {
	now := fixed()
	file := func(name string, days int, bytes int64) Kept {
		return Kept{Path: "/r/" + name, Bytes: bytes, Changed: now.AddDate(0, 0, -days), Finished: true}
	}
	files := []Kept{
		file("2026-01-30_18-30-00_002.mp4", 1, 10),
		file("2026-01-01_18-30-00_001.mp4", 30, 20),
		file("wheel_2026-01-20_18-30-00_001.mkv", 11, 30),
		file("holiday.mp4", 99, 1000),
		{Path: "/r/2025-01-01_18-30-00_001.mp4", Bytes: 5, Changed: now.AddDate(-1, 0, 0)},
	}
	for _, test := range []struct {
		rule Rule
		want string
	}{
		{Rule{}, ""},
		{Rule{KeepFor: 20 * 24 * time.Hour}, "001.mp4"},
		{Rule{KeepFor: 5 * 24 * time.Hour}, "001.mp4 001.mkv"},
		{Rule{KeepBytes: 60}, ""},
		{Rule{KeepBytes: 45}, "001.mp4"},
		{Rule{KeepBytes: 1}, "001.mp4 001.mkv 002.mp4"},
		{Rule{KeepFor: 20 * 24 * time.Hour, KeepBytes: 15}, "001.mp4 001.mkv"},
	} {
		var got []string
		for _, k := range Expired(files, test.rule, now) {
			got = append(got, k.Path[len(k.Path)-7:])
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%+v: %v, want %s", test.rule, got, test.want)
		}
	}
}

func TestList(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"wheel_2026-01-20_18-30-00_001.mkv", "2026-01-20_18-30-00_001.mp4", "2026-01-20_18-30-00_002.mp4", "landscape_2026-01-20_18-30-00.mp4", "notes.txt"} {
		check(t, os.WriteFile(filepath.Join(folder, name), []byte("abc"), 0o644))
	}
	elsewhere := filepath.Join(t.TempDir(), "disk")
	check(t, os.Symlink(folder, elsewhere))
	for _, spelled := range []string{folder, folder + "/.", elsewhere} {
		list, err := List(folder, func() []string {
			return []string{spelled + "/2026-01-20_18-30-00_002.mp4", spelled + "/gone_2026-01-20_18-30-00_001.mp4"}
		})
		if err != nil || len(list) != 3 || !list[0].Finished || list[1].Finished || !list[2].Finished || list[2].Bytes != 3 {
			t.Errorf("%+v, %v", list, err)
		}
	}
}

// TestAPartIsFinishedWhenNothingIsWrittenToItAnyMore lists the folder at every picture
// of a recording that rotates: a file that counts as finished never changes again.
func TestAPartIsFinishedWhenNothingIsWrittenToItAnyMore(t *testing.T) {
	folder := t.TempDir()
	r := New(Options{Folder: folder, Now: fixed, Reserve: -1, RotateAfter: 2 * time.Second})
	finished := make(map[string]int64) // bytes
	most := 0
	look := func() {
		list, err := List(folder, r.Open)
		check(t, err)
		open := 0
		for _, k := range list {
			before, seen := finished[k.Path]
			switch {
			case !k.Finished:
				open++
			case !seen:
				finished[k.Path] = k.Bytes
			case k.Bytes != before:
				t.Fatalf("%s was called finished with %d bytes and has %d", k.Path, before, k.Bytes)
			}
			if !k.Finished && seen {
				t.Fatalf("%s was called finished and is written to", k.Path)
			}
		}
		most = max(most, open)
	}
	files := keep(t, r, tenSeconds(t), func(time.Duration) { look() })
	look()
	if len(finished) != len(files) || len(files) < 4 {
		t.Errorf("%d of %d files are finished at the end", len(finished), len(files))
	}
	if most != 2 {
		t.Errorf("at most %d files were open at once: the part before is finished a moment after the next has begun", most)
	}
}
