// Package samples holds sound as it flows through the box: blocks of 32-bit
// float samples, 48 kHz, stereo, interleaved, nominally within ±1.
package samples

import "time"

const (
	Rate     = 48000 // samples a second and channel
	Channels = 2
)

// Block is a stretch of sound. Data holds Channels values per sample, left first.
type Block struct {
	// Position is the first sample's number since the program clock's start, for
	// sound on the program clock; sources leave it 0.
	Position int64
	// Taken is when the first sample was heard (monotonic), for sound from a source.
	Taken time.Time
	Data  []float32
}

// Frames returns how many samples per channel the block holds.
func (b Block) Frames() int { return len(b.Data) / Channels }

// Duration returns how long n samples per channel last.
func Duration(n int64) time.Duration {
	return time.Duration(n * int64(time.Second) / Rate)
}
