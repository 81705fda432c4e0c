package clips

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/mp4"
	"studio/publish/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tenSeconds is a programme with two tracks of sound, of which players play the first.
var tenSeconds = filetest.Once(10, 400_000, 2)

// recorded records a programme, up to some packets, and leaves it recording.
func recorded(t testing.TB, p filetest.Programme, rotate time.Duration) (*recording.Recorder, publish.Sink) {
	t.Helper()
	r := recording.New(recording.Options{Folder: t.TempDir(), Reserve: -1, RotateAfter: rotate})
	sink, err := r.Dial(t.Context(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if err := sink.Write(q); err != nil {
			t.Fatal(err)
		}
	}
	return r, sink
}

// TestClip cuts the same moment out of one file, several files, and memory: the same
// pictures, in an MP4 with its table first.
func TestClip(t *testing.T) {
	p := tenSeconds(t)
	whole, sink := recorded(t, p, -1)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	all := filetest.MD5(t, whole.Status().Path, 0)
	one, sinkOne := recorded(t, p, -1)
	defer sinkOne.Close()
	several, sinkSeveral := recorded(t, p, 2*time.Second)
	defer sinkSeveral.Close()
	ring := NewRing(RingOptions{Streams: p.Streams, Folder: t.TempDir()})
	for _, q := range p.Packets {
		ring.Offer(q)
	}
	for name, source := range map[string]Source{"one file": one, "several files": several, "a file that is finished": whole, "memory": ring} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			wish := Wish{Folder: folder, Name: "landscape", From: filetest.First + 2500*time.Millisecond, To: filetest.First + 6500*time.Millisecond,
				At: time.Date(2026, 1, 31, 18, 30, 0, 0, time.UTC), Title: "青瓷开片", Step: "throw", Tags: []mp4.Tag{{Name: "AIGC", Value: "{}"}}}
			// An empty source beside it is not asked.
			clip, err := Cut(t.Context(), wish, NewRing(RingOptions{Streams: p.Streams}), source)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(clip.Path) != "landscape_2026-01-31_18-30-00.mp4" {
				t.Errorf("path %s", clip.Path)
			}
			// Key frames are every two seconds from 1.767 s on.
			begins, ends := clip.From-filetest.First, clip.To-filetest.First
			if begins.Round(time.Millisecond) != 1767*time.Millisecond || ends.Round(time.Millisecond) != 6500*time.Millisecond {
				t.Errorf("from %v to %v", begins, ends)
			}
			info, err := os.Stat(clip.Path)
			if err != nil || info.Size() != clip.Bytes {
				t.Errorf("%d bytes, %v, told %d", info.Size(), err, clip.Bytes)
			}
			found := filetest.Look(t, clip.Path)
			if tags := found.Format.Tags; tags["title"] != "青瓷开片" || tags["comment"] != "throw" || tags["AIGC"] != "{}" || tags["date"] != "2026-01-31T18:30:00Z" {
				t.Errorf("tags %v", tags)
			}
			if len(found.Streams) != 2 || found.Streams[1].CodecName != "aac" || found.Streams[1].Disposition["default"] != 1 {
				t.Errorf("streams %+v, want the pictures and the sound that is played", found.Streams)
			}
			if times := found.Times(t, 0, 0.034); times[0] != 0 || len(times) != 142 {
				t.Errorf("%d pictures from %v", len(times), times[0])
			}
			if got := filetest.MD5(t, clip.Path, 0); fmt.Sprint(got) != fmt.Sprint(all[53:53+142]) {
				t.Error("its pictures are not those of the programme")
			}
			if times := found.Times(t, 1, 0.022); times[0] > 0.0214 || times[0] < -0.0214 || times[len(times)-1] < 4.68 {
				t.Errorf("sound from %v to %v", times[0], times[len(times)-1])
			}
			if length := found.Length(t); length < 4.7 || length > 4.8 {
				t.Errorf("%.3f s long", length)
			}
			filetest.Decodes(t, clip.Path)
			head := make([]byte, 4096)
			file, err := os.Open(clip.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.Read(head); err != nil || !strings.Contains(string(head[:64]), "moov") || strings.Contains(string(head), "mvex") {
				t.Errorf("it begins with %q, %v", head[:64], err)
			}
			if again, err := Cut(t.Context(), wish, source); err != nil || filepath.Base(again.Path) != "landscape_2026-01-31_18-30-00_2.mp4" {
				t.Errorf("the same again: %+v, %v", again, err)
			}
			if left, _ := filepath.Glob(filepath.Join(folder, "*"+part)); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestSoundStaysInStep: in a clip, a click stands where it stands in the programme,
// to the sample.
func TestSoundStaysInStep(t *testing.T) {
	p := tenSeconds(t)
	r, sink := recorded(t, p, 2*time.Second)
	defer sink.Close()
	clip, err := Cut(t.Context(), Wish{Folder: t.TempDir(), Name: "a", From: filetest.First + 5*time.Second, To: filetest.First + 8*time.Second}, r)
	if err != nil {
		t.Fatal(err)
	}
	whole, sinkWhole := recorded(t, p, -1)
	if err := sinkWhole.Close(); err != nil {
		t.Fatal(err)
	}
	pcm := func(path string) []byte {
		out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:1", "-af", "aresample=first_pts=0", "-f", "s16le", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	from := int((clip.From - filetest.First) * 48000 / time.Second)
	a, b := pcm(whole.Status().Path)[4*(from+4800):], pcm(clip.Path)[4*4800:]
	for i := 0; i < 4*48000; i += 2 {
		x, y := int16(uint16(a[i])|uint16(a[i+1])<<8), int16(uint16(b[i])|uint16(b[i+1])<<8)
		if d := int(x) - int(y); d < -2 || d > 2 { // decoders round; a sample later is up to 188 more
			t.Fatalf("the sound differs %d samples in: %d, %d", i/4, x, y)
		}
	}
}

func TestClipRefusals(t *testing.T) {
	p := tenSeconds(t)
	r, sink := recorded(t, p, -1)
	defer sink.Close()
	for name, test := range map[string]struct {
		wish    Wish
		sources []Source
		says    string
	}{
		"nothing is kept": {Wish{Folder: t.TempDir(), Name: "portrait", To: time.Hour}, nil, "nothing of portrait is kept"},
		"before it":       {Wish{Folder: t.TempDir(), Name: "portrait", To: time.Second}, []Source{r}, "nothing of portrait is kept"},
		"no folder":       {Wish{Folder: "/no/such", Name: "a", From: filetest.First, To: filetest.First + time.Second}, []Source{r}, "there is no such folder"},
	} {
		if _, err := Cut(t.Context(), test.wish, test.sources...); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is not recorded yet is waited for, but not for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	clip, err := Cut(ctx, Wish{Folder: t.TempDir(), Name: "a", From: filetest.First + 5*time.Second, To: filetest.First + time.Hour}, r)
	if err != nil || clip.To < filetest.First+8*time.Second {
		t.Errorf("%+v, %v", clip, err)
	}
}

func TestRingForgets(t *testing.T) {
	p := tenSeconds(t)
	ring := NewRing(RingOptions{Streams: p.Streams, Longest: 4 * time.Second, Folder: t.TempDir()})
	for _, q := range p.Packets {
		ring.Offer(q)
		bytes := 0
		for _, kept := range ring.packets[ring.first:] {
			bytes += len(kept.Data)
		}
		if bytes != ring.bytes || bytes > ring.limit {
			t.Fatalf("%d bytes, counted %d, limit %d", bytes, ring.bytes, ring.limit)
		}
	}
	if n := len(ring.packets); n > 1000 {
		t.Errorf("%d places for 4 s", n)
	}
	ends := filetest.First + 10*time.Second
	if held := ring.Held(ends-5*time.Second, ends); held < 1500*time.Millisecond || held > 4*time.Second {
		t.Errorf("holds %v", held)
	}
	ring.Offer(&packet.Packet{Stream: &packet.Stream{Codec: packet.AAC}})
	if clip, err := Cut(t.Context(), Wish{Folder: t.TempDir(), Name: "a", From: 0, To: ends}, ring); err != nil || clip.From < ends-4*time.Second {
		t.Errorf("%+v, %v", clip, err)
	} else {
		filetest.Decodes(t, clip.Path)
	}
}

func TestFromISO(t *testing.T) {
	for _, test := range []struct {
		coding   string
		options  []string
		earliest time.Duration // that the clip may begin before what is wished for
	}{
		{"mjpeg", []string{"-pix_fmt", "yuvj420p"}, 100 * time.Millisecond},
		{"libx264", []string{"-g", "45", "-bf", "0", "-preset", "ultrafast", "-pix_fmt", "yuv420p"}, 1500 * time.Millisecond},
	} {
		t.Run(test.coding, func(t *testing.T) { fromISO(t, test.coding, test.options, test.earliest) })
	}
}

func fromISO(t *testing.T, coding string, options []string, earliest time.Duration) {
	folder := t.TempDir()
	iso := filepath.Join(folder, "wheel.mkv")
	out, err := exec.Command("ffmpeg", slices.Concat([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:r=30:d=10", "-c:v", coding}, options, []string{iso})...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	all := filetest.MD5(t, iso, 0)
	wish := Wish{Folder: folder, Name: "wheel", At: time.Date(2026, 1, 31, 18, 30, 0, 0, time.UTC), Title: "开窑"}
	for _, wish.From = range []time.Duration{4 * time.Second, 0, 3 * time.Second, 9500 * time.Millisecond} {
		wish.To = wish.From + 2*time.Second
		clip, err := FromISO(t.Context(), wish, iso)
		if err != nil {
			t.Fatal(err)
		}
		got, begins := filetest.MD5(t, clip.Path, 0), int(clip.From.Seconds()*30+0.5)
		if want := int(min(wish.To, 10*time.Second).Seconds()*30) - begins; len(got) < want-1 || len(got) > want+1 || clip.From > wish.From+time.Millisecond || clip.From < wish.From-earliest {
			t.Errorf("from %v: %d pictures from %v", wish.From, len(got), clip.From)
		}
		if fmt.Sprint(got) != fmt.Sprint(all[begins:begins+len(got)]) {
			t.Error("its pictures are not those of the recording")
		}
		found := filetest.Look(t, clip.Path)
		if found.Format.Tags["title"] != "开窑" || found.Times(t, 0, 0.035)[0] != 0 {
			t.Errorf("tags %v", found.Format.Tags)
		}
	}
	wish.From, wish.To = time.Hour, 2*time.Hour
	if _, err := FromISO(t.Context(), wish, iso); err == nil || !strings.Contains(err.Error(), "nothing of wheel is kept") {
		t.Errorf("behind its end: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wish.From, wish.To = 0, 9*time.Second
	if _, err := FromISO(ended, wish, iso); err == nil {
		t.Error("it was made although nobody waits for it")
	}
	left, err := Tidy(folder)
	if err != nil || left != 0 {
		t.Errorf("left behind: %d, %v", left, err)
	}
}

// TestFromProgramme cuts a programme's recording with chapters and two tracks of sound,
// while it is written and when it is finished.
func TestFromProgramme(t *testing.T) {
	p := tenSeconds(t)
	r, sink := recorded(t, p, -1)
	r.Chapter("throw", filetest.First+5*time.Second)
	path := r.Status().Path
	wish := Wish{Folder: t.TempDir(), Name: "landscape", From: 4 * time.Second, To: 6 * time.Second, Title: "开窑"}
	for _, finished := range []bool{false, true} {
		if finished {
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
		}
		clip, err := FromProgramme(wish, path)
		if err != nil {
			t.Fatal(err)
		}
		found := filetest.Look(t, clip.Path)
		// From the key frame at 3.767 s on.
		if n := len(found.Times(t, 0, 0.034)); n != 67 || len(found.Streams) != 2 || found.Format.Tags["title"] != "开窑" {
			t.Errorf("finished %v: %d pictures, %d streams, tags %v", finished, n, len(found.Streams), found.Format.Tags)
		}
		filetest.Decodes(t, clip.Path)
	}
	wish.From, wish.To = time.Hour, 2*time.Hour
	if _, err := FromProgramme(wish, path); err == nil || !strings.Contains(err.Error(), "nothing of landscape is kept") {
		t.Errorf("behind its end: %v", err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.mp4")
	if err := os.WriteFile(foreign, []byte("no film"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := FromProgramme(wish, foreign); err == nil || !strings.Contains(err.Error(), "not a recording of this program") {
		t.Errorf("a foreign file: %v", err)
	}
}

func TestTidy(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a.mp4.part", "b.mkv.part", ".clip-123", "c.mp4", "notes.part"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n, err := Tidy(folder)
	left, _ := os.ReadDir(folder)
	if err != nil || n != 3 || len(left) != 2 {
		t.Errorf("%d removed, %v, left %v", n, err, left)
	}
}

// BenchmarkFiveMinutes cuts five minutes of 4.1 Mb/s out of a recording: a mark must
// be ready within two seconds.
func BenchmarkFiveMinutes(b *testing.B) {
	p := tenSeconds(b)
	folder := b.TempDir()
	r := recording.New(recording.Options{Folder: folder, Reserve: -1, RotateAfter: -1})
	sink, err := r.Dial(context.Background(), p.Streams)
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	// The same ten seconds again and again, the pictures as big as at 4 Mb/s.
	const again = 31
	for n := range int64(again) {
		for _, q := range p.Packets {
			moved := *q
			moved.PTS += n * int64(10/q.Stream.TimeBase.Float()+0.5)
			if q.Stream.Codec.Video() {
				moved.Data = append(append([]byte(nil), q.Data...), filler(16_000-len(q.Data))...)
			}
			if err := sink.Write(&moved); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ResetTimer()
	for b.Loop() {
		clip, err := Cut(context.Background(), Wish{Folder: folder, Name: "a", From: filetest.First, To: filetest.First + 300*time.Second, At: time.Now()}, r)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(clip.Bytes)
		if err := os.Remove(clip.Path); err != nil {
			b.Fatal(err)
		}
	}
}

// filler is a NAL unit of filler data.
func filler(n int) []byte {
	b := []byte{0, 0, 0, 1, 12}
	for len(b) < n-1 {
		b = append(b, 0xff)
	}
	return append(b, 0x80)
}
