package rig

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/hw/reading"
	"studio/hw/serialport"
	"studio/polltest"
)

// A reading turns stale by the clock alone, with nobody's help.
func TestStaleByTheClock(t *testing.T) {
	var mu sync.Mutex
	clock := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	set := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		clock = clock.Add(d)
	}
	r := newRig(t, Options{
		Instruments: []InstrumentOptions{kiln("/dev/null")},
		Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return clock
		},
	})
	s := r.stations[0]
	s.begin()
	say := func(q reading.Quality, v string) {
		s.take(reading.Reading{Time: s.now(), Channel: "kiln1", Value: v, Unit: "C", Quality: q, Raw: []byte(v)})
	}
	steps := []struct {
		name  string
		do    func()
		want  reading.Quality
		value string
	}{
		{"nothing yet", func() {}, reading.Stale, ""},
		{"a reading", func() { say(reading.OK, "20.0") }, reading.OK, "20.0"},
		{"just young enough", func() { set(400 * time.Millisecond) }, reading.OK, "20.0"},
		{"too old", func() { set(time.Millisecond) }, reading.Stale, ""},
		{"another", func() { say(reading.Unstable, "21.0") }, reading.Unstable, "21.0"},
		{"bad with a number", func() { say(reading.Over, "9999") }, reading.Over, ""},
		{"an old fault is stale too", func() { set(time.Second) }, reading.Stale, ""},
		{"well", func() { say(reading.OK, "22.0") }, reading.OK, "22.0"},
		{"the port fails", func() { s.broken(serialport.ErrGone) }, reading.Fault, ""},
		{"and stays away", func() { set(time.Hour) }, reading.Fault, ""},
		{"open again: what was said before is not true now", func() { s.begin() }, reading.Stale, ""},
		{"a new reading", func() { say(reading.OK, "23.0") }, reading.OK, "23.0"},
		{"pulled and open again at once", func() {
			s.broken(serialport.ErrGone)
			set(time.Millisecond)
			s.begin()
		}, reading.Stale, ""},
	}
	for _, step := range steps {
		step.do()
		if x := now(t, r, "glaze"); x.Quality != step.want || x.Value != step.value {
			t.Errorf("%s: %s %q, want %s %q", step.name, x.Quality, x.Value, step.want, step.value)
		}
	}
}

// A port that fails is tried again with growing pauses, and said once.
func TestBusyPort(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var log strings.Builder
	tries := 0
	o := kiln("/dev/ttyUSB0")
	r := newRig(t, Options{
		Instruments: []InstrumentOptions{o},
		Open: func(serialport.Selector, serialport.Mode) (Port, error) {
			mu.Lock()
			defer mu.Unlock()
			tries++
			return nil, serialport.ErrBusy
		},
		Log: slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return log.Write(p)
		}), nil)),
	})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "three tries", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return tries >= 3
	})
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Count(log.String(), "in use by another program"); got != 1 {
		t.Errorf("said %d times:\n%s", got, log.String())
	}
	if st := r.Status()[0]; st.State != Waiting || st.Message.En != "in use by another program" {
		t.Errorf("status %+v", st)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// The driver's questions go to the port, and a port that takes none is given up.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{
		Instruments: []InstrumentOptions{scale("/dev/ttyUSB0")},
		Open:        func(serialport.Selector, serialport.Mode) (Port, error) { return deaf{}, nil },
	})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "the error in the status", func() bool {
		st := r.Status()[0]
		return st.State == Waiting && strings.Contains(st.Message.En, "write to /dev/ttyUSB0: broken off")
	})
}

type deaf struct{}

func (deaf) Read([]byte) (int, error)        { return 0, os.ErrDeadlineExceeded }
func (deaf) Write([]byte) (int, error)       { return 0, errors.New("broken off") }
func (deaf) SetReadDeadline(time.Time) error { return nil }
func (deaf) Close() error                    { return nil }
