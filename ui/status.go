package ui

import "time"

// Text is something a person reads, in the languages of the box.
type Text struct {
	Zh string `json:"zh" doc:"Chinese"`
	En string `json:"en" doc:"English"`
}

// State is how a camera, a destination or another part is doing.
type State string

const (
	Off        State = "off"        // not wanted
	Connecting State = "connecting" // wanted, not there yet
	Live       State = "live"       // working
	Troubled   State = "troubled"   // working, but something is lost
	Waiting    State = "waiting"    // failed; will be tried again by itself
	Failed     State = "failed"     // failed; somebody has to do something
)

// Status is everything a face shows. It is a copy: whoever has it may keep it.
type Status struct {
	Time         time.Time     `json:"time"`
	Version      string        `json:"version"`
	Name         string        `json:"name" doc:"the workshop's name"`
	Health       Health        `json:"health"`
	Broadcast    OnAir         `json:"broadcast"`
	Recording    FileStatus    `json:"recording"`
	Canvases     []Canvas      `json:"canvases" nullable:"false"`
	Cameras      []Camera      `json:"cameras" nullable:"false"`
	Sound        Sound         `json:"sound"`
	Readings     []Reading     `json:"readings" nullable:"false"`
	Procedure    Procedure     `json:"procedure"`
	Destinations []Destination `json:"destinations" nullable:"false"`
	Box          Box           `json:"box"`
}

// Health is how the whole box is doing, in a word, and why.
type Health struct {
	State  State    `json:"state" enum:"live,troubled,failed" doc:"live: all is well; troubled: the programme goes on, something needs a look; failed: no programme"`
	Faults []string `json:"faults" nullable:"false" doc:"one plain sentence each"`
}

// OnAir is the broadcast.
type OnAir struct {
	On    bool      `json:"on"`
	Since time.Time `json:"since" doc:"zero when off"`
}

// FileStatus is the recording.
type FileStatus struct {
	On      bool      `json:"on" doc:"wanted"`
	State   State     `json:"state"`
	Message string    `json:"message" doc:"what is wrong, empty if nothing"`
	Since   time.Time `json:"since"`
	File    string    `json:"file" doc:"path of the present file"`
	Bytes   uint64    `json:"bytes"`
}

// Canvas is one picture that the box makes.
type Canvas struct {
	Name          string   `json:"name"`
	Width         int      `json:"width"`
	Height        int      `json:"height"`
	FrameRate     float64  `json:"frameRate" doc:"frames a second, wanted"`
	Layout        string   `json:"layout"`
	Cameras       []string `json:"cameras" nullable:"false" doc:"on air, the main one first"`
	Frames        uint64   `json:"frames" doc:"made since start"`
	Dropped       uint64   `json:"dropped" doc:"frames that could not be made in time"`
	BitsPerSecond float64  `json:"bitsPerSecond" doc:"measured over the last seconds"`
	LatencyMS     float64  `json:"latencyMs" doc:"camera to encoded packet, milliseconds, recent 95th percentile"`
}

// Camera is one source of pictures.
type Camera struct {
	Name      string  `json:"name"`
	Title     Text    `json:"title"`
	State     State   `json:"state"`
	Message   string  `json:"message" doc:"what is wrong, empty if nothing"`
	Format    string  `json:"format" doc:"MJPEG, YUYV, NV12, YU12, drawn"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	FrameRate float64 `json:"frameRate" doc:"frames a second, measured"`
	OnAir     bool    `json:"onAir"`
	Frames    uint64  `json:"frames"`
	Lost      uint64  `json:"lost" doc:"frames missed, damaged or dropped for want of a buffer"`
}

// Sound is the programme's sound.
type Sound struct {
	Name    string     `json:"name" doc:"the microphone"`
	State   State      `json:"state"`
	Message string     `json:"message"`
	PeakDB  [2]float64 `json:"peakDb" doc:"left and right peak of the last 100 ms, dB below full scale; -120 is silence"`
}

// Reading is a channel's present reading as a person is shown it.
type Reading struct {
	Channel string    `json:"channel"`
	Title   Text      `json:"title"`
	Value   string    `json:"value" doc:"empty whenever no number may be shown"`
	Unit    string    `json:"unit"`
	Quality string    `json:"quality" enum:"ok,unstable,over,under,fault,stale"`
	Time    time.Time `json:"time"`
}

// Procedure is the craft's steps and where we are.
type Procedure struct {
	Title   Text            `json:"title"`
	Steps   []ProcedureStep `json:"steps" nullable:"false"`
	Present int             `json:"present" doc:"index into steps; -1 without a procedure"`
}

// ProcedureStep is one step.
type ProcedureStep struct {
	Name    string `json:"name"`
	Title   Text   `json:"title"`
	Caption Text   `json:"caption"`
}

// Destination is one place the broadcast goes to.
type Destination struct {
	Name         string    `json:"name"`
	Kind         string    `json:"kind" doc:"rtmp, rtmps, whip"`
	Address      string    `json:"address" doc:"without its secret"`
	Canvas       string    `json:"canvas"`
	State        State     `json:"state"`
	Message      string    `json:"message" doc:"what is wrong, empty if nothing"`
	Since        time.Time `json:"since" doc:"of this state"`
	QueueSeconds float64   `json:"queueSeconds"`
	SentBytes    uint64    `json:"sentBytes"`
	Dropped      uint64    `json:"dropped" doc:"packets that this destination was too slow for"`
	Attempts     uint64    `json:"attempts"`
}

// Box is what the engine uses of the machine.
type Box struct {
	CPUPercent  float64 `json:"cpuPercent" doc:"of one core, 200 is two cores busy"`
	Cores       int     `json:"cores"`
	MemoryBytes uint64  `json:"memoryBytes" doc:"resident"`
	UptimeMS    int64   `json:"uptimeMs"`
	DiskFree    uint64  `json:"diskFree" doc:"bytes free in the recording folder; 0 if unknown"`
}
