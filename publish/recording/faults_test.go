package recording

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/filetest"
)

// child starts the test binary again, as a recorder.
func child(t *testing.T, how, folder string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RECORDING_CHILD="+how, "RECORDING_FOLDER="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// recordingChild records until it is killed ("kill"), or, allowed files of 200 kB
// only, until it has told its status after a failed write ("limit").
func recordingChild(how string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	rotate := 3 * time.Second
	if how == "limit" {
		rotate = -1
		signal.Ignore(syscall.SIGXFSZ)
		fail(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 200_000, Max: 200_000}))
	}
	p, err := ten()
	fail(err)
	r := New(Options{Folder: os.Getenv("RECORDING_FOLDER"), Reserve: -1, RotateAfter: rotate})
	d, err := publish.New(publish.Options{
		Name: "recording", Kind: publish.KindFile, Streams: p.Streams, Dial: r.Dial, Log: slog.New(slog.DiscardHandler),
	})
	fail(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	speed := 1.0
	if how == "limit" {
		speed = 8
	}
	told := false
	p.Play(ctx, speed, func(q *packet.Packet) {
		if q.Stream.Codec.Video() && q.PTS%45 == 0 {
			r.Chapter(fmt.Sprintf("step %d", q.PTS/45), q.Time())
		}
		d.Offer(q)
		if !told && how == "kill" {
			told = true
			fmt.Println("recording")
		}
		if s := d.Status(); s.Message != "" && how == "limit" && !told {
			told = true
			fmt.Println(s.Message)
		}
	})
	cancel()
	fail(<-ended)
}

// TestKilledRecordings kills a recorder at random moments: every file plays after
// Repair, with its chapters, and at most two seconds are lost.
func TestKilledRecordings(t *testing.T) {
	var all sync.WaitGroup
	defer all.Wait()
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for n := range 5 {
		folder, lasts := t.TempDir(), 1300*time.Millisecond+time.Duration(random.Int64N(int64(6*time.Second)))
		all.Go(func() { killed(t, n, folder, lasts) })
	}
}

func killed(t *testing.T, n int, folder string, lasts time.Duration) {
	cmd, out := child(t, "kill", folder)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Error(line, err)
		return
	}
	begin := time.Now()
	time.Sleep(lasts) // how long it records is what is tested
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	recorded := time.Since(begin).Seconds()
	_ = cmd.Wait() // killed
	found, err := Repair(folder)
	if err != nil || len(found) != 1 && len(found) != 2 {
		t.Errorf("repair: %+v, %v", found, err)
		return
	}
	for _, f := range found {
		t.Logf("kill %d after %.2f s: %s / %s", n, recorded, f.Text().En, f.Text().Zh)
		if f.Err != nil {
			t.Error(f.Err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.mp4"))
	pictures, chapters := 0, 0
	for _, path := range files {
		p := filetest.Look(t, path)
		pictures += len(p.Times(t, 0, 0.034))
		chapters += len(p.Chapters)
		filetest.Decodes(t, path)
	}
	if lost := recorded - float64(pictures)/30; lost > 2 {
		t.Errorf("recorded %.2f s, lost %.2f s", recorded, lost)
	} else {
		t.Logf("kill %d lost %.2f s, %d chapters in %d files", n, lost, chapters, len(files))
	}
	if want := pictures/45 - 1; chapters < want {
		t.Errorf("%d chapters, want %d", chapters, want)
	}
	if again, err := Repair(folder); err != nil || len(again) != 0 {
		t.Errorf("repaired again: %+v, %v", again, err)
	}
}

// unfinished is what a recording has on the disk just before it is finished.
func unfinished(t *testing.T) []byte {
	t.Helper()
	p := tenSeconds(t)
	r := New(Options{Folder: t.TempDir(), Reserve: -1})
	sink, err := r.Dial(t.Context(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if err := sink.Write(q); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(r.Status().Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTornFiles cuts a recording anywhere, and lets its end be zeros as some file
// systems leave it: what Repair leaves plays, or is gone.
func TestTornFiles(t *testing.T) {
	whole := unfinished(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "2026-01-31_18-30-00_001.mp4")
	foreign := filepath.Join(folder, "somebody's.mp4")
	if err := os.WriteFile(foreign, []byte("not ours"), 0o644); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	sizes := []int{0, 20, 100, 800, 3000, len(whole)}
	for range 10 {
		sizes = append(sizes, random.IntN(len(whole)))
	}
	for i, size := range sizes {
		data := whole[:size:size]
		if i%2 == 1 {
			data = append(data, make([]byte, 60_000)...)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		found, err := Repair(folder)
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Fatalf("cut at %d: %+v, %v", size, found, err)
		}
		if _, err := os.Stat(path); found[0].Removed != os.IsNotExist(err) {
			t.Errorf("cut at %d: %+v, but the file: %v", size, found[0], err)
		} else if err == nil {
			filetest.Decodes(t, path)
			if got := filetest.Look(t, path).Length(t); got < found[0].Length.Seconds()-0.05 || got > found[0].Length.Seconds()+0.05 {
				t.Errorf("cut at %d: %.3f s, told %v", size, got, found[0].Length)
			}
		}
	}
	if data, err := os.ReadFile(foreign); err != nil || string(data) != "not ours" {
		t.Errorf("somebody else's file: %q, %v", data, err)
	}
	if _, err := Repair(filepath.Join(folder, "gone")); err == nil || !strings.Contains(err.Error(), "there is no such folder") {
		t.Errorf("no folder: %v", err)
	}
}

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
			t.Errorf("the status said %q", said)
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
				until(t, "it records", func() bool { return r.Status().Part > 2 })
				test.fault(t, folder)
			}
			for _, q := range p.Packets[half:] {
				d.Offer(q)
			}
			until(t, "it says what is wrong", func() bool { return strings.Contains(d.Status().Message, test.says) })
			test.mends(t, folder)
			part := r.Status().Part
			until(t, "it goes on by itself", func() bool { s := r.Status(); return s.Writing && (s.Part > part || s.Bytes > 0) })
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
				said = said || test.says != "" && strings.Contains(d.Status().Message, test.says)
			})
			until(t, "all is written", func() bool { return d.Status().QueueSeconds == 0 })
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

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatal("not within 20 s: " + what)
		}
		time.Sleep(time.Millisecond)
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
