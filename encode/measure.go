package encode

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet"
	"studio/media/picture"
)

// Speed is what a preset costs on a box.
type Speed struct {
	Preset       string
	Milliseconds float64 // of one core for a picture of Box.Size
}

// Box is what a box can do.
type Box struct {
	Cores  int
	Size   picture.Size
	Speeds []Speed // slowest preset first
}

// What Measure takes for each preset at most: enough for x264 to settle, and
// together below two seconds on any box.
const (
	measureFrames = 16
	measureTime   = 600 * time.Millisecond
)

// Measure times libx264 on one core with pictures of the size. It takes less than
// two seconds, and returns early with ctx's error when ctx ends.
func Measure(ctx context.Context, size picture.Size, rate packet.Rational, bitsPerSecond int) (Box, error) {
	b := Box{Cores: runtime.NumCPU(), Size: size}
	pictures := grain(size)
	for _, preset := range []string{"veryfast", "superfast", "ultrafast"} {
		v, err := NewVideo(VideoOptions{Size: size, Rate: rate, Preset: preset, BitsPerSecond: bitsPerSecond, Threads: 1})
		if err != nil {
			return Box{}, fmt.Errorf("measure the box: %w", err)
		}
		ms, err := timed(ctx, v, pictures)
		v.Close()
		if err != nil {
			return Box{}, fmt.Errorf("measure the box: %w", err)
		}
		b.Speeds = append(b.Speeds, Speed{preset, ms})
	}
	return b, nil
}

// timed returns the median CPU time of a picture after the first, which is a key
// frame and grows the encoder's memory. With one thread x264 works on the caller's,
// so what else runs on the box meanwhile does not count.
func timed(ctx context.Context, v *Video, pictures []*picture.Picture) (milliseconds float64, err error) {
	var times []float64
	start := time.Now()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := 0; i < measureFrames && (i < 4 || time.Since(start) < measureTime); i++ {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		began := threadTime()
		if err := v.Encode(pictures[i%len(pictures)].View, int64(i), time.Time{}, func(*packet.Packet) {}); err != nil {
			return 0, err
		}
		times = append(times, float64(threadTime()-began)/float64(time.Millisecond))
	}
	times = times[1:]
	slices.Sort(times)
	return times[len(times)/2], nil
}

func threadTime() time.Duration {
	var t unix.Timespec
	// It cannot fail: the clock exists on every Linux and t is ours.
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}

// Canvas is a canvas that wants an encoder.
type Canvas struct {
	Name   string
	Size   picture.Size
	Rate   packet.Rational
	Preset string // a person's choice; "": the box's
}

// Choice is what suits a canvas.
type Choice struct {
	Preset  string
	Threads int
}

const (
	// load is the part of all cores that the programme may fill by the measure:
	// footage costs a fifth more than the measure's pictures, sound, network and faces
	// take some, and something is left for a hiccup.
	load = 0.72
	// mixing is what decoding four cameras and putting them together costs in a tick,
	// as a part of what the measure says of veryfast for the first canvas (18 to 20 ms,
	// docs/bench.md); more canvases share the decoded pictures.
	mixing     = 0.9
	mixingMore = 0.05
)

// Choose picks the slowest preset with which all canvases fit on the box, and says
// so. Canvases with a preset keep it. fits is false if not even ultrafast does.
func (b Box) Choose(canvases []Canvas) (choices []Choice, fits bool, words Text) {
	for _, s := range b.Speeds {
		choices = b.with(s.Preset, canvases)
		if fits = b.need(canvases, choices) <= load*float64(b.Cores); fits {
			break
		}
	}
	return choices, fits, b.words(canvases, choices, fits)
}

// with returns the choices when the box picks the preset.
func (b Box) with(preset string, canvases []Canvas) []Choice {
	var choices []Choice
	for _, c := range canvases {
		chosen := Choice{Preset: c.Preset}
		if chosen.Preset == "" {
			chosen.Preset = preset
		}
		chosen.Threads = Threads(c.Size, c.Rate, max(1, b.Cores/len(canvases)))
		// One thread must be enough, or it is none.
		ms := b.milliseconds(c, chosen.Preset)
		chosen.Threads = min(b.Cores, max(chosen.Threads, int(math.Ceil(ms*c.Rate.Float()/1000/inTime))))
		choices = append(choices, chosen)
	}
	return choices
}

// need is how many cores the canvases keep busy.
func (b Box) need(canvases []Canvas, choices []Choice) float64 {
	cores := 0.0
	for i, c := range canvases {
		share := mixing
		if i > 0 {
			share = mixingMore
		}
		ms := b.milliseconds(c, choices[i].Preset) + share*b.milliseconds(c, "veryfast")
		cores += ms * c.Rate.Float() / 1000
	}
	return cores
}

// milliseconds is what a picture of the canvas costs. Presets that were not
// measured are slower than those that were, each about by a third.
func (b Box) milliseconds(c Canvas, preset string) float64 {
	scale := float64(c.Size.Width*c.Size.Height) / float64(b.Size.Width*b.Size.Height)
	for _, s := range b.Speeds {
		if s.Preset == preset {
			return scale * s.Milliseconds
		}
	}
	slower := slices.Index(presets, preset) - slices.Index(presets, b.Speeds[0].Preset)
	return scale * b.Speeds[0].Milliseconds * math.Pow(4./3, float64(slower))
}

func (b Box) words(canvases []Canvas, choices []Choice, fits bool) Text {
	var speeds, zh, en []string
	for _, s := range b.Speeds {
		speeds = append(speeds, fmt.Sprintf("%s %.0f ms", s.Preset, s.Milliseconds))
	}
	for i, c := range canvases {
		zh = append(zh, fmt.Sprintf("%s 用 %s", c.Name, choices[i].Preset))
		en = append(en, fmt.Sprintf("%s gets %s", c.Name, choices[i].Preset))
	}
	t := Text{
		fmt.Sprintf("%d 核，每帧 %dx%d 编码：%s；%s", b.Cores, b.Size.Width, b.Size.Height, strings.Join(speeds, "，"), strings.Join(zh, "，")),
		fmt.Sprintf("%d cores; a picture of %dx%d takes %s; %s", b.Cores, b.Size.Width, b.Size.Height, strings.Join(speeds, ", "), strings.Join(en, ", ")),
	}
	if !fits {
		t.Zh += "；这台机器仍然吃力：请把画面改小或降低帧率"
		t.En += "; even so it is too much for this box: choose a smaller size or a lower frame rate"
	}
	return t
}
