// Package director is pure: which shot belongs on air, and why. At every look it
// is told what there is (which cameras live, how much moves before each, who
// speaks, what the instruments say, where the procedure is and what a person
// chose) and answers with a shot and a sentence that people are shown.
//
// The first rule that has something to say decides: a person's choice, held for a
// set time; a reading that has just passed its threshold; the shot of a step that
// has just begun; the camera whose artisan speaks; the camera where hands are
// busiest. No shot is shorter than the shortest but a person's, none longer than
// the longest while there is another camera, and a camera that is gone is left at
// once. Nothing here has a clock, a goroutine or a pixel.
package director

import (
	"slices"
	"time"

	"studio/mixer/scene"
)

// Settings say how the director directs.
type Settings struct {
	Enabled bool
	MinShot time.Duration // no shot is left sooner; 0: 4 s
	MaxShot time.Duration // no shot stays longer; 0: 25 s
	Hold    time.Duration // for so long a person's choice stays; 0: 30 s
	// Layout of the shots that the director makes of its own; empty: whatever the
	// canvas has.
	Layout   string
	Triggers []Trigger // the first one counts most
}

// Trigger shows a camera when a reading passes a threshold.
type Trigger struct {
	When   Condition
	Camera string
}

// Text is something a person reads, in the languages of the box.
type Text struct {
	Zh string // Chinese
	En string // English
}

// Situation is all that a decision depends on.
type Situation struct {
	Cameras  []Camera // in the configuration's order
	Readings []Reading
	Step     Wish // the present step's shot and when the step began; zero: none
	Manual   Wish // what a person took last, and when; zero: nothing yet
}

// Camera is a camera as it is at the moment.
type Camera struct {
	Name     string
	Title    Text // empty: the name
	Live     bool
	Activity float64 // what activity.Meter says, 0 to 1
	// HasSound says that a microphone belongs to the camera, LevelDB its peak in dB
	// below full scale since the last look or of the last 100 ms.
	HasSound bool
	LevelDB  float64
}

// Reading is a channel's present reading.
type Reading struct {
	Channel string
	Title   Text // empty: the channel
	Value   string
	Unit    string
	OK      bool // it may be believed; a reading that may not never triggers
}

// Wish is a shot that somebody asked for.
type Wish struct {
	Shot       scene.Shot
	Transition string    // one of scene's; empty: the usual one
	At         time.Time // zero: nobody asked
}

// Rule is what decided.
type Rule string

const (
	Manual   Rule = "manual"   // a person
	Triggers Rule = "reading"  // a reading passed its threshold
	Steps    Rule = "step"     // the procedure
	Sound    Rule = "sound"    // somebody speaks
	Activity Rule = "activity" // hands work
	Longest  Rule = "longest"  // the shot before had been on air for long enough
	Gone     Rule = "gone"     // the camera before has no picture
	Nothing  Rule = "nothing"  // there is no choice
)

// Decision is what belongs on air.
type Decision struct {
	// Shot has the main camera first, then the others that it was asked for with and
	// all others that are live, so that slots fill with cameras that have a picture.
	// An empty layout keeps the canvas's.
	Shot       scene.Shot
	Transition string // one of scene's; empty: the usual one
	// Change says that the shot has to be taken now. It is false for what a person
	// has just taken: that is on air already.
	Change bool
	Rule   Rule
	Reason Text          // why this shot is on air, one sentence
	Since  time.Time     // it has been on air
	Hold   time.Duration // how much longer a person's choice is held; 0: it is not
}

// Director remembers what is on air and since when. It is a value: Decide returns
// the next one and leaves this one as it was.
type Director struct {
	settings Settings
	present  choice
	since    time.Time // the present shot is on air
	order    []string  // cameras as they were told last
	looked   time.Time // the last look; zero: there was none
	manual   time.Time // of the newest wish of a person that was seen
	step     claim     // of the present step
	fired    []firing  // one a trigger
	watched  []watch   // one a camera
}

// choice is a shot and why.
type choice struct {
	shot       scene.Shot
	transition string
	rule       Rule
	reason     Text
	trigger    int // index, where the rule is Triggers
}

func (c choice) main() string {
	if len(c.shot.Cameras) == 0 {
		return ""
	}
	return c.shot.Cameras[0]
}

// claim is a right to be on air for the longest time of a shot, once.
type claim struct {
	at    time.Time // when it arose
	shown time.Time // when it came on air; zero: not yet
}

func (c claim) valid(now time.Time, longest time.Duration) bool {
	return !c.at.IsZero() && (c.shown.IsZero() || now.Sub(c.shown) < longest)
}

// show notes that the claim is on air.
func (c claim) show(now time.Time) claim {
	if c.shown.IsZero() {
		c.shown = now
	}
	return c
}

// New returns a director at a time when shot goes on air. The first decision may
// change it at once.
func New(s Settings, shot scene.Shot, now time.Time) Director {
	s = s.withDefaults()
	return Director{
		settings: s,
		present:  choice{shot: shot, rule: Nothing, reason: begins()},
		since:    now.Add(-s.MinShot),
		fired:    make([]firing, len(s.Triggers)),
	}
}

func (s Settings) withDefaults() Settings {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&s.MinShot, 4 * time.Second}, {&s.MaxShot, 25 * time.Second}, {&s.Hold, 30 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	s.MaxShot = max(s.MaxShot, s.MinShot)
	return s
}

// Switch returns the director switched on or off.
func (d Director) Switch(on bool) Director {
	d.settings.Enabled = on
	return d
}

// Enabled reports whether the director is on.
func (d Director) Enabled() bool { return d.settings.Enabled }

// Decide says what belongs on air at a time, and returns the director that has
// decided so. Twice to ten times a second is right. A director that is off does
// what persons and steps ask for, whatever the cameras do.
func (d Director) Decide(now time.Time, s Situation) (Decision, Director) {
	elapsed := now.Sub(d.looked)
	if d.looked.IsZero() || elapsed < 0 {
		elapsed = 0
	}
	d.watched = look(d.watched, s.Cameras, d.present.main(), now, elapsed)
	d.fired = fire(d.fired, d.settings.Triggers, s.Readings, now)
	if !s.Step.At.Equal(d.step.at) {
		d.step = claim{at: s.Step.At}
	}
	newWish := !s.Manual.At.IsZero() && !s.Manual.At.Equal(d.manual)
	if newWish { // whatever becomes of it, it is on air at the moment
		d.manual, d.since = s.Manual.At, s.Manual.At
		d.present = d.chosen(s.Manual)
	}
	if !d.settings.Enabled {
		return d.put(d.told(s), newWish, now, s)
	}
	return d.put(d.choose(now, s), newWish, now, s)
}

func (d Director) chosen(w Wish) choice {
	return choice{shot: w.Shot, transition: w.Transition, rule: Manual, reason: byHand()}
}

// told is what a director does that is off: what was asked for last.
func (d Director) told(s Situation) choice {
	if !d.step.at.IsZero() && d.step.shown.IsZero() && s.Step.At.After(d.manual) && len(s.Step.Shot.Cameras) > 0 {
		return choice{shot: s.Step.Shot, transition: s.Step.Transition, rule: Steps, reason: stepBegan()}
	}
	return d.present
}

// put makes a choice the present one. newWish says that a person has taken a shot
// since the last look.
func (d Director) put(next choice, newWish bool, now time.Time, s Situation) (Decision, Director) {
	other := next.main() != d.present.main() || next.shot.Layout != d.present.shot.Layout
	if other || d.looked.IsZero() && !newWish {
		d.since = now
	}
	d.looked = now
	switch next.rule {
	case Triggers:
		d.fired = slices.Clone(d.fired)
		d.fired[next.trigger].claim = d.fired[next.trigger].show(now)
	case Steps:
		d.step = d.step.show(now)
	}
	cameras := d.filled(next.shot.Cameras, s.Cameras)
	byHand := newWish && !other
	change := !byHand && (other || !slices.Equal(cameras, d.order))
	if d.order = cameras; next.rule != Nothing {
		d.present = next
	}
	if !other { // only cameras beside the main one come or go
		next.transition = ""
	}
	return Decision{
		Shot:       scene.Shot{Layout: next.shot.Layout, Cameras: slices.Clone(cameras)},
		Transition: next.transition, Change: change,
		Rule: next.rule, Reason: next.reason, Since: d.since, Hold: d.hold(now, s.Manual),
	}, d
}

// hold returns for how much longer a person's wish is held.
func (d Director) hold(now time.Time, wish Wish) time.Duration {
	if wish.At.IsZero() || len(wish.Shot.Cameras) == 0 || !d.settings.Enabled {
		return 0
	}
	return max(0, wish.At.Add(d.settings.Hold).Sub(now))
}

// filled returns the wished cameras that live and then all others that do; when
// none lives, the wished ones. A director that is off leaves the wish as it is.
func (d Director) filled(wished []string, cameras []Camera) []string {
	if !d.settings.Enabled {
		return slices.Clone(wished)
	}
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range wished {
		if live(cameras, name) {
			add(name)
		}
	}
	for _, c := range cameras {
		if c.Live {
			add(c.Name)
		}
	}
	if len(names) == 0 {
		return slices.Clone(wished)
	}
	return names
}

func live(cameras []Camera, name string) bool {
	c, ok := find(cameras, name)
	return ok && c.Live
}

func find(cameras []Camera, name string) (Camera, bool) {
	i := slices.IndexFunc(cameras, func(c Camera) bool { return c.Name == name })
	if i < 0 {
		return Camera{Name: name}, false
	}
	return cameras[i], true
}
