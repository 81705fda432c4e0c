package encode

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"studio/media/packet"
	"studio/media/picture"
)

// libavcodec's names of the encoders of H.264.
const (
	X264    = "libx264"      // software, on every box
	VAAPI   = "h264_vaapi"   // the graphics part of Intel's and AMD's processors
	V4L2M2M = "h264_v4l2m2m" // the video part of many ARM boards
)

// VideoOptions say what H.264 is wanted.
type VideoOptions struct {
	Encoder       string          // X264, VAAPI or V4L2M2M; "" is X264
	Size          picture.Size    // pixels, even
	Rate          packet.Rational // frames a second
	Preset        string          // x264's preset, ultrafast to placebo; "" is veryfast
	Tune          string          // x264's tune; "" is zerolatency: each picture leaves before Encode returns
	BitsPerSecond int             // constant, over a buffer of one second
	KeyInterval   int             // frames from key frame to key frame; 0 is as many as last 2 s
	Threads       int             // 0 is as many as Threads says
	Profile       string          // baseline, main or high; "" is main
}

var (
	encoders = []string{VAAPI, V4L2M2M, X264} // best first
	presets  = []string{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"}
	tunes    = []string{"film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"}
	profiles = []string{"baseline", "main", "high"}
)

func (o *VideoOptions) complete() error {
	if o.Encoder == "" {
		o.Encoder = X264
	}
	if o.Preset == "" {
		o.Preset = "veryfast"
	}
	if o.Tune == "" {
		o.Tune = "zerolatency"
	}
	if o.Profile == "" {
		o.Profile = "main"
	}
	if o.Rate.Num <= 0 || o.Rate.Den <= 0 {
		return fmt.Errorf("frame rate %d/%d is not positive", o.Rate.Num, o.Rate.Den)
	}
	if o.Threads == 0 {
		o.Threads = Threads(o.Size, o.Rate, runtime.NumCPU())
	}
	if o.KeyInterval == 0 {
		o.KeyInterval = max(1, int(math.Round(2*o.Rate.Float())))
	}
	switch {
	case !slices.Contains(encoders, o.Encoder):
		return fmt.Errorf("encoder %q: must be one of %s", o.Encoder, strings.Join(encoders, ", "))
	case o.Size.Width < 16 || o.Size.Height < 16 || o.Size.Width > 8192 || o.Size.Height > 8192 || o.Size.Width%2 != 0 || o.Size.Height%2 != 0:
		return fmt.Errorf("size %dx%d: both must be even and from 16 to 8192", o.Size.Width, o.Size.Height)
	case badBits(o.BitsPerSecond) != nil:
		return badBits(o.BitsPerSecond)
	case o.KeyInterval < 0 || o.Threads < 0:
		return fmt.Errorf("key interval %d, threads %d: must not be negative", o.KeyInterval, o.Threads)
	case badPreset(o.Preset) != nil:
		return badPreset(o.Preset)
	case !slices.Contains(profiles, o.Profile):
		return fmt.Errorf("profile %q: must be one of %s", o.Profile, strings.Join(profiles, ", "))
	}
	for tune := range strings.SplitSeq(o.Tune, ",") {
		if !slices.Contains(tunes, tune) {
			return fmt.Errorf("tune %q: must be some of %s", o.Tune, strings.Join(tunes, ", "))
		}
	}
	return nil
}

func badBits(n int) error {
	if n < 10_000 || n > 400_000_000 {
		return fmt.Errorf("bit rate %d b/s: must be from 10 kb/s to 400 Mb/s", n)
	}
	return nil
}

func badPreset(name string) error {
	if !slices.Contains(presets, name) {
		return fmt.Errorf("preset %q: must be one of %s", name, strings.Join(presets, ", "))
	}
	return nil
}

// Threads is how many threads x264 is given for a canvas that shares the box with
// nothing else that is encoded: two for 1080p30, so that a picture is finished in
// about half its time and leaves soon after it was taken, and more only for more
// pixels a second. Each thread codes a slice of its own, which costs a little CPU
// (2 % for the second, measured) and a little of the picture.
func Threads(size picture.Size, rate packet.Rational, cores int) int {
	const half = 1920 * 1080 * 30 / 2 // pixels a second for one thread
	return max(1, min(cores, int(math.Ceil(float64(size.Width*size.Height)*rate.Float()/half))))
}

// x264Params are x264's own parameters for every encode. scenecut=0 keeps key
// frames on the programme's grid; repeat-headers lets a receiver join anywhere.
const x264Params = "repeat-headers=1:scenecut=0:open-gop=0:bframes=0"

// successorParams are those of an encoder that takes over from one with the preset
// first. What is written into the parameter sets must be the same for both, so it
// is as in the first preset: entropy coding, reference pictures, weighted
// prediction, 8x8 transform, and the chroma's quantiser, which x264 lowers by 2 for
// presets that judge noise by eye (from fast on).
//
// vbv-init says how full the receiver's buffer is taken to be: half, which leaves
// the first key frame smaller than it could be, and cannot empty the buffer.
func successorParams(first, preset, profile string) string {
	speed := slices.Index(presets, first) // 0 is ultrafast
	references := []int{1, 1, 1, 2, 2, 3, 5, 8, 16, 16}[speed]
	weighted := []int{0, 1, 1, 1, 1, 2, 2, 2, 2, 2}[speed]
	byEye := func(name string) int { return bit(slices.Index(presets, name) >= slices.Index(presets, "fast")) }
	params := fmt.Sprintf("%s:vbv-init=0.5:ref=%d:chroma-qp-offset=%d", x264Params, references, 2*(byEye(preset)-byEye(first)))
	if profile == "baseline" { // has none of the others
		return params
	}
	notUltrafast := bit(speed > 0)
	return fmt.Sprintf("%s:weightp=%d:cabac=%d:8x8dct=%d", params, weighted, notUltrafast, min(notUltrafast, bit(profile == "high")))
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
