package shed

import (
	"fmt"
	"time"
)

// Load is what was measured since the last call.
type Load struct {
	Lag     time.Duration // how late the newest picture was made
	Late    int           // ticks that began more than a period late
	Dropped int           // pictures that were not made or not encoded
	Queue   time.Duration // the longest that a picture waited for its encoder
	CPU     float64       // busy share of all cores, 0 to 1
}

// Options describe the box.
type Options struct {
	Period      time.Duration // from picture to picture
	PresetSteps int           // see PresetSteps; 0 with a device's encoder
}

// Decision is what is to be done now.
type Decision struct {
	Level  int
	Plan   Plan
	Change int  // +1: a step was taken; -1: one was taken back; 0: all is as it was
	Reason Text // of the change
}

const (
	patient   = 2 * time.Second  // so long too much must have been asked of the box
	settle    = 3 * time.Second  // so long a step is given to show what it saves
	urgent    = time.Second      // instead, while pictures are lost or about to be
	calmFirst = 15 * time.Second // of calm before the first step is taken back
	calmMost  = 10 * time.Minute

	farBehind = 10 // periods

	hotCPU  = 0.95 // from here on nothing is left for a hiccup
	calmCPU = 0.85 // below it there is room

	// Taking a step back was right if so many times the calm before it went well.
	proved = 4

	// A step that seems not to fit any more is taken back after so many times the
	// calm all the same: what it saved was only an estimate.
	disbelief = 60
)

// State is where the box stands. It is a value: Next returns the one that follows.
type State struct {
	period time.Duration
	top    int // the last level

	level    int
	started  bool
	at       time.Duration
	since    time.Duration    // how long the level holds
	pressed  time.Duration    // how long too much is asked already
	calm     time.Duration    // how long there is room already
	needed   [8]time.Duration // calm before each step is taken back
	restored bool             // the level was reached by taking a step back
	lag      time.Duration
	cpu      float64 // smoothed since the level changed
	before   float64 // at the level before
	saved    [8]float64
}

// New returns the state of a box that leaves out nothing.
func New(o Options) State {
	s := State{period: o.Period, top: len(ladder()) - 2 + min(2, max(0, o.PresetSteps))}
	for level := range s.needed {
		s.needed[level] = calmFirst
	}
	return s
}

// Level returns how much is left out.
func (s State) Level() int { return s.level }

// Next takes the load measured at the time at, which only grows, and returns the
// state that follows and what is to be done. Calls should be a second apart.
func (s State) Next(at time.Duration, l Load) (State, Decision) {
	passed := min(max(0, at-s.at), settle)
	if !s.started {
		passed = 0
	}
	recovering := l.Lag < s.lag*9/10 && l.Dropped == 0
	s.started, s.at, s.lag = true, at, l.Lag
	s.since += passed
	s.smooth(l.CPU, passed)

	cause, pressing := s.pressing(l)
	switch {
	case pressing && !recovering:
		s.pressed, s.calm = s.pressed+passed, 0
	case !pressing && l.calm(s.period):
		s.pressed, s.calm = 0, s.calm+passed
	default:
		s.pressed, s.calm = 0, 0
	}
	if above := s.level + 1; s.restored && s.since >= proved*s.needed[above] { // it was right to take the step back
		s.restored, s.needed[above] = false, max(calmFirst, s.needed[above]/2)
	}
	switch {
	case s.mayShed(l):
		return s.shed(cause)
	case s.level > 0 && s.calm >= s.calmNeeded():
		return s.restore()
	}
	return s, Decision{Level: s.level, Plan: At(s.level)}
}

// smooth follows the CPU's share, anew after each change of level.
func (s *State) smooth(cpu float64, passed time.Duration) {
	if s.since == passed {
		s.cpu = cpu
	}
	s.cpu += (cpu - s.cpu) * 0.4
	if s.level > 0 && !s.restored && s.since <= 2*settle {
		s.saved[s.level] = min(ladder()[s.level-1].most, max(0, s.before-s.cpu))
	}
}

// pressing tells whether too much is asked of the box, and what shows it.
func (s State) pressing(l Load) (cause Text, pressing bool) {
	switch {
	case l.Dropped > 0:
		return Text{fmt.Sprintf("丢了 %d 帧", l.Dropped), fmt.Sprintf("%d pictures were lost", l.Dropped)}, true
	case l.Lag > 2*s.period:
		return Text{fmt.Sprintf("画面晚了 %d 毫秒", l.Lag.Milliseconds()), fmt.Sprintf("pictures are %d ms late", l.Lag.Milliseconds())}, true
	case l.Late > 2:
		return Text{fmt.Sprintf("%d 帧开始得太晚", l.Late), fmt.Sprintf("%d pictures began late", l.Late)}, true
	case l.Queue > s.period:
		return Text{fmt.Sprintf("编码等了 %d 毫秒", l.Queue.Milliseconds()), fmt.Sprintf("the encoder is %d ms behind", l.Queue.Milliseconds())}, true
	case l.CPU >= hotCPU && s.level < unseen: // nothing is lost yet: only what the audience does not see
		return Text{fmt.Sprintf("处理器已用 %.0f%%", 100*l.CPU), fmt.Sprintf("the processor is %.0f %% busy", 100*l.CPU)}, true
	}
	return Text{}, false
}

func (l Load) calm(period time.Duration) bool {
	return l.Dropped == 0 && l.Late == 0 && l.Lag <= period && l.Queue <= period/2 && l.CPU < calmCPU
}

func (s State) mayShed(l Load) bool {
	switch {
	case s.level == s.top || s.pressed == 0:
		return false
	case l.Dropped > 0:
		return s.since >= urgent || s.level == 0
	case s.level > 0 && l.Lag > farBehind*s.period: // pictures will be lost next
		return s.since >= urgent
	}
	return s.pressed >= patient && (s.since >= settle || s.level == 0 && !s.restored)
}

func (s State) shed(cause Text) (State, Decision) {
	if above := s.level + 1; s.restored { // taking that step back was too early
		s.needed[above] = min(calmMost, 2*s.needed[above])
	}
	does := ladder()[s.level].does
	s.before = s.cpu
	s.change(+1)
	return s, Decision{s.level, At(s.level), +1, Text{cause.Zh + "：" + does.Zh, cause.En + ": " + does.En}}
}

// calmNeeded is how long there must be room before a step is taken back.
func (s State) calmNeeded() time.Duration {
	if s.cpu+s.saved[s.level] < calmCPU {
		return s.needed[s.level]
	}
	return disbelief * s.needed[s.level]
}

func (s State) restore() (State, Decision) {
	undone, calm := ladder()[s.level-1].does, int(s.calm.Seconds())
	s.change(-1)
	s.restored = true
	return s, Decision{s.level, At(s.level), -1, Text{
		fmt.Sprintf("已平稳 %d 秒，取消：%s", calm, undone.Zh), fmt.Sprintf("calm for %d s, taken back: %s", calm, undone.En)}}
}

func (s *State) change(by int) {
	s.level += by
	s.since, s.pressed, s.calm, s.restored = 0, 0, 0, false
}
