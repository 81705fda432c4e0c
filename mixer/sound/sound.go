// Package sound mixes the programme's sound on the program clock. Every source
// writes into a window of its own, at the place where its samples belong by the
// time at which they were heard; the mix reads all windows a little later.
// Where a source has nothing, there is silence: the programme's sound never has a
// gap.
package sound

import (
	"context"
	"math"
	"sync"
	"time"

	"studio/media/samples"
)

// Lag is how long the mix waits for sound to arrive before it is made: longer
// than a USB microphone's block and its way through the kernel.
const Lag = 120 * time.Millisecond

// blockFrames is how many samples per channel the mix makes at a time: 20 ms.
const blockFrames = samples.Rate / 50

// Source adds its sound for the blocks' positions to dst, 48 kHz stereo
// interleaved. position is in samples per channel since the program clock's
// start. It must not block.
type Source interface {
	AddTo(dst []float32, position int64)
}

// Generator is a source that is a pure function of the position.
type Generator func(dst []float32, position int64)

// AddTo implements Source.
func (g Generator) AddTo(dst []float32, position int64) {
	own := make([]float32, len(dst))
	g(own, position)
	for i, v := range own {
		dst[i] += v
	}
}

// Clock tells when a program time has come; see mixer.Clock.
type Clock interface {
	Wait(ctx context.Context, due time.Duration) (late time.Duration, err error)
}

// Mixer mixes all sources and hands the blocks out. Position and order are
// gapless from 0 on.
type Mixer struct {
	sources []Source
	output  func(samples.Block)
	next    int64
	scratch []float32

	mu   sync.Mutex
	peak [samples.Channels]float32 // of the meter window that is filling
	held [samples.Channels]float32 // of the last full one
	fill int
}

// New returns a mixer of sources. output takes each block and must not keep its
// Data; it may block, which delays the sound and loses none.
func New(sources []Source, output func(samples.Block)) *Mixer {
	return &Mixer{sources: sources, output: output, scratch: make([]float32, blockFrames*samples.Channels)}
}

// Run mixes in step with the clock, Lag behind it, until ctx ends.
func (m *Mixer) Run(ctx context.Context, clock Clock) error {
	for {
		due := samples.Duration(m.next+blockFrames) + Lag
		if _, err := clock.Wait(ctx, due); err != nil {
			return nil // ctx ended, as it was asked to
		}
		m.block()
	}
}

// Advance mixes until the position in samples per channel is reached; for a mix
// that follows the pictures instead of a clock. Not together with Run.
func (m *Mixer) Advance(position int64) {
	for m.next+blockFrames <= position {
		m.block()
	}
}

func (m *Mixer) block() {
	clear(m.scratch)
	for _, s := range m.sources {
		s.AddTo(m.scratch, m.next)
	}
	limit(m.scratch)
	m.meter(m.scratch)
	m.output(samples.Block{Position: m.next, Data: m.scratch})
	m.next += blockFrames
}

// limit keeps samples inside ±1: what is beyond is cut.
func limit(data []float32) {
	for i, v := range data {
		data[i] = max(-1, min(1, v))
	}
}

// meterBlocks is how many blocks a meter window lasts: 100 ms.
const meterBlocks = 5

func (m *Mixer) meter(data []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, v := range data {
		c := i % samples.Channels
		m.peak[c] = max(m.peak[c], float32(math.Abs(float64(v))))
	}
	if m.fill++; m.fill == meterBlocks {
		m.held, m.peak, m.fill = m.peak, [samples.Channels]float32{}, 0
	}
}

// SilenceDB is what the meters show for no sound at all.
const SilenceDB = -120

// PeakDB returns the peaks of the last 100 ms in dB below full scale, left first.
func (m *Mixer) PeakDB() [samples.Channels]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var db [samples.Channels]float64
	for c, v := range m.held {
		db[c] = SilenceDB
		if v > 1e-6 {
			db[c] = 20 * math.Log10(float64(v))
		}
	}
	return db
}
