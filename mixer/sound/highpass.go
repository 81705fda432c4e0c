package sound

import (
	"math"

	"studio/media/samples"
)

// highPass takes out what is deeper than a voice or a hammer: rumble, hum, wind. It
// is a Butterworth filter of second order (12 dB an octave), the bilinear
// transform of R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter
// coefficients". A change of frequency goes through the dry sound, so that the
// filter's memory is never heard.
type highPass struct {
	hertz          float64 // 0: off
	b0, b1, a1, a2 float64 // b2 is b0
	memory         [samples.Channels][2]float64
	wet            ramp
}

// apply filters interleaved samples at the frequency that is wanted, 0 for none.
func (h *highPass) apply(data []float32, hertz float64) {
	if hertz != h.hertz && h.wet.value == 0 {
		h.tune(hertz)
	}
	if hertz == h.hertz && hertz > 0 {
		h.wet.to(1, rampFrames)
	} else {
		h.wet.to(0, rampFrames)
	}
	if h.wet.value == 0 && h.wet.target == 0 {
		return
	}
	for i := 0; i < len(data); i += samples.Channels {
		wet := h.wet.next()
		for c := range samples.Channels {
			x := float64(data[i+c])
			m := &h.memory[c]
			y := h.b0*x + m[0]
			m[0] = h.b1*x - h.a1*y + m[1]
			m[1] = h.b0*x - h.a2*y
			data[i+c] += wet * float32(y-x)
		}
	}
}

func (h *highPass) tune(hertz float64) {
	*h = highPass{hertz: hertz}
	if hertz <= 0 {
		return
	}
	omega := 2 * math.Pi * hertz / samples.Rate
	alpha := math.Sin(omega) / math.Sqrt2 // Q is 1/√2
	a0 := 1 + alpha
	h.b0 = (1 + math.Cos(omega)) / 2 / a0
	h.b1 = -2 * h.b0
	h.a1 = -2 * math.Cos(omega) / a0
	h.a2 = (1 - alpha) / a0
}

// reset forgets what was heard.
func (h *highPass) reset() { h.memory = [samples.Channels][2]float64{} }
