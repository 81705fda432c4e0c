package iso

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

// TestDiskFaults lets the disk fail in each way: a sentence, nobody waits, what was
// written plays, and it goes on by itself.
func TestDiskFaults(t *testing.T) {
	data := photo(640, 360, 1)
	for _, test := range []struct {
		name, says string
		prepare    func(t *testing.T, folder string) (mend func())
	}{
		{"full", "the disk is full", func(t *testing.T, folder string) func() {
			mount(t, folder, "size=2m")
			filler := filepath.Join(folder, "filler")
			if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Remove(filler); err != nil {
					t.Error(err)
				}
				if err := unix.Mount("", folder, "", unix.MS_REMOUNT, "size=64m"); err != nil {
					t.Error(err)
				}
			}
		}},
		{"read only", "can only be read", func(t *testing.T, folder string) func() {
			mount(t, folder, "size=64m")
			if err := unix.Mount("", folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := unix.Mount("", folder, "", unix.MS_REMOUNT, ""); err != nil {
					t.Error(err)
				}
			}
		}},
		{"gone", "there is no such folder", func(t *testing.T, folder string) func() {
			if err := os.Remove(folder); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Mkdir(folder, 0o755); err != nil {
					t.Error(err)
				}
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "disk")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			mend := test.prepare(t, folder)
			began := time.Now()
			r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1, QueueBytes: 1 << 20})
			end := start(t, r)
			if err := r.Switch(true); err != nil {
				t.Fatal(err)
			}
			number := 0
			offer := func() {
				before := time.Now()
				r.Offer(frame(began, number, 640, 360, data))
				number++
				if d := time.Since(before); d > 400*time.Millisecond {
					t.Errorf("capture waited %v", d)
				}
			}
			polltest.Until(t, 20*time.Second, "says what is wrong", func() bool {
				offer()
				return strings.Contains(r.Status().Message.En, test.says)
			})
			polltest.Until(t, 20*time.Second, "drops and counts", func() bool { offer(); return r.Status().Dropped > 0 })
			mend()
			written := r.Status().Bytes
			polltest.Until(t, 20*time.Second, "goes on by itself", func() bool { offer(); return r.Status().Bytes > written+200_000 })
			if err := end(); err != nil {
				t.Error(err)
			}
			for _, path := range files(t, folder) {
				filetest.Decodes(t, path)
			}
		})
	}
}

// TestSlowDisk is one of 2 MB/s that is given 6.6: what has no room is counted, the
// programme waits for nothing, and what was written plays.
func TestSlowDisk(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	var before int64
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1, QueueBytes: 2 << 20, sync: func(f *os.File) error {
		info, err := f.Stat()
		if err == nil {
			time.Sleep(time.Duration(info.Size()-before) * time.Second / 2e6)
			before = info.Size()
		}
		return err
	}})
	end := start(t, r)
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	data := append(photo(640, 360, 1), make([]byte, 150_000)...) // cameras pad, too
	longest := time.Duration(0)
	for i := range 150 {
		offered := time.Now()
		r.Offer(frame(began, i, 640, 360, data))
		longest = max(longest, time.Since(offered))
		time.Sleep(time.Until(began.Add(time.Duration(i+1) * time.Second / 30))) // a camera's pace
	}
	s := r.Status()
	if s.Dropped == 0 || s.State != publish.Troubled || !strings.Contains(s.Message.En, "the disk is too slow") || !strings.Contains(s.Message.Zh, "磁盘太慢") {
		t.Errorf("status %+v", s)
	}
	if longest > 400*time.Millisecond {
		t.Errorf("capture waited %v", longest)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	found := filetest.Look(t, files(t, folder)[0])
	if n := uint64(len(found.Packets)); n+r.Status().Dropped != 150 {
		t.Errorf("%d kept and %d dropped of 150", n, r.Status().Dropped)
	}
}

func mount(t *testing.T, folder, options string) {
	t.Helper()
	if err := unix.Mount("small", folder, "tmpfs", 0, options); err != nil {
		t.Fatalf("mount a small disk (root can): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
}

// BenchmarkCamera is one 1080p picture of 220 kB, from the tap to the kernel; the
// figure that counts is the CPU time of four cameras at 30 frames a second.
func BenchmarkCamera(b *testing.B) {
	folder := b.TempDir()
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1, RotateBytes: 200 << 20})
	end := start(b, r)
	if err := r.Switch(true); err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 220_000)
	f := frame(began, 0, 1920, 1080, data)
	b.ReportAllocs()
	before := cpu()
	offered := 0
	newest := ""
	for b.Loop() {
		f.Taken = f.Taken.Add(time.Second / 30)
		r.Offer(f)
		offered++
		if offered%4 == 0 { // as a writer that keeps up
			polltest.Until(b, 20*time.Second, "written", func() bool { return r.Status().Bytes == uint64(offered*len(data)) })
		}
		if path := r.Status().Path; path != newest {
			own := cpu()
			for _, old := range files(b, folder) {
				if old < path {
					if err := os.Remove(old); err != nil {
						b.Fatal(err)
					}
				}
			}
			newest = path
			before += cpu() - own // the disk is cleared for the benchmark's sake alone
		}
	}
	b.ReportMetric(float64(cpu()-before)/float64(offered)*4*30/1e9*100, "%core/4cams")
	if err := end(); err != nil {
		b.Fatal(err)
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
