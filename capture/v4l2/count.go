package v4l2

import (
	"time"

	"golang.org/x/sys/unix"
)

// numbering turns the driver's 32-bit sequence numbers, which wrap around and
// begin again at every open, into numbers that only rise.
type numbering struct {
	last   uint64 // given out last
	driver uint32 // the driver's number that went with it
	going  bool   // false before the first frame of a stream
}

// begin says that the stream has started anew.
func (n *numbering) begin() { n.going = false }

// next returns the number of a frame. A gap in the driver's numbers is a gap in
// ours, unless the driver went backwards, which is a new beginning.
func (n *numbering) next(driver uint32) uint64 {
	step := driver - n.driver
	if !n.going || step == 0 || step > 1<<31 {
		step = 1
	}
	n.driver, n.going = driver, true
	n.last += uint64(step)
	return n.last
}

// drop takes the newest number back: its frame is counted as damaged or for want
// of a buffer and must not be counted as missing again.
func (n *numbering) drop() { n.last-- }

// oldest is the greatest age of a timestamp that is taken at its word.
const oldest = 2 * time.Second

// taken turns a kernel timestamp into a time with a monotonic reading. A stamp of
// another clock, which some drivers give, is nowhere near now; the time of
// arrival stands in for it.
func taken(seconds, microseconds int64) time.Time {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return time.Now()
	}
	return takenAt(time.Now(), time.Duration(ts.Nano()),
		time.Duration(seconds)*time.Second+time.Duration(microseconds)*time.Microsecond)
}

// takenAt is taken at a given moment, which is now in Go's time and clock on the
// kernel's monotonic clock.
func takenAt(now time.Time, clock, stamp time.Duration) time.Time {
	if age := clock - stamp; age >= 0 && age <= oldest {
		return now.Add(-age)
	}
	return now
}
