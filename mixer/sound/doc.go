// Package sound mixes the programme's sound on the program clock. Every source
// lays its samples into a ring of its own, at the place where they belong by the
// time at which they were heard; the mix reads all rings a little later. Where a
// source has nothing, there is silence: the programme's sound never has a gap.
//
//	Live (a source on the program clock) ─► strip: delay ─► tap ─► high-pass ─► gain ─┐
//	Generator                            ─► strip ...                                 ├─► sum ─► limiter ─► output
//
// No two clocks run alike. A Live source watches how its count of samples and the
// times of its blocks draw apart, and bends its resampler by that, so that sound
// stays with the pictures however long the programme lasts; drift decides how.
//
// Privacy is a property of the output, not of the sources: while it is on, every
// sample that leaves the package is zero, and afterwards nothing is heard that was
// said before it was taken off.
package sound
