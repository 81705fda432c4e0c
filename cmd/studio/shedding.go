package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"studio/mixer/shed"
	"studio/ui"
)

// shedding measures how the box keeps up and carries out what is left out when it
// does not.
type shedding struct {
	waited atomic.Int64 // ns, the longest that a picture waited for its encoder since the last look

	mu     sync.Mutex
	level  int
	reason ui.Text
	lag    time.Duration
}

const (
	lookInterval = 100 * time.Millisecond // at the mixer's lag
	shedInterval = time.Second
)

// waitedFor notes how long a picture waited for its encoder.
func (s *shedding) waitedFor(d time.Duration) {
	for {
		was := s.waited.Load()
		if int64(d) <= was || s.waited.CompareAndSwap(was, int64(d)) {
			return
		}
	}
}

func (s *shedding) status() (level int, reason ui.Text, lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.level, s.reason, s.lag
}

// relieve looks after the box until ctx ends.
func (e *engine) relieve(ctx context.Context) error {
	period := e.config.Rate.Inverse().Duration(1)
	steps := 0
	for _, l := range e.lines {
		if l.main.video.Encoder() == "libx264" {
			steps = max(steps, shed.PresetSteps(l.Preset))
		}
	}
	state := shed.New(shed.Options{Period: period, PresetSteps: steps})
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	var load shed.Load
	cpu := readBusy()
	dropped := e.dropped()
	for last := time.Now(); ; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		lag := max(0, time.Since(e.start)-e.mixer.Now()-period)
		if load.Lag = lag; lag > period {
			load.Late++
		}
		now := time.Now()
		if now.Sub(last) < shedInterval {
			continue
		}
		last = now
		lost, busy := e.dropped(), readBusy()
		load.Dropped, load.CPU = int(lost-dropped), busy.share(cpu)
		load.Queue = time.Duration(e.shedding.waited.Swap(0))
		dropped, cpu = lost, busy
		var decision shed.Decision
		state, decision = state.Next(now.Sub(e.start), load)
		e.relieveBy(decision, lag)
		load = shed.Load{}
	}
}

func (e *engine) relieveBy(d shed.Decision, lag time.Duration) {
	s := &e.shedding
	s.mu.Lock()
	s.level, s.lag = d.Level, lag
	if d.Change != 0 {
		s.reason = ui.Text(d.Reason)
	}
	s.mu.Unlock()
	if d.Change == 0 {
		return
	}
	e.log.Warn("the box leaves something out, or takes it back", "level", d.Level, "reason", d.Reason.En)
	e.wall.SetRate(d.Plan.ThumbnailsPerSecond)
	e.watch.slow(d.Plan.PreviewPerSecond)
	for _, l := range e.lines {
		if err := e.mixer.SetDivider(l.Name, d.Plan.RateDivisor); err != nil {
			e.log.Warn("the frame rate could not be changed", "error", err)
		}
		if err := l.setPreset(shed.Preset(l.Preset, d.Plan.PresetSteps)); err != nil {
			e.log.Warn("the encoder's preset could not be changed", "error", err)
		}
	}
}

// dropped counts pictures that were not made or not encoded.
func (e *engine) dropped() uint64 {
	n := e.mixer.Canvases()[0].Dropped // it counts for all canvases
	for _, l := range e.lines {
		n += l.lost()
	}
	return n
}

// busy is the time that all cores worked and the time that there was, in the
// kernel's ticks since its start; see proc(5), /proc/stat.
type busy struct{ worked, all float64 }

func readBusy() (b busy) {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return b
	}
	defer closeQuietly(f)
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		return b
	}
	var user, nice, system, idle, wait, irq, soft, steal float64
	if _, err := fmt.Sscanf(strings.TrimPrefix(line, "cpu"), "%g %g %g %g %g %g %g %g", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal); err != nil {
		return b
	}
	b.worked = user + nice + system + irq + soft + steal
	b.all = b.worked + idle + wait
	return b
}

// share returns how much of the time since before the cores worked, 0 to 1.
func (b busy) share(before busy) float64 {
	if b.all <= before.all {
		return 0
	}
	return math.Min(1, (b.worked-before.worked)/(b.all-before.all))
}

func (e *engine) loadStatus() ui.Load {
	level, reason, lag := e.shedding.status()
	s := ui.Load{Level: level, Steps: []ui.Text{}, Reason: reason, LagMS: float64(lag) / float64(time.Millisecond), Dropped: e.dropped(), Box: e.presets.words, PreviewDropped: e.watch.lost()}
	for _, t := range shed.Steps(level) {
		s.Steps = append(s.Steps, ui.Text(t))
	}
	return s
}
