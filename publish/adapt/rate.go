package adapt

import "time"

const (
	high      = 0.5 // seconds of queue that say that a line is slow, if they become more
	low       = 0.2 // seconds of queue that every programme has now and then
	headroom  = 0.85
	stepDown  = 0.7             // where nothing is known of what the line takes
	settle    = 3 * time.Second // for a step down to be felt
	stepUp    = 2 * time.Second
	nearStep  = 10 * time.Second
	firstTry  = 30 * time.Second // beyond what was too much
	soonest   = 5 * time.Second  // after trials that went well
	rarestTry = 4 * time.Minute
	near      = 0.9 // of what was too much
)

// strain is how a line feels: the worst of those that hang on an encode.
type strain struct {
	queueSeconds float64
	growing      bool // the queue is longer than it was
	lost         bool // packets were dropped since the last step
	backlogged   bool // it has been behind long enough for capacity to be known
	capacity     int  // bits of video a second that it takes
}

// rate is the bit rate of one encode: down fast, up slowly, and never again and
// again to where it was too much.
type rate struct {
	bits    int
	limits  Limits
	ceiling int           // the rate that was too much, 0 if none was lately
	tryIn   time.Duration // how long to keep off the ceiling
	changed time.Duration // when the rate was last changed
	down    time.Duration // when it was last lowered
	lowered bool
	uneasy  time.Duration // when the line last was not calm
}

func newRate(limits Limits, bits int, now time.Duration) rate {
	return rate{bits: limits.clamp(bits), limits: limits, tryIn: firstTry, changed: now, uneasy: now}
}

// slow reports whether a line cannot carry what it is sent.
func (s strain) slow() bool {
	return s.lost || s.growing && s.queueSeconds > high
}

// step takes how the line feels and reports which way the rate went: -1, 0, 1.
func (r *rate) step(s strain, now time.Duration) int {
	if s.queueSeconds > low {
		r.uneasy = now
	}
	if s.slow() {
		r.uneasy = now
		if r.lowered && now-r.down < settle {
			return 0
		}
		return r.lower(s, now)
	}
	return r.raise(now)
}

func (r *rate) lower(s strain, now time.Duration) int {
	target := int(stepDown * float64(r.bits))
	if s.backlogged {
		target = min(int(headroom*float64(s.capacity)), int(headroom*float64(r.bits)))
	}
	// A trial that failed is made again later and later; another kind of trouble
	// begins anew.
	if r.ceiling > 0 && float64(r.bits) >= near*float64(r.ceiling) {
		r.tryIn = min(2*r.tryIn, rarestTry)
	} else {
		r.tryIn = firstTry
	}
	r.ceiling = 0
	if s.backlogged && s.capacity >= r.limits.Min {
		r.ceiling = min(r.bits, s.capacity)
	}
	r.down, r.lowered = now, true
	return r.set(target, now)
}

func (r *rate) raise(now time.Duration) int {
	quiet := now - max(r.uneasy, r.changed)
	at, ceiling := float64(r.bits), float64(r.ceiling)
	switch {
	case r.bits >= r.limits.Max || r.lowered && now-r.down < settle:
		return 0
	case r.ceiling == 0 || at*13/12 <= near*ceiling:
		if quiet >= stepUp {
			return r.set(r.bits*13/12, now)
		}
	case at < near*ceiling:
		if quiet >= nearStep {
			return r.set(int(near*ceiling), now)
		}
	default:
		if quiet >= r.tryIn {
			if r.bits > r.ceiling { // the trial before went well
				r.ceiling, r.tryIn = r.bits, max(r.tryIn/2, soonest)
			}
			return r.set(r.bits*11/10, now)
		}
	}
	return 0
}

// follow keeps the rate within new limits.
func (r *rate) follow(limits Limits) {
	r.limits = limits
	r.bits = limits.clamp(r.bits)
}

func (r *rate) set(bits int, now time.Duration) int {
	bits = r.limits.clamp(bits)
	was := r.bits
	if bits == was {
		return 0
	}
	r.bits, r.changed = bits, now
	if bits < was {
		return -1
	}
	return 1
}
