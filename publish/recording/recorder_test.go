package recording

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/publish/filetest"
)

func TestMain(m *testing.M) {
	if run := os.Getenv("RECORDING_CHILD"); run != "" {
		recordingChild(run)
		return
	}
	goleak.VerifyTestMain(m)
}

func fixed() time.Time { return time.Date(2026, 1, 31, 18, 30, 0, 0, time.UTC) }

// ten is a programme of ten seconds with two tracks of sound, made once.
var ten = sync.OnceValues(func() (filetest.Programme, error) { return filetest.Record(10, 400_000, 2) })

func tenSeconds(t testing.TB) filetest.Programme {
	t.Helper()
	p, err := ten()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// first is the programme's time of the first key frame.
const first = time.Duration(filetest.Began) * time.Second / 30

// keep records a programme and returns the files' names.
func keep(t *testing.T, r *Recorder, p filetest.Programme, each func(at time.Duration)) []string {
	t.Helper()
	sink, err := r.Dial(context.Background(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if each != nil && q.Stream.Codec.Video() {
			each(q.Time())
		}
		if err := sink.Write(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(r.options.Folder, "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRecording(t *testing.T) {
	folder := t.TempDir()
	var told []string
	var bytesTold int64
	r := New(Options{Folder: folder, Prefix: "wheel_", Now: fixed, Reserve: 1,
		Titles: []string{"programme", "mixed", "话筒 1"}, Tags: map[string]string{"title": "青瓷", "AIGC": `{"Label":"1"}`},
		Written: func(path string, n int64) {
			if len(told) == 0 || told[len(told)-1] != path {
				told = append(told, path)
			}
			bytesTold = n
		}})
	p := tenSeconds(t)
	for range 2 {
		keep(t, r, p, nil)
	}
	want := []string{filepath.Join(folder, "wheel_2026-01-31_18-30-00_001.mp4"), filepath.Join(folder, "wheel_2026-01-31_18-30-00_002.mp4")}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Fatalf("files %v, want %v", told, want)
	}
	info, err := os.Stat(want[1])
	if err != nil || info.Size() != bytesTold {
		t.Errorf("%v bytes, %v, told %d", info.Size(), err, bytesTold)
	}
	found := filetest.Look(t, want[0])
	if len(found.Streams) != 3 || found.Streams[0].CodecName != "h264" || found.Streams[1].CodecName != "aac" || found.Streams[2].CodecName != "aac" ||
		found.Streams[0].AvgFrameRate != "30/1" || found.Streams[0].ColorSpace != "bt709" || found.Streams[0].ColorRange != "tv" || found.Streams[1].SampleRate != "48000" {
		t.Errorf("streams %+v", found.Streams)
	}
	if title := found.Streams[2].Tags["handler_name"]; title != "话筒 1" {
		t.Errorf("the second sound is called %q", title)
	}
	if found.Format.Tags["title"] != "青瓷" || found.Format.Tags["AIGC"] != `{"Label":"1"}` {
		t.Errorf("tags %v", found.Format.Tags)
	}
	pictures := found.Times(t, 0, 0.034)
	if pictures[0] != 0 || len(pictures) != 300 || found.Streams[0].Frames != "300" {
		t.Errorf("%d pictures from %v, %s in the table, want all 300 from 0", len(pictures), pictures[0], found.Streams[0].Frames)
	}
	if length := found.Length(t); math.Abs(length-10) > 0.05 {
		t.Errorf("it is said to be %.3f s long", length)
	}
	for stream := 1; stream < 3; stream++ {
		sounds := found.Times(t, stream, 0.022)
		if sounds[0] < 0 || sounds[0] > 0.022 || sounds[len(sounds)-1] < 9.9 {
			t.Errorf("sound %d from %v to %v", stream, sounds[0], sounds[len(sounds)-1])
		}
	}
	filetest.Decodes(t, want[0])
}
