package adapt

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"studio/publish"
)

const (
	patience = 10 * time.Second // a slow destination among others that are not is left where it is
	starts   = 2 * time.Second  // a destination that has just connected is still sending what waited
	memory   = 3 * time.Second  // how far back a destination's figures are compared
	stays    = time.Minute      // at the shared rate, before a destination comes back
	longest  = 16 * time.Minute // the same, for one that had to leave again and again
)

// Limits are the least and most bits of video a second that a canvas may send.
type Limits struct {
	Min, Max int
}

func (l Limits) clamp(bits int) int { return min(max(bits, l.Min), l.Max) }

// Options describe a canvas.
type Options struct {
	Limits
	AudioBitsPerSecond int // what goes beside the video and cannot be changed
	OwnEncodes         int // how many destinations may be given an encode of their own at a time
}

// Sample is how a destination on the shared encode, or on one that Decision gave
// it, is doing: the figures of its publish.Status.
type Sample struct {
	Destination  string
	Live         bool // packets go out (Live or Troubled); otherwise it is left out of all rules
	QueueSeconds float64
	SentBytes    uint64 // since it was started
	Dropped      uint64
	// CarriesBits is what its own congestion control has room for, in bits of video a
	// second; 0: it has none, or no doubt. Such a destination sends all that it gets,
	// and what is too much is lost on the way: it has no queue to tell of it.
	CarriesBits int
}

// Decision is what the encodes are to send from now on.
type Decision struct {
	BitsPerSecond int // of the shared encode's video
	Own           []Own
	Reasons       []publish.Text // one sentence for each thing that changed; none: nothing did
}

// Own is an encode that one destination has for itself, of the shared one's size.
type Own struct {
	Destination   string
	BitsPerSecond int
}

// Controller decides for one canvas. It belongs to one goroutine.
type Controller struct {
	options Options
	shared  rate
	lines   map[string]*line
}

// line is what is known of a destination.
type line struct {
	history   []reading     // of the last seconds, oldest first
	began     time.Duration // when packets began to go out
	slowSince time.Duration
	slowSign  time.Duration // the newest sign of it
	slow      bool
	told      bool // that it is slow and stays where it is

	strain     strain
	own        *rate // nil: on the shared encode
	equalSince time.Duration
	stays      time.Duration
}

type reading struct {
	at           time.Duration
	queueSeconds float64
	sent         uint64
	dropped      uint64
	narrow       bool // its congestion control has clearly less room than it is sent
}

// New returns a controller that begins at the most. now is the time on the
// caller's clock.
func New(o Options, now time.Duration) *Controller {
	return &Controller{options: o, shared: newRate(o.Limits, o.Max, now), lines: map[string]*line{}}
}

// Step takes the present figures of every destination that the canvas has, once
// or twice a second, and returns what is to be sent. A destination that is no
// longer named is forgotten.
func (c *Controller) Step(now time.Duration, samples []Sample) Decision {
	var reasons []publish.Text
	c.forget(samples)
	together := c.observe(now, samples)
	reasons = append(reasons, c.stepShared(now, together)...)
	for _, s := range samples {
		l := c.lines[s.Destination]
		switch {
		case !s.Live:
		case l.own != nil:
			reasons = append(reasons, c.stepOwn(now, s.Destination, l)...)
		case l.slow && !together.line:
			reasons = append(reasons, c.singleOut(now, s.Destination, l)...)
		}
	}
	return Decision{BitsPerSecond: c.shared.bits, Own: c.own(), Reasons: reasons}
}

// Forget gives up what is known of a destination: it was started anew, perhaps on
// another line, and begins on the shared encode.
func (c *Controller) Forget(destination string) { delete(c.lines, destination) }

func (c *Controller) forget(samples []Sample) {
	for name := range c.lines {
		if !slices.ContainsFunc(samples, func(s Sample) bool { return s.Destination == name }) {
			delete(c.lines, name)
		}
	}
}

// together is how the destinations on the shared encode are doing.
type together struct {
	live, slow int
	line       bool   // it is the line that is slow, not one destination
	worst      strain // of those that count
}

// observe takes the figures in and asks the first two rules.
func (c *Controller) observe(now time.Duration, samples []Sample) together {
	var all together
	var worst, worstSlow strain
	for _, s := range samples {
		l := c.lines[s.Destination]
		if l == nil {
			l = &line{stays: stays}
			c.lines[s.Destination] = l
		}
		if !s.Live {
			l.history, l.slow = nil, false
			continue
		}
		bits := c.shared.bits
		if l.own != nil {
			bits = l.own.bits
		}
		felt := l.feel(now, s, bits, c.options.AudioBitsPerSecond)
		l.strain = felt
		if l.own != nil {
			continue
		}
		all.live++
		if l.slow {
			all.slow++
			worstSlow = worse(worstSlow, felt, all.slow == 1)
		} else {
			worst = worse(worst, felt, all.live-all.slow == 1)
		}
	}
	all.line = 2*all.slow > all.live
	all.worst = worst
	if all.line {
		all.worst = worstSlow
	}
	return all
}

// feel returns how a destination is doing and keeps whether it is slow: a sign of
// it holds for a while, so that destinations on one line are slow together.
func (l *line) feel(now time.Duration, s Sample, bits, audioBits int) strain {
	felt := l.compare(now, s, bits, audioBits)
	if felt.slow {
		if !l.slow {
			l.slowSince = now
		}
		l.slow, l.slowSign = true, now
	}
	if l.slow && now-l.slowSign >= settle && s.QueueSeconds < high {
		l.slow, l.told = false, false
	}
	return felt
}

func (l *line) compare(now time.Duration, s Sample, bits, audioBits int) strain {
	felt := strain{queueSeconds: s.QueueSeconds}
	narrow := s.CarriesBits > 0 && float64(s.CarriesBits) < near*float64(bits)
	if len(l.history) == 0 {
		l.began = now
	}
	if n := len(l.history); n > 0 {
		lost := s.Dropped > l.history[n-1].dropped
		first := l.history[0]
		// What waited for the connection says nothing of the line.
		usual := slices.IndexFunc(l.history, func(r reading) bool { return r.at-l.began >= starts })
		growing := usual >= 0 && s.QueueSeconds > l.history[usual].queueSeconds+0.05
		felt.slow = lost || growing && s.QueueSeconds > high
		behind := s.QueueSeconds > low && !slices.ContainsFunc(l.history, func(r reading) bool { return r.queueSeconds <= low })
		if span := (now - first.at).Seconds(); behind && span >= 1 {
			felt.backlogged = true
			felt.capacity = max(0, int(math.Round(float64(s.SentBytes-first.sent)*8/span))-audioBits)
		}
		// An estimate of one moment may be a busy machine's.
		if narrow && now-first.at >= starts && !slices.ContainsFunc(l.history, func(r reading) bool { return !r.narrow }) {
			felt.slow, felt.backlogged, felt.capacity = true, true, s.CarriesBits
		}
	}
	l.history = append(l.history, reading{now, s.QueueSeconds, s.SentBytes, s.Dropped, narrow})
	for now-l.history[0].at > memory {
		l.history = slices.Delete(l.history, 0, 1)
	}
	return felt
}

// worse returns the worse of two strains; what counts first is what the line takes.
func worse(a, b strain, first bool) strain {
	switch {
	case first:
		return b
	case a.backlogged && b.backlogged:
		b.capacity = min(a.capacity, b.capacity)
	case a.backlogged:
		b.backlogged, b.capacity = true, a.capacity
	}
	b.queueSeconds = max(a.queueSeconds, b.queueSeconds)
	b.slow = a.slow || b.slow
	return b
}

func (c *Controller) stepShared(now time.Duration, all together) []publish.Text {
	if all.live == 0 {
		// Nothing is known of a line that nobody uses.
		c.shared.uneasy = now
		return nil
	}
	was := c.shared.bits
	switch c.shared.step(all.worst, now) {
	case -1:
		return []publish.Text{{
			Zh: fmt.Sprintf("网络变慢：画面码率从 %d 降到 %d kb/s。", was/1000, c.shared.bits/1000),
			En: fmt.Sprintf("the line is slow: the picture goes from %d down to %d kb/s", was/1000, c.shared.bits/1000),
		}}
	case 1:
		return []publish.Text{{
			Zh: fmt.Sprintf("网络平稳：画面码率从 %d 升到 %d kb/s。", was/1000, c.shared.bits/1000),
			En: fmt.Sprintf("the line is calm: the picture goes from %d up to %d kb/s", was/1000, c.shared.bits/1000),
		}}
	}
	return nil
}

// singleOut deals with a destination that is slow while most others are not.
func (c *Controller) singleOut(now time.Duration, name string, l *line) []publish.Text {
	takes := l.takes(c.options.AudioBitsPerSecond)
	switch {
	case now-max(l.slowSince, c.shared.down) < patience || now-l.slowSign >= settle:
		return nil // what was lately too much may drain yet
	case len(c.own()) < c.options.OwnEncodes && takes >= c.options.Min:
		own := newRate(Limits{c.options.Min, c.shared.bits}, int(headroom*float64(takes)), now)
		own.ceiling = takes
		l.own, l.slow, l.told, l.equalSince, l.history = &own, false, false, now, nil
		return []publish.Text{{
			Zh: fmt.Sprintf("只有“%s”慢：它改用自己的编码，%d kb/s；其他目的地画质不变。", name, own.bits/1000),
			En: fmt.Sprintf("only %q is slow: it moves to an encode of its own at %d kb/s, the others keep their quality", name, own.bits/1000),
		}}
	case l.told:
		return nil
	}
	l.told = true
	return []publish.Text{{
		Zh: fmt.Sprintf("只有“%s”慢：它会丢帧，其他目的地画质不变。", name),
		En: fmt.Sprintf("only %q is slow: it loses pictures, the others keep their quality", name),
	}}
}

// takes is the video that a destination took lately, in bits a second.
func (l *line) takes(audioBits int) int {
	if l.strain.backlogged {
		return l.strain.capacity
	}
	first, last := l.history[0], l.history[len(l.history)-1]
	if last.at <= first.at {
		return 0
	}
	return max(0, int(float64(last.sent-first.sent)*8/(last.at-first.at).Seconds())-audioBits)
}

// stepOwn follows a destination on its own encode, until it can come back.
func (c *Controller) stepOwn(now time.Duration, name string, l *line) []publish.Text {
	l.own.follow(Limits{c.options.Min, c.shared.bits})
	way := l.own.step(l.strain, now)
	if l.own.bits < c.shared.bits || l.strain.queueSeconds > low {
		l.equalSince = now
	}
	switch {
	case now-l.equalSince >= l.stays:
		l.own, l.history, l.stays = nil, nil, min(2*l.stays, longest)
		return []publish.Text{{
			Zh: fmt.Sprintf("“%s”恢复正常：回到共用编码。", name),
			En: fmt.Sprintf("%q is well again: it comes back to the shared encode", name),
		}}
	case way < 0:
		return []publish.Text{{
			Zh: fmt.Sprintf("“%s”变慢：它的码率降到 %d kb/s。", name, l.own.bits/1000),
			En: fmt.Sprintf("%q is slow: its own encode goes down to %d kb/s", name, l.own.bits/1000),
		}}
	case way > 0:
		return []publish.Text{{
			Zh: fmt.Sprintf("“%s”平稳：它的码率升到 %d kb/s。", name, l.own.bits/1000),
			En: fmt.Sprintf("%q is calm: its own encode goes up to %d kb/s", name, l.own.bits/1000),
		}}
	}
	return nil
}

// own lists the encodes that destinations have for themselves, by name.
func (c *Controller) own() []Own {
	var list []Own
	for name, l := range c.lines {
		if l.own != nil {
			list = append(list, Own{name, l.own.bits})
		}
	}
	slices.SortFunc(list, func(a, b Own) int { return strings.Compare(a.Destination, b.Destination) })
	return list
}
