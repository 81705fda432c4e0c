package sound

import (
	"fmt"
	"slices"
	"time"

	"studio/media/samples"
	"studio/words"
)

// Bounds of the settings.
const (
	MinGainDB, MaxGainDB = -60, 24
	MaxHighPassHz        = 400
)

func (s Settings) check() error {
	switch {
	case !(s.GainDB >= MinGainDB && s.GainDB <= MaxGainDB):
		return words.Errorf("a gain of %g dB: must be from %d to %d dB", "增益 %g dB：应在 %d 到 %d dB 之间", s.GainDB, MinGainDB, MaxGainDB)
	case s.Delay < 0 || s.Delay > MaxDelay:
		return words.Errorf("a delay of %v: must be from 0 to %v", "延时 %v：应在 0 到 %v 之间", s.Delay, MaxDelay)
	case !(s.HighPassHz >= 0 && s.HighPassHz <= MaxHighPassHz):
		return words.Errorf("a high-pass of %g Hz: must be from 0 (off) to %d Hz", "低切 %g Hz：应在 0（关）到 %d Hz 之间", s.HighPassHz, MaxHighPassHz)
	}
	return nil
}

// Set changes an input's settings, which are heard within the next 20 ms and slide
// to where they are to be.
func (m *Mixer) Set(name string, s Settings) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("sound source %q: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	strip := m.strip(name)
	if strip == nil {
		return words.Errorf("sound source %q: there is none of that name", "没有名为“%s”的声源", name)
	}
	strip.wanted = s
	return nil
}

// Settings returns an input's settings; false if there is none of that name.
func (m *Mixer) Settings(name string) (Settings, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.strip(name); s != nil {
		return s.wanted, true
	}
	return Settings{}, false
}

// PeakDB returns the peaks of an input's last 100 ms as InputStatus has them;
// SilenceDB if there is none of that name.
func (m *Mixer) PeakDB(name string) [samples.Channels]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.strip(name); s != nil {
		return s.meter.db(s.wanted.GainDB)
	}
	return [samples.Channels]float64{SilenceDB, SilenceDB}
}

// strip finds an input; the list itself never changes.
func (m *Mixer) strip(name string) *strip {
	for _, s := range m.strips {
		if s.name == name {
			return s
		}
	}
	return nil
}

// OnAir says which cameras are on air, for the inputs that follow them. It may be
// called for every picture.
func (m *Mixer) OnAir(cameras ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.wanted.onAir, cameras) {
		m.wanted.onAir = slices.Clone(cameras)
	}
}

// Privacy mutes everything: from the next block on each sample of Output, Tap and Track
// is zero, the limiter's and the filters' memory with it. When it is taken off, sound
// slides in with what is heard from then on; nothing from before is ever let out.
func (m *Mixer) Privacy(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wanted.private = on
}

// ResetLoudness begins the integrated loudness anew: a broadcast begins.
func (m *Mixer) ResetLoudness() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wanted.reset = true
}

// Status is how the programme's sound does.
type Status struct {
	Inputs []InputStatus
	// PeakDB is the peaks of the last 100 ms in dB below full scale, left first;
	// SilenceDB is no sound at all.
	PeakDB [samples.Channels]float64
	// After EBU R128; SilenceDB is silence, or not known yet. Integrated is since
	// the start or ResetLoudness.
	MomentaryLUFS, ShortTermLUFS, IntegratedLUFS float64
	LimitedDB                                    float64 // by how much the limiter turns down, at most 0
	Silent                                       bool    // below -60 dBFS for a while, and nobody asked for it
	SilentFor                                    time.Duration
	Message                                      words.Text // one sentence if Silent
	Privacy                                      bool
}

// InputStatus is how one input does.
type InputStatus struct {
	Name     string
	Settings Settings
	Heard    bool // in the programme: not muted, by solo, by what is on air or by privacy
	// PeakDB is that of the last 100 ms behind high-pass and gain, before mute.
	PeakDB    [samples.Channels]float64
	Silent    bool // the source itself is below -60 dBFS for a while, whatever the knobs are
	SilentFor time.Duration
	Message   words.Text // one sentence if Silent
}

// Status returns how the sound does.
func (m *Mixer) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	st := Status{
		PeakDB:        m.meter.db(0),
		MomentaryLUFS: m.loudness[0], ShortTermLUFS: m.loudness[1], IntegratedLUFS: m.loudness[2],
		LimitedDB: toDB(m.least),
		SilentFor: samples.Duration(m.silent),
		Privacy:   m.wanted.private,
	}
	solo := slices.ContainsFunc(m.strips, func(s *strip) bool { return s.wanted.Solo && !s.wanted.Mute })
	heard := 0
	for _, s := range m.strips {
		factor, _ := level(s.wanted, solo, m.wanted.onAir)
		in := InputStatus{
			Name: s.name, Settings: s.wanted, Heard: factor > 0 && !st.Privacy,
			PeakDB: s.meter.db(s.wanted.GainDB), SilentFor: samples.Duration(s.silent),
		}
		if in.Heard {
			heard++
		}
		if in.Silent = s.silent >= m.silentAfter; in.Silent {
			in.Message = words.Textf("nothing has been heard from it for %d s", "已有 %d 秒听不到它的声音，请检查话筒和连线", int(in.SilentFor.Seconds()))
		}
		st.Inputs = append(st.Inputs, in)
	}
	if st.Silent = m.silent >= m.silentAfter && len(m.strips) > 0; st.Silent {
		en, zh := "nothing has been heard in the programme for %d s", "节目已有 %d 秒没有声音，请检查话筒"
		if heard == 0 {
			en, zh = en+": every source is muted or off air", "节目已有 %d 秒没有声音：所有声源都静音了，或不在画面中"
		}
		st.Message = words.Textf(en, zh, int(st.SilentFor.Seconds()))
	}
	return st
}
