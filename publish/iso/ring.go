package iso

import "time"

// entry is a picture or a stretch of sound in a ring.
type entry struct {
	track         int
	at, lasts     time.Duration // since the programme's start
	width, height int           // of a picture
	h264          bool
	key           bool   // a file can begin with it
	data          []byte // in the ring
	start         int    // where, in the ring's memory
}

// ring is a row of entries in a bounded stretch of memory. An entry's bytes lie
// together; a new one begins at the front whenever the row is empty, so that a
// writer that keeps up uses little of the memory. It knows no locks.
type ring struct {
	memory  []byte
	limit   int // bytes that memory may grow to
	entries []entry
	head    int // where the next entry goes
	tail    int // where the oldest entry begins
}

// reserve makes room for n bytes and returns it; nil means that there is none. The
// caller fills it and calls push.
func (r *ring) reserve(n int) []byte {
	if r.memory == nil {
		r.memory = make([]byte, r.limit) // the kernel gives pages when they are first used
	}
	if len(r.entries) == 0 {
		r.head, r.tail = 0, 0
	}
	switch {
	case r.head < r.tail || r.head == r.tail && len(r.entries) > 0:
		if r.tail-r.head < n {
			return nil
		}
	case len(r.memory)-r.head >= n:
	case r.tail >= n:
		r.head = 0
	default:
		return nil
	}
	return r.memory[r.head : r.head+n : r.head+n]
}

// push adds an entry whose data reserve returned.
func (r *ring) push(e entry) {
	e.start = r.head
	r.entries = append(r.entries, e)
	r.head += len(e.data)
}

// oldest returns the entry to be written next; its data stay until pop.
func (r *ring) oldest() (entry, bool) {
	if len(r.entries) == 0 {
		return entry{}, false
	}
	return r.entries[0], true
}

func (r *ring) pop() {
	n := copy(r.entries, r.entries[1:])
	r.entries[n] = entry{}
	r.entries = r.entries[:n]
	r.tail = 0
	if n > 0 {
		r.tail = r.entries[0].start
	}
}
