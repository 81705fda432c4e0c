package scene

import (
	"slices"
	"time"

	"studio/words"
)

// Shot is a layout with its cameras filled in, the main one first. A shot may name
// fewer cameras than the layout has slots: those slots stay empty.
type Shot struct {
	Layout  string
	Cameras []string
}

// Equal reports whether both shots look the same.
func (s Shot) Equal(o Shot) bool {
	return s.Layout == o.Layout && slices.Equal(s.Cameras, o.Cameras)
}

// Complete returns the shot with its empty slots filled by the other cameras in
// their order, and with what does not fit cut off.
func (s Shot) Complete(slots int, cameras []string) Shot {
	full := Shot{Layout: s.Layout}
	for _, list := range [][]string{s.Cameras, cameras} {
		for _, name := range list {
			if len(full.Cameras) < slots && !slices.Contains(full.Cameras, name) {
				full.Cameras = append(full.Cameras, name)
			}
		}
	}
	return full
}

// Kind is a way from one shot to the next.
type Kind string

const (
	Cut      Kind = "cut"      // at once
	Dissolve Kind = "dissolve" // one through the other
	Wipe     Kind = "wipe"     // the next is uncovered from the left
	Push     Kind = "push"     // the next comes in from the right and pushes
	Grow     Kind = "grow"     // an inset swells to full, or shrinks back into its slot
)

// Kinds lists all of them.
func Kinds() []Kind { return []Kind{Cut, Dissolve, Wipe, Push, Grow} }

// Bounds of a transition's duration.
const (
	UsualTime = 500 * time.Millisecond
	MostTime  = 10 * time.Second
)

// Transition is a way from one shot to the next and how long it takes. The zero
// Kind is Dissolve, the zero Duration UsualTime; a cut takes no time whatever it
// says.
type Transition struct {
	Kind     Kind
	Duration time.Duration
}

// Check says what is wrong with the transition.
func (t Transition) Check() error {
	if t.Kind != "" && !slices.Contains(Kinds(), t.Kind) {
		return words.Errorf("transition %q: there is none of that name; allowed: cut, dissolve, wipe, push, grow",
			"没有名为“%s”的切换方式；可以用：cut、dissolve、wipe、push、grow", t.Kind)
	}
	if t.Duration < 0 || t.Duration > MostTime {
		return words.Errorf("transition %[1]q: takes %[2]v; allowed: up to %[3]v", "切换时长 %[2]v 太长：最长 %[3]v", t.Kind, t.Duration, MostTime)
	}
	return nil
}

func (t Transition) settled() Transition {
	if t.Kind == "" {
		t.Kind = Dissolve
	}
	if t.Duration == 0 {
		t.Duration = UsualTime
	}
	if t.Kind == Cut {
		t.Duration = 0
	}
	return t
}

// Program is what a canvas shows as a function of the program time.
type Program struct {
	from, to Shot
	by       Transition
	start    time.Duration
}

// NewProgram returns a program that has always shown s.
func NewProgram(s Shot) Program { return Program{from: s, to: s, by: Transition{Kind: Cut}} }

// Take returns the program that leaves what p shows at the given time for the
// next shot. A take during a transition starts from the shot that is coming in.
func (p Program) Take(next Shot, by Transition, at time.Duration) Program {
	if next.Equal(p.to) {
		return p
	}
	return Program{from: p.to, to: next, by: by.settled(), start: at}
}

// Target returns the shot that is on air or coming in.
func (p Program) Target() Shot { return p.to }

// Moment is how far a program is on its way from one shot to the next.
type Moment struct {
	From, To Shot
	Kind     Kind
	Progress float64 // 0 to 1, eased; at 1 From is no longer seen
}

// At returns the program's moment.
func (p Program) At(now time.Duration) Moment {
	progress := eased(now-p.start, p.by.Duration)
	if progress == 1 {
		return Moment{p.to, p.to, Cut, 1}
	}
	return Moment{p.from, p.to, p.by.Kind, progress}
}
