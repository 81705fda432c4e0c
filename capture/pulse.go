package capture

import "time"

// beat is what a look at the frame counter found out.
type beat uint8

const (
	same   beat = iota // nothing changed
	begins             // the first frame, or the first after a silence
	stops              // silent for longer than the mode allows: no picture to show
	dies               // silent for so long that only opening again can help
)

// pulse tells from a source's frame counter whether it lives. It has no clock of
// its own and does nothing but decide.
type pulse struct {
	frames uint64    // counted at the last look
	born   time.Time // when the first frame of this attempt was seen; zero before
	last   time.Time // when the source was opened or the newest frame was seen; zero before
	live   bool
	dead   bool
	frame  time.Duration // one frame time, 0 if unknown
}

// open says that the source streams from now on, in mode m.
func (p *pulse) open(now time.Time, m Mode) {
	if p.last.IsZero() {
		p.last = now
	}
	if m.FrameRate > 0 {
		p.frame = time.Duration(float64(time.Second) / m.FrameRate)
	}
}

// look compares the frame counter with what it was. A source that is not yet open
// has all the time in the world: the kernel cannot be hurried.
func (p *pulse) look(now time.Time, frames uint64) beat {
	if frames != p.frames {
		p.frames, p.last = frames, now
		if p.born.IsZero() {
			p.born = now
		}
		if p.live {
			return same
		}
		p.live = true
		return begins
	}
	if p.last.IsZero() || p.dead {
		return same
	}
	quiet := now.Sub(p.last)
	switch {
	case p.live && quiet >= max(silence, silentFrames*p.frame):
		p.live = false
		return stops
	case !p.live && quiet >= p.patience():
		p.dead = true
		return dies
	}
	return same
}

// patience is how long a source may be silent before it is opened again.
func (p *pulse) patience() time.Duration {
	if p.born.IsZero() {
		return max(firstPicture, reopenFrames*p.frame)
	}
	return max(reopen, reopenFrames*p.frame)
}

// lived is how long frames came in.
func (p *pulse) lived() time.Duration {
	if p.born.IsZero() {
		return 0
	}
	return p.last.Sub(p.born)
}

// rate measures frames a second over the last two seconds.
type rate struct {
	samples [9]sample
	count   int // samples taken since the picture came
}

type sample struct {
	at     time.Time
	frames uint64
}

// sampleEvery is the distance of the samples that rate keeps.
const sampleEvery = 250 * time.Millisecond

func (r *rate) add(now time.Time, frames uint64) {
	if r.count > 0 && now.Sub(r.newest().at) < sampleEvery {
		return
	}
	r.samples[r.count%len(r.samples)] = sample{now, frames}
	r.count++
}

func (r *rate) newest() sample { return r.samples[(r.count-1)%len(r.samples)] }

// perSecond returns the rate, 0 before there are two samples.
func (r *rate) perSecond() float64 {
	if r.count < 2 {
		return 0
	}
	oldest, newest := r.samples[max(0, r.count-len(r.samples))%len(r.samples)], r.newest()
	return float64(newest.frames-oldest.frames) / newest.at.Sub(oldest.at).Seconds()
}
