package publish

import "time"

// pace says how long a destination waits before it is tried again.
type pace struct {
	first       time.Duration // before the second attempt; doubles from one failure to the next
	most        time.Duration // longest
	refused     time.Duration // the same after a refusal
	mostRefused time.Duration
	giveUpAfter time.Duration // of nothing but refusals
}

// settled is how long a connection must have lived to be a success: the next
// pause is short again.
const settled = 5 * time.Second

// lately is how long a destination counts as troubled after a drop.
const lately = 10 * time.Second

// mostAskedFor is the longest pause that a server may ask for: a broadcast that
// stays away for a minute is over on some platforms.
const mostAskedFor = 30 * time.Second

// happening is what a supervisor is told.
type happening int

const (
	wanted   happening = iota // somebody wants the destination on air
	unwanted                  // somebody wants it off
	dialled                   // the connection is open
	ended                     // the attempt, or the connection that came of it, is over
	lost                      // packets were dropped
	calm                      // none were, lately
	due                       // the pause is over
)

// event is a happening with what belongs to it.
type event struct {
	happening
	text       Text  // ended: why
	fault      Fault // ended, lost: what kind of thing is wrong
	refused    bool
	retryAfter time.Duration
	chance     float64 // ended: from 0 up to 1, for the jitter
}

// action is what a supervisor wants done next.
type action int

const (
	nothing action = iota
	dial           // make an attempt, and say dialled when it is open, ended when it is over
	hangUp         // end the attempt or connection, and say ended
	pause          // say due at supervisor.retryAt
)

// supervisor decides when a destination connects and what it is called meanwhile.
// It knows no clock and does nothing itself: each step is a function of what it
// was, what happened, and when. It is in one of the six States; from each there is
// a way to Off, and no two attempts are ever open at a time:
//
//	Off ─ wanted ─► Connecting ─ dialled ─► Live ◄─ calm, lost ─► Troubled
//	                 ▲      │ ended           │ ended                │ ended
//	                 │ due  ▼                 ▼                      ▼
//	                 └── Waiting ◄────────────┴──────────────────────┘
//	                        │ nothing but refusals for long: Failed
//
// unwanted leads to Off from everywhere, by way of hangUp where an attempt is open.
type supervisor struct {
	pace pace

	state   State
	since   time.Time // of the state
	text    Text      // what is wrong, empty if nothing
	fault   Fault
	retryAt time.Time // while Waiting

	wish         bool      // it is to be on air
	open         bool      // an attempt or connection is open
	closing      bool      // and it is to end, because the wish was off
	began        time.Time // of the newest attempt
	live         time.Time // since when it is on air, zero if it is not
	failures     int       // since the last success
	refusedSince time.Time // of the unbroken row of refusals, zero if there is none
}

func newSupervisor(p pace, now time.Time) supervisor {
	return supervisor{pace: p, state: Off, since: now}
}

// step takes what happened and returns what is to be done. What cannot happen in
// the present state changes nothing.
func (s *supervisor) step(e event, now time.Time) action {
	switch e.happening {
	case wanted:
		return s.wanted(now)
	case unwanted:
		return s.unwanted(now)
	case dialled:
		if s.state == Connecting && !s.closing {
			s.live = now
			s.enter(Live, now)
		}
	case ended:
		if s.open {
			return s.ended(e, now)
		}
	case lost:
		if s.state == Live || s.state == Troubled {
			s.enter(Troubled, now)
			s.fault = e.fault
		}
	case calm:
		if s.state == Troubled {
			s.enter(Live, now)
		}
	case due:
		if s.state == Waiting {
			return s.dial(now)
		}
	}
	return nothing
}

// enter changes the state; what was wrong is forgotten.
func (s *supervisor) enter(state State, now time.Time) {
	if s.state != state {
		s.state, s.since = state, now
	}
	s.text, s.fault, s.retryAt = Text{}, "", time.Time{}
}

// wanted starts afresh, also what was given up. While the connection of the time
// before is still being closed, the wish is only kept.
func (s *supervisor) wanted(now time.Time) action {
	already := s.wish && s.state != Failed
	s.wish = true
	if already || s.open {
		return nothing
	}
	s.failures, s.refusedSince = 0, time.Time{}
	return s.dial(now)
}

func (s *supervisor) dial(now time.Time) action {
	s.open, s.began, s.live = true, now, time.Time{}
	text, fault := s.text, s.fault
	s.enter(Connecting, now)
	if s.failures > 0 { // it holds until the attempt succeeds
		s.text, s.fault = text, fault
	}
	return dial
}

func (s *supervisor) unwanted(now time.Time) action {
	s.wish = false
	if s.open && !s.closing {
		s.closing = true
		return hangUp
	}
	if !s.open {
		s.enter(Off, now)
	}
	return nothing
}

// ended decides what follows a failure.
func (s *supervisor) ended(e event, now time.Time) action {
	lived := !s.live.IsZero() && now.Sub(s.live) >= settled
	asked := s.closing
	s.open, s.closing, s.live = false, false, time.Time{}
	switch {
	case !s.wish:
		s.enter(Off, now)
		return nothing
	case asked: // and wanted again since
		s.failures, s.refusedSince = 0, time.Time{}
		return s.dial(now)
	}
	if lived {
		s.failures = 0
	}
	if !e.refused || lived {
		s.refusedSince = time.Time{}
	}
	if e.refused && s.refusedSince.IsZero() {
		s.refusedSince, s.failures = now, 0
	}
	if e.refused && now.Sub(s.refusedSince) >= s.pace.giveUpAfter {
		s.enter(Failed, now)
		s.text, s.fault = e.text, e.fault
		return nothing
	}
	s.enter(Waiting, now)
	s.text, s.fault = e.text, e.fault
	s.retryAt = s.next(e, now)
	s.failures++
	return pause
}

// next returns when the next attempt is due. The time that an attempt took counts
// as waited: a server that comes back after it was silent is found as soon as one
// that refused at once.
func (s *supervisor) next(e event, now time.Time) time.Time {
	first, most, waited := s.pace.first, s.pace.most, s.began
	if e.refused {
		first, most, waited = s.pace.refused, s.pace.mostRefused, now
	}
	wait := most
	if s.failures < 20 {
		wait = min(most, first<<s.failures)
	}
	jitter := 0.75 + 0.5*e.chance
	at := waited.Add(time.Duration(float64(wait) * jitter))
	if soonest := now.Add(time.Duration(float64(first) * jitter)); at.Before(soonest) {
		at = soonest
	}
	if asked := now.Add(min(e.retryAfter, mostAskedFor)); at.Before(asked) {
		at = asked
	}
	return at
}
