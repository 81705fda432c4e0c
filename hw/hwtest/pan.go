package hwtest

import (
	"math"
	"math/rand/v2"
	"time"
)

// pan is the mechanical half of a scale: what lies on it and how the needle follows.
type pan struct {
	capacity float64 // grams
	hand     *rand.Rand

	load    float64   // grams lying on the pan
	felt    float64   // grams that the cell feels by now
	touched time.Time // until then a hand is at the pan
	next    time.Time // when the potter comes again
	last    time.Time
	moving  time.Time // when the needle last moved
}

// step brings the pan to now. alone: nobody comes to the pan by himself.
func (p *pan) step(now time.Time, alone bool) {
	if p.last.IsZero() {
		p.last, p.moving, p.next = now, now, now.Add(6*time.Second)
		p.felt = p.load
	}
	if !alone && now.After(p.next) {
		p.potter(now)
	}
	dt := now.Sub(p.last).Seconds()
	p.last = now
	before := p.felt
	p.felt += (p.load - p.felt) * (1 - math.Exp(-dt/0.25))
	if now.Before(p.touched) {
		p.felt += 4 * p.hand.NormFloat64() // fingers on the clay
	}
	if math.Abs(p.felt-before) > 0.05 {
		p.moving = now
	}
}

// potter lays a lump of clay on, cuts some away, and begins again with a new lump.
func (p *pan) potter(now time.Time) {
	if p.load < 350 || p.load > p.capacity {
		p.load = math.Round((1100+300*p.hand.Float64())*10) / 10
	} else {
		p.load -= math.Round((40+110*p.hand.Float64())*10) / 10
	}
	p.touched = now.Add(1200 * time.Millisecond)
	p.next = now.Add(time.Duration(8+8*p.hand.Float64()) * time.Second)
}

// lay puts exactly so many grams on the pan.
func (p *pan) lay(grams float64, now time.Time) {
	p.load = grams
	p.touched, p.moving = now, now
}

func (p *pan) still(now time.Time) bool { return now.Sub(p.moving) > 400*time.Millisecond }
