package mixer

import (
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Stage is a part of a frame's way whose cost is measured.
type Stage int

const (
	Decode  Stage = iota // camera frames to pictures at the size shown
	Compose              // pictures to the canvas
	Overlay              // overlays onto the canvas
	Encode               // the canvas to packets
	Sound                // sound, mixed and encoded
	stages
)

func (s Stage) String() string {
	return [...]string{"decode", "compose", "overlay", "encode", "sound"}[s]
}

// Stages lists all of them in the order of a frame's way.
func Stages() []Stage { return []Stage{Decode, Compose, Overlay, Encode, Sound} }

// Costs adds up the CPU time that each stage took on the thread that ran it.
// Threads that a codec keeps for itself are not seen.
type Costs struct {
	nanos [stages]atomic.Int64
}

// Measure runs work on one thread and adds its CPU time to the stage.
func (c *Costs) Measure(s Stage, work func()) {
	runtime.LockOSThread()
	before := threadTime()
	work()
	c.nanos[s].Add(int64(threadTime() - before))
	runtime.UnlockOSThread()
}

// Of returns the CPU time that the stage took so far.
func (c *Costs) Of(s Stage) time.Duration { return time.Duration(c.nanos[s].Load()) }

func threadTime() time.Duration {
	var t unix.Timespec
	// It cannot fail: the clock exists on every Linux and t is ours.
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}
