package sound

import (
	"sync"
	"time"

	"studio/media/samples"
)

const (
	// windowFrames is how much sound a window holds: 2 s.
	windowFrames = 2 * samples.Rate
	// tolerance is how far a source's own count of samples may drift from the times
	// of its blocks before it is set right: below what an ear or eye notices.
	tolerance = 20 * time.Millisecond
)

// Window holds a live source's recent sound at its place on the program clock.
type Window struct {
	start time.Time // program time 0

	mu       sync.Mutex
	data     []float32 // a ring; position p lies at p modulo windowFrames; silence where nothing was written
	next     int64     // where the next block goes if it follows the last one
	anchored bool
	read     int64 // everything before was mixed
	resets   uint64
}

// NewWindow returns a window for a program clock that started at start.
func NewWindow(start time.Time) *Window {
	return &Window{start: start, data: make([]float32, windowFrames*samples.Channels)}
}

// Put writes a block where it belongs. It never blocks; what comes too late to be
// heard is dropped.
func (w *Window) Put(b samples.Block) {
	at := int64(b.Taken.Sub(w.start) * samples.Rate / time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	if off := samples.Duration(at - w.next); !w.anchored || off > tolerance || off < -tolerance {
		if w.anchored {
			w.resets++
		}
		w.next, w.anchored = at, true
	}
	for i := range b.Frames() {
		p := w.next + int64(i)
		if p < w.read || p >= w.read+windowFrames {
			continue
		}
		slot := int(p%windowFrames) * samples.Channels
		copy(w.data[slot:slot+samples.Channels], b.Data[i*samples.Channels:])
	}
	w.next += int64(b.Frames())
}

// Gone says that the source ended: its next block is placed anew.
func (w *Window) Gone() {
	w.mu.Lock()
	w.anchored = false
	w.mu.Unlock()
}

// AddTo implements Source: it takes the sound out and leaves silence.
func (w *Window) AddTo(dst []float32, position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range len(dst) / samples.Channels {
		slot := int((position+int64(i))%windowFrames) * samples.Channels
		for c := range samples.Channels {
			dst[i*samples.Channels+c] += w.data[slot+c]
			w.data[slot+c] = 0
		}
	}
	w.read = position + int64(len(dst)/samples.Channels)
}

// Resets returns how often the source had to be set right.
func (w *Window) Resets() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.resets
}
