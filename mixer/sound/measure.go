package sound

import (
	"math"

	"studio/media/samples"
)

// silenceAlarm is the level below which it counts as silence: -60 dBFS.
const silenceAlarm = 0.001

// How often the loudness is read, in blocks: the last 400 ms ten times a second, the
// rest, which is more to compute, once.
const (
	momentaryBlocks = 5
	longerBlocks    = 50
)

// note keeps what an input's block was like.
func (m *Mixer) note(s *strip, peak [samples.Channels]float32, frames int64) {
	s.quiet = m.quieter(s.quiet, peak, frames)
	m.mu.Lock()
	defer m.mu.Unlock()
	s.meter.add(peak, int(frames))
	s.silent = s.quiet
}

// quieter returns for how long there has been silence after a block. Privacy is no
// silence that anybody must be told of.
func (m *Mixer) quieter(quiet int64, peak [samples.Channels]float32, frames int64) int64 {
	if m.private {
		return 0
	}
	for _, v := range peak {
		if v >= silenceAlarm {
			return 0
		}
	}
	return quiet + frames
}

// measure hears the programme's block.
func (m *Mixer) measure(mix []float32) {
	peak := peaks(mix)
	m.quiet = m.quieter(m.quiet, peak, blockFrames)
	m.mu.Lock()
	reset := m.wanted.reset
	m.wanted.reset = false
	m.mu.Unlock()
	if reset {
		_ = m.loud.Reset() // fails without memory only; then it goes on as it was
		m.heard = 0
	}
	m.loud.Add(mix)
	m.heard++
	read := [3]float64{math.NaN(), math.NaN(), math.NaN()}
	if m.heard%momentaryBlocks == 0 {
		read[0] = m.loud.Momentary()
	}
	if m.heard%longerBlocks == 0 {
		read[1], read[2] = m.loud.ShortTerm(), m.loud.Integrated()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meter.add(peak, blockFrames)
	for i, lufs := range read {
		if !math.IsNaN(lufs) {
			m.loudness[i] = lufs
		}
	}
	if m.heard%momentaryBlocks == 0 {
		m.least, m.limiter.least = m.limiter.least, 1
	}
	m.silent = m.quiet
}

// toDB returns the level of a factor.
func toDB(factor float32) float64 {
	if factor < 1e-6 {
		return SilenceDB
	}
	return 20 * math.Log10(float64(factor))
}
