package capture

import "sync"

// Mailbox keeps the newest frame of a source. Put never waits; a frame that
// nobody fetched before the next one came is given back and counted.
type Mailbox struct {
	mu     sync.Mutex
	newest *Frame
	seen   bool
	counts Counts
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
	m.mu.Lock()
	old := m.newest
	if old != nil {
		if !m.seen {
			m.counts.Unseen++
		}
		if f.Sequence > old.Sequence+1 {
			m.counts.Missed += f.Sequence - old.Sequence - 1
		}
	}
	m.newest, m.seen = f, false
	m.counts.Frames++
	m.mu.Unlock()
	if old != nil {
		old.Release()
	}
}

// Newest returns the newest frame with a hold for the caller, or nil when there
// is none.
func (m *Mailbox) Newest() *Frame {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.newest == nil {
		return nil
	}
	m.seen = true
	return m.newest.Retain()
}

// Clear forgets the newest frame: the source is gone.
func (m *Mailbox) Clear() {
	m.mu.Lock()
	old := m.newest
	m.newest = nil
	m.mu.Unlock()
	if old != nil {
		old.Release()
	}
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
