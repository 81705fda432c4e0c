package encode

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/media/packet"
	"studio/media/picture"
)

var thirty = packet.Rational{Num: 30, Den: 1}

// coarse returns pictures of bars under coarse noise: hard to code, but not
// hopeless at 300 kb/s and 180 lines.
func coarse(size picture.Size) []*picture.Picture {
	random := rand.New(rand.NewPCG(3, 4))
	pictures := make([]*picture.Picture, 5)
	for i := range pictures {
		pictures[i] = bars(size)
		for y := 0; y < size.Height; y += 2 {
			for x := 0; x < size.Width; x += 2 {
				if random.IntN(6) == 0 {
					level := byte(40 + random.IntN(160))
					for k := range 4 {
						pictures[i].Y[(y+k/2)*pictures[i].StrideY+x+k%2] = level
					}
				}
			}
		}
	}
	return pictures
}

// encodeAll encodes the positions, with do before each, and returns the packets.
func encodeAll(t *testing.T, v *Video, positions []int64, do func(position int64)) []*packet.Packet {
	t.Helper()
	pictures := coarse(v.options.Size)
	var packets []*packet.Packet
	for _, position := range positions {
		do(position)
		before := len(packets)
		if err := v.Encode(pictures[position%int64(len(pictures))].View, position, time.Time{}, func(p *packet.Packet) { packets = append(packets, p) }); err != nil {
			t.Fatal(err)
		}
		if len(packets) != before+1 || packets[before].PTS != position {
			t.Fatalf("position %d: %d packets came", position, len(packets)-before)
		}
	}
	return packets
}

func every(step, count int64) []int64 {
	positions := make([]int64, count)
	for i := range positions {
		positions[i] = int64(i) * step
	}
	return positions
}

// decodedFrames has ffmpeg decode the joined stream and fails on any complaint.
func decodedFrames(t *testing.T, packets []*packet.Packet) int {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "warning", "-err_detect", "explode", "-f", "h264", "-i", write(t, "v.h264", packets),
		"-fps_mode", "passthrough", "-f", "framecrc", "-")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, complaints.String())
	}
	frames := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			frames++
		}
	}
	return frames
}

// emptiest plays a receiver's buffer of a second, which is filled at the bit rate
// and emptied by a picture at a time, and returns how empty it was at worst as a
// part of the whole: below 0 the picture would not have been there in time.
func emptiest(packets []*packet.Packet, bitsPerSecond func(position int64) int) float64 {
	fill, worst := math.Inf(1), 1.0
	last := int64(0)
	for _, p := range packets {
		buffer := float64(bitsPerSecond(p.PTS))
		fill = min(buffer, fill+buffer/30*float64(p.PTS-last))
		fill -= float64(8 * len(p.Data))
		worst = min(worst, fill/buffer)
		last = p.PTS
	}
	return worst
}

func constant(n int) func(int64) int { return func(int64) int { return n } }

func rateOf(packets []*packet.Packet, from, to int64) float64 {
	bits := 0
	for _, p := range packets {
		if p.PTS >= from && p.PTS < to {
			bits += 8 * len(p.Data)
		}
	}
	return float64(bits) / (float64(to-from) / 30)
}

func TestThePresetChangesOnAir(t *testing.T) {
	const bits = 300_000
	size := picture.Size{Width: 320, Height: 180}
	for _, profile := range []string{"main", "high", "baseline"} {
		t.Run(profile, func(t *testing.T) {
			v := video(t, VideoOptions{Size: size, Rate: thirty, Profile: profile, BitsPerSecond: bits})
			steps := map[int64]string{70: "superfast", 130: "ultrafast", 250: "superfast", 310: "veryfast"}
			in := map[int64]string{0: "veryfast", 120: "superfast", 180: "ultrafast", 300: "superfast", 360: "veryfast"}
			want := ""
			packets := encodeAll(t, v, every(1, 480), func(position int64) {
				if name := steps[position]; name != "" {
					var other sync.WaitGroup
					other.Go(func() {
						if err := v.SetPreset(name); err != nil {
							t.Error(err)
						}
					})
					other.Wait()
				}
				if position%60 == 1 {
					if name := in[position-1]; name != "" {
						want = name
					}
					if got := v.Preset(); got != want {
						t.Errorf("at %d: preset %s, want %s", position, got, want)
					}
				}
			})
			for _, p := range packets {
				if p.Key != (p.PTS%60 == 0) {
					t.Errorf("picture %d: key %v", p.PTS, p.Key)
				}
				if p.Key && !bytes.HasPrefix(p.Data, v.Stream().Extra) {
					t.Errorf("key frame %d does not begin with the stream's parameter sets", p.PTS)
				}
				if p.Stream != v.Stream() || p.Duration != 1 {
					t.Fatalf("packet %+v", p)
				}
			}
			if frames := decodedFrames(t, packets); frames != 480 {
				t.Errorf("%d frames decoded, want 480", frames)
			}
			if worst := emptiest(packets, constant(bits)); worst < 0 {
				t.Errorf("a receiver's buffer ran dry: %.2f", worst)
			}
			for from := int64(60); from < 480; from += 60 {
				if got := rateOf(packets, from, from+60); math.Abs(got/bits-1) > .2 {
					t.Errorf("from picture %d on %.0f b/s, want %d", from, got, bits)
				}
			}
		})
	}
}

// TestPresetsShareParameterSets tries each way from one preset to another.
func TestPresetsShareParameterSets(t *testing.T) {
	size := picture.Size{Width: 128, Height: 128}
	pic := bars(size)
	for _, profile := range profiles {
		for _, from := range presets[:6] {
			v := video(t, VideoOptions{Size: size, Rate: thirty, Preset: from, Profile: profile, BitsPerSecond: 300_000})
			position := int64(0)
			for _, to := range append(slices.Clone(presets[:6]), from) {
				if err := v.SetPreset(to); err != nil {
					t.Errorf("%s, %s to %s: %v", profile, from, to, err)
					continue
				}
				v.RequestKey()
				if err := v.Encode(pic.View, position, time.Time{}, func(p *packet.Packet) {
					if !bytes.HasPrefix(p.Data, v.Stream().Extra) {
						t.Errorf("%s, %s to %s: key frame begins % x", profile, from, to, p.Data[:32])
					}
				}); err != nil {
					t.Error(err)
				}
				if v.Preset() != to {
					t.Errorf("preset %s, want %s", v.Preset(), to)
				}
				position++
			}
		}
	}
}

// TestPresetsThatNeverCome: changes of mind, unknown names, closing in between.
func TestPresetsThatNeverCome(t *testing.T) {
	v := video(t, VideoOptions{Size: picture.Size{Width: 128, Height: 128}, Rate: thirty, BitsPerSecond: 300_000})
	if err := v.SetPreset("hot"); err == nil {
		t.Error("preset hot was taken")
	}
	for _, name := range []string{"superfast", "superfast", "ultrafast", "veryfast", "ultrafast"} {
		if err := v.SetPreset(name); err != nil {
			t.Error(err)
		}
	}
	if v.Preset() != "veryfast" || v.Encoder() != X264 {
		t.Errorf("preset %s of %s before any key frame", v.Preset(), v.Encoder())
	}
	v.Close()
	if err := v.SetPreset("superfast"); err != nil { // nobody will ever use it, and it must not leak
		t.Error(err)
	}
	if v.next != nil {
		t.Error("a closed encoder has a successor")
	}
	d := &Video{options: VideoOptions{Encoder: VAAPI}}
	if err := d.SetPreset("superfast"); !errors.Is(err, ErrFixed) {
		t.Errorf("a device's preset: %v", err)
	}
}

// TestADelayedEncoderHandsOver has the first encoder hold pictures back: they come
// out before those of its successor.
func TestADelayedEncoderHandsOver(t *testing.T) {
	size := picture.Size{Width: 128, Height: 128}
	v := video(t, VideoOptions{Size: size, Rate: thirty, Tune: "film", BitsPerSecond: 300_000})
	pictures := coarse(size)
	var packets []*packet.Packet
	emit := func(p *packet.Packet) { packets = append(packets, p) }
	for i := range int64(150) {
		if i == 40 {
			if err := v.SetPreset("superfast"); err != nil {
				t.Fatal(err)
			}
		}
		if err := v.Encode(pictures[i%5].View, i, time.Unix(i, 0), emit); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Flush(emit); err != nil {
		t.Fatal(err)
	}
	for i, p := range packets {
		if p.PTS != int64(i) || !p.Taken.Equal(time.Unix(int64(i), 0)) {
			t.Fatalf("packet %d is of picture %d, taken %v", i, p.PTS, p.Taken)
		}
	}
	if frames := decodedFrames(t, packets); frames != 150 || v.Preset() != "superfast" {
		t.Errorf("%d frames decoded, preset %s", frames, v.Preset())
	}
}

func TestBitRateChangesWithinTwoSeconds(t *testing.T) {
	const high, low = 400_000, 160_000
	v := video(t, VideoOptions{Size: picture.Size{Width: 320, Height: 180}, Rate: thirty, Preset: "superfast", BitsPerSecond: high})
	wanted := func(position int64) int {
		if position < 240 || position >= 480 {
			return high
		}
		return low
	}
	packets := encodeAll(t, v, every(1, 720), func(position int64) {
		if err := v.SetBitsPerSecond(wanted(position)); err != nil {
			t.Fatal(err)
		}
	})
	for from := int64(60); from < 720; from += 60 {
		if from == 240 || from == 480 {
			continue // the two seconds in which it changes
		}
		if got, want := rateOf(packets, from, from+60), float64(wanted(from)); math.Abs(got/want-1) > .15 {
			t.Errorf("seconds %d to %d: %.0f b/s, want %.0f", from/30, from/30+2, got, want)
		}
	}
	if worst := emptiest(packets, wanted); worst < 0 {
		t.Errorf("a receiver's buffer ran dry: %.2f", worst)
	} else {
		t.Logf("a receiver's buffer was %.0f %% full at worst", 100*worst)
	}
	if frames := decodedFrames(t, packets); frames != 720 {
		t.Errorf("%d frames decoded", frames)
	}
	if err := v.SetBitsPerSecond(5); err == nil || v.BitsPerSecond() != high {
		t.Errorf("a bit rate of 5 b/s: %v, now %d", err, v.BitsPerSecond())
	}
}

// TestHalfTheFrameRate has every second picture left out for a while. x264 goes up
// to a higher rate carefully, over four seconds, and down from it at once.
func TestHalfTheFrameRate(t *testing.T) {
	const bits = 240_000
	const from, to, lost = 240, 600, 100
	v := video(t, VideoOptions{Size: picture.Size{Width: 320, Height: 180}, Rate: thirty, Preset: "superfast", BitsPerSecond: bits})
	var positions []int64
	for i := range int64(780) {
		if i >= from && i < to && i%2 != 0 || i == lost {
			continue
		}
		positions = append(positions, i)
	}
	packets := encodeAll(t, v, positions, func(int64) {})
	for at := int64(60); at < 780; at += 60 {
		low := .85
		if at >= from && at < from+120 {
			low = .6
		}
		high := 1.15
		if at == to {
			high = 1.4
		}
		if got := rateOf(packets, at, at+60) / bits; got < low || got > high {
			t.Errorf("seconds %d to %d: %.2f of what was wanted", at/30, at/30+2, got)
		}
	}
	if worst := emptiest(packets, constant(bits)); worst < 0 {
		t.Errorf("a receiver's buffer ran dry: %.2f", worst)
	}
	for _, p := range packets {
		want := int64(1)
		if p.PTS >= from+4 && p.PTS <= to+1 { // noticed at the second gap
			want = 2
		}
		if p.Duration != want {
			t.Errorf("picture %d lasts %d, want %d", p.PTS, p.Duration, want)
		}
		if p.Key != (p.PTS%60 == 0) {
			t.Errorf("picture %d: key %v", p.PTS, p.Key)
		}
	}
	if frames := decodedFrames(t, packets); frames != len(positions) {
		t.Errorf("%d frames decoded, want %d", frames, len(positions))
	}
}

func TestChangesFromManyGoroutines(t *testing.T) {
	v := video(t, VideoOptions{Size: picture.Size{Width: 128, Height: 128}, Rate: thirty, KeyInterval: 3, BitsPerSecond: 300_000})
	ctx, cancel := context.WithCancel(context.Background())
	var others sync.WaitGroup
	for n := range 3 {
		others.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				if err := errors.Join(v.SetPreset(presets[i%3]), v.SetBitsPerSecond(50_000+10_000*(i%5))); err != nil {
					t.Error(err)
				}
				v.RequestKey()
				_, _ = v.Preset(), v.BitsPerSecond()
			}
		})
	}
	packets := encodeAll(t, v, every(1, 200), func(int64) {})
	cancel()
	others.Wait()
	if frames := decodedFrames(t, packets); frames != 200 {
		t.Errorf("%d frames decoded, want 200", frames)
	}
}

func TestThreads(t *testing.T) {
	for _, test := range []struct {
		size        picture.Size
		fps, cores  int
		wantThreads int
	}{
		{picture.Size{Width: 1920, Height: 1080}, 30, 2, 2},
		{picture.Size{Width: 1920, Height: 1080}, 30, 8, 2},
		{picture.Size{Width: 1920, Height: 1080}, 60, 8, 4},
		{picture.Size{Width: 1080, Height: 1920}, 30, 1, 1},
		{picture.Size{Width: 960, Height: 540}, 30, 4, 1},
		{picture.Size{Width: 3840, Height: 2160}, 30, 4, 4},
	} {
		if got := Threads(test.size, packet.Rational{Num: test.fps, Den: 1}, test.cores); got != test.wantThreads {
			t.Errorf("%v at %d on %d cores: %d threads, want %d", test.size, test.fps, test.cores, got, test.wantThreads)
		}
	}
}
