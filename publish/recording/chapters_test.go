package recording

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/publish/filetest"
	"studio/publish/mp4"
)

func TestChapters(t *testing.T) {
	p := tenSeconds(t)
	r := New(Options{Folder: t.TempDir(), Reserve: -1, RotateAfter: 5 * time.Second})
	titles := map[int]string{0: "揉泥", 65: "throw", 200: "mark", 215: strings.Repeat("长", 100)}
	frame := 0
	files := keep(t, r, p, func(at time.Duration) {
		if title := titles[frame]; title != "" {
			r.Chapter(title, at)
		}
		frame++
	})
	if len(files) != 2 {
		t.Fatalf("files %v", files)
	}
	// The second file begins 5.767 s after the first, at a key frame.
	want := []string{
		"0.000000 揉泥", "2.166667 throw", "|",
		"0.000000 throw", "0.900000 mark", "1.400000 " + strings.Repeat("长", 85), "|",
	}
	sameChapters(t, files, want)
	// Each of the two ways to tell chapters is enough.
	for way, box := range map[string]string{"the text track": "chpl", "the list": "tref"} {
		var without []string
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			copied := filepath.Join(t.TempDir(), filepath.Base(path))
			if n := bytes.Count(data, []byte(box)); n == 0 {
				t.Errorf("there is no %s", box)
			}
			if err := os.WriteFile(copied, bytes.ReplaceAll(data, []byte(box), []byte("free")), 0o644); err != nil {
				t.Fatal(err)
			}
			without = append(without, copied)
		}
		t.Run(way, func(t *testing.T) { sameChapters(t, without, want) })
	}
	for _, path := range files {
		found := filetest.Look(t, path)
		text := found.Streams[len(found.Streams)-1]
		if text.CodecTag != "text" || text.Start != "0.000000" || text.Duration != found.Streams[0].Duration || text.Disposition["default"] != 0 {
			t.Errorf("%s: the text track %+v, the pictures %+v", path, text, found.Streams[0])
		}
		filetest.Decodes(t, path)
	}
}

// sameChapters requires that ffprobe finds these chapters in files, "|" behind each.
func sameChapters(t *testing.T, files, want []string) {
	t.Helper()
	var got []string
	for _, f := range files {
		for _, c := range filetest.Look(t, f).Chapters {
			got = append(got, c.Start+" "+c.Tags["title"])
		}
		got = append(got, "|")
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("chapters\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// cutOff is a file whose power goes at a certain call.
type cutOff struct {
	*os.File
	calls int  // until then
	half  bool // half of what that call writes is still written
}

var errPower = errors.New("the power went")

func (f *cutOff) gone() bool {
	f.calls--
	return f.calls < 0
}

func (f *cutOff) WriteAt(b []byte, at int64) (int, error) {
	if !f.gone() {
		return f.File.WriteAt(b, at)
	}
	if f.calls == -1 && f.half {
		_, _ = f.File.WriteAt(b[:len(b)/2], at) // the power goes anyway
	}
	return 0, errPower
}

func (f *cutOff) Truncate(size int64) error {
	if f.gone() {
		return errPower
	}
	return f.File.Truncate(size)
}

func (f *cutOff) Sync() error {
	if f.gone() {
		return errPower
	}
	return f.File.Sync()
}

// TestInterruptedFinish lets the power go at each step of making a plain MP4 of a
// recording: it plays as it is, and Repair finishes it with all that was in it.
func TestInterruptedFinish(t *testing.T) {
	frame := 0
	whole := unfinished(t, func(r *Recorder, at time.Duration) {
		if frame++; frame == 31 || frame == 151 {
			r.Chapter("步骤", at)
		}
	})
	want := []string{"0.000000 0:00", "1.000000 步骤", "5.000000 步骤", "|"}
	for _, test := range []struct {
		step  string
		calls int
		half  bool
		done  bool // nothing is left to Repair
	}{
		{"cut", 0, false, false},
		{"table", 1, false, false},
		{"half of the table", 1, true, false},
		{"table on the disk", 2, false, false},
		{"head", 3, false, false},
		{"head on the disk", 4, false, true},
	} {
		t.Run(test.step, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "2026-01-31_18-30-00_001.mp4")
			if err := os.WriteFile(path, whole, 0o644); err != nil {
				t.Fatal(err)
			}
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			movie, err := mp4.Read(file, int64(len(whole)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := movie.Finish(&cutOff{File: file, calls: test.calls, half: test.half}); !errors.Is(err, errPower) {
				t.Fatalf("finished: %v", err)
			}
			before := len(filetest.Look(t, path).Times(t, 0, 0.034))
			filetest.Decodes(t, path)
			found, err := Repair(filepath.Dir(path))
			if err != nil || (len(found) == 0) != test.done {
				t.Fatalf("repair: %+v, %v", found, err)
			}
			if after := len(filetest.Look(t, path).Times(t, 0, 0.034)); after != before || after < 270 {
				t.Errorf("%d pictures before it was repaired, %d afterwards", before, after)
			}
			sameChapters(t, []string{path}, want)
			filetest.Decodes(t, path)
		})
	}
}
