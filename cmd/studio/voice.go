package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/capture/clip"
	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/samples"
	"studio/mixer"
	"studio/mixer/sound"
	"studio/ui"
	"studio/words"
)

// voice is the programme's sound: microphones, the sound of clips and of the drawn
// workshop, mixed and encoded once for everybody.
type voice struct {
	sources               []*soundSource
	mixer                 *sound.Mixer
	encoders              []*encode.Audio // all of them
	aac, opus             *encode.Audio   // of the mix
	tracks                []*ownTrack     // of the microphones that recordings carry apart
	costs                 *mixer.Costs
	handOut               func(*packet.Packet)
	aacTakers, opusTakers atomic.Int32
	log                   *slog.Logger

	taps   taps
	failed atomic.Pointer[error] // the encoders' last fault
}

const soundBitsPerSecond = 128_000

func newVoice(c *configs.Config, start time.Time, costs *mixer.Costs, handOut func(*packet.Packet), log *slog.Logger) (*voice, error) {
	v := &voice{costs: costs, handOut: handOut, log: log}
	options := sound.Options{Output: v.encode, Tap: v.taps.offer, Track: v.track}
	for _, wanted := range soundsOf(c) {
		s := newSoundSource(wanted, start, log)
		v.sources = append(v.sources, s)
		options.Inputs = append(options.Inputs, s.input())
	}
	var err error
	if v.mixer, err = sound.New(options); err != nil {
		return nil, err
	}
	v.aac, err = v.encoder(packet.AAC, soundBitsPerSecond)
	if err == nil {
		v.opus, err = v.encoder(packet.Opus, soundBitsPerSecond)
	}
	if err == nil {
		err = v.openTracks(c)
	}
	if err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

// encoder makes an encoder that ends with the voice.
func (v *voice) encoder(codec packet.Codec, bitsPerSecond int) (*encode.Audio, error) {
	a, err := encode.NewAudio(encode.AudioOptions{Codec: codec, BitsPerSecond: bitsPerSecond})
	if err != nil {
		return nil, fmt.Errorf("sound: %w", err)
	}
	v.encoders = append(v.encoders, a)
	return a, nil
}

func (v *voice) close() {
	v.mixer.Close()
	for _, a := range v.encoders {
		closeQuietly(a)
	}
}

// title is what a source is called by people.
func (v *voice) title(name string) configs.Text {
	for _, s := range v.sources {
		if s.name == name {
			return s.title
		}
	}
	return configs.Text{}
}

// listenTo lets f have each source's own sound (see sound.Options) until the
// returned function is called. f must not block or keep the block's Data.
func (v *voice) listenTo(f func(name string, b samples.Block)) (stop func()) { return v.taps.add(f) }

func (v *voice) encode(b samples.Block) {
	v.encodeFor(&v.aacTakers, v.aac, b)
	v.encodeFor(&v.opusTakers, v.opus, b)
}

// encodeFor encodes a block if anybody takes what the encoder makes: sound that
// nobody hears costs nothing.
func (v *voice) encodeFor(takers *atomic.Int32, encoder *encode.Audio, b samples.Block) {
	if takers.Load() == 0 {
		return
	}
	v.costs.Measure(mixer.Sound, func() {
		if err := encoder.Encode(b, v.handOut); err != nil {
			err = words.Errorf("sound: %w", "声音编码失败，节目没有声音，请重启设备", err)
			v.failed.Store(&err)
		}
	})
}

// aacEncode and opusEncode are the programme's sound as destinations carry it.
func (v *voice) aacEncode() soundEncode { return soundEncode{v.aac.Stream(), &v.aacTakers} }

func (v *voice) opusEncode() soundEncode { return soundEncode{v.opus.Stream(), &v.opusTakers} }

// run mixes in step with the clock until ctx ends.
func (v *voice) run(ctx context.Context, clock sound.Clock) error {
	defer v.close()
	return v.mixer.Run(ctx, clock)
}

// listen supervises all microphones until ctx ends; without one it returns at once.
func (v *voice) listen(ctx context.Context) error {
	var all errgroup.Group
	for _, s := range v.sources {
		if s.microphone != nil {
			all.Go(func() error { return s.listen(ctx) })
		}
	}
	return all.Wait()
}

// clip returns where the sound of a camera that plays a file goes, nil if it has
// none.
func (v *voice) clip(camera string) clip.Ear {
	for _, s := range v.sources {
		if s.microphone == nil && s.live != nil && s.settings.Camera == camera {
			return s.live
		}
	}
	return nil
}

// levelAt returns the peak of the microphone that belongs to a camera, in dB below
// full scale; false if it has none. Of several it is the loudest.
func (v *voice) levelAt(camera string) (db float64, ok bool) {
	db = sound.SilenceDB
	for _, s := range v.sources {
		if s.microphone != nil && s.settings.Camera == camera {
			peaks := v.mixer.PeakDB(s.name)
			db, ok = max(db, peaks[0], peaks[1]), true
		}
	}
	return db, ok
}

// adjust changes how a source is heard; what is left out stays.
func (v *voice) adjust(c ui.SetSound) error {
	s, ok := v.mixer.Settings(c.Name)
	if !ok {
		return ui.Unknown("sound source %q: there is none of that name", "没有名为“%s”的声源", c.Name)
	}
	if c.GainDB != nil {
		s.GainDB = *c.GainDB
	}
	if c.DelayMS != nil {
		s.Delay = time.Duration(*c.DelayMS) * time.Millisecond
	}
	if c.HighPassHz != nil {
		s.HighPassHz = float64(*c.HighPassHz)
	}
	if c.Mute != nil {
		s.Mute = *c.Mute
	}
	if c.Solo != nil {
		s.Solo = *c.Solo
	}
	if c.Follow != nil {
		if *c.Follow && s.Camera == "" {
			return ui.Refused("sound source %q belongs to no camera that it could follow", "这个声源不属于任何机位，不能随画面", c.Name)
		}
		s.Follow = *c.Follow
	}
	if err := v.mixer.Set(c.Name, s); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	return nil
}

// status is the whole desk. The programme's name, state and message are those of its
// first source, where there is nothing else to say.
func (v *voice) status() ui.Sound {
	m := v.mixer.Status()
	st := ui.Sound{
		State: ui.Off, PeakDB: m.PeakDB, Silent: m.Silent, Privacy: m.Privacy,
		Loudness: ui.Loudness{Momentary: m.MomentaryLUFS, ShortTerm: m.ShortTermLUFS, Integrated: m.IntegratedLUFS},
		Sources:  []ui.SoundSource{},
	}
	for i, s := range v.sources {
		row := s.status(m.Inputs[i])
		if i == 0 {
			st.Name, st.State = s.shown(), row.State
		}
		if row.State == ui.Waiting && st.Message == (ui.Text{}) {
			st.Message = row.Message
		}
		st.Sources = append(st.Sources, row)
	}
	st.Message = cmp.Or(st.Message, m.Message)
	return st
}
