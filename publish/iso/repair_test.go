package iso

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"studio/publish/filetest"
)

// isoChild records pictures at 30 a second until it is killed, and says so.
func isoChild(folder string) {
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1})
	go func() { _ = r.Run(context.Background()) }()
	_ = r.Switch(true) // never refused
	data := photo(640, 360, 1)
	for i := 0; ; i++ {
		r.Offer(frame(began, i, 640, 360, data))
		if i == 0 {
			fmt.Println("recording")
		}
		time.Sleep(time.Until(began.Add(time.Duration(i+1) * time.Second / 30)))
	}
}

func TestKilledRecordingIsRepaired(t *testing.T) { killed(t, "ISO_CHILD") }

// killed records in a process, one of TestMain's, that is killed.
func killed(t *testing.T, child string) {
	folder := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+folder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	began := time.Now()
	time.Sleep(2600 * time.Millisecond) // how long it records is what is tested
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	recorded := time.Since(began).Seconds()
	_ = cmd.Wait() // killed
	path := files(t, folder)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Repair(folder)
	if err != nil || len(list) != 1 || list[0].Err != nil {
		t.Fatalf("repair: %+v, %v", list, err)
	}
	t.Log(list[0].Text())
	p := filetest.Look(t, path)
	times := p.Times(t, 0, 0.2)
	if lost := recorded - times[len(times)-1]; lost > 2 {
		t.Errorf("recorded %.2f s, lost %.2f s", recorded, lost)
	} else {
		t.Logf("recorded %.2f s, lost %.2f s", recorded, lost)
	}
	if length := p.Length(t); length < times[len(times)-1] || length > times[len(times)-1]+0.1 {
		t.Errorf("says that it is %.3f s long, its last picture is at %.3f", length, times[len(times)-1])
	}
	filetest.Decodes(t, path)
	seeks(t, path, times[len(times)-1]-0.2)
	if list, err := Repair(folder); err != nil || len(list) != 0 {
		t.Errorf("repaired again: %+v, %v", list, err)
	}
	torn(t, whole)
}

// seeks fails the test if a player cannot go to a time.
func seeks(t *testing.T, path string, at float64) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-ss", fmt.Sprint(at), "-i", path, "-frames:v", "1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("go to %.1f s of %s: %v\n%s", at, path, err, out)
	}
}

// torn cuts a file at every kind of place, and lets its end be zeros as some file
// systems leave it: what Repair leaves plays, or is gone.
func torn(t *testing.T, whole []byte) {
	folder := t.TempDir()
	path := filepath.Join(folder, "wheel_2026-01-31_18-30-00_001.mkv")
	random := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 5, 40, 60, 300, len(whole)}
	for range 6 {
		sizes = append(sizes, random.IntN(len(whole)))
	}
	for i, size := range sizes {
		data := whole[:size:size]
		if i%2 == 1 {
			data = append(data, make([]byte, 100_000)...)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := Repair(folder)
		if err != nil || len(list) != 1 || list[0].Err != nil {
			t.Fatalf("cut at %d: %+v, %v", size, list, err)
		}
		if _, err := os.Stat(path); list[0].Removed != os.IsNotExist(err) {
			t.Errorf("cut at %d: %+v, but the file: %v", size, list[0], err)
		} else if err == nil {
			filetest.Decodes(t, path)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x1f\x43\xb6\x75\x83\xe7\x81\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := readerAt(b)
		if m, err := scan(r, int64(len(b))); err == nil && m.end > int64(len(b)) {
			t.Errorf("ends at %d of %d", m.end, len(b))
		}
	})
}

type readerAt []byte

func (r readerAt) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at > int64(len(r)) {
		return 0, io.EOF
	}
	n := copy(p, r[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
