// Package filetest gives tests programmes to write into files, and ffprobe's and
// ffmpeg's judgement of what was written.
package filetest

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/samples"
)

// Programme is a coded test programme of 320x180 at 30 frames a second, a key frame
// every two seconds, with a tone as its sound, whose clock began long ago.
type Programme struct {
	Streams []*packet.Stream
	Packets []*packet.Packet // in the order in which encoders hand them out
}

// Began is the programme's first frame number: not a key frame's on the grid.
const Began = 3007

// First is the programme's time of its first frame.
const First = time.Duration(Began) * time.Second / 30

// Once makes a programme when it is first asked for, and hands out the same one ever
// after; it is as Record makes it.
func Once(seconds, bitsPerSecond, sounds int) func(testing.TB) Programme {
	made := sync.OnceValues(func() (Programme, error) { return Record(seconds, bitsPerSecond, sounds) })
	return func(t testing.TB) Programme {
		t.Helper()
		p, err := made()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// Record makes a programme with so many tracks of sound: the same tone, an octave
// higher each.
func Record(seconds, bitsPerSecond, sounds int) (Programme, error) {
	size := picture.Size{Width: 320, Height: 180}
	video, err := encode.NewVideo(encode.VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast", BitsPerSecond: bitsPerSecond})
	if err != nil {
		return Programme{}, err
	}
	defer video.Close()
	out := Programme{Streams: []*packet.Stream{video.Stream()}}
	audio := make([]*encode.Audio, sounds)
	for i := range audio {
		if audio[i], err = encode.NewAudio(encode.AudioOptions{Codec: packet.AAC}); err != nil {
			return Programme{}, err
		}
		defer audio[i].Close()
		out.Streams = append(out.Streams, audio[i].Stream())
	}
	emit := func(p *packet.Packet) { out.Packets = append(out.Packets, p) }
	pic := picture.New(size)
	sound := make([]float32, 2*1600)
	state := uint32(1)
	for frame := int64(Began); frame < Began+int64(30*seconds); frame++ {
		picture.Bars(pic.View)
		for i := 0; i < 64*pic.StrideY; i++ { // noise, so that there is something to send
			state = state*1664525 + 1013904223
			pic.Y[i] = 16 + byte(state>>24)%200
		}
		for n, a := range audio {
			for i := range 1600 {
				x := float32(0.1 * math.Sin(float64(frame*1600+int64(i))*2*math.Pi*440*float64(int(1)<<n)/samples.Rate))
				sound[2*i], sound[2*i+1] = x, x
			}
			if err := a.Encode(samples.Block{Position: frame * 1600, Data: sound}, emit); err != nil {
				return Programme{}, err
			}
		}
		if err := video.Encode(pic.View, frame, time.Now(), emit); err != nil {
			return Programme{}, err
		}
	}
	return out, nil
}

// Play hands the packets out at their times, speed times as fast, until ctx ends.
func (p Programme) Play(ctx context.Context, speed float64, each func(*packet.Packet)) {
	start := time.Now()
	for _, q := range p.Packets {
		due := time.Duration(float64(q.Time()-First) / speed)
		select {
		case <-ctx.Done():
			return
		case <-time.After(due - time.Since(start)):
		}
		each(q)
	}
}

// Probe is what ffprobe finds in a file.
type Probe struct {
	Format struct {
		Duration string
		Name     string `json:"format_name"`
		Tags     map[string]string
	}
	Streams []struct {
		CodecName    string `json:"codec_name"`
		CodecType    string `json:"codec_type"`
		AvgFrameRate string `json:"avg_frame_rate"`
		RFrameRate   string `json:"r_frame_rate"`
		ColorSpace   string `json:"color_space"`
		ColorRange   string `json:"color_range"`
		SampleRate   string `json:"sample_rate"`
		Frames       string `json:"nb_frames"`
		CodecTag     string `json:"codec_tag_string"`
		Start        string `json:"start_time"`
		Duration     string
		Disposition  map[string]int
		Profile      string
		Width        int
		Height       int
		Tags         map[string]string
	}
	Packets []struct {
		Stream    int    `json:"stream_index"`
		CodecType string `json:"codec_type"`
		PTS       string `json:"pts_time"`
		DTS       string `json:"dts_time"`
		Flags     string
	}
	Chapters []struct {
		Start string `json:"start_time"`
		Tags  map[string]string
	}
}

// Look asks ffprobe about a file.
func Look(t testing.TB, path string) Probe {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_packets", "-show_chapters", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("ffprobe %s: %v %s", path, err, stderr.String())
	}
	var p Probe
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Stream returns the number of the first stream of a kind, "video" or "audio".
func (p Probe) Stream(t testing.TB, kind string) int {
	t.Helper()
	for i, s := range p.Streams {
		if s.CodecType == kind {
			return i
		}
	}
	t.Fatalf("there is no %s", kind)
	return 0
}

// Times returns the presentation times of a stream in seconds, and checks that no
// step is longer than longest and none goes back.
func (p Probe) Times(t testing.TB, stream int, longest float64) []float64 {
	t.Helper()
	var times []float64
	for _, q := range p.Packets {
		if q.Stream != stream {
			continue
		}
		at := seconds(t, q.PTS)
		if q.PTS != q.DTS {
			t.Fatalf("packet of stream %d at %q, decoded at %q", stream, q.PTS, q.DTS)
		}
		if n := len(times); n > 0 && (at <= times[n-1] || at-times[n-1] > longest) {
			t.Errorf("stream %d: %.3f follows %.3f", stream, at, times[n-1])
		}
		times = append(times, at)
	}
	return times
}

// Length returns how long ffprobe says that the file is, in seconds.
func (p Probe) Length(t testing.TB) float64 {
	t.Helper()
	return seconds(t, p.Format.Duration)
}

func seconds(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("time %q: %v", text, err)
	}
	return v
}

// Decodes fails the test if ffmpeg finds a fault in the file.
func Decodes(t testing.TB, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("decoding %s: %v\n%s", path, err, out)
	}
}

// MD5 returns what ffmpeg decodes of a file's stream, as one line for each frame:
// its time in the stream's own units is left out.
func MD5(t testing.TB, path string, stream int) []string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:"+strconv.Itoa(stream), "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatalf("decoding %s: %v", path, err)
	}
	var sums []string
	for line := range bytes.Lines(out) {
		if line[0] != '#' {
			fields := bytes.Split(bytes.TrimSpace(line), []byte(","))
			sums = append(sums, string(bytes.TrimSpace(fields[len(fields)-1])))
		}
	}
	return sums
}
