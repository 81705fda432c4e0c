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
	trial     = 40 * time.Second // before and after a step beyond what was too much: so long may the kernel's buffer hide it
	mostFails = 3
	near      = 0.9  // of what was too much
	beyond    = 1.15 // of it
)

// strain is how a line feels: the worst of those that hang on an encode.
type strain struct {
	queueSeconds float64
	slow         bool // it cannot carry what it is sent: the long queue grows, or packets were dropped since the last step
	backlogged   bool // it has been behind long enough for capacity to be known
	capacity     int  // bits of video a second that it takes
}

// rate is the bit rate of one encode: down fast, up slowly, and never again and
// again to where it was too much.
type rate struct {
	bits    int
	limits  Limits
	ceiling int           // what was too much, 0 if nothing was lately
	fails   int           // trials of it in a row
	changed time.Duration // when the rate was last changed
	down    time.Duration // when it was last lowered
	lowered bool
	uneasy  time.Duration // when the line last was not calm
}

func newRate(limits Limits, bits int, now time.Duration) rate {
	return rate{bits: limits.clamp(bits), limits: limits, changed: now, uneasy: now}
}

// step takes how the line feels and reports which way the rate went: -1, 0, 1.
func (r *rate) step(s strain, now time.Duration) int {
	if s.queueSeconds > low {
		r.uneasy = now
	}
	if s.slow {
		r.uneasy = now
		drains := s.backlogged && float64(r.bits) <= headroom*float64(s.capacity)
		if r.lowered && now-r.down < settle || drains {
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
	switch {
	case r.lowered && now-r.down < 2*nearStep: // the same trouble still
	case r.ceiling > 0 && r.bits >= r.over(): // a trial failed
		r.fails = min(r.fails+1, mostFails)
	default:
		r.fails = 0
	}
	switch {
	case s.backlogged && s.capacity >= r.limits.Min:
		r.ceiling = s.capacity
	case s.backlogged: // an outage says nothing of what comes after it
		r.ceiling = 0
	case r.ceiling == 0:
		r.ceiling = r.bits
	}
	r.down, r.lowered = now, true
	return r.set(target, now)
}

func (r *rate) raise(now time.Duration) int {
	quiet := now - max(r.uneasy, r.changed)
	nearly, over := int(near*float64(r.ceiling)), r.over()
	if r.bits >= over && quiet >= trial { // what was too much is so no longer
		r.ceiling, r.fails = 0, 0
	}
	step, wait := r.bits*13/12, stepUp
	switch {
	case r.ceiling == 0 || step <= nearly:
	case r.bits < nearly:
		step, wait = nearly, nearStep
	default:
		step, wait = over, trial<<r.fails
	}
	if quiet < wait {
		return 0
	}
	return r.set(step, now)
}

// over is the rate that is tried to see whether what was too much is so still.
func (r *rate) over() int { return min(int(beyond*float64(r.ceiling)), r.limits.Max) }

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
