package recording

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

func TestBadFolder(t *testing.T) {
	p := tenSeconds(t)
	plainFile := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plainFile, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		"/no/such/folder": "there is no such folder",
		plainFile:         "not a directory",
		"/proc/self":      "record into /proc/self",
	} {
		if _, err := New(Options{Folder: folder, Reserve: -1}).Dial(t.Context(), p.Streams); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", folder, err, want)
		}
	}
	folder := t.TempDir()
	_, err := New(Options{Folder: folder, Reserve: 1 << 60}).Dial(t.Context(), p.Streams)
	said := new(publish.Error)
	if !errors.As(err, &said) || said.Fault != publish.DiskFull || !strings.Contains(said.Zh, "磁盘已满") {
		t.Errorf("with a huge reserve: %v", err)
	}
	sink, err := New(Options{Folder: folder, Reserve: -1}).Dial(t.Context(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

// TestFullDisk lets writing fail in the middle of a fragment: the file stays well
// formed, the status says why, and the recording goes on in a new file.
func TestFullDisk(t *testing.T) {
	t.Run("file limit", func(t *testing.T) {
		folder := t.TempDir()
		cmd, out := child(t, "limit", folder)
		said, err := io.ReadAll(out)
		if err != nil || cmd.Wait() != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(said), "the file may not grow any further") {
			t.Errorf("the log said %q", said)
		}
		checkFiles(t, folder)
	})
	for _, test := range []struct {
		name, size, says string
		reserve          int64
		finished         bool
	}{
		{"to the last byte", "size=256k", "the disk is full", -1, false},
		{"to the reserve", "size=600k", "the disk is full", 200 << 10, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			mount(t, folder, test.size)
			p := tenSeconds(t)
			sink, err := New(Options{Folder: folder, Reserve: test.reserve}).Dial(t.Context(), p.Streams)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range p.Packets {
				if err = sink.Write(q); err != nil {
					break
				}
			}
			said := new(publish.Error)
			if !errors.As(err, &said) || said.Fault != publish.DiskFull || !strings.Contains(said.En, test.says) {
				t.Errorf("error %v", err)
			}
			if err := sink.Close(); err != nil {
				t.Error(err)
			}
			checkFiles(t, folder)
			found, err := Repair(folder)
			if err != nil || test.finished && len(found) != 0 {
				t.Errorf("repair: %+v, %v", found, err)
			}
			checkFiles(t, folder)
		})
	}
}

// TestDiskComesBack: read-only, or pulled, and mended again while it records.
func TestDiskComesBack(t *testing.T) {
	for _, test := range []struct {
		name, says   string
		before       bool // it is so from the beginning
		fault, mends func(t *testing.T, folder string)
	}{
		{"read only", "can only be read", true, func(t *testing.T, folder string) {
			check(t, unix.Mount("", folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
		}, func(t *testing.T, folder string) {
			check(t, unix.Mount("", folder, "", unix.MS_REMOUNT, ""))
		}},
		{"pulled", "there is no such folder", false, func(t *testing.T, folder string) {
			check(t, unix.Unmount(folder, unix.MNT_DETACH))
			check(t, os.Remove(folder))
		}, func(t *testing.T, folder string) {
			check(t, os.Mkdir(folder, 0o755))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "disk")
			check(t, os.Mkdir(folder, 0o755))
			mount(t, folder, "size=64m")
			p := tenSeconds(t)
			r := New(Options{Folder: folder, Reserve: -1, RotateAfter: time.Second})
			d, err := publish.New(publish.Options{
				Name: "recording", Kind: publish.KindFile, Streams: p.Streams, Dial: r.Dial, Log: slog.New(slog.DiscardHandler),
			})
			check(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			if test.before {
				test.fault(t, folder)
			}
			go func() { ended <- d.Run(ctx) }()
			half := len(p.Packets) / 2
			for _, q := range p.Packets[:half] {
				d.Offer(q)
			}
			if !test.before {
				polltest.Until(t, 20*time.Second, "it records", func() bool { return r.Status().Part > 2 })
				test.fault(t, folder)
			}
			for _, q := range p.Packets[half:] {
				d.Offer(q)
			}
			polltest.Until(t, 20*time.Second, "it says what is wrong", func() bool { return strings.Contains(d.Status().Message.En, test.says) })
			test.mends(t, folder)
			for _, q := range p.Packets { // the programme goes on
				later := *q
				later.PTS += int64(10/q.Stream.TimeBase.Float() + 0.5)
				d.Offer(&later)
			}
			polltest.Until(t, 20*time.Second, "it goes on by itself", func() bool { // in a folder that was empty
				files, _ := filepath.Glob(filepath.Join(folder, "*.mp4"))
				info, err := os.Stat(append(files, folder)[0])
				return len(files) > 0 && err == nil && info.Size() > 50_000
			})
			cancel()
			check(t, <-ended)
			checkFiles(t, folder)
		})
	}
}

// TestSlowAndDamagedDisk: a disk of 2 MB/s loses nothing; one that fails to put
// things down is told of, and tried again.
func TestSlowAndDamagedDisk(t *testing.T) {
	p := tenSeconds(t)
	for _, test := range []struct {
		name string
		sync func(n int, f *os.File) error
		says string
	}{
		{"slow", func(_ int, f *os.File) error {
			info, err := f.Stat()
			if err == nil && info.Size() < 64<<10 {
				time.Sleep(time.Second / 2) // a megabyte of somebody else's before it
			}
			return err
		}, ""},
		{"damaged once", func(n int, f *os.File) error {
			if n == 3 {
				return syscall.EIO
			}
			return nil
		}, "the disk does not answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			r := New(Options{Folder: t.TempDir(), Reserve: -1, sync: func(f *os.File) error { n++; return test.sync(n, f) }})
			d, err := publish.New(publish.Options{
				Name: "recording", Kind: publish.KindFile, Streams: p.Streams, Dial: r.Dial, Log: slog.New(slog.DiscardHandler),
			})
			check(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- d.Run(ctx) }()
			said := false
			p.Play(ctx, 5, func(q *packet.Packet) {
				d.Offer(q)
				said = said || test.says != "" && strings.Contains(d.Status().Message.En, test.says)
			})
			polltest.Until(t, 20*time.Second, "all is written", func() bool { return d.Status().QueueSeconds == 0 })
			dropped := d.Status().Dropped
			cancel()
			check(t, <-ended)
			if said != (test.says != "") || dropped > 0 && test.says == "" {
				t.Errorf("it said so: %v, %d dropped", said, dropped)
			}
			checkFiles(t, r.options.Folder)
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mount(t *testing.T, folder, options string) {
	t.Helper()
	if err := unix.Mount("small", folder, "tmpfs", 0, options); err != nil {
		t.Fatalf("mount a small disk (root can): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
}

// checkFiles fails the test if a recording does not play.
func checkFiles(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.mp4"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		filetest.Look(t, f).Times(t, 0, 0.034)
		filetest.Decodes(t, f)
	}
}
