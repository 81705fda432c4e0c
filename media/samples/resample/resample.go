// Package resample turns sound of any rate and channel count into stereo of
// another rate with libswresample. The ratio can be bent a little while it runs,
// without a seam: that is how a source whose clock runs fast or slow is kept in
// step.
package resample

/*
#cgo pkg-config: libswresample libavutil
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

// resample_open makes a context from interleaved float to interleaved float stereo.
static int resample_open(SwrContext **out, int inRate, int channels, int outRate) {
	AVChannelLayout in, stereo = AV_CHANNEL_LAYOUT_STEREO;
	SwrContext *s = NULL;
	int err;
	av_channel_layout_default(&in, channels);
	err = swr_alloc_set_opts2(&s, &stereo, AV_SAMPLE_FMT_FLT, outRate, &in, AV_SAMPLE_FMT_FLT, inRate, 0, NULL);
	if (err < 0) return err;
	// A resampler also where the rates are equal, with fixed phases and a line between
	// them: only then does bending the ratio change nothing else.
	av_opt_set_int(s, "flags", SWR_FLAG_RESAMPLE, 0);
	av_opt_set_int(s, "exact_rational", 0, 0);
	av_opt_set_int(s, "linear_interp", 1, 0);
	// More than two channels mixed down never get louder than they were.
	av_opt_set_double(s, "rematrix_maxval", 1.0, 0);
	if (channels == 1) {
		// In the middle at full level; the library would take 3 dB off.
		const double both[2] = {1, 1};
		if ((err = swr_set_matrix(s, both, 1)) < 0) goto fail;
	}
	if ((err = swr_init(s)) < 0) goto fail;
	*out = s;
	return 0;
fail:
	swr_free(&s);
	return err;
}

static int resample_convert(SwrContext *s, float *dst, int dstFrames, const float *src, int srcFrames) {
	uint8_t *out[1] = {(uint8_t *)dst};
	const uint8_t *in[1] = {(const uint8_t *)src};
	return swr_convert(s, out, dstFrames, in, srcFrames);
}

static void resample_free(SwrContext *s) { swr_free(&s); }
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
)

// MaxChannels is how many channels a source may have.
const MaxChannels = 8

// Resampler converts one source's sound. It is used by one goroutine at a time.
type Resampler struct {
	c                         *C.SwrContext
	inRate, channels, outRate int
}

// New returns a resampler from inRate and channels to outRate and stereo; the
// caller closes it. Mono is put into the middle at full level, more than two
// channels are mixed down by their usual places.
func New(inRate, channels, outRate int) (*Resampler, error) {
	if inRate < 100 || inRate > 768_000 || channels < 1 || channels > MaxChannels {
		return nil, fmt.Errorf("resample: %d Hz, %d channels: must be 100 to 768000 Hz and 1 to %d channels", inRate, channels, MaxChannels)
	}
	r := &Resampler{inRate: inRate, channels: channels, outRate: outRate}
	if C.resample_open(&r.c, C.int(inRate), C.int(channels), C.int(outRate)) < 0 {
		return nil, fmt.Errorf("resample: %d Hz, %d channels to %d Hz: libswresample refuses", inRate, channels, outRate)
	}
	return r, nil
}

// Accepts tells whether the resampler was made for sound like this.
func (r *Resampler) Accepts(inRate, channels int) bool {
	return r.inRate == inRate && r.channels == channels
}

// Most returns how many frames Convert may return at most for so many.
func (r *Resampler) Most(frames int) int {
	return int(C.swr_get_out_samples(r.c, C.int(frames)))
}

// Convert converts interleaved src and writes interleaved stereo to dst, which has
// room for Most frames. It returns how many frames it wrote. The first one it ever
// writes is the first one it ever got; from then on it holds Held back.
func (r *Resampler) Convert(dst, src []float32) (frames int, err error) {
	if len(dst) == 0 || len(src) < r.channels {
		return 0, nil
	}
	n := C.resample_convert(r.c, (*C.float)(&dst[0]), C.int(len(dst)/2), (*C.float)(&src[0]), C.int(len(src)/r.channels))
	if n < 0 {
		return 0, errors.New("resample: libswresample failed")
	}
	return int(n), nil
}

// heldUnit is how finely Held counts.
const heldUnit = 1_000_000_000

// Held returns how many seconds of sound came in and are not out yet.
func (r *Resampler) Held() float64 {
	return float64(C.swr_get_delay(r.c, heldUnit)) / heldUnit
}

const (
	// bendDistance is for how many samples a bend holds unless the next one comes
	// before: six hours. Its billionth parts are finer than what the library does
	// with it, which is about one in a million.
	bendDistance = 1 << 30
	// maxBend keeps a mistake from becoming a siren.
	maxBend = 0.01
)

// Bend makes the output longer by a ratio: 0.0001 makes 10001 frames where there
// were 10000. It holds until the next Bend, which must come within six hours.
func (r *Resampler) Bend(ratio float64) error {
	ratio = max(-maxBend, min(maxBend, ratio))
	if C.swr_set_compensation(r.c, C.int(math.Round(ratio*bendDistance)), bendDistance) < 0 {
		return errors.New("resample: libswresample cannot bend the ratio")
	}
	return nil
}

// Close frees the resampler; nothing else may be called afterwards.
func (r *Resampler) Close() {
	C.resample_free(r.c)
	r.c = nil
}
