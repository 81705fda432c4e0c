package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"studio/configs/crafts"
	"studio/configs/templates"
	"studio/hw/reading"
	"studio/media/picture"
	"studio/mixer/scene"
	"studio/overlay"
	"studio/overlay/procedure"
	"studio/ui"
)

// explanation is what tells the viewer what is being made: where the artisan is
// in the procedure, and the overlays that say so on each canvas.
type explanation struct {
	procedure *procedure.Procedure // nil: none
	sets      map[string]*overlay.Set
	readings  func() []reading.Reading
	shoot     func(procedure.Step) // puts a step on air

	mu    sync.Mutex
	place procedure.Place
}

// explanationInterval is how often the overlays are told what is true now: as
// often as a changed number may be drawn again.
const explanationInterval = 100 * time.Millisecond

func newExplanation(craft string, canvases map[string]picture.Size, readings func() []reading.Reading) (*explanation, error) {
	x := &explanation{sets: make(map[string]*overlay.Set), readings: readings}
	if craft != "" {
		p, err := loadCraft(craft)
		if err != nil {
			return nil, err
		}
		x.procedure = p
		x.place = p.Begin(time.Now())
	}
	for name, size := range canvases {
		set, err := overlay.New(overlay.Options{Canvas: size, Templates: templates.FS})
		if err != nil {
			return nil, err
		}
		if x.procedure != nil {
			if err := set.CheckProcedure(x.procedure); err != nil {
				return nil, err
			}
		}
		x.sets[name] = set
	}
	return x, nil
}

// loadCraft reads a craft from a file, or a built-in one by its name.
func loadCraft(craft string) (*procedure.Procedure, error) {
	var files fs.FS = crafts.FS
	name := craft
	if strings.ContainsAny(craft, "./") {
		files = os.DirFS(filepath.Dir(craft))
		name = strings.TrimSuffix(filepath.Base(craft), ".yaml")
	}
	p, err := procedure.Load(files, name)
	if err != nil {
		return nil, fmt.Errorf("craft %q: %w", craft, err)
	}
	return p, nil
}

// checkLayouts refuses a procedure whose steps ask for a layout that there is none of.
func (x *explanation) checkLayouts(layouts *scene.Library) error {
	if x.procedure == nil {
		return nil
	}
	for _, s := range x.procedure.Steps {
		if _, err := layouts.Get(s.Shot.Layout); s.Shot.Layout != "" && err != nil {
			return fmt.Errorf("craft %q: step %q: %w", x.procedure.Name, s.Name, err)
		}
	}
	return nil
}

// run keeps the overlays true and moves steps whose time is up, until ctx ends.
func (x *explanation) run(ctx context.Context) error {
	var drawing sync.WaitGroup
	defer drawing.Wait()
	for _, set := range x.sets {
		drawing.Go(func() { _ = set.Run(ctx) }) // its end is ctx's
	}
	ticker := time.NewTicker(explanationInterval)
	defer ticker.Stop()
	for {
		x.advance(time.Now())
		state := x.state(time.Now())
		for _, set := range x.sets {
			set.Update(state)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (x *explanation) advance(now time.Time) {
	if x.procedure == nil {
		return
	}
	x.mu.Lock()
	before := x.place
	x.place = x.procedure.Advance(before, now)
	moved := x.place.Present != before.Present
	x.mu.Unlock()
	if moved {
		x.shootStep()
	}
}

// move carries out "next", "previous" or a step's name.
func (x *explanation) move(to string) error {
	if x.procedure == nil {
		return ui.Refused("no procedure is configured", "没有载入工序")
	}
	x.mu.Lock()
	place, err := x.procedure.Move(x.place, to, time.Now())
	if err == nil {
		x.place = place
	}
	x.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
	}
	x.shootStep()
	return nil
}

func (x *explanation) shootStep() {
	if step := x.step(); step != nil {
		x.shoot(*step)
	}
}

// step returns the present step, nil without a procedure.
func (x *explanation) step() *procedure.Step {
	if x.procedure == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.procedure.At(x.place)
}

// state is everything that the overlays depend on.
func (x *explanation) state(now time.Time) overlay.State {
	s := overlay.State{Readings: make(map[string]reading.Reading), Procedure: x.procedure, Clock: now}
	for _, r := range x.readings() {
		s.Readings[r.Channel] = r
	}
	if step := x.step(); step != nil {
		s.Overlays = step.Overlays
		x.mu.Lock()
		s.Present = x.place.Present
		x.mu.Unlock()
	}
	return s
}

func (x *explanation) status() ui.Procedure {
	p := ui.Procedure{Steps: []ui.ProcedureStep{}, Present: -1}
	if x.procedure == nil {
		return p
	}
	p.Title = ui.Text(x.procedure.Title)
	for _, s := range x.procedure.Steps {
		p.Steps = append(p.Steps, ui.ProcedureStep{Name: s.Name, Title: ui.Text(s.Title), Caption: ui.Text(s.Caption)})
	}
	x.mu.Lock()
	p.Present = x.place.Present
	x.mu.Unlock()
	return p
}

// timed lays a set over pictures by their program time.
type timed struct {
	set   *overlay.Set
	start time.Time
}

func (t timed) Blend(dst picture.View, at time.Duration) { t.set.Blend(dst, t.start.Add(at)) }
