package sound

import "studio/media/samples"

// ramp is a factor that moves in a straight line to where it is wanted: a knob
// that jumps clicks, and one that moves in steps sizzles.
type ramp struct {
	value, target, step float32
}

// to makes the ramp reach target in so many frames.
func (r *ramp) to(target float32, frames int) {
	if target != r.target {
		r.target = target
		r.step = (target - r.value) / float32(frames)
	}
}

// set puts the ramp to a value at once.
func (r *ramp) set(value float32) { *r = ramp{value: value, target: value} }

// next returns the factor for the next frame.
func (r *ramp) next() float32 {
	if r.value != r.target {
		r.value += r.step
		if (r.step > 0) == (r.value >= r.target) || r.step == 0 {
			r.value = r.target
		}
	}
	return r.value
}

// apply multiplies interleaved samples.
func (r *ramp) apply(data []float32) {
	if r.value == r.target {
		switch r.value {
		case 1:
		case 0:
			clear(data)
		default:
			for i := range data {
				data[i] *= r.value
			}
		}
		return
	}
	for i := 0; i < len(data); i += samples.Channels {
		factor := r.next()
		for c := range samples.Channels {
			data[i+c] *= factor
		}
	}
}
