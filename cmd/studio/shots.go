package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"studio/configs"
	"studio/configs/wanted"
	"studio/mixer"
	"studio/mixer/scene"
	"studio/overlay/procedure"
	"studio/ui"
)

// complete fills a shot's empty slots with the other cameras.
func (e *engine) complete(s scene.Shot, l *line) scene.Shot {
	places, err := e.layouts.Place(s.Layout, l.Size)
	if err != nil {
		return s // the mixer refuses it and says why
	}
	return s.Complete(len(places), e.cameraNames())
}

func (e *engine) cameraNames() []string {
	names := make([]string, len(e.cameras))
	for i, c := range e.cameras {
		names[i] = c.Name
	}
	return names
}

// suits tells whether a canvas has a layout.
func (e *engine) suits(layout string, l *line) bool {
	return slices.Contains(e.layouts.Fit(l.Size), layout)
}

// transition is the one that a face asked for; the usual one is a dissolve.
func transition(kind string, milliseconds int) scene.Transition {
	if kind == "" {
		kind = string(scene.Dissolve)
	}
	return scene.Transition{Kind: scene.Kind(kind), Duration: time.Duration(milliseconds) * time.Millisecond}
}

// take puts the shot that a person chose on air, on one canvas or all. A canvas
// that the layout does not suit keeps its own and takes the cameras.
func (e *engine) take(t ui.Take) error {
	lines := e.lines
	if t.Canvas != "" {
		l, err := e.canvas(t.Canvas)
		if err != nil {
			return err
		}
		lines = []*line{l}
	} else if t.Layout != "" && !slices.ContainsFunc(lines, func(l *line) bool { return e.suits(t.Layout, l) }) {
		_, err := e.layouts.Place(t.Layout, lines[0].Size)
		return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
	}
	by := transition(t.Transition, t.DurationMS)
	for _, l := range lines {
		shot := scene.Shot{Layout: t.Layout, Cameras: t.Cameras}
		if shot.Layout == "" || t.Canvas == "" && !e.suits(shot.Layout, l) {
			shot.Layout = e.shot(l).Layout
		}
		shot = e.complete(shot, l)
		if err := e.mixer.Take(l.Name, shot, by); err != nil {
			return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
		}
		if l == e.lines[0] {
			e.conductor.chosen(shot)
		}
	}
	e.hear()
	return nil
}

// shot is what a canvas shows.
func (e *engine) shot(l *line) scene.Shot { return e.state(l).Shot }

func (e *engine) state(l *line) mixer.CanvasState {
	for _, s := range e.mixer.Canvases() {
		if s.Name == l.Name {
			return s
		}
	}
	return mixer.CanvasState{}
}

// canvas finds the line of a canvas that a face named.
func (e *engine) canvas(name string) (*line, error) {
	if l := e.line(name); l != nil {
		return l, nil
	}
	return nil, ui.Unknown("canvas %q: there is none of that name", "没有名为“%s”的画布", name)
}

// cue puts a shot on preview.
func (e *engine) cue(c ui.Cue) error {
	l, err := e.canvas(c.Canvas)
	if err != nil {
		return err
	}
	shot := scene.Shot{Layout: c.Layout, Cameras: c.Cameras}
	if shot.Layout == "" {
		state := e.state(l)
		if shot.Layout = state.Preview.Layout; shot.Layout == "" {
			shot.Layout = state.Shot.Layout
		}
	}
	if err := e.mixer.SetPreview(l.Name, e.complete(shot, l)); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
	}
	return nil
}

// cueFirst puts a shot on every canvas's preview, so that there is one to take: the
// second camera alone, or the only one.
func (e *engine) cueFirst() error {
	names := e.cameraNames()
	second := scene.Shot{Layout: scene.Full, Cameras: names[min(1, len(names)-1):][:1]}
	for _, l := range e.lines {
		if err := e.mixer.SetPreview(l.Name, second); err != nil {
			return err
		}
	}
	return nil
}

// takeCue takes what is on preview, now or after a countdown, or ends a countdown.
func (e *engine) takeCue(c ui.TakeCue) error {
	l, err := e.canvas(c.Canvas)
	if err != nil {
		return err
	}
	by := transition(c.Transition, c.DurationMS)
	switch {
	case c.Cancel:
		err = e.mixer.CancelAutoTake(l.Name)
	case c.InSeconds > 0:
		err = e.mixer.AutoTake(l.Name, by, time.Duration(c.InSeconds*float64(time.Second)))
	default:
		err = e.mixer.TakePreview(l.Name, by)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	if l == e.lines[0] && !c.Cancel && c.InSeconds == 0 {
		e.conductor.chosen(e.shot(l))
	}
	return nil
}

// switchCanvas switches a canvas on or off, with all that it goes to, and remembers
// it.
func (e *engine) switchCanvas(ctx context.Context, c ui.SwitchCanvas) error {
	l, err := e.canvas(c.Canvas)
	if err != nil {
		return err
	}
	if err := e.mixer.Switch(l.Name, c.On); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	return e.air.wish(ctx, wish{change: func(w *wanted.State) { wanted.Set(&w.Canvases, l.Name, c.On) }})
}

// frame changes which part of a camera a canvas shows.
func (e *engine) frame(f ui.Frame) error {
	l, err := e.canvas(f.Canvas)
	if err != nil {
		return err
	}
	framing := scene.Framing{
		FocusX: f.FocusX, FocusY: f.FocusY, Zoom: f.Zoom, Rotate: f.Rotate, Mirror: f.Mirror,
		Over: time.Duration(f.DurationMS) * time.Millisecond,
	}
	if err := e.mixer.SetFraming(l.Name, f.Camera, framing); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
	}
	return e.wanted.Change(func(w *wanted.State) {
		wanted.Set(&w.Framings, wanted.At(l.Name, f.Camera), wanted.Framing{FocusX: f.FocusX, FocusY: f.FocusY, Zoom: f.Zoom, Rotate: f.Rotate, Mirror: f.Mirror})
	})
}

// applyFramings brings the framings of the configuration, and those that were set
// by hand since, to the mixer.
func (e *engine) applyFramings() error {
	set := e.wanted.State().Framings
	for _, l := range e.lines {
		for camera, f := range l.Framings {
			if err := e.mixer.SetFraming(l.Name, camera, framing(f)); err != nil {
				return fmt.Errorf("canvas %q: %w", l.Name, err)
			}
		}
		for _, cam := range e.cameras {
			if f, ok := set[wanted.At(l.Name, cam.Name)]; ok {
				if err := e.mixer.SetFraming(l.Name, cam.Name, framing(configs.Framing(f))); err != nil {
					return fmt.Errorf("canvas %q: %w", l.Name, err)
				}
			}
		}
	}
	return nil
}

func framing(f configs.Framing) scene.Framing {
	return scene.Framing{FocusX: f.FocusX, FocusY: f.FocusY, Zoom: f.Zoom, Rotate: f.Rotate, Mirror: f.Mirror}
}

// shootStep puts a step's shot on air on every canvas and names the place in the
// recordings. Cameras that this box does not have are left out; a canvas that the
// layout does not suit keeps its own.
func (e *engine) shootStep(step procedure.Step) {
	e.storage.chapter(step.Title.Zh, time.Since(e.start))
	s := step.Shot
	var have []string
	for _, name := range s.Cameras {
		if slices.Contains(e.cameraNames(), name) {
			have = append(have, name)
		}
	}
	if s.Layout == "" {
		return
	}
	e.conductor.stepped(scene.Shot{Layout: s.Layout, Cameras: have}, s.Transition)
	e.look()
}

// put puts a shot on every canvas, each with a layout that suits it.
func (e *engine) put(s scene.Shot, by scene.Transition) {
	for _, l := range e.lines {
		shot := s
		if shot.Layout == "" || !e.suits(shot.Layout, l) {
			shot.Layout = e.shot(l).Layout
		}
		if err := e.mixer.Take(l.Name, e.complete(shot, l), by); err != nil {
			e.log.Warn("a shot cannot be shown", "error", err)
		}
	}
}
