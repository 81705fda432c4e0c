package main

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"studio/capture/clip"
	"studio/capture/drawn"
	"studio/capture/microphone"
	"studio/configs"
	"studio/mixer/sound"
	"studio/ui"
	"studio/words"
)

// wantedSound is a source of sound as the configuration asks for it.
type wantedSound struct {
	name     string
	title    configs.Text
	match    *string // part of a microphone's name; nil: no microphone
	clip     bool
	settings sound.Settings
}

// soundsOf lists the sources: the microphones, the sound of the files that are
// played as cameras, which is heard while they are on air, and, where there is no
// microphone, the drawn workshop's own.
func soundsOf(c *configs.Config) []wantedSound {
	var list []wantedSound
	for _, m := range c.Microphones {
		list = append(list, wantedSound{name: m.Name, title: m.Title, match: &m.Match, settings: sound.Settings{
			GainDB: m.GainDB, Delay: m.Delay, HighPassHz: float64(m.HighPassHz),
			Mute: m.Mute, Follow: m.Follow, Camera: m.Camera,
		}})
	}
	if len(list) == 0 && hasDrawn(c) {
		list = append(list, wantedSound{name: "workshop (drawn)", title: configs.Text{Zh: "作坊(绘制)", En: "Workshop (drawn)"}})
	}
	for _, cam := range c.Cameras {
		if cam.File != "" && clip.HasSound(cam.File) {
			list = append(list, wantedSound{name: cam.Name + " (file)", title: cam.Title, clip: true,
				settings: sound.Settings{Follow: true, Camera: cam.Name}})
		}
	}
	return list
}

func hasDrawn(c *configs.Config) bool {
	for _, cam := range c.Cameras {
		if cam.Drawn != "" {
			return true
		}
	}
	return false
}

// soundSource is one source with what supervises it.
type soundSource struct {
	wantedSound
	live       *sound.Live        // nil: drawn
	microphone *microphone.Source // nil: a clip's sound, or drawn
	log        *slog.Logger

	mu      sync.Mutex
	device  string // what the microphone calls itself
	state   ui.State
	message ui.Text
}

func newSoundSource(wanted wantedSound, start time.Time, log *slog.Logger) *soundSource {
	s := &soundSource{wantedSound: wanted, log: log, state: ui.Live}
	if wanted.match != nil || wanted.clip {
		s.live = sound.NewLive(start)
	}
	if wanted.match != nil {
		s.microphone = microphone.New(microphone.Options{Match: *wanted.match, Log: log})
		s.device, s.state = *wanted.match, ui.Connecting
	}
	return s
}

func (s *soundSource) input() sound.Input {
	in := sound.Input{Name: s.name, Source: sound.Generator(drawn.Sound), Settings: s.settings}
	if s.live != nil {
		in.Source = s.live
	}
	return in
}

// listen supervises the microphone until ctx ends.
func (s *soundSource) listen(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 200*time.Millisecond, 2*time.Second
	for {
		err := s.microphone.Stream(ctx, s.live.Put, func(device string) {
			pause.Reset()
			s.set(device, ui.Live, ui.Text{})
			s.log.Info("microphone on", "source", s.name, "device", device)
		})
		s.live.Gone()
		if ctx.Err() != nil {
			return nil
		}
		wait := pause.NextBackOff()
		if s.set("", ui.Waiting, words.Of(err)) {
			s.log.Warn("microphone lost, silence stands in; tried again by itself", "source", s.name, "error", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// set notes how the microphone is doing and tells whether that is news.
func (s *soundSource) set(device string, state ui.State, message ui.Text) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.state != state || s.message != message
	if device != "" {
		s.device = device
	}
	s.state, s.message = state, message
	return news
}

// shown is what a person knows the source by.
func (s *soundSource) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.device, s.name)
}

func (s *soundSource) status(in sound.InputStatus) ui.SoundSource {
	row := ui.SoundSource{
		Name: s.name, Title: ui.Text(s.title), PeakDB: in.PeakDB,
		GainDB: in.Settings.GainDB, DelayMS: int(in.Settings.Delay.Milliseconds()), HighPassHz: int(in.Settings.HighPassHz),
		Mute: in.Settings.Mute, Solo: in.Settings.Solo, Follow: in.Settings.Follow, Camera: in.Settings.Camera,
	}
	s.mu.Lock()
	row.State, row.Message = s.state, cmp.Or(s.message, in.Message)
	s.mu.Unlock()
	if s.live != nil {
		row.Resets = s.live.Status().Resets
	}
	return row
}
