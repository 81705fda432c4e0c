package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"studio/capture/drawn"
	"studio/capture/microphone"
	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/samples"
	"studio/mixer"
	"studio/mixer/sound"
	"studio/ui"
)

// voice is the programme's sound: a microphone, or the drawn workshop's own
// sound, mixed and encoded once for everybody.
type voice struct {
	mixer                 *sound.Mixer
	aac, opus             *encode.Audio
	costs                 *mixer.Costs
	handOut               func(*packet.Packet)
	aacTakers, opusTakers atomic.Int32

	source *microphone.Source // nil: none
	window *sound.Window
	log    *slog.Logger

	failed atomic.Pointer[error] // the encoders' last fault

	mu      sync.Mutex
	name    string
	state   ui.State
	message string
}

const soundBitsPerSecond = 128_000

func newVoice(c *configs.Config, start time.Time, costs *mixer.Costs, handOut func(*packet.Packet), log *slog.Logger) (*voice, error) {
	v := &voice{costs: costs, handOut: handOut, log: log, state: ui.Off}
	var sources []sound.Source
	switch {
	case len(c.Microphones) > 0:
		v.source = microphone.New(microphone.Options{Match: c.Microphones[0].Match, Log: log})
		v.window = sound.NewWindow(start)
		v.name, v.state = c.Microphones[0].Match, ui.Connecting
		sources = append(sources, v.window)
	case hasDrawn(c):
		v.name, v.state = "workshop (drawn)", ui.Live
		sources = append(sources, sound.Generator(drawn.Sound))
	}
	var err error
	if v.aac, err = encode.NewAudio(encode.AudioOptions{Codec: packet.AAC, BitsPerSecond: soundBitsPerSecond}); err != nil {
		return nil, fmt.Errorf("sound: %w", err)
	}
	if v.opus, err = encode.NewAudio(encode.AudioOptions{Codec: packet.Opus, BitsPerSecond: soundBitsPerSecond}); err != nil {
		v.aac.Close()
		return nil, fmt.Errorf("sound: %w", err)
	}
	v.mixer = sound.New(sources, v.encode)
	return v, nil
}

func hasDrawn(c *configs.Config) bool {
	for _, cam := range c.Cameras {
		if cam.Drawn != "" {
			return true
		}
	}
	return false
}

func (v *voice) encode(b samples.Block) {
	v.costs.Measure(mixer.Sound, func() {
		v.encodeFor(&v.aacTakers, v.aac, b)
		v.encodeFor(&v.opusTakers, v.opus, b)
	})
}

// encodeFor encodes a block if anybody takes what the encoder makes: sound that
// nobody hears costs nothing.
func (v *voice) encodeFor(takers *atomic.Int32, encoder *encode.Audio, b samples.Block) {
	if takers.Load() == 0 {
		return
	}
	if err := encoder.Encode(b, v.handOut); err != nil {
		err = fmt.Errorf("sound: %w", err)
		v.failed.Store(&err)
	}
}

// run mixes in step with the clock until ctx ends.
func (v *voice) run(ctx context.Context, clock sound.Clock) error {
	defer v.aac.Close()
	defer v.opus.Close()
	return v.mixer.Run(ctx, clock)
}

// listen supervises the microphone until ctx ends; without one it returns at once.
func (v *voice) listen(ctx context.Context) error {
	if v.source == nil {
		return nil
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 200*time.Millisecond, 2*time.Second
	for {
		err := v.source.Stream(ctx, v.window.Put, func(name string) {
			pause.Reset()
			v.set(name, ui.Live, "")
			v.log.Info("microphone on", "name", name)
		})
		v.window.Gone()
		if ctx.Err() != nil {
			return nil
		}
		wait := pause.NextBackOff()
		if v.set("", ui.Waiting, err.Error()) {
			v.log.Warn("microphone lost, silence stands in; tried again by itself", "error", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// set notes how the microphone is doing and tells whether that is news.
func (v *voice) set(name string, state ui.State, message string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	news := v.state != state || v.message != message
	if name != "" {
		v.name = name
	}
	v.state, v.message = state, message
	return news
}

func (v *voice) status() ui.Sound {
	v.mu.Lock()
	defer v.mu.Unlock()
	return ui.Sound{Name: v.name, State: v.state, Message: v.message, PeakDB: v.mixer.PeakDB(), Sources: []ui.SoundSource{}}
}
