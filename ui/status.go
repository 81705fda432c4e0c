package ui

import (
	"time"

	"studio/words"
)

// Text is something a person reads, in the languages of the box.
type Text = words.Text

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
	Director     Director      `json:"director"`
	Load         Load          `json:"load"`
	Clap         ClapResult    `json:"clap"`
	Clips        []Clip        `json:"clips" nullable:"false" doc:"newest first"`
	Line         LineCheck     `json:"line"`
	Box          Box           `json:"box"`
}

// Health is how the whole box is doing, in a word, and why.
type Health struct {
	State  State  `json:"state" enum:"live,troubled,failed" doc:"live: all is well; troubled: the programme goes on, something needs a look; failed: no programme"`
	Faults []Text `json:"faults" nullable:"false" doc:"one plain sentence each, what can be mended first"`
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
	Message Text      `json:"message" doc:"what is wrong, empty if nothing"`
	Since   time.Time `json:"since"`
	File    string    `json:"file" doc:"path of the present file"`
	Bytes   uint64    `json:"bytes"`
	// Microphones is how many have a track of their own behind the mix.
	Microphones int `json:"microphones" doc:"with a track of their own behind the mix"`
	// HoursLeft is how long the disk lasts at the present rates.
	HoursLeft float64 `json:"hoursLeft" doc:"0 if unknown"`
	Disk      Text    `json:"disk" doc:"what the disk guard says, empty if all is well"`
	Repaired  []Text  `json:"repaired" nullable:"false" doc:"recordings that a power cut had left, finished at the start"`
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
	On            bool     `json:"on" doc:"made at all"`
	Layouts       []Layout `json:"layouts" nullable:"false" doc:"that suit this canvas"`
	Preview       Shot     `json:"preview" doc:"what a take puts on air"`
	TakeInMS      int64    `json:"takeInMs" doc:"countdown to the take; 0: none runs"`
	Preset        string   `json:"preset" doc:"of the encoder"`
	Encoder       string   `json:"encoder" doc:"libx264, h264_vaapi or h264_v4l2m2m"`
	Framings      []Frame  `json:"framings" nullable:"false" doc:"of its cameras, where they are not the usual one"`
}

// Shot is a layout with its cameras.
type Shot struct {
	Layout  string   `json:"layout"`
	Cameras []string `json:"cameras" nullable:"false"`
}

// Layout is where cameras sit on a canvas.
type Layout struct {
	Name  string `json:"name"`
	Title Text   `json:"title"`
	Slots []Slot `json:"slots" nullable:"false"`
}

// Slot is one camera's place, in fractions of the canvas.
type Slot struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Camera is one source of pictures.
type Camera struct {
	Name      string  `json:"name"`
	Title     Text    `json:"title"`
	State     State   `json:"state"`
	Message   Text    `json:"message" doc:"what is wrong, empty if nothing"`
	Format    string  `json:"format" doc:"MJPEG, H.264, YUYV, NV12, YU12, drawn"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	FrameRate float64 `json:"frameRate" doc:"frames a second, measured"`
	OnAir     bool    `json:"onAir"`
	Frames    uint64  `json:"frames"`
	Lost      uint64  `json:"lost" doc:"frames missed, damaged or dropped for want of a buffer"`
	Activity  float64 `json:"activity" doc:"how much moves, 0 to 1"`
	DelayMS   int     `json:"delayMs"`
	Kept      Keeping `json:"kept" doc:"the recording of its own picture"`
}

// Keeping is the recording of a camera's own picture.
type Keeping struct {
	On      bool   `json:"on" doc:"wanted"`
	State   State  `json:"state"`
	Message Text   `json:"message"`
	Bytes   uint64 `json:"bytes"`
	Dropped uint64 `json:"dropped"`
}

// Sound is the programme's sound.
type Sound struct {
	Name    string     `json:"name" doc:"the microphone"`
	State   State      `json:"state"`
	Message Text       `json:"message"`
	PeakDB  [2]float64 `json:"peakDb" doc:"left and right peak of the last 100 ms, dB below full scale; -120 is silence"`
	// Loudness is the programme's after EBU R128.
	Loudness Loudness      `json:"loudness"`
	Silent   bool          `json:"silent" doc:"nothing has been heard for a while"`
	Privacy  bool          `json:"privacy" doc:"every microphone is muted at every output"`
	Sources  []SoundSource `json:"sources" nullable:"false"`
}

// Loudness is after EBU R128, in LUFS; -120 is silence or not known yet.
type Loudness struct {
	Momentary  float64 `json:"momentary"`
	ShortTerm  float64 `json:"shortTerm"`
	Integrated float64 `json:"integrated"`
}

// SoundSource is a microphone, or the sound of a clip.
type SoundSource struct {
	Name       string     `json:"name"`
	Title      Text       `json:"title"`
	State      State      `json:"state"`
	Message    Text       `json:"message"`
	PeakDB     [2]float64 `json:"peakDb"`
	GainDB     float64    `json:"gainDb"`
	DelayMS    int        `json:"delayMs"`
	HighPassHz int        `json:"highPassHz"`
	Mute       bool       `json:"mute"`
	Solo       bool       `json:"solo"`
	Follow     bool       `json:"follow"`
	Camera     string     `json:"camera" doc:"the camera that it belongs to; may be empty"`
	Resets     uint64     `json:"resets" doc:"how often it had to be set right"`
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
	Kind         string    `json:"kind" doc:"rtmp, rtmps, srt, whip, virtualcam, window, file"`
	Address      string    `json:"address" doc:"without its secret"`
	Canvas       string    `json:"canvas"`
	State        State     `json:"state"`
	Message      Text      `json:"message" doc:"what is wrong, empty if nothing"`
	Since        time.Time `json:"since" doc:"of this state"`
	QueueSeconds float64   `json:"queueSeconds"`
	SentBytes    uint64    `json:"sentBytes"`
	Dropped      uint64    `json:"dropped" doc:"packets that this destination was too slow for"`
	Attempts     uint64    `json:"attempts"`
	Wanted       bool      `json:"wanted" doc:"it is to be on air with the broadcast"`
	HasKey       bool      `json:"hasKey" doc:"a secret is stored"`
	Encode       string    `json:"encode" doc:"what it gets, such as 1920x1080 main 4000 kb/s"`
	Notes        []Text    `json:"notes" nullable:"false" doc:"limits of the platform that are not kept, what its own encode costs"`
	Need         Need      `json:"need"`
	Added        bool      `json:"added" doc:"it was made by hand and can be removed; the others stand in the configuration"`
	Changed      bool      `json:"changed" doc:"the need is set by hand, in place of what the configuration says"`
}

// Need is what a destination is to be sent; what is empty or 0 is as its canvas's own
// encode has it.
type Need struct {
	Platform      string `json:"platform" doc:"whose limits are checked; empty: none"`
	Size          string `json:"size" doc:"WIDTHxHEIGHT"`
	Profile       string `json:"profile" doc:"baseline, main or high"`
	BitsPerSecond int    `json:"bitsPerSecond"`
}

// DestinationCheck is what a change of a destination would lead to, and what else
// could be chosen.
type DestinationCheck struct {
	Encode    string     `json:"encode" doc:"what it would get, such as 1920x1080 main 4000 kb/s; empty: pictures without an encode"`
	Notes     []Text     `json:"notes" nullable:"false" doc:"limits of the platform that would not be kept, what its own encode would cost"`
	Fit       Need       `json:"fit" doc:"what is nearest to it and keeps the platform's limits"`
	Sizes     []string   `json:"sizes" nullable:"false" doc:"of the canvas's shape and smaller, the usual ones"`
	Platforms []Platform `json:"platforms" nullable:"false" doc:"whose limits are known"`
}

// Platform is a service that broadcasts go to.
type Platform struct {
	Name  string `json:"name"`
	Title Text   `json:"title"`
	Notes []Text `json:"notes" nullable:"false" doc:"what a person should know of it"`
}

// Director is what chooses the shots by itself.
type Director struct {
	On     bool      `json:"on"`
	Reason Text      `json:"reason" doc:"why this shot is on air"`
	Since  time.Time `json:"since" doc:"of the present shot"`
	HoldMS int64     `json:"holdMs" doc:"how much longer a person's own choice is held"`
}

// Load is what the box leaves out because it cannot keep up.
type Load struct {
	Level   int     `json:"level" doc:"0: nothing is left out"`
	Steps   []Text  `json:"steps" nullable:"false" doc:"what is left out, in the order in which it was"`
	Reason  Text    `json:"reason"`
	LagMS   float64 `json:"lagMs" doc:"how late the newest picture was made"`
	Dropped uint64  `json:"dropped"`
	Box     Text    `json:"box" doc:"what the measure at the start found"`
	// PreviewDropped are pictures that a preview was too slow for.
	PreviewDropped uint64 `json:"previewDropped"`
}

// ClapResult is the last clap test.
type ClapResult struct {
	Running    bool    `json:"running"`
	Camera     string  `json:"camera"`
	Microphone string  `json:"microphone"`
	SkewMS     float64 `json:"skewMs" doc:"positive: the picture is later than the sound"`
	Sure       bool    `json:"sure"`
	Words      Text    `json:"words" doc:"what was found and what to set"`
	// The delays to set, each the whole one.
	CameraDelayMS     int `json:"cameraDelayMs"`
	MicrophoneDelayMS int `json:"microphoneDelayMs"`
}

// Clip is a kept moment.
type Clip struct {
	Name    string    `json:"name" doc:"of the file"`
	Canvas  string    `json:"canvas"`
	Title   string    `json:"title"`
	Time    time.Time `json:"time"`
	Seconds float64   `json:"seconds"`
	Bytes   uint64    `json:"bytes"`
	Message Text      `json:"message" doc:"why there is no file; empty if all is well"`
}

// LineCheck is the last check of the network.
type LineCheck struct {
	Running bool      `json:"running"`
	Time    time.Time `json:"time"`
	Words   []Text    `json:"words" nullable:"false" doc:"one for each destination"`
}

// Box is what the engine uses of the machine.
type Box struct {
	CPUPercent  float64 `json:"cpuPercent" doc:"of one core, 200 is two cores busy"`
	Cores       int     `json:"cores"`
	MemoryBytes uint64  `json:"memoryBytes" doc:"resident"`
	UptimeMS    int64   `json:"uptimeMs"`
	DiskFree    uint64  `json:"diskFree" doc:"bytes free in the recording folder; 0 if unknown"`
}
