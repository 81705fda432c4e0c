package scene

import (
	"slices"
	"time"
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
	Cut      Kind = "cut"
	Dissolve Kind = "dissolve"
)

// DissolveTime is how long a dissolve takes.
const DissolveTime = 500 * time.Millisecond

// Program is what a canvas shows as a function of the program time.
type Program struct {
	from, to Shot
	kind     Kind
	start    time.Duration
}

// NewProgram returns a program that has always shown s.
func NewProgram(s Shot) Program { return Program{from: s, to: s, kind: Cut} }

// Take returns the program that leaves what p shows at the given time for the
// next shot. A take during a dissolve starts from the shot that is coming in.
func (p Program) Take(next Shot, kind Kind, at time.Duration) Program {
	if next.Equal(p.to) {
		return p
	}
	return Program{from: p.to, to: next, kind: kind, start: at}
}

// Target returns the shot that is on air or coming in.
func (p Program) Target() Shot { return p.to }

// At returns the outgoing and incoming shot and how much of the incoming one is
// seen, 0 to 255; at 255 the outgoing one need not be drawn.
func (p Program) At(now time.Duration) (from, to Shot, weight uint8) {
	if p.kind == Cut || now >= p.start+DissolveTime {
		return p.to, p.to, 255
	}
	if now <= p.start {
		return p.from, p.to, 0
	}
	x := float64(now-p.start) / float64(DissolveTime)
	return p.from, p.to, uint8(255 * x * x * (3 - 2*x)) // eased at both ends
}
