package main

import (
	"sync"

	"studio/media/packet"
	"studio/publish"
)

// lane leads the packets of one encode at a time to a destination, and changes the
// encode without the destination noticing: the next one takes over at its first
// key frame behind what was sent. All encodes that a lane changes between have the
// same size and profile, and so the same parameter sets; their packets pass as the
// first one's.
type lane struct {
	to     publish.Taker
	stream *packet.Stream // that the destination knows

	mu   sync.Mutex
	now  *merging
	next *merging
	last int64 // PTS of the newest picture that passed
}

// merging is an encode's way into a lane.
type merging struct {
	lane *lane
	from *encoding
}

// newLane leads r's packets to a destination.
func newLane(r *encoding, to publish.Taker) *lane {
	l := &lane{to: to, stream: r.video.Stream(), last: -1}
	l.now = &merging{l, r}
	r.join(l.now)
	return l
}

// Offer implements publish.Taker.
func (m *merging) Offer(p *packet.Packet) {
	if done := m.pass(p); done != nil {
		// An encode's list of takers may be read at this moment: it changes behind us.
		done.from.leave(done)
		done.from.line.close(done.from)
	}
}

// pass lets a packet pass if its way is the open one, and returns the way that is
// closed by it.
func (m *merging) pass(p *packet.Packet) (closed *merging) {
	l := m.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	picture := p.Stream.Codec.Video()
	if m == l.next && picture && p.Key {
		if p.PTS <= l.last {
			m.from.video.RequestKey() // the other way is ahead: at the next one
			return nil
		}
		closed, l.now, l.next = l.now, m, nil
	}
	if m != l.now {
		return closed
	}
	if picture {
		l.last = p.PTS
		if p.Stream != l.stream {
			same := *p
			same.Stream = l.stream
			p = &same
		}
	}
	l.to.Offer(p)
	return closed
}

// change leads another encode's packets to the destination from its next key
// frame on. The lane takes over the hold on r.
func (l *lane) change(r *encoding) {
	l.mu.Lock()
	gone := l.next
	l.next = &merging{l, r}
	next := l.next
	l.mu.Unlock()
	if gone != nil {
		gone.from.leave(gone)
		gone.from.line.close(gone.from)
	}
	r.join(next)
}

// serves tells which encode the destination gets, or is about to get.
func (l *lane) serves() *encoding {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next != nil {
		return l.next.from
	}
	return l.now.from
}

// end leaves all encodes and gives up the holds on them.
func (l *lane) end() {
	l.mu.Lock()
	ways := []*merging{l.now, l.next}
	l.mu.Unlock()
	for _, m := range ways {
		if m != nil {
			m.from.leave(m)
			m.from.line.close(m.from)
		}
	}
}
