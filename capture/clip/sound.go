package clip

import (
	"context"
	"sync"
	"time"

	"studio/media/samples"
)

// Ear takes a clip's sound. Its methods are called by one goroutine; b is the ear's
// until Put returns, which must not block. After Gone the sound begins anew.
type Ear interface {
	Put(b samples.Captured)
	Gone()
}

// round is the present run through the file, as the pictures see it: the sound
// follows them.
type round struct {
	mu     sync.Mutex
	start  time.Time // when this round's first picture was due
	number int
	begun  chan struct{} // closed when the next round begins
}

func newRound(start time.Time) *round { return &round{start: start, begun: make(chan struct{})} }

// set says where the pictures are.
func (r *round) set(start time.Time, number int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if number != r.number {
		close(r.begun)
		r.begun = make(chan struct{})
	}
	r.start, r.number = start, number
}

func (r *round) now() (start time.Time, number int, next <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.start, r.number, r.begun
}

// sing hands the file's sound to the ear in step with the pictures until ctx ends.
// A file without sound, or whose sound breaks off, is silent: the pictures go on.
func sing(ctx context.Context, path string, ear Ear, r *round) {
	file := openSound(path)
	if file == nil {
		return
	}
	defer file.close()
	defer ear.Gone()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var b samples.Captured
	start, number, next := r.now()
	for over := false; ; {
		var due <-chan time.Time // never, once the sound is over
		if !over {
			at, err := file.next(&b)
			if over = err != nil; !over {
				b.Taken = start.Add(at)
				timer.Reset(time.Until(b.Taken))
				due = timer.C
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-due:
		}
		was, round := start, number
		start, number, next = r.now()
		if !start.Equal(was) {
			ear.Gone() // another round, or the pictures were late
			b.Taken = b.Taken.Add(start.Sub(was))
		}
		if number != round {
			if over = file.rewind() != nil; over {
				return
			}
			continue
		}
		if !over && !b.Taken.Before(start) {
			ear.Put(b)
		}
	}
}
