package director

import (
	"slices"
	"time"

	"studio/mixer/scene"
)

// The camera where hands work is at least so active, and so much more active than
// the present one: a cut has to be worth it.
const (
	leastActivity = 0.12
	timesActive   = 1.5
	moreActive    = 0.05
)

// louderDB is how much louder the other microphone has to be while the present
// camera's artisan speaks as well.
const louderDB = 6

// choose says what belongs on air.
func (d Director) choose(now time.Time, s Situation) choice {
	able := d.able(s.Cameras, now)
	if len(able) == 0 {
		none := d.present
		none.rule, none.reason = Nothing, noPicture()
		return none
	}
	if d.hold(now, s.Manual) > 0 && has(able, s.Manual.Shot.Cameras[0]) {
		return d.chosen(s.Manual)
	}
	if !has(able, d.present.main()) {
		missing, _ := find(s.Cameras, d.present.main())
		next, ok := d.rules(now, able, s)
		if !ok {
			next = d.relief(able, s)
			next.rule = Gone
		}
		next.transition, next.reason = string(scene.Cut), instead(missing, next.reason)
		return next
	}
	age := now.Sub(d.since)
	if age < d.settings.MinShot {
		return d.present
	}
	if age < d.settings.MaxShot || len(able) == 1 {
		if next, ok := d.rules(now, able, s); ok {
			return next
		}
		return d.present
	}
	others := slices.DeleteFunc(able, func(c Camera) bool { return c.Name == d.present.main() })
	if next, ok := d.rules(now, others, s); ok {
		return next
	}
	next := d.relief(others, s)
	next.rule, next.reason = Longest, longEnough(next.reason)
	return next
}

// rules asks the rules in their order. None of them may choose a camera that is
// not in able; the present one is no choice but a reason to stay.
func (d Director) rules(now time.Time, able []Camera, s Situation) (choice, bool) {
	for _, rule := range []func(time.Time, []Camera, Situation) (choice, bool){d.triggered, d.begun, d.speaking, d.busiest} {
		if next, ok := rule(now, able, s); ok {
			return next, true
		}
	}
	return choice{}, false
}

func (d Director) triggered(now time.Time, able []Camera, _ Situation) (choice, bool) {
	for i, f := range d.fired {
		camera := d.settings.Triggers[i].Camera
		if f.on && f.believable && f.valid(now, d.settings.MaxShot) && has(able, camera) {
			next := d.own(camera, Triggers, f.reason)
			next.rule, next.reason, next.trigger = Triggers, f.reason, i
			return next, true
		}
	}
	return choice{}, false
}

func (d Director) begun(now time.Time, able []Camera, s Situation) (choice, bool) {
	next, ok := d.stepShot(able, s)
	return next, ok && d.step.valid(now, d.settings.MaxShot)
}

// stepShot returns the present step's shot. One that names no camera gets the
// busiest one.
func (d Director) stepShot(able []Camera, s Situation) (choice, bool) {
	next := choice{shot: s.Step.Shot, transition: s.Step.Transition, rule: Steps, reason: stepBegan()}
	if s.Step.At.IsZero() || next.main() == "" && next.shot.Layout == "" {
		return choice{}, false
	}
	if next.main() == "" {
		next.shot.Cameras = []string{d.best(able).Name}
	}
	return next, has(able, next.main())
}

func (d Director) speaking(_ time.Time, able []Camera, _ Situation) (choice, bool) {
	var loudest watch
	for _, c := range able {
		if w := d.watch(c.Name); w.speaks && (loudest.name == "" || w.loudDB > loudest.loudDB) {
			loudest = w
		}
	}
	if loudest.name == "" {
		return choice{}, false
	}
	if present := d.watch(d.present.main()); present.speaks && has(able, present.name) && loudest.loudDB < present.loudDB+louderDB {
		loudest = present
	}
	camera, _ := find(able, loudest.name)
	return d.own(loudest.name, Sound, speaksAt(camera)), true
}

func (d Director) busiest(_ time.Time, able []Camera, _ Situation) (choice, bool) {
	best, present := d.best(able), d.watch(d.present.main())
	activity := d.watch(best.Name).activity
	if best.Name == present.name || activity < leastActivity || activity < timesActive*present.activity+moreActive {
		return choice{}, false
	}
	return d.own(best.Name, Activity, busyAt(best)), true
}

// relief chooses when no rule does: the step's shot, or else the camera where most
// happens, or else the one that was not on air for the longest time.
func (d Director) relief(able []Camera, s Situation) choice {
	if next, ok := d.stepShot(able, s); ok {
		camera, _ := find(able, next.main())
		next.reason = nowAt(camera)
		return next
	}
	best := d.best(able)
	return d.own(best.Name, Longest, nowAt(best))
}

// own is a shot of the director's own. The camera that is on air stays as it is.
func (d Director) own(camera string, rule Rule, reason Text) choice {
	if camera == d.present.main() {
		return d.present
	}
	return choice{shot: scene.Shot{Layout: d.settings.Layout, Cameras: []string{camera}}, rule: rule, reason: reason}
}

// best returns the camera where most happens; where nothing does, the one that was
// not on air for the longest time. There must be one.
func (d Director) best(able []Camera) Camera {
	return slices.MaxFunc(able, func(a, b Camera) int {
		x, y := d.watch(a.Name), d.watch(b.Name)
		switch {
		case max(x.activity, y.activity) >= leastActivity && x.activity < y.activity:
			return -1
		case max(x.activity, y.activity) >= leastActivity && x.activity > y.activity:
			return 1
		}
		return y.shown.Compare(x.shown)
	})
}

// able returns the cameras that may be shown: those that live, but not one that
// has come back just now, unless there is no other.
func (d Director) able(cameras []Camera, now time.Time) []Camera {
	var able, live []Camera
	for _, c := range cameras {
		if !c.Live {
			continue
		}
		live = append(live, c)
		if c.Name == d.present.main() || d.watch(c.Name).steady(now) {
			able = append(able, c)
		}
	}
	if len(able) == 0 {
		return live
	}
	return able
}

func has(cameras []Camera, name string) bool {
	_, ok := find(cameras, name)
	return ok
}
