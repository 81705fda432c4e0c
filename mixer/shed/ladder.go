// Package shed decides what a box that cannot keep up leaves out, so that the
// broadcast goes on: first what only the people at the box see, then what the
// audience hardly sees, and in the end what it does see. It is a pure function of
// the load measured about once a second; somebody else measures, carries the
// decision out and writes it into the log.
//
// One thing is left out at a time, soon after it is needed, and taken back in
// reverse order after a time of calm. Two things keep it from swinging: what a step
// saved is remembered, and it is not taken back while the box would be full again
// with it; and if it was taken back too early all the same, the next calm must be
// twice as long.
package shed

import (
	"math"
	"slices"
)

// Text is a sentence for people in the languages of the box.
type Text struct{ Zh, En string }

// Plan is what the parts of the engine do at a level.
type Plan struct {
	ThumbnailsPerSecond float64 // of each camera, at most; 0: none
	PreviewPerSecond    float64 // pictures of the preview, at most; +Inf: all
	RateDivisor         int     // 2: canvases make every second picture only
	PresetSteps         int     // how far each encoder's preset moves towards ultrafast
}

// step is one thing that is left out: it makes a plan of the one before.
type step struct {
	does  Text
	leave func(*Plan)
	most  float64 // it cannot save more than this share of the box's CPU
}

// ladder lists the steps in the order in which they are taken.
func ladder() []step {
	return []step{
		{Text{"缩略图每秒 1 张", "thumbnails once a second"}, func(p *Plan) { p.ThumbnailsPerSecond = 1 }, 0.1},
		{Text{"缩略图停止", "no thumbnails"}, func(p *Plan) { p.ThumbnailsPerSecond = 0 }, 0.05},
		{Text{"预览每秒 15 帧", "preview at 15 pictures a second"}, func(p *Plan) { p.PreviewPerSecond = 15 }, 0.1},
		{Text{"预览每秒 5 帧", "preview at 5 pictures a second"}, func(p *Plan) { p.PreviewPerSecond = 5 }, 0.1},
		{Text{"节目帧率减半", "programme at half its frame rate"}, func(p *Plan) { p.RateDivisor = 2 }, 0.5},
		{Text{"编码快一档", "encoder one preset faster"}, func(p *Plan) { p.PresetSteps = 1 }, 0.3},
		{Text{"编码快两档", "encoder two presets faster"}, func(p *Plan) { p.PresetSteps = 2 }, 0.3},
	}
}

// unseen is how many steps the audience does not see.
const unseen = 4

// At returns the plan of a level; 0 is everything.
func At(level int) Plan {
	p := Plan{ThumbnailsPerSecond: 5, PreviewPerSecond: math.Inf(1), RateDivisor: 1}
	for _, s := range ladder()[:level] {
		s.leave(&p)
	}
	return p
}

// Steps says what is left out at a level, in the order in which it was.
func Steps(level int) []Text {
	texts := make([]Text, level)
	for i, s := range ladder()[:level] {
		texts[i] = s.does
	}
	return texts
}

// fast lists x264's presets that are worth stepping through, fastest first.
var fast = []string{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium"}

// PresetSteps is how many steps lead from a preset to ultrafast, 2 at most: what
// Options.PresetSteps wants to know of the slowest canvas.
func PresetSteps(preset string) int { return min(2, max(0, slices.Index(fast, preset))) }

// Preset returns the preset that stands so many steps before own. One that is not
// known stays as it is.
func Preset(own string, steps int) string {
	at := slices.Index(fast, own)
	if at < 0 {
		return own
	}
	return fast[max(0, at-steps)]
}
