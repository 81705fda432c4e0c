package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"studio/configs"
	"studio/configs/wanted"
	"studio/mixer/director"
	"studio/mixer/scene"
	"studio/ui"
)

// conductor carries out what the director decides. Every shot that nobody took by
// hand comes from here, so that each has its reason.
type conductor struct {
	looking sync.Mutex // one look, with what follows from it, at a time

	mu       sync.Mutex
	director director.Director
	manual   director.Wish
	step     director.Wish
	decision director.Decision
}

// conductInterval is how often the director looks.
const conductInterval = 250 * time.Millisecond

func newConductor(c configs.Director, on bool, shot scene.Shot) (*conductor, error) {
	settings := director.Settings{Enabled: on, MinShot: c.Shortest, MaxShot: c.Longest, Hold: c.Hold}
	for _, t := range c.Triggers {
		when, err := director.ParseCondition(t.When)
		if err != nil {
			return nil, fmt.Errorf("director: camera %q: %w", t.Camera, err)
		}
		settings.Triggers = append(settings.Triggers, director.Trigger{When: when, Camera: t.Camera})
	}
	return &conductor{director: director.New(settings, shot, time.Now())}, nil
}

// chosen says that a person has taken a shot.
func (c *conductor) chosen(shot scene.Shot) {
	c.wish(func() { c.manual = director.Wish{Shot: shot, At: time.Now()} })
}

// stepped says that a step has begun, with the shot that belongs to it.
func (c *conductor) stepped(shot scene.Shot, by string) {
	c.wish(func() { c.step = director.Wish{Shot: shot, Transition: by, At: time.Now()} })
}

// turn switches the director on or off.
func (c *conductor) turn(on bool) { c.wish(func() { c.director = c.director.Switch(on) }) }

func (c *conductor) wish(note func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	note()
}

// decide looks once and tells what belongs on air.
func (c *conductor) decide(now time.Time, s director.Situation) director.Decision {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Manual, s.Step = c.manual, c.step
	c.decision, c.director = c.director.Decide(now, s)
	return c.decision
}

func (c *conductor) enabled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.director.Enabled()
}

func (c *conductor) status() ui.Director {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.decision
	return ui.Director{On: c.director.Enabled(), Reason: ui.Text(d.Reason), Since: d.Since, HoldMS: d.Hold.Milliseconds()}
}

// conduct lets the director look and puts on air what it decides, until ctx ends.
func (e *engine) conduct(ctx context.Context) error {
	e.wall.Hold(e.conductor.enabled())
	ticker := time.NewTicker(conductInterval)
	defer ticker.Stop()
	for {
		e.look()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look lets the director look once and puts on air what it decides.
func (e *engine) look() {
	e.conductor.looking.Lock()
	defer e.conductor.looking.Unlock()
	decision := e.conductor.decide(time.Now(), e.situation())
	if decision.Change && decision.Rule != director.Nothing { // with nothing to choose by, each canvas keeps its own first shot
		e.put(decision.Shot, transition(decision.Transition, 0))
		if e.conductor.enabled() {
			e.log.Info("the director changed the shot", "main", first(decision.Shot.Cameras), "reason", decision.Reason.En)
		}
	}
	e.hear()
}

// hear tells the sound which cameras are on air, for sources that follow theirs.
func (e *engine) hear() {
	var names []string
	for _, s := range e.mixer.Canvases() {
		if s.On {
			names = append(names, s.Shot.Cameras...)
		}
	}
	e.voice.mixer.OnAir(names...)
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// situation is what the director is told. Activity is measured only while the
// director is on.
func (e *engine) situation() director.Situation {
	var s director.Situation
	on := e.conductor.enabled()
	for _, c := range e.cameras {
		cam := director.Camera{Name: c.Name, Title: director.Text(c.Title), Live: c.live()}
		if on {
			cam.Activity = e.wall.Activity(c.Name)
		}
		cam.LevelDB, cam.HasSound = e.voice.levelAt(c.Name)
		s.Cameras = append(s.Cameras, cam)
	}
	for _, r := range shownReadings(e.rig) {
		s.Readings = append(s.Readings, director.Reading{
			Channel: r.Channel, Title: director.Text(r.Title), Value: r.Value, Unit: r.Unit, OK: r.Quality == "ok",
		})
	}
	return s
}

// direct hands the choice of shots to the director, or takes it back, and
// remembers it.
func (e *engine) direct(on bool) error {
	e.conductor.turn(on)
	e.wall.Hold(on)
	e.look()
	return e.wanted.Change(func(w *wanted.State) { w.Director = &on })
}
