package sound

import (
	"math"
	"slices"
	"time"

	"studio/media/samples"
)

const (
	// rampFrames is how long a change of a knob takes: 10 ms, in samples per channel.
	rampFrames = samples.Rate / 100
	// followFrames is how long it takes where sound follows the pictures: 100 ms, a
	// short crossfade.
	followFrames = samples.Rate / 10
	// MaxDelay is the longest delay of a source.
	MaxDelay = time.Second
)

// Settings are the knobs of one source.
type Settings struct {
	GainDB     float64
	Delay      time.Duration // 0 to MaxDelay; its sound is heard so much later
	HighPassHz float64       // 0: off
	Mute       bool
	Solo       bool // if any source has it, only those that have it are heard
	// Follow makes the source heard only while Camera is on air.
	Follow bool
	Camera string
}

// strip is a source's way through the mixer.
type strip struct {
	name   string
	source Source

	// of the goroutine that mixes
	data     []float32
	apart    []float32 // of the track, while it differs from data
	sounds   ramp      // 0 in the track while the source is muted
	delay    int64     // in samples per channel
	open     ramp      // 0 while the delay is changed or sound of a private moment passes
	highPass highPass
	gain     ramp
	quiet    int64 // how many samples per channel were below the alarm's level

	// guarded by Mixer.mu
	wanted Settings
	meter  meter
	silent int64 // of quiet
}

func newStrip(in Input) *strip {
	s := &strip{name: in.Name, source: in.Source, data: make([]float32, blockFrames*samples.Channels), apart: make([]float32, blockFrames*samples.Channels), wanted: in.Settings}
	s.delay = samples.Position(in.Settings.Delay)
	s.open.set(1)
	s.sounds.set(1)
	if in.Settings.Mute {
		s.sounds.set(0)
	}
	return s
}

// take makes the sound for a position: where the source's own ends, at the tap. No
// sound from before from is let through.
func (s *strip) take(data []float32, position, from int64, wanted Settings) {
	if delay := samples.Position(wanted.Delay); delay != s.delay {
		s.open.to(0, rampFrames)
		if s.open.value == 0 {
			s.delay = delay
		}
	}
	if position-s.delay < from {
		s.open.set(0)
	} else if s.delay == samples.Position(wanted.Delay) {
		s.open.to(1, rampFrames)
	}
	s.source.Read(data, position-s.delay)
	s.open.apply(data)
}

// unmuted returns the sound for the source's track; it is valid until the next call.
func (s *strip) unmuted(data []float32, muted bool) []float32 {
	wanted := float32(1)
	if muted {
		wanted = 0
	}
	s.sounds.to(wanted, rampFrames)
	if s.sounds.value == 1 && wanted == 1 {
		return data
	}
	apart := s.apart[:len(data)]
	copy(apart, data)
	s.sounds.apply(apart)
	return apart
}

// filter does what comes behind the tap and before the gain.
func (s *strip) filter(data []float32, wanted Settings) (peak [samples.Channels]float32) {
	s.highPass.apply(data, wanted.HighPassHz)
	return peaks(data)
}

// add brings the filtered sound to its level and adds it to the mix.
func (s *strip) add(mix, data []float32, level float32, frames int) {
	s.gain.to(level, frames)
	if s.gain.value == 0 && s.gain.target == 0 {
		return
	}
	s.gain.apply(data)
	for i, v := range data {
		mix[i] += v
	}
}

// mute makes the strip as silent as if it had never heard anything.
func (s *strip) mute() {
	s.open.set(0)
	s.highPass.reset()
}

// level returns the factor at which a source is heard, and how fast it is reached.
func level(s Settings, solo bool, onAir []string) (factor float32, frames int) {
	switch {
	case s.Mute, solo && !s.Solo:
		return 0, rampFrames
	case s.Follow && !slices.Contains(onAir, s.Camera):
		return 0, followFrames
	case s.Follow:
		frames = followFrames
	default:
		frames = rampFrames
	}
	return float32(decibels(s.GainDB)), frames
}

// SilenceDB is what the meters show for no sound at all.
const SilenceDB = -120

// meter holds the peaks of the last 100 ms.
type meter struct {
	filling, held [samples.Channels]float32
	frames        int
}

const meterFrames = samples.Rate / 10

func (m *meter) add(peak [samples.Channels]float32, frames int) {
	for c, v := range peak {
		m.filling[c] = max(m.filling[c], v)
	}
	if m.frames += frames; m.frames >= meterFrames {
		m.held, m.filling, m.frames = m.filling, [samples.Channels]float32{}, 0
	}
}

// db returns the held peaks in dB below full scale, turned up by gainDB.
func (m *meter) db(gainDB float64) (db [samples.Channels]float64) {
	for c, v := range m.held {
		db[c] = SilenceDB
		if v > 1e-6 {
			db[c] = 20*math.Log10(float64(v)) + gainDB
		}
	}
	return db
}

// peaks returns the highest sample of each channel.
func peaks(data []float32) (peak [samples.Channels]float32) {
	for i := 0; i < len(data); i += samples.Channels {
		for c := range peak {
			v := data[i+c]
			peak[c] = max(peak[c], v, -v)
		}
	}
	return peak
}
