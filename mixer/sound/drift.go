package sound

import (
	"math"
	"slices"
)

const (
	// driftWindow is over how long blocks are looked at together, in seconds.
	driftWindow = 1.0
	// driftBlocks is how many blocks are looked at together at most.
	driftBlocks = 128
	// loopFrequency is how quickly the loop follows, in radians a second: a clock that
	// is 200 ppm off is never behind by more than 200e-6 / (e × 0.1) s = 0.74 ms, and
	// what jitter is left moves the pitch by less than anyone hears.
	loopFrequency = 0.1
	// driftMost bounds the correction: 0.2 % is a thirtieth of a semitone. Quartz
	// clocks are within a tenth of it.
	driftMost = 0.002
	// jumpAbove is how far sound must be off, in seconds, all through a window, to be
	// moved at once: so much is missing sound, no clock.
	jumpAbove = 0.04
	// firstJumpAbove is the same for the first window, which shows how late the first
	// block came.
	firstJumpAbove = 0.002
)

// drift decides how a source's clock is followed. It is a phase-locked loop of
// second order: it knows how far the source's count of samples is off the times of
// its blocks, and learns how much faster its clock runs than ours.
//
// Blocks come late by any time when the box is busy, but never early; so of the
// blocks of a window the earliest tell the truth. The second lowest or so is
// taken rather than the lowest one: a single false time does nothing.
type drift struct {
	offs  [driftBlocks]float64
	n     int
	since float64 // when the window began
	known bool    // since is set
	tuned bool    // a window was seen since the source began

	clock float64 // what the source's clock was found to be slow by, as a ratio
}

// correction is what a window has shown.
type correction struct {
	bend float64 // how much longer the source's sound is to be made, as a ratio
	jump float64 // how far later it is to be placed, in seconds; mostly 0
}

// see takes a block's time and by how much it is later than the samples before it
// say, both in seconds. It returns true with a correction at the end of a window.
func (d *drift) see(at, off float64) (correction, bool) {
	if !d.known || at < d.since {
		d.since, d.known, d.n = at, true, 0
	}
	d.offs[d.n] = off
	d.n++
	length := at - d.since
	if length < driftWindow && d.n < driftBlocks {
		return correction{}, false
	}
	slices.Sort(d.offs[:d.n])
	off = d.offs[d.n/20]
	d.since, d.n = at, 0
	limit := jumpAbove
	if !d.tuned {
		limit = firstJumpAbove
	}
	d.tuned = true
	if math.Abs(off) > limit {
		return correction{bend: d.clock, jump: off}, true
	}
	d.clock = clamp(d.clock + loopFrequency*loopFrequency*off*min(length, 1))
	return correction{bend: clamp(d.clock + 2*loopFrequency*off)}, true
}

// begin says that the source begins anew. What is known of its clock stays.
func (d *drift) begin() { d.known, d.tuned = false, false }

func clamp(ratio float64) float64 { return max(-driftMost, min(driftMost, ratio)) }
