package h264

import (
	"time"

	"studio/capture"
)

// unit is an access unit that waits.
type unit struct {
	size  int
	taken time.Time
	key   bool
}

// queue is a row of access units in bounded memory, which grows as it is used. It
// knows no locks.
type queue struct {
	units []unit
	first int    // of units: the oldest
	data  []byte // of all, one behind the other
	begin int    // of data: the oldest's
}

func (q *queue) count() int { return len(q.units) - q.first }
func (q *queue) bytes() int { return len(q.data) - q.begin }

// push adds a copy of a unit; false means that there is no room.
func (q *queue) push(u unit, data []byte) bool {
	if q.count() == mostUnits || q.bytes()+len(data) > mostBytes {
		return false
	}
	if len(q.units) == cap(q.units) || len(q.data)+len(data) > cap(q.data) {
		q.units = q.units[:copy(q.units, q.units[q.first:])]
		q.data = q.data[:copy(q.data, q.data[q.begin:])]
		q.first, q.begin = 0, 0
	}
	q.units, q.data = append(q.units, u), append(q.data, data...)
	return true
}

// oldest returns the unit that waits longest, or, if there is none, one that was taken
// never.
func (q *queue) oldest() unit {
	if q.count() == 0 {
		return unit{}
	}
	return q.units[q.first]
}

// pop takes the oldest out and appends its bytes to out.
func (q *queue) pop(out []byte) []byte {
	out = append(out, q.data[q.begin:q.begin+q.oldest().size]...)
	q.drop()
	return out
}

func (q *queue) drop() {
	q.begin += q.oldest().size
	q.first++
	if q.count() == 0 {
		q.clear()
	}
}

func (q *queue) clear() {
	q.units, q.data, q.first, q.begin = q.units[:0], q.data[:0], 0, 0
}

// heldFrames is how many pictures may be held at a time; see capture/v4l2.
const heldFrames = 8 + capture.HeldBack

// frames is the bounded store of decoded pictures. They outlive the decoder.
type frames struct {
	free chan *capture.Frame // holds all there are, so giving one back never waits
	made int                 // touched by Run only
}

func newFrames() *frames { return &frames{free: make(chan *capture.Frame, heldFrames)} }

// get returns a frame held once, or nil when all are held.
func (s *frames) get() *capture.Frame {
	select {
	case f := <-s.free:
		f.Renew()
		return f
	default:
	}
	if s.made == heldFrames {
		return nil
	}
	s.made++
	return capture.NewFrame(func(f *capture.Frame) { s.free <- f })
}
