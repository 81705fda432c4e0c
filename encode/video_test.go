package encode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/media/picture"
)

// TestMain lets the test's program stand in for the process that tries an encoder:
// the real one, or one that behaves as badly as the word before the options says.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != TrialCommand {
		goleak.VerifyTestMain(m)
		return
	}
	switch os.Args[2] {
	case "hang":
		for {
			time.Sleep(time.Hour)
		}
	case "die":
		fmt.Fprintln(os.Stderr, "a first line\nSIGSEGV: segmentation violation")
		os.Exit(2)
	case "babble":
		fmt.Println("fast")
		return
	}
	if err := RunTrial(os.Args[2:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bars returns the colour bars.
func bars(size picture.Size) *picture.Picture {
	pic := picture.New(size)
	picture.Bars(pic.View)
	return pic
}

func noise(pic *picture.Picture, random *rand.Rand) {
	for _, plane := range [][]byte{pic.Y, pic.U, pic.V} {
		for i := 0; i+8 <= len(plane); i += 8 {
			v := random.Uint64()
			for k := range 8 {
				plane[i+k] = 16 + byte(v>>(8*k))%200
			}
		}
	}
}

func video(t *testing.T, o VideoOptions) *Video {
	t.Helper()
	v, err := NewVideo(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// write puts the packets' data into a file one after the other.
func write(t *testing.T, name string, packets []*packet.Packet) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var data []byte
	for _, p := range packets {
		data = append(data, p.Data...)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVideoIsAsPromised(t *testing.T) {
	for _, test := range []struct {
		rate    packet.Rational
		preset  string
		profile string
		size    picture.Size
		want    string // profile as ffprobe calls it
		every   int
	}{
		{packet.Rational{Num: 30, Den: 1}, "veryfast", "", picture.Size{Width: 640, Height: 360}, "Main", 60},
		{packet.Rational{Num: 30000, Den: 1001}, "superfast", "high", picture.Size{Width: 320, Height: 180}, "High", 60},
		{packet.Rational{Num: 25, Den: 1}, "ultrafast", "baseline", picture.Size{Width: 426, Height: 240}, "Constrained Baseline", 50},
		{packet.Rational{Num: 15, Den: 1}, "ultrafast", "baseline", picture.Size{Width: 202, Height: 360}, "Constrained Baseline", 30},
	} {
		t.Run(fmt.Sprint(test.rate, test.preset), func(t *testing.T) {
			v := video(t, VideoOptions{Size: test.size, Rate: test.rate, Preset: test.preset, Profile: test.profile, BitsPerSecond: 800_000})
			pic := picture.New(test.size)
			random := rand.New(rand.NewPCG(1, 2))
			taken := time.Now()
			var packets []*packet.Packet
			count := 2*test.every + 10
			for i := range count {
				if i%20 == 0 { // hard cuts that must not bring key frames
					noise(pic, random)
				}
				before := len(packets)
				if err := v.Encode(pic.View, int64(i), taken.Add(time.Duration(i)), func(p *packet.Packet) { packets = append(packets, p) }); err != nil {
					t.Fatal(err)
				}
				if len(packets) != before+1 {
					t.Fatalf("picture %d: %d packets, want its own at once", i, len(packets)-before)
				}
				p := packets[i]
				if p.PTS != int64(i) || p.Duration != 1 || p.Taken != taken.Add(time.Duration(i)) || p.Stream != v.Stream() {
					t.Fatalf("packet %d: %+v", i, p)
				}
				if p.Key != (i%test.every == 0) {
					t.Fatalf("picture %d: key %v", i, p.Key)
				}
				if p.Key && !bytes.HasPrefix(p.Data, v.Stream().Extra) {
					t.Fatalf("key frame %d does not begin with the parameter sets: % x, want % x", i, p.Data[:40], v.Stream().Extra)
				}
			}
			var probe struct {
				Streams []map[string]any
				Frames  []map[string]any
			}
			if err := json.Unmarshal(output(t, "ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_frames",
				"-framerate", fmt.Sprintf("%d/%d", test.rate.Num, test.rate.Den), write(t, "v.h264", packets)), &probe); err != nil {
				t.Fatal(err)
			}
			s := probe.Streams[0]
			for key, want := range map[string]any{
				"codec_name": "h264", "profile": test.want, "pix_fmt": "yuv420p", "has_b_frames": 0.0,
				"color_range": "tv", "color_space": "bt709", "color_primaries": "bt709", "color_transfer": "bt709",
				"width": float64(test.size.Width), "height": float64(test.size.Height),
				"r_frame_rate": fmt.Sprintf("%d/%d", test.rate.Num, test.rate.Den),
			} {
				if s[key] != want {
					t.Errorf("%s is %v, want %v", key, s[key], want)
				}
			}
			if len(probe.Frames) != count {
				t.Fatalf("%d frames decoded, want %d", len(probe.Frames), count)
			}
			for i, f := range probe.Frames {
				want := "P"
				if i%test.every == 0 {
					want = "I"
				}
				if f["pict_type"] != want {
					t.Fatalf("frame %d is %v, want %s", i, f["pict_type"], want)
				}
			}
		})
	}
}

func TestKeyFrames(t *testing.T) {
	size := picture.Size{Width: 64, Height: 64}
	v := video(t, VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast", BitsPerSecond: 100_000})
	pic := bars(size)
	var keys []int64
	for position := int64(47); position < 300; position++ {
		if position == 100 { // asked for off the grid
			v.RequestKey()
		}
		if position >= 115 && position < 130 { // lost pictures, 120 among them
			continue
		}
		if err := v.Encode(pic.View, position, time.Time{}, func(p *packet.Packet) {
			if p.Key {
				keys = append(keys, p.PTS)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(keys), "[47 60 100 130 180 240]"; got != want {
		t.Errorf("key frames at %s, want %s", got, want)
	}
}

func TestBarsComeBackWithinTwoLevels(t *testing.T) {
	size := picture.Size{Width: 640, Height: 360}
	v := video(t, VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, BitsPerSecond: 4_000_000})
	pic := bars(size)
	var packets []*packet.Packet
	for i := range 30 {
		if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) { packets = append(packets, p) }); err != nil {
			t.Fatal(err)
		}
	}
	raw := output(t, "ffmpeg", "-v", "error", "-i", write(t, "bars.h264", packets), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	frame := size.Width * size.Height * 3 / 2
	if len(raw) != 30*frame {
		t.Fatalf("%d bytes decoded, want %d", len(raw), 30*frame)
	}
	raw = raw[29*frame:]
	check := func(name string, got, want []byte, stride, width, height, edge int) {
		for y := range height {
			for x := range width {
				if near := x % edge; near < 4 || near >= edge-4 {
					continue // edges between bars ring
				}
				if d := int(got[y*width+x]) - int(want[y*stride+x]); d < -2 || d > 2 {
					t.Fatalf("%s at %d,%d: %d, want %d", name, x, y, got[y*width+x], want[y*stride+x])
				}
			}
		}
	}
	luma := size.Width * size.Height
	check("Y", raw, pic.Y, pic.StrideY, size.Width, size.Height, 80)
	check("U", raw[luma:], pic.U, pic.StrideC, size.Width/2, size.Height/2, 40)
	check("V", raw[luma*5/4:], pic.V, pic.StrideC, size.Width/2, size.Height/2, 40)
}

func TestBadVideo(t *testing.T) {
	good := VideoOptions{Size: picture.Size{Width: 64, Height: 64}, Rate: packet.Rational{Num: 30, Den: 1}, BitsPerSecond: 100_000}
	for want, change := range map[string]func(*VideoOptions){
		"size 63x64":      func(o *VideoOptions) { o.Size.Width = 63 },
		"size 0x0":        func(o *VideoOptions) { o.Size = picture.Size{} },
		"frame rate":      func(o *VideoOptions) { o.Rate = packet.Rational{} },
		"bit rate":        func(o *VideoOptions) { o.BitsPerSecond = 0 },
		"preset \"hot":    func(o *VideoOptions) { o.Preset = "hot" },
		"profile \"hi1":   func(o *VideoOptions) { o.Profile = "hi10" },
		"tune \"nonsense": func(o *VideoOptions) { o.Tune = "nonsense" },
		"key interval":    func(o *VideoOptions) { o.KeyInterval = -1 },
	} {
		o := good
		change(&o)
		if _, err := NewVideo(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	v := video(t, good)
	emit := func(*packet.Packet) {}
	if err := v.Encode(bars(picture.Size{Width: 32, Height: 32}).View, 0, time.Time{}, emit); err == nil {
		t.Error("a picture of another size was taken")
	}
	pic := bars(good.Size)
	pic.Colour = picture.JFIF
	if err := v.Encode(pic.View, 0, time.Time{}, emit); err == nil {
		t.Error("a picture with other colours was taken")
	}
	pic.Colour = picture.Program
	if err := v.Encode(pic.View, 5, time.Time{}, emit); err != nil {
		t.Error(err)
	}
	if err := v.Encode(pic.View, 5, time.Time{}, emit); err == nil {
		t.Error("the same position was taken twice")
	}
	if err := v.Flush(emit); err != nil {
		t.Error(err)
	}
	if err := v.Encode(pic.View, 6, time.Time{}, emit); !errors.Is(err, ErrFlushed) {
		t.Errorf("after Flush: %v", err)
	}
}

// TestDelayedTuning has the encoder hold pictures back: none may be lost or mixed up.
func TestDelayedTuning(t *testing.T) {
	size := picture.Size{Width: 128, Height: 128}
	v := video(t, VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "veryfast", Tune: "film", BitsPerSecond: 200_000})
	pic := picture.New(size)
	random := rand.New(rand.NewPCG(5, 6))
	start := time.Now()
	next := int64(0)
	emit := func(p *packet.Packet) {
		if p.PTS != next || p.Taken != start.Add(time.Duration(next)) {
			t.Fatalf("packet %d, taken %v, want picture %d", p.PTS, p.Taken.Sub(start), next)
		}
		next++
	}
	for i := range 50 {
		noise(pic, random) // the same memory again: it must not be held
		if err := v.Encode(pic.View, int64(i), start.Add(time.Duration(i)), emit); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Flush(emit); err != nil || next != 50 {
		t.Errorf("%d packets, %v, want 50", next, err)
	}
}

// BenchmarkVideo1080 encodes a slowly changing 1080p picture, as for a platform.
func BenchmarkVideo1080(b *testing.B) {
	size := picture.Size{Width: 1920, Height: 1080}
	for _, preset := range []string{"ultrafast", "superfast", "veryfast"} {
		b.Run(preset, func(b *testing.B) {
			v, err := NewVideo(VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: preset, BitsPerSecond: 4_500_000})
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			random := rand.New(rand.NewPCG(7, 8))
			pic := bars(size)
			noise(&picture.Picture{View: picture.View{Y: pic.Y[:200*pic.StrideY]}}, random)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				copy(pic.Y[400*pic.StrideY:], pic.Y[(i%150)*pic.StrideY:][:50*pic.StrideY]) // a strip of moving noise
				if err := v.Encode(pic.View, int64(i), time.Time{}, func(*packet.Packet) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
