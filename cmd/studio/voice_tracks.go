package main

import (
	"slices"
	"sync/atomic"

	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/samples"
)

// ownTrack is one microphone's own sound as the programme's recordings carry it behind
// the mix: on the program clock, silence while the microphone is muted or away, but
// whatever its gain is.
// It is coded once for the recordings of all canvases, and only while there are any.
type ownTrack struct {
	name, title string
	aac         *encode.Audio
	takers      atomic.Int32
}

// trackBitsPerSecond is what one microphone's track takes. Most microphones have one
// channel, so that both are the same: all of it serves one.
const trackBitsPerSecond = 96_000

// mixTitle is what editors call the track that players play.
const mixTitle = "混音 · Mix"

func (v *voice) openTracks(c *configs.Config) error {
	if !c.Recording.MicrophoneTracks {
		return nil
	}
	for _, m := range c.Microphones {
		aac, err := v.encoder(packet.AAC, trackBitsPerSecond)
		if err != nil {
			return err
		}
		v.tracks = append(v.tracks, &ownTrack{name: m.Name, title: inBoth(m.Title), aac: aac})
	}
	return nil
}

// inBoth is a text for files, which are read in any language.
func inBoth(t configs.Text) string {
	if t.Zh == t.En {
		return t.Zh
	}
	return t.Zh + " · " + t.En
}

// track encodes a source's own sound if it has a track.
func (v *voice) track(name string, b samples.Block) {
	if i := slices.IndexFunc(v.tracks, func(t *ownTrack) bool { return t.name == name }); i >= 0 {
		v.encodeFor(&v.tracks[i].takers, v.tracks[i].aac, b)
	}
}

// recordedEncodes are the programme's sound as its recordings carry it, the mix first.
func (v *voice) recordedEncodes() []soundEncode {
	list := []soundEncode{v.aacEncode()}
	for _, t := range v.tracks {
		list = append(list, soundEncode{t.aac.Stream(), &t.takers})
	}
	return list
}

// recordedTitles are those of a recording's pictures, which need none, and of
// recordedEncodes; nil: there is the mix alone.
func (v *voice) recordedTitles() []string {
	if len(v.tracks) == 0 {
		return nil
	}
	titles := []string{"", mixTitle}
	for _, t := range v.tracks {
		titles = append(titles, t.title)
	}
	return titles
}

// recordedBitsPerSecond is what recordedEncodes take together.
func (v *voice) recordedBitsPerSecond() int {
	return soundBitsPerSecond + len(v.tracks)*trackBitsPerSecond
}
