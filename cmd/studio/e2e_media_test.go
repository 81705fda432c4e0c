package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"studio/capture/drawn"
	"studio/media/picture"
)

// files returns the files of a folder by name, at least one.
func files(t *testing.T, folder, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("there is no %s in %s: %v", pattern, folder, err)
	}
	slices.Sort(list)
	return list
}

// film is what ffprobe finds in a file.
type film struct {
	Streams []stream
	Packets []struct {
		Kind  string `json:"codec_type"`
		PTS   string `json:"pts_time"`
		DTS   string `json:"dts_time"`
		Flags string
	}

	path           string
	pictures       []float64 // presentation times in seconds
	sounds         []float64
	betweenKeys    int // pictures from one key frame to the next, at most
	beginsWithAKey bool
}

type stream struct {
	Kind       string `json:"codec_type"`
	CodecName  string `json:"codec_name"`
	Profile    string
	Width      int
	Height     int
	PixFmt     string `json:"pix_fmt"`
	FrameRate  string `json:"r_frame_rate"`
	Range      string `json:"color_range"`
	Space      string `json:"color_space"`
	Transfer   string `json:"color_transfer"`
	Primaries  string `json:"color_primaries"`
	SampleRate string `json:"sample_rate"`
	Channels   int
}

func probe(t *testing.T, path string) *film {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_packets", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v %s", path, err, stderr.String())
	}
	f := &film{path: path}
	if err := json.Unmarshal(out, f); err != nil {
		t.Fatal(err)
	}
	// The titles of its chapters are shown as data.
	f.Streams = slices.DeleteFunc(f.Streams, func(s stream) bool { return s.Kind == "data" })
	since := 0
	for _, p := range f.Packets {
		at, err := strconv.ParseFloat(p.PTS, 64)
		if err != nil || p.PTS != p.DTS {
			t.Fatalf("%s: %s packet shown at %q, decoded at %q", path, p.Kind, p.PTS, p.DTS)
		}
		if p.Kind == "audio" {
			f.sounds = append(f.sounds, at)
			continue
		}
		if key := p.Flags[0] == 'K'; key {
			f.beginsWithAKey = f.beginsWithAKey || len(f.pictures) == 0
			since = 0
		}
		since++
		f.betweenKeys = max(f.betweenKeys, since)
		f.pictures = append(f.pictures, at)
	}
	return f
}

// programme requires H.264 1920x1080 at 30 frames a second with AAC, in the right
// colour, without a gap; slack is how coarse the file's time is, in seconds.
func (f *film) programme(t *testing.T, slack float64) {
	t.Helper()
	if len(f.Streams) != 2 {
		t.Fatalf("%s: %d streams", f.path, len(f.Streams))
	}
	for _, s := range f.Streams {
		switch s.CodecName {
		case "h264":
			if s.Width != 1920 || s.Height != 1080 || s.FrameRate != "30/1" || s.PixFmt != "yuv420p" {
				t.Errorf("%s: %dx%d %s at %s", f.path, s.Width, s.Height, s.PixFmt, s.FrameRate)
			}
			if s.Range != "tv" || s.Space != "bt709" || s.Transfer != "bt709" || s.Primaries != "bt709" {
				t.Errorf("%s: colour %s %s %s %s", f.path, s.Range, s.Space, s.Transfer, s.Primaries)
			}
		case "aac":
			if s.SampleRate != "48000" || s.Channels != 2 {
				t.Errorf("%s: sound of %s Hz, %d channels", f.path, s.SampleRate, s.Channels)
			}
		default:
			t.Errorf("%s: codec %s", f.path, s.CodecName)
		}
	}
	steady(t, f.path+": pictures", f.pictures, 1.0/30, slack)
	steady(t, f.path+": sound", f.sounds, 1024.0/48000, slack)
	if !f.beginsWithAKey || f.betweenKeys > 60 {
		t.Errorf("%s: begins with a key frame: %v; %d pictures without one", f.path, f.beginsWithAKey, f.betweenKeys)
	}
	if len(f.pictures) > 0 && len(f.sounds) > 0 {
		if apart := f.pictures[len(f.pictures)-1] - f.sounds[len(f.sounds)-1]; math.Abs(apart) > 0.5 {
			t.Errorf("%s: pictures end %.2f s after the sound", f.path, apart)
		}
	}
}

// steady requires equal steps of times that are only known to slack.
func steady(t *testing.T, what string, times []float64, step, slack float64) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; math.Abs(d-step) > slack {
			t.Errorf("%s: %.3f s follows %.3f s, a step of %.1f ms", what, times[i], times[i-1], 1000*d)
		}
	}
}

// numbers decodes every picture, fails the test if ffmpeg finds a fault, and reads
// the frame numbers of the drawn cameras at the lower edge. The canvas shows one
// camera whole all the time, with or without insets.
func (f *film) numbers(t *testing.T) (numbers []uint32) {
	t.Helper()
	const width, height = 1920, 48
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", f.path, "-an",
		"-vf", fmt.Sprintf("crop=%d:%d:0:%d", width, height, 1080-height), "-vsync", "passthrough",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	strip := picture.New(picture.Size{Width: width, Height: height})
	raw := make([]byte, width*height*3/2)
	r := bufio.NewReaderSize(out, len(raw))
	for {
		if _, err := io.ReadFull(r, raw); err != nil {
			break
		}
		picture.FromI420(strip.View, raw, width, picture.Program)
		n, ok := drawn.ReadCode(strip.View)
		if !ok {
			t.Errorf("%s: picture %d shows no frame number", f.path, len(numbers))
		}
		numbers = append(numbers, n)
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("decode %s: %v %s", f.path, err, stderr.String())
	}
	return numbers
}

// consecutive requires that every picture came and that each shows the number after
// the one before.
func (f *film) consecutive(t *testing.T) (numbers []uint32) {
	t.Helper()
	numbers = f.numbers(t)
	if len(numbers) != len(f.pictures) {
		t.Errorf("%s: %d of %d pictures can be decoded", f.path, len(numbers), len(f.pictures))
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] != numbers[i-1]+1 {
			t.Errorf("%s: frame number %d follows %d", f.path, numbers[i], numbers[i-1])
		}
	}
	return numbers
}

// sync requires that the drawn workshop's tick is heard when its clock begins a new
// second, to within the 40 ms by which sound may come early (EBU R37).
func (f *film) sync(t *testing.T, numbers []uint32) {
	t.Helper()
	var seconds []float64
	for i, n := range numbers[:min(len(numbers), len(f.pictures))] {
		if n%30 == 0 {
			seconds = append(seconds, f.pictures[i])
		}
	}
	ticks := f.ticks(t)
	if len(ticks) < len(seconds)-2 || len(seconds) == 0 {
		t.Fatalf("%s: %d ticks in %d seconds", f.path, len(ticks), len(seconds))
	}
	worst := 0.0
	for _, tick := range ticks {
		nearest := math.Inf(1)
		for _, s := range seconds {
			if math.Abs(tick-s) < math.Abs(nearest) {
				nearest = tick - s
			}
		}
		// A second may begin before the first picture or after the last.
		if math.Abs(nearest) > math.Abs(worst) && math.Abs(nearest) < 0.9 {
			worst = nearest
		}
	}
	t.Logf("%s: sound is late by %.0f ms at most, %d ticks", filepath.Base(f.path), 1000*worst, len(ticks))
	if math.Abs(worst) > 0.040 {
		t.Errorf("%s: sound and picture are %.0f ms apart", f.path, 1000*worst)
	}
}

// ticks decodes the sound and returns when the workshop's tick begins, in seconds.
func (f *film) ticks(t *testing.T) (ticks []float64) {
	t.Helper()
	const rate = 48000
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", f.path, "-vn",
		"-ac", "1", "-f", "f32le", "-").Output()
	if err != nil {
		t.Fatalf("decode the sound of %s: %v", f.path, err)
	}
	const loud = 0.06 // the workshop's bed stays below 0.031, the tick reaches 0.125
	last := -rate
	for i := 0; i+4 <= len(out); i += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(out[i:]))
		if math.Abs(float64(v)) < loud {
			continue
		}
		if at := i / 4; at-last > rate/2 {
			ticks = append(ticks, f.sounds[0]+float64(at)/rate)
			last = at
		}
	}
	return ticks
}

// size returns a file's length in bytes, 0 if there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
