package ui

import "context"

// Command is one thing a person asks of the studio: one of the types below.
type Command interface{ command() }

// Take puts a shot on air.
type Take struct {
	Canvas     string   `json:"canvas,omitempty" doc:"canvas to change; empty: all canvases" example:"landscape"`
	Layout     string   `json:"layout,omitempty" doc:"layout; empty: keep the present one" enum:"full,pip,sidebyside,quad" example:"pip"`
	Cameras    []string `json:"cameras" minItems:"1" maxItems:"4" doc:"camera names, the main one first; slots left over are filled with the other cameras in order" example:"[\"wheel\"]"`
	Transition string   `json:"transition,omitempty" doc:"how to get there; empty: dissolve" enum:"cut,dissolve" example:"dissolve"`
}

// Step moves the procedure.
type Step struct {
	To string `json:"to" doc:"next, previous, or a step's name" example:"next"`
}

// Broadcast starts or ends going on air to all destinations.
type Broadcast struct {
	On bool `json:"on" doc:"true starts, false ends"`
}

// Recording starts or ends recording the programme to a file.
type Recording struct {
	On bool `json:"on" doc:"true starts, false ends"`
}

func (Take) command()      {}
func (Step) command()      {}
func (Broadcast) command() {}
func (Recording) command() {}

// Studio is the engine as the faces see it.
type Studio interface {
	// Do carries out one command and returns when it has taken effect or is refused.
	// A refusal that the person can mend wraps ErrRefused and says how.
	Do(ctx context.Context, c Command) error
	// Status returns the present state; cheap enough for several calls a second.
	Status() Status
	// JPEG returns the newest small picture of a canvas or a camera by name, about
	// width pixels wide, as JPEG. The bytes are the caller's. ErrUnknown if there is
	// no such canvas or camera. It never touches the programme.
	JPEG(ctx context.Context, name string, width int) ([]byte, error)
}

// Preview is the live picture and sound for a page over WebRTC (WHEP,
// draft-ietf-wish-whep).
type Preview interface {
	// Answer takes a viewer's SDP offer and returns the answer and the viewer's id.
	Answer(ctx context.Context, offer string) (answer, id string, err error)
	// Hang up a viewer; ErrUnknown if there is none of that id.
	HangUp(id string) error
}
