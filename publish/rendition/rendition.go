// Package rendition says how many encodes a canvas needs. One serves all its
// destinations; a destination that cannot take that one, because its platform has
// a lower limit or its line is told to carry less, needs another, which those with
// the same need share. What each costs is said before it starts.
//
// Nothing here encodes: it is a function of what is wanted.
package rendition

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"studio/publish"
	"studio/publish/platform"
)

// Place is a destination with what it needs.
type Place struct {
	Destination string
	Need        platform.Encode // the canvas's own, or another
	// Alone is a destination whose encode follows its own line, as WHIP's
	// congestion control wants it: it shares with nobody.
	Alone bool
}

// Rendition is one encode with those it serves.
type Rendition struct {
	platform.Encode
	Canvas       bool // it is the canvas's own, which is made anyway
	Alone        bool
	Destinations []string
	Cost         Cost         // of the encode; zero for the canvas's own
	Says         publish.Text // what it is for and what it costs; empty for the canvas's own
}

// Plan returns the canvas's own encode first, then the others in the order in
// which their first destinations stand. Sound is not coded again: what a platform
// says about it is for platform.Limits.Check. slowness is how many times longer
// this box takes than the one the costs were measured on; 0 is not known.
func Plan(canvas platform.Encode, places []Place, slowness float64) []Rendition {
	list := []Rendition{{Encode: canvas, Canvas: true}}
	for _, place := range places {
		want := place.Need
		want.AudioBitsPerSecond = canvas.AudioBitsPerSecond
		i := slices.IndexFunc(list, func(r Rendition) bool { return r.Encode == want && !r.Alone && !place.Alone })
		if i < 0 {
			i = len(list)
			list = append(list, Rendition{Encode: want, Alone: place.Alone, Cost: CostOf(want, slowness)})
		}
		list[i].Destinations = append(list[i].Destinations, place.Destination)
	}
	for i := range list {
		if !list[i].Canvas {
			list[i].Says = list[i].says()
		}
	}
	return list
}

func (r Rendition) says() publish.Text {
	zh, en := "需要单独的编码", "needs an encode of its own"
	if len(r.Destinations) > 1 {
		zh, en = "共用一个单独的编码", "share an encode of their own"
	}
	return publish.Text{
		Zh: fmt.Sprintf("%s %s（%s）：每帧约 %.1f 毫秒，约占一个处理器核心的 %.0f%%。",
			strings.Join(r.Destinations, "、"), zh, Describe(r.Encode), r.Cost.MillisecondsPerFrame, r.Cost.CorePercent),
		En: fmt.Sprintf("%s %s (%s): about %.1f ms a frame, %.0f %% of a core",
			strings.Join(r.Destinations, ", "), en, Describe(r.Encode), r.Cost.MillisecondsPerFrame, r.Cost.CorePercent),
	}
}

// Describe names an encode as the faces show it: 1920x1080 main 4000 kb/s.
func Describe(e platform.Encode) string {
	return fmt.Sprintf("%dx%d %s %d kb/s", e.Size.Width, e.Size.Height, e.Profile, e.VideoBitsPerSecond/1000)
}

// Cost is what an encode takes of the box.
type Cost struct {
	MillisecondsPerFrame float64 // of processor time
	CorePercent          float64 // at the encode's frame rate
}

// sizes and times are libx264's processor time per frame in milliseconds on one
// thread with zerolatency and profile main, by preset and number of pixels: 120
// camera pictures of a person with sensor noise, at 4000, 2500, 1500 and 800 kb/s,
// on one core of a server processor (AMD EPYC, AVX2).
var (
	sizes = [4]float64{640 * 360, 960 * 540, 1280 * 720, 1920 * 1080}
	times = map[string][4]float64{
		"ultrafast": {1.0, 1.8, 3.1, 7.1},
		"superfast": {1.4, 3.4, 5.3, 11.9},
		"veryfast":  {2.1, 5.2, 8.3, 16.6},
		"faster":    {4.9, 11.3, 18.7, 38.0},
		"fast":      {7.4, 16.5, 28.2, 55.3},
		"medium":    {8.6, 18.1, 32.6, 65.3},
	}
)

// baseline is what profile baseline takes of what main does: it has no CABAC.
const baseline = 0.88

// CostOf returns what an encode takes, for a box that is slowness times slower
// than the measured one; 0 is as fast. An unknown preset is taken for veryfast.
func CostOf(e platform.Encode, slowness float64) Cost {
	row, ok := times[e.Preset]
	if !ok {
		row = times["veryfast"]
	}
	if slowness <= 0 {
		slowness = 1
	}
	pixels := float64(e.Size.Width * e.Size.Height)
	i := 0
	for i < len(sizes)-2 && pixels > sizes[i+1] {
		i++
	}
	// A straight line between two measured sizes, and on beyond the last ones.
	share := (pixels - sizes[i]) / (sizes[i+1] - sizes[i])
	ms := max(row[i]+share*(row[i+1]-row[i]), row[0]*pixels/sizes[0]*0.5) * slowness
	if e.Profile == "baseline" {
		ms *= baseline
	}
	return Cost{ms, math.Round(ms*e.Rate.Float()) / 10}
}
