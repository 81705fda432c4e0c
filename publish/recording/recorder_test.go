package recording

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/packet"
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

// tenSeconds is a programme with two tracks of sound, made once.
var tenSeconds = filetest.Once(10, 400_000, 2)

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
	for i, title := range []string{"programme", "mixed", "话筒 1"} {
		// Players play the pictures and the first sound.
		if s := found.Streams[i]; s.Tags["handler_name"] != title || (s.Disposition["default"] == 1) != (i < 2) {
			t.Errorf("stream %d is called %q, default %v", i, s.Tags["handler_name"], s.Disposition)
		}
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

// TestRotation: the files together hold every picture and every stretch of sound of
// the programme, once, and each begins with a key frame.
func TestRotation(t *testing.T) {
	p := tenSeconds(t)
	whole := keep(t, New(Options{Folder: t.TempDir(), Reserve: -1}), p, nil)[0]
	for _, test := range []struct {
		name  string
		o     Options
		files int
	}{
		{"by time", Options{RotateAfter: 3 * time.Second}, 3},
		{"by size", Options{RotateBytes: 100_000}, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Folder, test.o.Reserve, test.o.Now = t.TempDir(), -1, fixed
			files := keep(t, New(test.o), p, nil)
			if len(files) != test.files || filepath.Base(files[1]) != "2026-01-31_18-30-00_002.mp4" {
				t.Fatalf("files %v", files)
			}
			var pictures []string
			sounds := make([]int, 2)
			for n, f := range files {
				late := 0.044
				if n == len(files)-1 {
					late = 0.09 // the coder's last sound is not out yet
				}
				pictures = append(pictures, filetest.MD5(t, f, 0)...)
				found := filetest.Look(t, f)
				if first := found.Packets[0]; found.Times(t, 0, 0.034)[0] != 0 || first.Flags[0] != 'K' {
					t.Errorf("%s begins with %+v", f, first)
				}
				for i := range sounds {
					times := found.Times(t, i+1, 0.022)
					sounds[i] += len(times)
					if length := found.Length(t); times[0] > 0.0214 || length-times[len(times)-1] > late {
						t.Errorf("%s: sound from %.4f to %.4f of %.4f s", f, times[0], times[len(times)-1], length)
					}
				}
			}
			if want := filetest.MD5(t, whole, 0); fmt.Sprint(pictures) != fmt.Sprint(want) {
				t.Errorf("%d pictures in the files, %d in one alone, or others", len(pictures), len(want))
			}
			found := filetest.Look(t, whole)
			for i := range sounds {
				if want := len(found.Times(t, i+1, 0.022)); sounds[i] != want {
					t.Errorf("sound %d: %d packets in the files, %d in one alone", i, sounds[i], want)
				}
			}
		})
	}
}

// TestSoundBeforeItsPicture: sound that comes earlier, or later, than its picture
// still goes into the right file.
func TestSoundBeforeItsPicture(t *testing.T) {
	p := tenSeconds(t)
	for _, shift := range []time.Duration{-300 * time.Millisecond, 300 * time.Millisecond} {
		moved := p
		moved.Packets = append([]*packet.Packet(nil), p.Packets...)
		slices.SortStableFunc(moved.Packets, func(a, b *packet.Packet) int {
			due := func(q *packet.Packet) time.Duration {
				if q.Stream.Codec.Video() {
					return q.Time()
				}
				return q.Time() + shift
			}
			return int(due(a) - due(b))
		})
		whole := keep(t, New(Options{Folder: t.TempDir(), Reserve: -1}), moved, nil)[0]
		want := len(filetest.Look(t, whole).Times(t, 1, 0.022))
		files := keep(t, New(Options{Folder: t.TempDir(), Reserve: -1, RotateAfter: 3 * time.Second}), moved, nil)
		if len(files) != 3 {
			t.Fatalf("files %v", files)
		}
		sounds := 0
		for _, f := range files {
			times := filetest.Look(t, f).Times(t, 1, 0.022)
			sounds += len(times)
			if times[0] > 0.0214 {
				t.Errorf("sound moved by %v: %s has it from %.3f on", shift, f, times[0])
			}
		}
		if sounds != want || want < 450 {
			t.Errorf("sound moved by %v: %d packets, %d in one file alone", shift, sounds, want)
		}
	}
}

// TestTracksEndTogether: what has come of one sound alone when a recording ends is left
// out, but a sound that has fallen silent takes nothing of the others.
func TestTracksEndTogether(t *testing.T) {
	p := tenSeconds(t)
	ends := filetest.First + 10*time.Second
	for _, test := range []struct {
		name         string
		until        time.Duration // of the second sound
		first, apart float64       // where the first ends at least, and how far apart they end at most
	}{
		{"a little behind", ends - 90*time.Millisecond, 9.88, 1024.0 / 48000},
		{"silent", ends - 4*time.Second, 9.93, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			short := p
			short.Packets = slices.DeleteFunc(slices.Clone(p.Packets), func(q *packet.Packet) bool {
				return q.Stream == p.Streams[2] && q.Time() >= test.until
			})
			found := filetest.Look(t, keep(t, New(Options{Folder: t.TempDir(), Reserve: -1}), short, nil)[0])
			last := func(stream int) float64 {
				times := found.Times(t, stream, 0.022)
				return times[len(times)-1] + 1024.0/48000
			}
			if a, b := last(1), last(2); a < test.first || a-b > test.apart+1e-6 {
				t.Errorf("the sounds end at %.4f s and %.4f s", a, b)
			}
		})
	}
}
