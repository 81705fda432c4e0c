package clap

import (
	"slices"
	"time"

	"studio/media/samples"
)

// hop is how many samples per channel a Level stands for: 2.5 ms.
const hop = samples.Rate / 400

// A clap rises by rise (12 dB) within attack, to at least leastPeak (-30 dBFS) and
// aboveRoom (18 dB) above what the room usually has. What follows within echo is
// the same clap.
const (
	rise      = 4
	attack    = 20 * time.Millisecond
	leastPeak = 0.03
	aboveRoom = 8
	echo      = 250 * time.Millisecond
)

// AppendLevels appends the levels of a block of sound (48 kHz, stereo,
// interleaved) whose first sample stands at a program time.
func AppendLevels(trace []Level, at time.Duration, data []float32) []Level {
	for first := 0; first < len(data); first += hop * samples.Channels {
		part := data[first:min(first+hop*samples.Channels, len(data))]
		peak := float32(0)
		for _, v := range part {
			peak = max(peak, v, -v)
		}
		middle := int64(first+len(part)/2) / samples.Channels
		trace = append(trace, Level{at + samples.Duration(middle), float64(peak)})
	}
	return trace
}

// heard returns when claps were heard.
func heard(sound []Level) (claps []time.Duration) {
	if len(sound) == 0 {
		return nil
	}
	peaks := make([]float64, len(sound))
	for i, l := range sound {
		peaks[i] = l.Peak
	}
	least := max(leastPeak, aboveRoom*median(peaks))
	for i, l := range sound {
		if len(claps) > 0 && l.At-claps[len(claps)-1] < echo || l.Peak < least {
			continue
		}
		if l.Peak >= rise*quietest(sound[:i], l.At-attack) {
			claps = append(claps, l.At)
		}
	}
	return slices.Clip(claps)
}

// quietest returns the lowest peak since a moment; 0 if there is none.
func quietest(sound []Level, since time.Duration) float64 {
	lowest, known := 0.0, false
	for i := len(sound) - 1; i >= 0 && sound[i].At >= since; i-- {
		if !known || sound[i].Peak < lowest {
			lowest, known = sound[i].Peak, true
		}
	}
	return lowest
}
