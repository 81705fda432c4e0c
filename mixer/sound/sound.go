package sound

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"studio/media/samples"
	"studio/media/samples/loudness"
)

const (
	// Lag is how long the mix waits for sound to arrive before it is made: longer
	// than a USB microphone's block and its way through the kernel.
	Lag = 120 * time.Millisecond
	// blockFrames is how many samples per channel the mix makes at a time: 20 ms.
	blockFrames = samples.Rate / 50
	// privateMargin is how much longer than the privacy mute sound is held back: a
	// microphone's block says when it arrived, and what is in it was heard a little
	// before that.
	privateMargin = samples.Rate / 10
)

// Source gives its sound for the blocks' positions, 48 kHz stereo interleaved.
type Source interface {
	// Read fills dst with the sound from position on, in samples per channel since
	// the program clock's start; it may be below 0. Only the mixer calls it, with
	// rising positions unless a delay is changed. It must not block.
	Read(dst []float32, position int64)
}

// Generator is a source that is a pure function of the position.
type Generator func(dst []float32, position int64)

// Read implements Source.
func (g Generator) Read(dst []float32, position int64) { g(dst, position) }

// Clock tells when a program time has come; see mixer.Clock.
type Clock interface {
	Wait(ctx context.Context, due time.Duration) (late time.Duration, err error)
}

// Input is a source and what is known of it.
type Input struct {
	Name     string // no other input has it
	Source   Source
	Settings Settings
}

// Options say what is mixed, and where it goes.
type Options struct {
	Inputs []Input
	// Output takes each block of the programme and must not keep its Data; it may
	// block, which delays the sound and loses none. Positions are gapless from 0 on.
	Output func(samples.Block)
	// Tap takes each input's sound on the program clock, delayed as it is set, but
	// before high-pass, gain and mute: for a recording of its own. The same holds as
	// for Output. nil: nobody.
	Tap func(name string, b samples.Block)
	// Track takes what Tap takes, but zero for an input that is muted: for what may be
	// given away. The same holds as for Output. nil: nobody.
	Track func(name string, b samples.Block)
	// SilentAfter is how long there must be silence before it is told; 0 is 10 s.
	SilentAfter time.Duration
}

// Mixer mixes all inputs and hands the blocks out.
type Mixer struct {
	output func(samples.Block)
	tap    func(string, samples.Block)
	track  func(string, samples.Block)

	// of the goroutine that mixes
	strips  []*strip
	read    int64 // where the inputs are read next; lookAhead before what is put out
	mix     []float32
	limiter *limiter
	loud    *loudness.Meter
	heard   int   // blocks since the loudness was read
	behind  int64 // how far the program clock is ahead of read
	private bool
	from    int64 // what was heard before is private for ever
	quiet   int64

	silentAfter int64

	mu     sync.Mutex
	wanted struct {
		private, reset bool
		onAir          []string
	}
	meter    meter
	loudness [3]float64
	least    float32 // the limiter's smallest factor in a meter's time
	silent   int64
}

// New returns a mixer; the caller closes it when it does not run any more. Two
// inputs of one name, or settings out of bounds, are an error.
func New(o Options) (*Mixer, error) {
	m := &Mixer{output: o.Output, tap: o.Tap, track: o.Track, mix: make([]float32, blockFrames*samples.Channels), limiter: newLimiter(), least: 1}
	m.loudness = [3]float64{loudness.Silence, loudness.Silence, loudness.Silence}
	m.from = math.MinInt64
	if o.SilentAfter == 0 {
		o.SilentAfter = 10 * time.Second
	}
	m.silentAfter = samples.Position(o.SilentAfter)
	for _, in := range o.Inputs {
		if m.strip(in.Name) != nil {
			return nil, fmt.Errorf("mix sound: source %q is there twice", in.Name)
		}
		if err := in.Settings.check(); err != nil {
			return nil, fmt.Errorf("mix sound: source %q: %w", in.Name, err)
		}
		m.strips = append(m.strips, newStrip(in))
	}
	var err error
	m.loud, err = loudness.New()
	return m, err
}

// Run mixes in step with the clock, Lag behind it, until ctx ends.
func (m *Mixer) Run(ctx context.Context, clock Clock) error {
	for {
		due := samples.Duration(m.next()+blockFrames) + Lag
		late, err := clock.Wait(ctx, due)
		if err != nil {
			return nil // ctx ended, as it was asked to
		}
		m.behind = samples.Position(Lag + late)
		m.block()
	}
}

// Advance mixes until the position in samples per channel is reached; for a mix
// that follows the pictures instead of a clock. Not together with Run.
func (m *Mixer) Advance(position int64) {
	for m.next()+blockFrames <= position {
		m.block()
	}
}

// next is the position of the next block of the programme.
func (m *Mixer) next() int64 { return max(0, m.read-lookAhead) }

// block makes the programme's next block. What goes into the limiter comes out
// lookAhead later, so the inputs are read that far ahead.
func (m *Mixer) block() {
	if m.read == 0 {
		m.sum(m.mix[:lookAhead*samples.Channels])
	}
	position := m.next()
	m.sum(m.mix)
	m.measure(m.mix)
	m.output(samples.Block{Position: position, Data: m.mix})
}

// sum reads the inputs and makes the limited mix of them.
func (m *Mixer) sum(mix []float32) {
	frames := int64(len(mix) / samples.Channels)
	m.guard(m.read + frames + m.behind)
	clear(mix)
	solo := m.anySolo()
	for _, s := range m.strips {
		data := s.data[:len(mix)]
		wanted, factor, ramp := m.knobs(s, solo)
		s.take(data, m.read, m.from, wanted)
		if m.private {
			clear(data)
			s.mute()
		}
		if m.tap != nil {
			m.tap(s.name, samples.Block{Position: m.read, Data: data})
		}
		if m.track != nil {
			m.track(s.name, samples.Block{Position: m.read, Data: s.unmuted(data, wanted.Mute)})
		}
		peak := s.filter(data, wanted)
		s.add(mix, data, factor, ramp)
		m.note(s, peak, frames)
	}
	if m.private {
		clear(mix)
		m.limiter.reset()
	} else {
		m.limiter.apply(mix)
	}
	m.read += frames
}

// guard sees whether privacy is wanted from this block on; now is the program
// clock's position.
func (m *Mixer) guard(now int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wanted.private {
		m.private = true
	} else if m.private {
		m.private = false
		m.from = now + privateMargin
	}
}

func (m *Mixer) anySolo() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.strips, func(s *strip) bool { return s.wanted.Solo && !s.wanted.Mute })
}

func (m *Mixer) knobs(s *strip, solo bool) (wanted Settings, factor float32, frames int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	factor, frames = level(s.wanted, solo, m.wanted.onAir)
	return s.wanted, factor, frames
}

// Close frees what the mixer holds. Nothing else may be called afterwards but
// Status and the setters.
func (m *Mixer) Close() { m.loud.Close() }
