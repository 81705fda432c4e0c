package capture

import (
	"sync"
	"time"
)

// MostDelay is the longest that a mailbox can hold pictures back.
const MostDelay = time.Second

// HeldBack is how many frames a mailbox with the longest delay holds. A source
// has to have so many more than it needs otherwise.
const HeldBack = int(MostDelay/closest) + 2

// closest is how near to each other frames are held back: those of a camera
// faster than 60 frames a second are thinned out, so that memory is bounded.
const closest = 16 * time.Millisecond

// Mailbox keeps the newest frame of a source. Put never waits; a frame that
// nobody fetched before the next one came is given back and counted.
//
// With a delay it returns what it would have returned that long ago, so that a
// camera can wait for slower ones and for the sound. Frames that wait are held,
// as they came, in a ring of fixed size.
type Mailbox struct {
	tap func(*Frame) // sees every frame as it is put; nil: nobody

	mu     sync.Mutex
	newest *Frame // of those whose time has come
	seen   bool
	counts Counts
	last   uint64 // sequence number of the frame put last
	going  bool   // there is one since the last Clear
	asked  time.Time

	delay   time.Duration
	waiting [HeldBack]arrival // a ring, oldest first
	first   int
	count   int
}

// arrival is a frame and when it came.
type arrival struct {
	frame *Frame
	at    time.Time
}

// Counts is what a source delivered and lost since it was made.
type Counts struct {
	Frames    uint64 `json:"frames" doc:"frames that came in whole"`
	Unseen    uint64 `json:"unseen" doc:"frames replaced by a newer one before the mixer looked"`
	Missed    uint64 `json:"missed" doc:"frames that the source's own count says were lost on the way"`
	Damaged   uint64 `json:"damaged" doc:"frames dropped: flagged by the driver, cut short or undecodable"`
	Exhausted uint64 `json:"exhausted" doc:"frames dropped because no free buffer was left"`
}

// Put replaces the newest frame; the mailbox takes the caller's hold.
func (m *Mailbox) Put(f *Frame) {
	m.Come(f)
	m.Show(f)
}

// Come counts a frame that came from the wire and lets the tap see it. A source
// whose frames cannot be shown as they come calls it by itself, and Show with what
// it made of them. The caller keeps its hold.
func (m *Mailbox) Come(f *Frame) {
	if m.tap != nil {
		m.tap(f)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.going && f.Sequence > m.last+1 {
		m.counts.Missed += f.Sequence - m.last - 1
	}
	m.last, m.going = f.Sequence, true
	m.counts.Frames++
}

// Show replaces the newest frame; the mailbox takes the caller's hold. What was made
// of frames that came before the mailbox was cleared is passed over.
func (m *Mailbox) Show(f *Frame) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.going {
		f.Release()
		return
	}
	if m.delay == 0 {
		m.show(f)
		return
	}
	now := time.Now()
	m.advance(now)
	m.wait(arrival{f, now})
	if m.newest == nil {
		m.show(m.next())
	}
}

// wait puts a frame behind those that wait. Of three frames within closest the
// middle one is left out, which also keeps the ring from ever being full.
func (m *Mailbox) wait(a arrival) {
	if m.count >= 2 {
		newest, before := m.at(m.count-1), m.at(m.count-2)
		if newest.at.Sub(before.at) < closest {
			newest.frame.Release()
			*newest = a
			m.counts.Unseen++
			return
		}
	}
	if m.count == len(m.waiting) { // the clock has jumped: the oldest gives way
		m.show(m.next())
	}
	m.count++
	*m.at(m.count - 1) = a
}

// advance shows what has waited long enough.
func (m *Mailbox) advance(now time.Time) {
	for m.count > 0 && now.Sub(m.at(0).at) >= m.delay {
		m.show(m.next())
	}
}

// show makes a frame the newest one.
func (m *Mailbox) show(f *Frame) {
	if m.newest != nil {
		if !m.seen {
			m.counts.Unseen++
		}
		m.newest.Release()
	}
	m.newest, m.seen = f, false
}

// next takes the oldest frame that waits.
func (m *Mailbox) next() *Frame {
	f := m.at(0).frame
	m.at(0).frame = nil
	m.first = (m.first + 1) % len(m.waiting)
	m.count--
	return f
}

func (m *Mailbox) at(i int) *arrival { return &m.waiting[(m.first+i)%len(m.waiting)] }

// Newest returns the newest frame with a hold for the caller, or nil when there
// is none. With a delay it is the newest one that came at least so long ago, or
// the oldest there is while none is that old.
func (m *Mailbox) Newest() *Frame {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = time.Now()
	if m.count > 0 {
		m.advance(m.asked)
	}
	if m.newest == nil {
		return nil
	}
	m.seen = true
	return m.newest.Retain()
}

// Asked returns when somebody asked for the newest frame last, zero if nobody has.
func (m *Mailbox) Asked() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// SetDelay makes the mailbox hold frames back, from 0 to MostDelay; what is
// beyond is taken for the limit. A longer delay holds the present picture until
// the next one's time has come.
func (m *Mailbox) SetDelay(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delay = min(max(d, 0), MostDelay)
	if m.count > 0 {
		m.advance(time.Now())
	}
}

// Delay returns for how long frames are held back.
func (m *Mailbox) Delay() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.delay
}

// Clear forgets every frame: the source is gone.
func (m *Mailbox) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.count > 0 {
		m.next().Release()
	}
	if m.newest != nil {
		m.newest.Release()
	}
	m.newest, m.going = nil, false
}

// CountUnseen counts frames that were passed over because newer ones had come.
func (m *Mailbox) CountUnseen(n int) {
	m.mu.Lock()
	m.counts.Unseen += uint64(n)
	m.mu.Unlock()
}

// CountDamaged counts a frame that was dropped because it was not whole.
func (m *Mailbox) CountDamaged() {
	m.mu.Lock()
	m.counts.Damaged++
	m.mu.Unlock()
}

// CountExhausted counts a frame that was dropped for want of a buffer.
func (m *Mailbox) CountExhausted() {
	m.mu.Lock()
	m.counts.Exhausted++
	m.mu.Unlock()
}

// Counts returns what came and what was lost so far.
func (m *Mailbox) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}
