package sound

import (
	"math"

	"studio/media/samples"
)

const (
	// CeilingDB is what no sample of the programme goes above, in dB below full scale.
	CeilingDB = -1.0
	// lookAhead is how long before a peak the limiter begins to give way: 5 ms, in
	// samples per channel.
	lookAhead = samples.Rate / 200
	// releaseFrames is the time constant in which it lets go: 100 ms.
	releaseFrames = samples.Rate / 10
)

// limiter keeps the programme below the ceiling by turning it down, never by
// cutting peaks off. Each sample says what factor it needs; the smallest of the
// last lookAhead+1 is let go slowly, and its mean over lookAhead multiplies the
// sample of lookAhead ago. All values in that mean came after the sample, so each
// is at most what the sample needs, and so is the mean: the ceiling holds by
// construction, and the factor has no corners.
type limiter struct {
	delayed [lookAhead][samples.Channels]float32
	held    [lookAhead]float32 // factors in the mean
	sum     float64            // of held; exact, for factors have 24 bits
	factor  float32            // newest one
	at      int                // in delayed and held

	// the smallest factor of the window: candidates in rising order, in a ring
	candidates [lookAhead + 1]candidate
	first, n   int
	frame      int64

	least float32 // the smallest factor used since it was asked for
}

type candidate struct {
	frame  int64
	factor float32
}

func newLimiter() *limiter {
	l := &limiter{}
	l.reset()
	return l
}

// reset forgets what was heard.
func (l *limiter) reset() {
	*l = limiter{factor: 1, sum: lookAhead, least: 1}
	for i := range l.held {
		l.held[i] = 1
	}
}

// apply limits interleaved samples in place, which come out lookAhead later.
func (l *limiter) apply(data []float32) {
	ceiling := float32(decibels(CeilingDB) * (1 - 1e-6)) // less what rounding may add
	const release = 1.0 / releaseFrames
	for i := 0; i < len(data); i += samples.Channels {
		frame := (*[samples.Channels]float32)(data[i:])
		needed := float32(1)
		for _, v := range frame {
			if v = max(v, -v); v*needed > ceiling {
				needed = ceiling / v
			}
		}
		if l.factor += (1 - l.factor) * release; l.factor > 0.999 {
			l.factor = 1 // 0.01 dB, where rounding would leave it for ever
		}
		l.factor = min(l.smallest(needed), l.factor)
		l.sum += float64(l.factor) - float64(l.held[l.at])
		l.held[l.at] = l.factor
		mean := float32(l.sum / lookAhead)
		l.least = min(l.least, mean)

		old := l.delayed[l.at]
		l.delayed[l.at] = *frame
		for c := range frame {
			frame[c] = old[c] * mean
		}
		if l.at++; l.at == lookAhead {
			l.at = 0
		}
	}
}

// smallest adds a factor to the window and returns the smallest one in it.
func (l *limiter) smallest(factor float32) float32 {
	size := len(l.candidates)
	if l.n > 0 && l.candidates[l.first].frame <= l.frame-int64(size) {
		l.first = (l.first + 1) % size
		l.n--
	}
	for l.n > 0 && l.candidates[(l.first+l.n-1)%size].factor >= factor {
		l.n--
	}
	l.candidates[(l.first+l.n)%size] = candidate{l.frame, factor}
	l.n++
	l.frame++
	return l.candidates[l.first].factor
}

// decibels returns the factor of a level.
func decibels(db float64) float64 { return math.Pow(10, db/20) }
