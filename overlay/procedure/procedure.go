// Package procedure is the heart of the product: the ordered steps of a craft.
// Each step says what it is called, what the viewer is told about it, which shot
// shows it best, which overlays explain it, and what ends it. A Procedure never
// changes; where the artisan is in it is a Place, a value that the functions of
// this package turn into the next one. Nothing here reads a clock or draws.
package procedure

import (
	"strings"
	"time"

	"studio/words"
)

// Text is something a viewer reads, in the languages of the box.
type Text struct {
	Zh string // Chinese
	En string // English
}

// Procedure is a craft's steps in order; at least one.
type Procedure struct {
	Name  string // the file's name without .yaml
	Title Text
	Steps []Step
}

// Step is one step of the craft.
type Step struct {
	Name     string // unique in the procedure: "throwing"
	Title    Text   // a word or two
	Caption  Text   // a sentence that tells the viewer what to look at
	Shot     Shot
	Overlays []Overlay
	Ends     End
}

// Shot is a layout with its cameras, the main one first. Cameras left out are
// filled by the director.
type Shot struct {
	Layout     string // its name; whether there is one of that name knows who has the layouts
	Cameras    []string
	Transition string // one of Transitions
}

// Transitions that a step may ask for.
var (
	Transitions = []string{"cut", "dissolve", "wipe", "push", "grow"}
)

// Overlay is a template to show and what to fill its parameters with.
type Overlay struct {
	Template string            // the file's name in configs/templates without .svg
	Channel  string            // the reading it shows; empty if its template shows none
	Title    Text              // its heading, if its template has one
	Set      map[string]string // further parameters of the template, by name
}

// End is what ends a step besides the artisan's touch, which always does.
type End struct {
	After time.Duration // this long after it began; 0: only by a touch
}

// Place is where the artisan is in a procedure. The zero Place is the first step.
type Place struct {
	Present int       // index into Steps
	Since   time.Time // when the step began
}

// Begin is the first step, begun now.
func (p *Procedure) Begin(now time.Time) Place { return Place{Since: now} }

// At returns the step at a place.
func (p *Procedure) At(at Place) *Step {
	return &p.Steps[min(max(at.Present, 0), len(p.Steps)-1)]
}

// Next returns the step after at, begun now; the last step stays.
func (p *Procedure) Next(at Place, now time.Time) Place { return p.moved(at, at.Present+1, now) }

// Previous returns the step before at, begun now; the first step stays.
func (p *Procedure) Previous(at Place, now time.Time) Place { return p.moved(at, at.Present-1, now) }

// GoTo returns the step of that name, begun now; the same place if the artisan
// is there already, an error that lists the steps if there is none of that name.
func (p *Procedure) GoTo(at Place, name string, now time.Time) (Place, error) {
	for i := range p.Steps {
		if p.Steps[i].Name == name {
			return p.moved(at, i, now), nil
		}
	}
	return at, words.Errorf("no step %[1]q in procedure %[2]q: its steps are %[3]s", "没有名为“%[1]s”的工序", name, p.Name, strings.Join(p.names(), ", "))
}

// Move carries out what a person asks for: "next", "previous" or a step's name.
func (p *Procedure) Move(at Place, to string, now time.Time) (Place, error) {
	switch to {
	case "next":
		return p.Next(at, now), nil
	case "previous":
		return p.Previous(at, now), nil
	}
	return p.GoTo(at, to, now)
}

// Advance returns the place at the time now when nobody touches anything: steps
// whose time is up have ended, each exactly when it should have.
func (p *Procedure) Advance(at Place, now time.Time) Place {
	for at.Present < len(p.Steps)-1 {
		after := p.At(at).Ends.After
		if after == 0 || now.Sub(at.Since) < after {
			break
		}
		at = Place{Present: at.Present + 1, Since: at.Since.Add(after)}
	}
	return at
}

func (p *Procedure) moved(at Place, to int, now time.Time) Place {
	if to < 0 || to >= len(p.Steps) || to == at.Present {
		return at
	}
	return Place{Present: to, Since: now}
}

func (p *Procedure) names() []string {
	names := make([]string, len(p.Steps))
	for i := range p.Steps {
		names[i] = p.Steps[i].Name
	}
	return names
}
