package ui

import "context"

// Command is one thing a person asks of the studio: one of the types below.
type Command interface{ command() }

// Take puts a shot on air.
type Take struct {
	Canvas     string   `json:"canvas,omitempty" doc:"canvas to change; empty: all canvases" example:"landscape"`
	Layout     string   `json:"layout,omitempty" doc:"one of the canvas's layouts; empty: keep the present one" example:"pip"`
	Cameras    []string `json:"cameras" minItems:"1" maxItems:"8" doc:"camera names, the main one first; slots left over are filled with the other cameras in order" example:"[\"wheel\"]"`
	Transition string   `json:"transition,omitempty" doc:"how to get there; empty: dissolve" enum:"cut,dissolve,wipe,push,grow" example:"dissolve"`
	DurationMS int      `json:"durationMs,omitempty" minimum:"0" maximum:"10000" doc:"of the transition; 0: its usual one"`
}

// Cue puts a shot on preview.
type Cue struct {
	Canvas  string   `json:"canvas" doc:"canvas whose preview changes" example:"landscape"`
	Layout  string   `json:"layout,omitempty" doc:"empty: keep the preview's" example:"full"`
	Cameras []string `json:"cameras" minItems:"1" maxItems:"8" doc:"camera names, the main one first"`
}

// TakeCue puts what is on preview on air; what was on air goes to preview.
type TakeCue struct {
	Canvas     string  `json:"canvas" example:"landscape"`
	Transition string  `json:"transition,omitempty" doc:"empty: dissolve" enum:"cut,dissolve,wipe,push,grow"`
	DurationMS int     `json:"durationMs,omitempty" minimum:"0" maximum:"10000" doc:"of the transition; 0: its usual one"`
	InSeconds  float64 `json:"inSeconds,omitempty" minimum:"0" maximum:"60" doc:"0: now; else after a countdown"`
	Cancel     bool    `json:"cancel,omitempty" doc:"ends a running countdown instead"`
}

// SwitchCanvas switches a canvas on or off; one that is off costs nothing and its
// destinations get nothing.
type SwitchCanvas struct {
	Canvas string `json:"canvas" example:"portrait"`
	On     bool   `json:"on"`
}

// Direct hands the choice of shots to the director or takes it back.
type Direct struct {
	On bool `json:"on"`
}

// Frame says which part of a camera a canvas shows.
type Frame struct {
	Canvas     string  `json:"canvas" example:"portrait"`
	Camera     string  `json:"camera" example:"wheel"`
	FocusX     float64 `json:"focusX" minimum:"0" maximum:"1" doc:"what stays in the picture, from the left"`
	FocusY     float64 `json:"focusY" minimum:"0" maximum:"1" doc:"from the top"`
	Zoom       float64 `json:"zoom" minimum:"1" maximum:"8"`
	Rotate     int     `json:"rotate,omitempty" enum:"0,90,180,270" doc:"degrees clockwise"`
	Mirror     bool    `json:"mirror,omitempty"`
	DurationMS int     `json:"durationMs,omitempty" minimum:"0" maximum:"60000" doc:"a slow pan there; 0: at once"`
}

// Delay makes a camera wait, so that slower ones and the sound are in step with it.
type Delay struct {
	Camera  string `json:"camera"`
	DelayMS int    `json:"delayMs" minimum:"0" maximum:"1000"`
}

// Clap listens and looks for a few claps and measures how far a camera and a
// microphone are apart.
type Clap struct {
	Camera     string `json:"camera"`
	Microphone string `json:"microphone,omitempty" doc:"empty: the first"`
}

// SetSound changes how a source is heard; what is left out stays.
type SetSound struct {
	Name       string   `json:"name" doc:"a source of sound"`
	GainDB     *float64 `json:"gainDb,omitempty" minimum:"-60" maximum:"24"`
	DelayMS    *int     `json:"delayMs,omitempty" minimum:"0" maximum:"1000"`
	HighPassHz *int     `json:"highPassHz,omitempty" minimum:"0" maximum:"400" doc:"0: off"`
	Mute       *bool    `json:"mute,omitempty"`
	Solo       *bool    `json:"solo,omitempty"`
	Follow     *bool    `json:"follow,omitempty" doc:"heard only while its camera is on air"`
}

// Privacy mutes every microphone at every output at once.
type Privacy struct {
	On bool `json:"on"`
}

// Send starts or ends one destination while the broadcast goes on.
type Send struct {
	Destination string `json:"destination"`
	On          bool   `json:"on"`
}

// Mark keeps the last moments as a clip of each canvas.
type Mark struct {
	Seconds int    `json:"seconds,omitempty" minimum:"0" maximum:"300" doc:"how far back; 0: 30"`
	Title   string `json:"title,omitempty" maxLength:"80"`
}

// Keep switches the recording of a camera's own picture.
type Keep struct {
	Camera string `json:"camera"`
	On     bool   `json:"on"`
}

// ChangeDestination changes what a destination is sent, in place of what the
// configuration says; what is left out stays. If the destination is on air it alone
// begins anew. It is remembered.
type ChangeDestination struct {
	Destination   string  `json:"destination" example:"school"`
	Configured    bool    `json:"configured,omitempty" doc:"first back to what the configuration says, all of it"`
	Canvas        *string `json:"canvas,omitempty" example:"landscape"`
	Platform      *string `json:"platform,omitempty" doc:"whose limits are checked; empty: none" example:"bilibili"`
	Size          *string `json:"size,omitempty" doc:"WIDTHxHEIGHT, of the canvas's shape; empty: the canvas's" example:"1280x720"`
	Profile       *string `json:"profile,omitempty" doc:"baseline, main or high; empty: the canvas's" example:"baseline"`
	BitsPerSecond *int    `json:"bitsPerSecond,omitempty" doc:"64000 to 50000000; 0: the canvas's" example:"2500000"`
}

// AddDestination makes a destination on the network beside those of the configuration.
// Address, key and bearer are stored like those of StreamKey.
type AddDestination struct {
	Name    string `json:"name" minLength:"1" maxLength:"40" doc:"that no other destination has" example:"guild"`
	Address string `json:"address" maxLength:"2000" doc:"rtmp://, rtmps://, srt://, or http(s):// for WHIP" example:"rtmps://live.guild.example/app"`
	Key     string `json:"key,omitempty" maxLength:"2000" doc:"what stands behind the address"`
	Bearer  string `json:"bearer,omitempty" maxLength:"4000" doc:"WHIP: sent as bearer"`
	Canvas  string `json:"canvas,omitempty" doc:"empty: the first" example:"landscape"`
}

// RemoveDestination ends a destination that was added and forgets it with its secret.
type RemoveDestination struct {
	Destination string `json:"destination"`
}

// StreamKey stores a destination's secret, and another address where the platform
// gives a new one for each broadcast. It takes the place of all that was stored
// before; with nothing but the name that is deleted. It can be written and never read.
type StreamKey struct {
	Destination string `json:"destination"`
	Address     string `json:"address,omitempty" maxLength:"2000" doc:"empty: as configured; of the configured kind"`
	Key         string `json:"key,omitempty" maxLength:"2000" doc:"what stands behind the address"`
	Bearer      string `json:"bearer,omitempty" maxLength:"4000" doc:"WHIP: sent as bearer"`
}

// CheckLine looks whether the network can carry the broadcast.
type CheckLine struct{}

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

func (Cue) command()          {}
func (TakeCue) command()      {}
func (SwitchCanvas) command() {}
func (Direct) command()       {}
func (Frame) command()        {}
func (Delay) command()        {}
func (Clap) command()         {}
func (SetSound) command()     {}
func (Privacy) command()      {}
func (Send) command()         {}
func (Mark) command()         {}
func (Keep) command()         {}
func (StreamKey) command()    {}

func (ChangeDestination) command() {}
func (AddDestination) command()    {}
func (RemoveDestination) command() {}
func (CheckLine) command()         {}

// Studio is the engine as the faces see it.
type Studio interface {
	// Do carries out one command and returns when it has taken effect or is refused.
	// A refusal that the person can mend wraps ErrRefused and says how.
	Do(ctx context.Context, c Command) error
	// CheckDestination says what a change would lead to, what it costs and what the
	// platform says of it; nothing is changed. Errors are those of Do.
	CheckDestination(c ChangeDestination) (DestinationCheck, error)
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
