package avformat

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/media/packet"
	"studio/publish"
)

func fixed() time.Time { return time.Date(2026, 1, 31, 18, 30, 0, 0, time.UTC) }

func TestFile(t *testing.T) {
	p := tenSeconds(t)
	folder := t.TempDir()
	var told []string
	var bytesTold int64
	begin := File(FileOptions{Folder: folder, Prefix: "wheel_", Now: fixed, Reserve: 1, Written: func(path string, n int64) {
		if len(told) == 0 || told[len(told)-1] != path {
			told = append(told, path)
		}
		bytesTold = n
	}})
	for range 2 {
		sink, err := begin(context.Background(), p.streams)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range p.packets {
			if err := sink.Write(q); err != nil {
				t.Fatal(err)
			}
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{filepath.Join(folder, "wheel_2026-01-31_18-30-00.mp4"), filepath.Join(folder, "wheel_2026-01-31_18-30-00_2.mp4")}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Fatalf("files %v, want %v", told, want)
	}
	info, err := os.Stat(want[1])
	if err != nil || info.Size() != bytesTold {
		t.Errorf("%v bytes, %v, told %d", info.Size(), err, bytesTold)
	}
	found := look(t, want[0])
	if len(found.Streams) != 2 || found.Streams[0].CodecName != "h264" || found.Streams[1].CodecName != "aac" ||
		found.Streams[0].AvgFrameRate != "30/1" || found.Streams[0].ColorSpace != "bt709" || found.Streams[0].ColorRange != "tv" || found.Streams[1].SampleRate != "48000" {
		t.Errorf("streams %+v", found.Streams)
	}
	pictures := found.times(t, "video", 0.034)
	sounds := found.times(t, "audio", 0.022)
	if pictures[0] != 0 || len(pictures) != 300 {
		t.Errorf("%d pictures from %v, want all 300 from 0", len(pictures), pictures[0])
	}
	if sounds[0] < 0 || sounds[0] > 0.1 || sounds[len(sounds)-1] < 9.9 {
		t.Errorf("sound from %v to %v", sounds[0], sounds[len(sounds)-1])
	}
	decodes(t, want[0])
	// 10 s that begin 7 frames after the grid: 1.767 s, four times 2 s, the rest;
	// each longer than 1.2 s in two.
	data, err := os.ReadFile(want[0])
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("moof")); n < 8 || n > 12 {
		t.Errorf("%d fragments", n)
	}
	if !bytes.Contains(data, []byte("avcC\x01")) {
		t.Error("there is no AVCDecoderConfigurationRecord")
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
		if _, err := File(FileOptions{Folder: folder, Reserve: -1})(context.Background(), p.streams); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", folder, err, want)
		}
	}
	folder := t.TempDir()
	if _, err := File(FileOptions{Folder: folder, Reserve: 1 << 60})(context.Background(), p.streams); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("with a huge reserve: %v", err)
	}
	sink, err := File(FileOptions{Folder: folder, Reserve: -1})(context.Background(), p.streams)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
	if got := plain(&fsError{syscall.ENOSPC}).Error(); got != "the disk is full" {
		t.Errorf("ENOSPC is %q", got)
	}
}

type fsError struct{ errno syscall.Errno }

func (e *fsError) Error() string { return "write failed" }
func (e *fsError) Unwrap() error { return e.errno }

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
	if how == "limit" {
		signal.Ignore(syscall.SIGXFSZ)
		fail(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 200_000, Max: 200_000}))
	}
	p, err := ten()
	fail(err)
	d, err := publish.New(publish.Options{
		Name: "recording", Kind: publish.KindFile, Streams: p.streams,
		Dial: File(FileOptions{Folder: os.Getenv("RECORDING_FOLDER"), Reserve: -1}),
		Log:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	fail(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	speed := 1.0
	if how == "limit" {
		speed = 8
	}
	began := false
	p.play(ctx, speed, func(q *packet.Packet) {
		d.Offer(q)
		if !began && how == "kill" {
			began = true
			fmt.Println("recording")
		}
		if s := d.Status(); s.State == publish.Waiting && how == "limit" && !began {
			began = true
			fmt.Println(s.Message)
		}
	})
	cancel()
	fail(<-ended)
}

func TestKilledRecordingPlays(t *testing.T) {
	folder := t.TempDir()
	cmd, out := child(t, "kill", folder)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	begin := time.Now()
	time.Sleep(3700 * time.Millisecond) // how long it records is what is tested
	cmd.Process.Kill()
	recorded := time.Since(begin).Seconds()
	cmd.Wait()
	files, err := filepath.Glob(filepath.Join(folder, "*.mp4"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	found := look(t, files[0])
	pictures := found.times(t, "video", 0.034)
	if end := pictures[len(pictures)-1]; recorded-end > 2 {
		t.Errorf("recorded %.2f s, the file holds %.2f s", recorded, end)
	} else {
		t.Logf("recorded %.2f s, lost %.2f s", recorded, recorded-end)
	}
	decodes(t, files[0])
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
	t.Run("small disk", func(t *testing.T) {
		folder := t.TempDir()
		if err := syscall.Mount("small", folder, "tmpfs", 0, "size=256k"); err != nil {
			t.Logf("no right to mount (%v): the limit above stands in for a full disk", err)
			return
		}
		defer syscall.Unmount(folder, syscall.MNT_DETACH)
		p := tenSeconds(t)
		sink, err := File(FileOptions{Folder: folder, Reserve: -1})(context.Background(), p.streams)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range p.packets {
			if err = sink.Write(q); err != nil {
				break
			}
		}
		if err == nil || !strings.HasSuffix(err.Error(), ".mp4: the disk is full") {
			t.Errorf("error %v", err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		if _, err := File(FileOptions{Folder: folder})(context.Background(), p.streams); err == nil || errors.Is(err, publish.ErrRefused) {
			t.Errorf("a new file on a full disk: %v", err)
		}
		if n := checkFiles(t, folder); n != 1 {
			t.Errorf("%d files", n)
		}
	})
}

func checkFiles(t *testing.T, folder string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.mp4"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		pictures := look(t, f).times(t, "video", 0.034)
		if len(pictures) < 30 {
			t.Errorf("%s: %d pictures", f, len(pictures))
		}
		decodes(t, f)
	}
	return len(files)
}
