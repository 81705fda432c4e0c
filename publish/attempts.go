package publish

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"studio/words"
)

// attempts makes attempts at a destination as its supervisor decides, one at a
// time, and keeps what became of them.
type attempts struct {
	log *slog.Logger

	mu         sync.Mutex
	supervisor supervisor
	status     Status // but for what the supervisor and the queue know
	lastDrop   time.Time
}

// run makes attempts until ctx ends, and returns what the last one then returned.
// attempt reports whether there was a connection. givenUp is called when there
// will be none any more.
func (a *attempts) run(ctx context.Context, attempt func(context.Context) (lived bool, err error), givenUp func()) error {
	next := a.step(event{happening: wanted})
	for logged := ""; ; {
		switch next {
		case dial:
			a.mu.Lock()
			a.status.Attempts++
			a.mu.Unlock()
			lived, err := attempt(ctx)
			if ctx.Err() != nil {
				return err
			}
			next = a.step(failure(err))
			if lived || err.Error() != logged {
				logged = err.Error()
				a.tell(err)
			}
		case pause:
			if !a.wait(ctx) {
				return nil
			}
			next = a.step(event{happening: due})
		default:
			givenUp()
			a.log.Error("destination is given up: it refused all the time", "error", logged)
			<-ctx.Done()
			return nil
		}
	}
}

func (a *attempts) step(e event) action {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.supervisor.step(e, time.Now())
}

// failure is what the supervisor has to know of an error.
func failure(err error) event {
	why, refused := explain(err)
	return event{happening: ended, text: why.Text, fault: why.Fault, refused: refused, retryAfter: why.RetryAfter, chance: rand.Float64()}
}

func (a *attempts) tell(err error) {
	a.mu.Lock()
	at := a.supervisor.retryAt
	a.mu.Unlock()
	if !at.IsZero() {
		a.log.Warn("destination failed, will be tried again", "error", err, "in", time.Until(at).Round(time.Millisecond))
	}
}

// wait waits until the next attempt is due; false: ctx has ended.
func (a *attempts) wait(ctx context.Context) bool {
	a.mu.Lock()
	at := a.supervisor.retryAt
	a.mu.Unlock()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// lose counts packets or pictures that were not sent, and reports whether that is
// worth a line in the log. a.mu is held.
func (a *attempts) lose(number int) (warn bool) {
	now := time.Now()
	warn = now.Sub(a.lastDrop) > lately
	a.lastDrop = now
	a.status.Dropped += uint64(number)
	a.supervisor.step(event{happening: lost, fault: Stalled}, now)
	return warn
}

// present returns the status with what the supervisor knows; tooSlow are the words
// for a destination that loses something, with a verb for how much. a.mu is held.
func (a *attempts) present(tooSlow Text) Status {
	now := time.Now()
	if now.Sub(a.lastDrop) >= lately {
		a.supervisor.step(event{happening: calm}, now)
	}
	s := a.status
	s.State, s.Since, s.RetryAt = a.supervisor.state, a.supervisor.since, a.supervisor.retryAt
	s.Message, s.Fault = a.supervisor.text, a.supervisor.fault
	if s.State == Troubled {
		s.Message = words.Textf(tooSlow.En, tooSlow.Zh, s.Dropped)
	}
	return s
}

// end leads the supervisor to Off; the last attempt is over. a.mu is held.
func (a *attempts) end() {
	now := time.Now()
	if a.supervisor.step(event{happening: unwanted}, now) == hangUp {
		a.supervisor.step(event{happening: ended}, now)
	}
}
