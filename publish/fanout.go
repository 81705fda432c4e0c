package publish

import (
	"slices"
	"sync"
	"sync/atomic"

	"studio/media/packet"
)

// Taker takes packets without blocking; it may keep them, but not change them.
// *Destination is one.
type Taker interface {
	Offer(p *packet.Packet)
}

// Fanout hands each packet to all takers. Its zero value has none. Any goroutine
// may call any method; Offer takes no lock of its own.
type Fanout struct {
	changing sync.Mutex
	takers   atomic.Pointer[[]Taker]
}

// Offer hands p to every taker in turn.
func (f *Fanout) Offer(p *packet.Packet) {
	for _, t := range f.list() {
		t.Offer(p)
	}
}

// Add adds a taker; one that is there already is not added again.
func (f *Fanout) Add(t Taker) {
	f.changing.Lock()
	defer f.changing.Unlock()
	if list := f.list(); !slices.Contains(list, t) {
		list = append(slices.Clone(list), t)
		f.takers.Store(&list)
	}
}

// Remove takes a taker out; an Offer under way may still reach it once.
func (f *Fanout) Remove(t Taker) {
	f.changing.Lock()
	defer f.changing.Unlock()
	list := slices.DeleteFunc(slices.Clone(f.list()), func(other Taker) bool { return other == t })
	f.takers.Store(&list)
}

func (f *Fanout) list() []Taker {
	if list := f.takers.Load(); list != nil {
		return *list
	}
	return nil
}
