package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/media/picture"
	"studio/media/picture/jpeg"
)

// barsFilm is Motion JPEG of the EBU's colour bars as a USB camera sends it, in
// full-range BT.601.
func barsFilm(t *testing.T, size picture.Size, frames int) []byte {
	t.Helper()
	pic := picture.New(size)
	pic.Colour = picture.JFIF
	picture.Bars(pic.View)
	frame, err := jpeg.Encode(pic.View, 97)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(frame, frames)
}

// TestBench measures a second of colour bars and judges what it wrote: every frame,
// the right tags, and the levels that a television would show as these bars.
func TestBench(t *testing.T) {
	size := picture.Size{Width: 1920, Height: 1080}
	folder := t.TempDir()
	in, out := filepath.Join(folder, "bars.mjpeg"), filepath.Join(folder, "out.mp4")
	write(t, in, string(barsFilm(t, size, 3)))
	studio := start(t, nil, "bench", "--input", in, "--layout", "full", "--size", "1920x1080", "--rate", "30",
		"--preset", "veryfast", "--bitrate", "4500k", "--seconds", "2", "--to", out)
	if code := studio.exit(t, 60*time.Second); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	said := studio.stdout.String()
	if strings.Count(said, "\n") != 1 {
		t.Errorf("not one line: %q", said)
	}
	var result struct {
		Frames                  int
		WallSeconds, CPUSeconds float64
		PeakMemoryBytes         int64
		StageMS                 map[string]float64 `json:"cpuMillisecondsPerFrame"`
	}
	if err := json.Unmarshal([]byte(said), &result); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if result.Frames != 60 || result.WallSeconds <= 0 || result.CPUSeconds <= 0 || result.PeakMemoryBytes < 10<<20 || len(result.StageMS) < 4 {
		t.Errorf("%+v", result)
	}

	f := probe(t, out)
	f.programme(t, 0.0001)
	if len(f.pictures) != 60 {
		t.Errorf("%d pictures in the file", len(f.pictures))
	}
	raw := decode(t, out, 60, size)
	for bar, want := range picture.BarLevels {
		if got := meanOfBar(raw, size, bar); far(got, want, 2) {
			t.Errorf("bar %d: levels %v, want %v", bar, got, want)
		}
	}
}

// TestBenchPacesBothCanvases makes two seconds of both canvases in real time, beside
// a camera that is not shown.
func TestBenchPacesBothCanvases(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "bars.mjpeg")
	write(t, in, string(barsFilm(t, picture.Size{Width: 320, Height: 180}, 3)))
	wide, high := filepath.Join(folder, "wide.mp4"), filepath.Join(folder, "high.mp4")
	studio := start(t, nil, "bench", "--input", in, "--input", in, "--hidden", in, "--layout", "sidebyside", "--canvas", "both", "--pace",
		"--size", "320x180", "--preset", "ultrafast", "--bitrate", "500k", "--seconds", "2", "--to", wide, "--to", high)
	if code := studio.exit(t, 60*time.Second); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	var result struct {
		Frames, FramesDropped int
		WallSeconds           float64
	}
	if err := json.Unmarshal([]byte(studio.stdout.String()), &result); err != nil {
		t.Fatal(err)
	}
	if result.Frames+result.FramesDropped != 60 || result.Frames < 30 || result.WallSeconds < 1.9 {
		t.Errorf("%+v", result)
	}
	for path, size := range map[string]picture.Size{wide: {Width: 320, Height: 180}, high: {Width: 180, Height: 320}} {
		f := probe(t, path)
		if len(f.pictures) != result.Frames {
			t.Errorf("%s: %d pictures, want %d", path, len(f.pictures), result.Frames)
		}
		decode(t, path, result.Frames, size)
	}
}

// decode returns the last of a film's pictures as I420, as it is coded.
func decode(t *testing.T, path string, frames int, size picture.Size) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-an",
		"-vf", fmt.Sprintf("select=eq(n\\,%d)", frames-1), "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	cmd.Stderr = &stderr
	raw, err := cmd.Output()
	if err != nil || len(raw) != size.Width*size.Height*3/2 {
		t.Fatalf("decode %s: %v, %d bytes %s", path, err, len(raw), stderr.String())
	}
	return raw
}

// meanOfBar is the mean Y, U and V over the inner half of a bar.
func meanOfBar(raw []byte, size picture.Size, bar int) (levels [3]float64) {
	width, height := size.Width, size.Height
	plane := raw
	for i := range levels {
		if i > 0 {
			plane = plane[width*height:]
			width, height = size.Width/2, size.Height/2
		}
		left, right := bar*width/8+width/32, (bar+1)*width/8-width/32
		sum, count := 0, 0
		for y := height / 4; y < height*3/4; y++ {
			for _, v := range plane[y*width+left : y*width+right] {
				sum += int(v)
				count++
			}
		}
		levels[i] = float64(sum) / float64(count)
	}
	return levels
}

func far(got [3]float64, want [3]byte, most float64) bool {
	for i := range got {
		if d := got[i] - float64(want[i]); d > most || d < -most {
			return true
		}
	}
	return false
}
