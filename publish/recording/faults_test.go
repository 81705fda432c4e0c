package recording

import (
	"bufio"
	"context"
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
// only, and telling what its log says ("limit").
func recordingChild(how string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	rotate, log := 3*time.Second, slog.New(slog.DiscardHandler)
	if how == "limit" {
		rotate, log = -1, slog.New(slog.NewTextHandler(os.Stdout, nil))
		signal.Ignore(syscall.SIGXFSZ)
		fail(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 200_000, Max: 200_000}))
	}
	p, err := filetest.Record(10, 400_000, 2)
	fail(err)
	r := New(Options{Folder: os.Getenv("RECORDING_FOLDER"), Reserve: -1, RotateAfter: rotate})
	d, err := publish.New(publish.Options{
		Name: "recording", Kind: publish.KindFile, Streams: p.Streams, Dial: r.Dial, Log: log,
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
	})
	cancel()
	if err := <-ended; how != "limit" { // what was left may be over the limit, too
		fail(err)
	}
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

// unfinished is what a recording has on the disk just before it is finished; each, if
// there is one, is told of each picture.
func unfinished(t *testing.T, each func(r *Recorder, at time.Duration)) []byte {
	t.Helper()
	p := tenSeconds(t)
	r := New(Options{Folder: t.TempDir(), Reserve: -1})
	sink, err := r.Dial(t.Context(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if each != nil && q.Stream.Codec.Video() {
			each(r, q.Time())
		}
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
	whole := unfinished(t, nil)
	folder := t.TempDir()
	path := filepath.Join(folder, "2026-01-31_18-30-00_001.mp4")
	foreign := filepath.Join(folder, "somebody's.mp4")
	if err := os.WriteFile(foreign, []byte("not ours"), 0o644); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	sizes := []int{0, 20, 100, 800, 3000, len(whole)}
	for range 6 {
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
