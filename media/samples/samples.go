// Package samples holds sound as it flows through the box: as its source gave it
// (Captured), and on the program clock (Block): blocks of 32-bit float samples,
// 48 kHz, stereo, interleaved, nominally within ±1.
package samples

import "time"

const (
	Rate     = 48000 // samples a second and channel
	Channels = 2
)

// Block is a stretch of sound on the program clock. Data holds Channels values per
// sample, left first.
type Block struct {
	// Position is the first sample's number since the program clock's start.
	Position int64
	Data     []float32
}

// Frames returns how many samples per channel the block holds.
func (b Block) Frames() int { return len(b.Data) / Channels }

// Captured is a stretch of sound as a source gave it, by the source's own clock.
type Captured struct {
	// Taken is when the first sample was heard (monotonic), as well as it is known.
	Taken time.Time
	// Rate is how many samples a second and channel the source says that it gives.
	Rate int
	// Channels are in the usual order of their number: mono; left, right; left,
	// right, centre; and so on, as in a WAVE file.
	Channels int
	Data     []float32 // interleaved, nominally within ±1
}

// Frames returns how many samples per channel there are.
func (c Captured) Frames() int {
	if c.Channels <= 0 {
		return 0
	}
	return len(c.Data) / c.Channels
}

// Length returns how long the stretch lasts by the source's own count.
func (c Captured) Length() time.Duration {
	if c.Rate <= 0 {
		return 0
	}
	return time.Duration(int64(c.Frames()) * int64(time.Second) / int64(c.Rate))
}

// Duration returns how long n samples per channel last.
func Duration(n int64) time.Duration {
	// in two parts: n nanoseconds would be too many for 64 bits after two days
	return time.Duration(n/Rate)*time.Second + time.Duration(n%Rate*int64(time.Second)/Rate)
}

// Position returns how many samples per channel d lasts, cut to a whole number.
func Position(d time.Duration) int64 {
	whole := d / time.Second
	return int64(whole)*Rate + int64(d%time.Second)*Rate/int64(time.Second)
}
