package overlay

import (
	"sync/atomic"
	"time"

	"studio/media/picture"
)

// placed is a finished drawing at its place. It never changes.
type placed struct {
	layer   *picture.Layer
	x, y    int
	leaving bool
	fade    *fade
}

func (p placed) at(r picture.Rect) bool {
	return p.x == r.X && p.y == r.Y && p.layer.Width == r.Width && p.layer.Height == r.Height
}

// fade is how far an overlay has appeared or gone. Its times belong to the
// goroutine that blends and are in that goroutine's clock, which may be a program
// clock that runs faster than the wall's: they begin with the first picture.
type fade struct {
	in, out time.Time
	gone    atomic.Bool // set by Blend, read by the painter
}

// publish hands the present drawings to the air path.
func (s *Set) publish() {
	p := &s.painter
	leaving := p.leaving[:0]
	for _, one := range p.leaving {
		if !one.fade.gone.Load() {
			leaving = append(leaving, one)
		}
	}
	clear(p.leaving[len(leaving):])
	p.leaving = leaving
	air := make([]placed, 0, len(p.leaving)+len(p.shown))
	air = append(air, p.leaving...)
	for _, one := range p.shown {
		air = append(air, one.placed)
	}
	s.air.Store(&air)
}

// Blend lays the set over a picture of the canvas's size. now is the picture's
// time; only differences between calls count. It does not wait or allocate.
func (s *Set) Blend(dst picture.View, now time.Time) {
	air := s.air.Load()
	if air == nil {
		return
	}
	blended := uint64(0)
	for i := range *air {
		p := &(*air)[i]
		opacity := p.opacity(now, s.options.Fade)
		if opacity == 0 {
			continue
		}
		picture.Blend(dst, p.layer, p.x, p.y, opacity)
		blended++
	}
	s.blended.Add(blended)
}

// opacity moves the fade on to now and returns how much is to be seen.
func (p *placed) opacity(now time.Time, length time.Duration) uint8 {
	f := p.fade
	if f.in.IsZero() {
		f.in = now
	}
	if !p.leaving {
		return level(now.Sub(f.in), length)
	}
	if f.out.IsZero() {
		f.out = now
	}
	left := level(now.Sub(f.out), length)
	if left == 255 {
		f.gone.Store(true)
	}
	return uint8(uint(level(f.out.Sub(f.in), length)) * uint(255-left) / 255)
}

// level is 0 to 255 along a smooth curve, over length.
func level(since, length time.Duration) uint8 {
	if length <= 0 || since >= length {
		return 255
	}
	if since <= 0 {
		return 0
	}
	t := float64(since) / float64(length)
	return uint8(255*t*t*(3-2*t) + 0.5)
}
