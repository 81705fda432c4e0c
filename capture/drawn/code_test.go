package drawn

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"studio/media/picture"
)

func grey(size picture.Size, luma byte) *picture.Picture {
	pic := picture.New(size)
	picture.Fill(pic.View, luma, 128, 128)
	return pic
}

func TestCodeComesBack(t *testing.T) {
	sizes := []picture.Size{{Width: 192, Height: 108}, {Width: 320, Height: 180}, inset, {Width: 500, Height: 282}, {Width: 1280, Height: 720}, hd, {Width: 1080, Height: 1920}}
	for _, size := range sizes {
		for _, number := range []uint32{0, 1, 2, 0x55555555, 0xAAAAAAAA, 123456, 1<<32 - 1} {
			pic := grey(size, 120)
			drawCode(pic.View, number)
			if got, ok := ReadCode(pic.View); !ok || got != number {
				t.Errorf("%v: %d read as %d, %v", size, number, got, ok)
			}
			if size.Width < 640 {
				continue
			}
			less := picture.New(picture.Size{Width: inset.Width, Height: inset.Width * size.Height / size.Width &^ 1})
			picture.Scale(less.View, pic.View)
			if got, ok := ReadCode(less.View); !ok || got != number {
				t.Errorf("%v scaled to %v: %d read as %d, %v", size, less.Size(), number, got, ok)
			}
		}
	}
}

func TestReadCodeInventsNothing(t *testing.T) {
	pictures := map[string]*picture.Picture{"black": grey(hd, 16), "white": grey(hd, 235), "tiny": grey(picture.Size{Width: 32, Height: 18}, 16)}
	noisy := grey(hd, 16)
	for y := range hd.Height {
		for x := range hd.Width {
			noisy.Y[y*noisy.StrideY+x] = byte(16 + 219*hash(x/9, y/9))
		}
	}
	pictures["noise"] = noisy
	for i := range codeCells { // one wrong bar each
		pic := grey(hd, 120)
		drawCode(pic.View, 987654)
		left, right := cell(i, hd.Width), cell(i+1, hd.Width)
		for y := hd.Height - stripHeight(hd.Width); y < hd.Height; y++ {
			bar := pic.Y[y*pic.StrideY+left : y*pic.StrideY+right]
			for x := range bar {
				bar[x] = luminousDark + luminousLight - bar[x]
			}
		}
		pictures[fmt.Sprint("wrong bar ", i)] = pic
	}
	for name, pic := range pictures {
		if number, ok := ReadCode(pic.View); ok {
			t.Errorf("%s: read %d", name, number)
		}
	}
}

func TestClock(t *testing.T) {
	tests := []struct {
		number  uint64
		elapsed time.Duration
		want    string
	}{
		{0, 0, "000000  00:00:00.0"},
		{123, 4100 * time.Millisecond, "000123  00:00:04.1"},
		{1, 59*time.Second + 999*time.Millisecond, "000001  00:00:59.9"},
		{1234567, 12*time.Hour + 34*time.Minute + 56*time.Second + 700*time.Millisecond, "234567  12:34:56.7"},
		{9, 100 * time.Hour, "000009  00:00:00.0"},
	}
	for _, test := range tests {
		if got := string(appendClock(nil, test.number, test.elapsed)); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestCodeSurvivesH264 encodes a canvas with a whole camera and an inset one as
// the programme is encoded, and reads both numbers out of what is decoded.
func TestCodeSurvivesH264(t *testing.T) {
	const frames = 8
	box := picture.Rect{X: 1416, Y: 24, Width: inset.Width, Height: inset.Height}
	whole, little := source(t, "wheel", hd, fps30), source(t, "kiln", inset, fps30)
	number := func(n int) (uint64, uint64) { return uint64(1000 + n), uint64(70_000_000 + 7*n) }
	var raw bytes.Buffer
	canvas := picture.New(hd)
	for n := range frames {
		a, b := number(n)
		first, second := whole.Frame(a), little.Frame(b)
		first.Painter.Paint(canvas.View)
		second.Painter.Paint(canvas.Sub(box))
		first.Release()
		second.Release()
		writePlanes(&raw, canvas.View)
	}
	encoded := ffmpeg(t, &raw, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1920x1080", "-r", "30", "-i", "-",
		"-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "4500k", "-maxrate", "4500k", "-bufsize", "4500k", "-f", "h264", "-")
	decoded := ffmpeg(t, encoded, "-f", "h264", "-i", "-", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	frameBytes := hd.Width * hd.Height * 3 / 2
	if decoded.Len() != frames*frameBytes {
		t.Fatalf("%d bytes decoded, want %d frames", decoded.Len(), frames)
	}
	for n := range frames {
		frame := picture.New(hd)
		if err := picture.FromI420(frame.View, decoded.Next(frameBytes), hd.Width, picture.Program); err != nil {
			t.Fatal(err)
		}
		a, b := number(n)
		if got, ok := ReadCode(frame.View); !ok || uint64(got) != a {
			t.Errorf("frame %d: whole camera reads %d, %v, want %d", n, got, ok, a)
		}
		if got, ok := ReadCode(frame.Sub(box)); !ok || uint64(got) != b {
			t.Errorf("frame %d: inset camera reads %d, %v, want %d", n, got, ok, b)
		}
	}
}

func writePlanes(to *bytes.Buffer, v picture.View) {
	for y := range v.Height {
		to.Write(v.Y[y*v.StrideY:][:v.Width])
	}
	for _, plane := range [][]byte{v.U, v.V} {
		for y := range v.Height / 2 {
			to.Write(plane[y*v.StrideC:][:v.Width/2])
		}
	}
}

func ffmpeg(t *testing.T, in *bytes.Buffer, args ...string) *bytes.Buffer {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-loglevel", "error"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, said.Bytes())
	}
	return &out
}
