package mixer

import (
	"context"
	"time"
)

// Clock tells the mixer when a program time has come.
type Clock interface {
	// Wait returns when the program time due has come, and how far behind it the
	// present already is. It returns ctx's error when ctx ends first.
	Wait(ctx context.Context, due time.Duration) (late time.Duration, err error)
}

// RealTime is the program clock of a broadcast: program time 0 is Start.
type RealTime struct {
	Start time.Time // monotonic
}

// Wait implements Clock.
func (c RealTime) Wait(ctx context.Context, due time.Duration) (time.Duration, error) {
	ahead := due - time.Since(c.Start)
	if ahead <= 0 {
		return -ahead, ctx.Err()
	}
	timer := time.NewTimer(ahead)
	defer timer.Stop()
	select {
	case <-timer.C:
		return max(0, time.Since(c.Start)-due), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Unpaced is a clock for which every time has come: the mixer runs as fast as it
// can and is never late.
type Unpaced struct{}

// Wait implements Clock.
func (Unpaced) Wait(ctx context.Context, _ time.Duration) (time.Duration, error) {
	return 0, ctx.Err()
}
