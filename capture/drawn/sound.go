package drawn

import "math"

// SampleRate is that of Sound, in samples a second.
const SampleRate = 48000

// Sound fills dst with the workshop's quiet sound: left and right sample in
// turns, 48 kHz, 1.0 full scale, the first one at position (samples since the
// start of the drawn clock). A soft hum and hiss of the wheel stays below
// -30 dBFS; a tick at -18 dBFS begins exactly where the drawn clock begins a
// new second. It is a pure function: any stretch can be made at any time.
func Sound(dst []float32, position int64) {
	for i := 0; i+1 < len(dst); i += 2 {
		left, right := bed(position)
		tick := tick(position)
		dst[i], dst[i+1] = float32(left+tick), float32(right+tick)
		position++
	}
}

const (
	bedPeak  = 0.031 // -30 dBFS
	tickPeak = 0.125 // -18 dBFS
)

// bed is the wheel's motor, its bearing once a turn, and a breath of room.
func bed(position int64) (left, right float64) {
	// every part repeats within 10 s, so that the phase stays exact for ever
	const loop = 10 * SampleRate
	t := float64(wrap(position, loop)) / SampleRate
	turn := 0.75 + 0.25*math.Sin(2*math.Pi*1.2*t)
	hum := 0.30*math.Sin(2*math.Pi*98*t) + 0.16*math.Sin(2*math.Pi*147.1*t+1) + 0.08*math.Sin(2*math.Pi*294*t+2)
	hum *= turn
	return bedPeak * (hum + 0.2*hiss(position, 1)), bedPeak * (hum + 0.2*hiss(position, 2))
}

// hiss is soft noise between -1 and 1: the mean of neighbours in a row of
// random numbers that is computed from the position itself.
func hiss(position int64, channel uint64) float64 {
	var sum float64
	for i := range int64(4) {
		sum += random(uint64(position-i)*2 + channel)
	}
	return sum / 4
}

func random(n uint64) float64 {
	n = (n ^ n>>31) * 0x7fb5d329728ea185
	n = (n ^ n>>27) * 0x81dadef4bc2dd44d
	return float64(int64(n^n>>33)) / (1 << 63)
}

// tick is a wooden knock of 40 ms at every whole second.
func tick(position int64) float64 {
	n := wrap(position, SampleRate)
	if n > SampleRate/25 {
		return 0
	}
	t := float64(n) / SampleRate
	attack := min(1, t/0.0008)
	return tickPeak * attack * math.Exp(-t*130) * (0.72*math.Sin(2*math.Pi*880*t) + 0.28*math.Sin(2*math.Pi*2210*t))
}

func wrap(position, loop int64) int64 { return (position%loop + loop) % loop }
