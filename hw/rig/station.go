package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"studio/hw/instrument"
	"studio/hw/reading"
	"studio/hw/serialport"
	"studio/words"
)

const (
	// turn is how long one read waits: how soon a question is asked when its time
	// has come, and how soon the goroutine sees that it is to end.
	turn = 50 * time.Millisecond

	// An adapter that comes back is found again within slowest·1.2 = 1.8 s, well
	// inside the three seconds that are promised.
	quickest = 200 * time.Millisecond
	slowest  = 1500 * time.Millisecond

	// A conversation that lasted so long was a good one; a shorter one is a loose
	// plug, for which the pauses go on growing.
	steady = 2 * time.Second
)

// station is one instrument with its goroutine.
type station struct {
	o         InstrumentOptions
	mode      serialport.Mode
	open      func(serialport.Selector, serialport.Mode) (Port, error)
	now       func() time.Time
	onReading func(reading.Reading)
	log       *slog.Logger
	driver    instrument.Driver // the goroutine's own

	mu       sync.Mutex
	slots    []*slot // fixed; sorted by channel name
	state    State
	message  words.Text
	since    time.Time
	openedAt time.Time // of the present port; zero while there is none
	opened   uint64
	unknown  uint64
	report   instrument.Report
}

// slot is one wanted channel and its newest reading.
type slot struct {
	own     string // the instrument's name for it
	channel Channel
	newest  reading.Reading
	heard   bool
	told    reading.Quality // the quality that OnReading was last told
}

func newStation(in InstrumentOptions, o Options) (*station, error) {
	driver, mode, err := in.driver()
	if err != nil {
		return nil, err
	}
	if in.Stale == 0 {
		in.Stale = defaultStale
	}
	s := &station{
		o: in, mode: mode, driver: driver,
		open: o.Open, now: o.Now, onReading: o.OnReading,
		log:   o.Log.With("instrument", in.Name),
		state: Connecting, since: o.Now(),
	}
	for own, c := range in.channels() {
		s.slots = append(s.slots, &slot{own: own, channel: c, newest: reading.Reading{
			Device: in.Name, Channel: c.Name, Unit: c.Unit, Quality: reading.Stale,
		}})
	}
	slices.SortFunc(s.slots, func(a, b *slot) int { return strings.Compare(a.channel.Name, b.channel.Name) })
	return s, nil
}

// run keeps the conversation going: open, talk, and when the port fails wait a
// little and begin again, until ctx ends.
func (s *station) run(ctx context.Context) {
	wait := &backoff.ExponentialBackOff{
		InitialInterval: quickest, Multiplier: 1.6, RandomizationFactor: 0.2, MaxInterval: slowest,
	}
	wait.Reset()
	for ctx.Err() == nil {
		began := time.Now()
		heard, err := s.talk(ctx)
		if ctx.Err() != nil {
			return
		}
		if heard && time.Since(began) > steady {
			wait.Reset()
		}
		s.broken(err)
		pause := time.NewTimer(wait.NextBackOff())
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// talk opens the port and speaks with the instrument until ctx ends or the port
// fails. heard reports whether a reading came.
func (s *station) talk(ctx context.Context) (heard bool, err error) {
	port, err := s.open(s.o.Port, s.mode)
	if err != nil {
		return false, err
	}
	defer port.Close()
	s.begin()
	take := func(r reading.Reading) {
		heard = true
		s.take(r)
	}
	buf := make([]byte, 4096)
	for ctx.Err() == nil {
		if question := s.driver.Ask(s.now()); question != nil {
			if _, err := port.Write(question); err != nil {
				return heard, fmt.Errorf("write to %s: %w", s.o.Port, err)
			}
		}
		if err := port.SetReadDeadline(time.Now().Add(turn)); err != nil {
			return heard, fmt.Errorf("read from %s: %w", s.o.Port, err)
		}
		n, err := port.Read(buf)
		if n > 0 {
			s.driver.Feed(buf[:n], s.now(), take)
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return heard, fmt.Errorf("read from %s: %w", s.o.Port, err)
		}
		s.review()
	}
	return heard, nil
}

// begin notes that the port is open.
func (s *station) begin() {
	now := s.now()
	s.driver.Reset(now)
	s.log.Info("instrument's port open", "port", s.o.Port.String(), "mode", s.mode.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	s.openedAt = now
	s.turnTo(Connecting, words.Text{})
}

// take keeps a reading and passes it on under the name that the workshop gave it.
func (s *station) take(r reading.Reading) {
	s.mu.Lock()
	i := slices.IndexFunc(s.slots, func(c *slot) bool { return c.own == r.Channel })
	if i < 0 {
		s.unknown++
		s.mu.Unlock()
		return
	}
	c := s.slots[i]
	r.Device, r.Channel = s.o.Name, c.channel.Name
	if r.Unit == "" {
		r.Unit = c.channel.Unit
	}
	if !r.Quality.Believable() {
		r.Value = ""
	}
	c.newest, c.heard, c.told = r, true, r.Quality
	s.mu.Unlock()
	s.onReading(r)
}

// review looks once a turn at what became of the channels: it tells those that
// went stale and brings the status up to date.
func (s *station) review() {
	report := s.driver.Report()
	s.mu.Lock()
	s.report = report
	now := s.now()
	fresh, faulty, numberless := false, false, false
	var turned []reading.Reading
	for _, c := range s.slots {
		q := s.present(c, now).Quality
		fresh = fresh || q != reading.Stale
		faulty = faulty || q == reading.Fault
		numberless = numberless || q == reading.Over || q == reading.Under
		if q == reading.Stale && c.heard {
			turned = c.turn(turned, reading.Stale, now)
		}
	}
	var say func()
	switch {
	case fresh && !faulty && !numberless:
		say = s.turnTo(Live, words.Text{}) // a bad line among good ones is in the counts, it is no trouble
	case fresh && !faulty:
		say = s.turnTo(Live, orElse(report.Message, words.Text{En: "out of the instrument's range", Zh: "超出仪器的量程"}))
	case fresh:
		say = s.turnTo(Troubled, orElse(report.Message, words.Text{En: "the instrument reports a fault", Zh: "仪器报告故障，请看仪器的显示屏"}))
	case now.Sub(s.openedAt) > s.o.Stale:
		silence := words.Textf("nothing understood for %[1]s", "已有 %[2]g 秒没有读数，请检查仪器电源和连线", s.o.Stale, s.o.Stale.Seconds())
		if report.Message != (words.Text{}) {
			silence = words.Textf("nothing understood for %[1]s: %[3]v", "已有 %[2]g 秒没有读数：%[3]v", s.o.Stale, s.o.Stale.Seconds(), report.Message)
		}
		say = s.turnTo(Troubled, silence)
	}
	s.mu.Unlock()
	s.tell(say, turned)
}

func orElse(text, other words.Text) words.Text {
	if text == (words.Text{}) {
		return other
	}
	return text
}

// broken notes that the port cannot be had or failed: all its channels are faulty
// now, whatever their last reading was.
func (s *station) broken(err error) {
	report := s.driver.Report()
	s.mu.Lock()
	s.report = report
	s.openedAt = time.Time{}
	now := s.now()
	var turned []reading.Reading
	for _, c := range s.slots {
		c.newest.Quality, c.newest.Value, c.newest.Raw = reading.Fault, "", nil
		turned = c.turn(turned, reading.Fault, now)
	}
	say := s.turnTo(Waiting, words.Of(err))
	s.mu.Unlock()
	s.tell(say, turned)
}

// turn adds to turned what OnReading is to be told of a quality that came without
// any bytes, once.
func (c *slot) turn(turned []reading.Reading, q reading.Quality, now time.Time) []reading.Reading {
	if c.told == q {
		return turned
	}
	c.told = q
	r := c.newest
	r.Time, r.Quality, r.Value, r.Raw = now, q, "", nil
	return append(turned, r)
}

// tell speaks to the outside, without the lock: a log or a listener that is slow
// must not hold up who asks for the latest readings.
func (s *station) tell(say func(), turned []reading.Reading) {
	if say != nil {
		say()
	}
	for _, r := range turned {
		s.onReading(r)
	}
}

// turnTo changes the state and returns what an operator wants to be told about it,
// nil if nothing. The caller holds the lock, and calls it without.
func (s *station) turnTo(state State, message words.Text) (say func()) {
	changed, sameMessage := state != s.state, message == s.message
	if changed {
		s.since = s.now()
	}
	s.state, s.message = state, message
	switch {
	case state == Live && changed:
		return func() { s.log.Info("instrument live") }
	case state == Troubled && changed:
		return func() { s.log.Warn("instrument in trouble", "reason", message.En) }
	case state == Waiting && (changed || !sameMessage):
		return func() {
			s.log.Warn("instrument cannot be reached; tried again until it can", "reason", message.En)
		}
	}
	return nil
}

// present is the channel's reading at this moment. The caller holds the lock.
func (s *station) present(c *slot, now time.Time) reading.Reading {
	r := c.newest
	// Without a port a channel is faulty and stays so; with one it is as old as
	// its last reading from that port.
	if !s.openedAt.IsZero() && (!c.heard || now.Sub(r.Time) > s.o.Stale || r.Time.Before(s.openedAt)) {
		r.Quality = reading.Stale
	}
	if !r.Quality.Believable() {
		r.Value = ""
	}
	return r
}

func (s *station) latest(to []reading.Reading) []reading.Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, c := range s.slots {
		to = append(to, s.present(c, now))
	}
	return to
}

func (s *station) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{
		Name: s.o.Name, Protocol: s.o.Protocol,
		State: s.state, Message: s.message, Since: s.since,
		Port: s.o.Port.String(), Identity: s.report.Identity,
		Opened: s.opened, Frames: s.report.Frames, Garbage: s.report.Garbage,
		Unknown: s.unknown, Timeouts: s.report.Timeouts,
	}
}
