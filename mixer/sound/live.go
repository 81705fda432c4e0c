package sound

import (
	"math"
	"sync"
	"time"

	"studio/media/samples"
	"studio/media/samples/resample"
)

const (
	// ringSeconds is how much sound a Live source holds: enough for the longest delay,
	// the mix's lag and sound that comes ahead of its time.
	ringSeconds = 4
	// gateSeconds is how long a source takes to fade where its sound begins or ends.
	gateSeconds = 0.005
)

// Live is a source with a clock of its own: a microphone, a file that is played.
// Put, Gone and Close belong to one goroutine; all else may be called by any.
type Live struct {
	start time.Time // program time 0
	rate  int       // of the program clock, samples a second

	// of the goroutine that puts
	resampler *resample.Resampler
	converted []float32
	anchored  bool
	next      int64 // where the next converted sample goes
	drift     drift

	mu     sync.Mutex
	ring   []float32 // position p lies at p modulo the ring's frames
	end    int64     // behind the newest sample
	read   int64     // everything before was read
	gate   ramp
	faded  int // frames of the fade-in that is being written
	status LiveStatus
}

// LiveStatus is how a source's clock does.
type LiveStatus struct {
	Resets uint64  // how often its sound had to be moved: sound was missing, or times jumped
	PPM    float64 // how much faster its clock runs than the box's, parts in a million
	OffMS  float64 // how far its newest block's time was from where it was placed
	Broken uint64  // blocks that were no sound
}

// NewLive returns a source for a program clock that started at start.
func NewLive(start time.Time) *Live { return newLive(start, samples.Rate) }

func newLive(start time.Time, rate int) *Live {
	return &Live{start: start, rate: rate, ring: make([]float32, ringSeconds*rate*samples.Channels)}
}

// Put takes a block that follows the one before, converts it to the program clock
// and lays it where it belongs. It never blocks and may change b's data. What comes
// too late to be heard is dropped.
func (l *Live) Put(b samples.Captured) {
	if !l.prepare(b) {
		l.mu.Lock()
		l.status.Broken++
		l.mu.Unlock()
		return
	}
	off := l.follow(b.Taken.Sub(l.start).Seconds())
	if most := l.resampler.Most(b.Frames()) * samples.Channels; len(l.converted) < most {
		l.converted = make([]float32, 2*most)
	}
	n, err := l.resampler.Convert(l.converted, b.Data)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.status.Broken++
		return
	}
	l.status.OffMS = off * 1000
	l.status.PPM = -l.drift.clock * 1e6
	l.write(l.converted[:n*samples.Channels])
}

// prepare sees to it that b is sound and that there is a resampler for it.
func (l *Live) prepare(b samples.Captured) bool {
	if b.Frames() == 0 || len(b.Data)%b.Channels != 0 {
		return false
	}
	for i, v := range b.Data {
		// one sample that is no number would stay in every filter behind
		if !(v >= -math.MaxFloat32 && v <= math.MaxFloat32) {
			b.Data[i] = 0
		}
	}
	if l.resampler != nil && l.resampler.Accepts(b.Rate, b.Channels) {
		return true
	}
	l.Gone()
	r, err := resample.New(b.Rate, b.Channels, l.rate)
	if err != nil {
		return false
	}
	l.resampler = r
	return true
}

// follow keeps the source in step: it bends the resampler and, where sound is
// missing, moves what comes. It returns how far the block was off, in seconds.
func (l *Live) follow(at float64) (off float64) {
	rate := float64(l.rate)
	if !l.anchored {
		l.anchored = true
		l.next = int64(math.Round((at - l.resampler.Held()) * rate))
		l.drift.begin()
		_ = l.resampler.Bend(l.drift.clock) // cannot fail: the resampler is made for it
	}
	off = at - float64(l.next)/rate - l.resampler.Held()
	c, decided := l.drift.see(at, off)
	if !decided {
		return off
	}
	_ = l.resampler.Bend(c.bend)
	if c.jump != 0 {
		l.next += int64(math.Round(c.jump * rate))
		if math.Abs(c.jump) > jumpAbove {
			l.mu.Lock()
			l.status.Resets++
			l.mu.Unlock()
		}
	}
	return off
}

// write lays converted samples at next. Where they do not follow the ones before,
// both ends are faded and there is silence between.
func (l *Live) write(data []float32) {
	frames := int64(len(l.ring) / samples.Channels)
	if l.next+int64(len(data)/samples.Channels) > l.read+frames {
		l.next += int64(len(data) / samples.Channels)
		return // so far ahead that it would lie on what is not read yet
	}
	if l.next != l.end {
		l.part(frames)
	}
	fade := int(gateSeconds * float64(l.rate))
	for i := 0; i < len(data) && l.faded < fade; i += samples.Channels {
		l.faded++
		for c := range samples.Channels {
			data[i+c] *= float32(l.faded) / float32(fade)
		}
	}
	for len(data) > 0 {
		n := copy(l.slots(l.next), data)
		l.next += int64(n / samples.Channels)
		data = data[n:]
	}
	l.end = l.next
}

// part ends the sound before next.
func (l *Live) part(frames int64) {
	fade := int64(gateSeconds * float64(l.rate))
	cut := min(l.end, l.next)
	for i := range min(fade, frames) {
		slot := l.slot(cut - 1 - i)
		for c := range slot {
			slot[c] *= float32(i) / float32(fade)
		}
	}
	for p := max(cut, l.next-frames); p < l.next; p++ {
		clear(l.slot(p))
	}
	l.faded = 0
}

// slots returns the ring from a position to its end.
func (l *Live) slots(position int64) []float32 {
	frames := int64(len(l.ring) / samples.Channels)
	return l.ring[((position%frames+frames)%frames)*samples.Channels:]
}

func (l *Live) slot(position int64) []float32 { return l.slots(position)[:samples.Channels] }

// Read implements Source. Shortly before the sound ends it is faded out, and in
// when there is some again.
func (l *Live) Read(dst []float32, position int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fade := int(gateSeconds * float64(l.rate))
	oldest := l.end - int64(len(l.ring)/samples.Channels)
	if until := position + int64(len(dst)/samples.Channels); l.gate.value == 1 && position >= oldest && until+int64(fade) < l.end {
		n := copy(dst, l.slots(position))
		copy(dst[n:], l.ring)
		l.read = until
		return
	}
	for i := 0; i < len(dst); i += samples.Channels {
		there := position >= oldest && position < l.end
		if there && position+int64(fade) < l.end {
			l.gate.to(1, fade)
		} else {
			l.gate.to(0, fade)
		}
		factor := l.gate.next()
		if !there {
			clear(dst[i : i+samples.Channels])
		} else {
			slot := l.slot(position)
			for c := range slot {
				dst[i+c] = slot[c] * factor
			}
		}
		position++
	}
	l.read = position
}

// Gone says that the source ended: its next block is placed anew.
func (l *Live) Gone() {
	l.anchored = false
	if l.resampler != nil {
		l.resampler.Close() // what it holds must not be heard when the source is back
		l.resampler = nil
	}
}

// Close frees what the source holds; Put must not be called afterwards.
func (l *Live) Close() { l.Gone() }

// Status returns how the source's clock does.
func (l *Live) Status() LiveStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}
