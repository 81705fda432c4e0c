// Package uitest is a studio without an engine, for tests of the faces: it holds a
// scripted status, draws colour bars for pictures, answers commands plausibly and
// remembers them. Everything may be called from anywhere.
package uitest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"studio/ui"
)

// Studio implements ui.Studio and ui.Preview.
type Studio struct {
	mu       sync.Mutex
	status   ui.Status
	commands []ui.Command
	changed  chan struct{} // closed and made anew whenever something is remembered
	refusal  error
	start    time.Time
	frozen   bool
	offers   []string
	hungUp   []string
}

// New makes a studio with four cameras, a kiln and a scale, a pottery procedure
// and two destinations; off air, all well.
func New() *Studio {
	return &Studio{status: Status(), start: time.Now(), changed: make(chan struct{})}
}

// Status returns a copy of the scripted status; counters rise with time unless frozen.
func (s *Studio) Status() ui.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := clone(s.status)
	if s.frozen {
		return now
	}
	now.Time = time.Now()
	passed := now.Time.Sub(s.start)
	now.Box.UptimeMS += passed.Milliseconds()
	for i := range now.Canvases {
		now.Canvases[i].Frames += uint64(passed.Seconds() * now.Canvases[i].FrameRate)
	}
	for i := range now.Cameras {
		now.Cameras[i].Frames += uint64(passed.Seconds() * now.Cameras[i].FrameRate)
	}
	if now.Sound.State == ui.Live {
		sway := float64(passed.Milliseconds()/100%12) * 1.3
		now.Sound.PeakDB[0] -= sway
		now.Sound.PeakDB[1] -= 14 - sway
	}
	return now
}

// JPEG draws colour bars with the name's own tint; a bar below moves with time.
func (s *Studio) JPEG(ctx context.Context, name string, width int) ([]byte, error) {
	s.mu.Lock()
	status, start := clone(s.status), s.start
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	height := 0
	for _, c := range status.Canvases {
		if c.Name == name {
			height = width * c.Height / c.Width
		}
	}
	for i, c := range status.Cameras {
		if c.Name == name {
			return bars(width, width*9/16, i+1, c.State == ui.Live, time.Since(start))
		}
	}
	if height == 0 {
		return nil, fmt.Errorf("%w: picture %q: there is no canvas and no camera of that name", ui.ErrUnknown, name)
	}
	return bars(width, height, 0, true, time.Since(start))
}

// Answer implements ui.Preview: it remembers the offer and refuses it, so that a
// page has to fall back to pictures. An offer of "v=0 test" is answered.
func (s *Studio) Answer(_ context.Context, offer string) (answer, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(func() { s.offers = append(s.offers, offer) })
	if offer != "v=0 test" {
		return "", "", fmt.Errorf("%w: this studio has no live preview", ui.ErrRefused)
	}
	return "v=0 answer", "viewer" + strconv.Itoa(len(s.offers)), nil
}

// HangUp implements ui.Preview for viewers that were answered.
func (s *Studio) HangUp(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(id[min(len("viewer"), len(id)):])
	if err != nil || n > len(s.offers) || slices.Contains(s.hungUp, id) {
		return fmt.Errorf("%w: viewer %q: there is none of that id", ui.ErrUnknown, id)
	}
	s.hungUp = append(s.hungUp, id)
	return nil
}

// Change edits the scripted status.
func (s *Studio) Change(edit func(*ui.Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(func() { edit(&s.status) })
}

// Freeze stops the counters and meters, so that the status changes only through
// Change and commands.
func (s *Studio) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = true
}

// Refuse makes the next command fail with err.
func (s *Studio) Refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = err
}

// Commands returns all commands so far, oldest first.
func (s *Studio) Commands() []ui.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Offers returns the SDP offers so far, oldest first.
func (s *Studio) Offers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.offers)
}

// Await waits until the n-th command (counted from 1) has come and returns it; an
// error, with what came instead, when ctx ends first.
func (s *Studio) Await(ctx context.Context, n int) (ui.Command, error) {
	for {
		s.mu.Lock()
		commands, changed := s.commands, s.changed
		s.mu.Unlock()
		if len(commands) >= n {
			return commands[n-1], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("command %d did not come, only %v: %w", n, commands, ctx.Err())
		}
	}
}

// remember makes a change and wakes those who wait; s.mu is held.
func (s *Studio) remember(change func()) {
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}
