package configs

import (
	"time"

	"studio/media/packet"
	"studio/media/picture"
)

// Config is what the box is to do.
type Config struct {
	Name         string // the workshop's
	Listen       string // HOST:PORT of the technician's page; loopback only
	Socket       string // path of the kiosk's socket
	Rate         packet.Rational
	MainsHz      int // 50 or 60
	Canvases     []Canvas
	Layouts      string // file with the workshop's own layouts; "" for none
	Cameras      []Camera
	Microphones  []Microphone
	Director     Director
	Rig          []Instrument
	Craft        string // a file, or the name of a built-in craft; "" for none
	UploadTest   string // http(s) address that takes an upload, to measure the line; "" for none
	Platforms    string // file with own platforms' limits; "" for none
	Destinations []Destination
	Recording    Recording
	SecretsFile  string // that Key and Bearer were read from; "" for none
	State        string // folder for what the box itself keeps: wanted state, stored keys
}

// Text is something a person reads.
type Text struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

// Canvas is a picture that the box makes.
type Canvas struct {
	Name          string
	Off           bool // not made until somebody switches it on
	Size          picture.Size
	Encoder       string // "" for the best that works; else libx264, h264_vaapi, h264_v4l2m2m
	Preset        string // of x264; Auto: what the measure at the start finds
	BitsPerSecond int
	LeastBits     int // bits a second below which a slow network does not push it
	Layout        string
	Cameras       []string           // of the first shot; empty: all in order
	Framings      map[string]Framing // by camera; others are shown whole
}

// Auto is the preset that the box chooses for itself.
const Auto = "auto"

// Framing is which part of a camera a canvas shows.
type Framing struct {
	FocusX, FocusY float64 // 0 to 1, what stays in the picture
	Zoom           float64 // 1 and more
	Rotate         int     // degrees clockwise: 0, 90, 180, 270
	Mirror         bool
}

// Camera is a source of pictures; exactly one of Device, File and Drawn is set.
type Camera struct {
	Name     string
	Title    Text
	Device   *Device
	File     string // played as a camera
	Drawn    string // scene of a drawn camera
	Size     picture.Size
	Rate     packet.Rational
	Format   string         // "" for what serves size and rate best; else of Formats
	Controls map[string]int // as v4l2-ctl names them
	Delay    time.Duration  // it waits so long for slower ones
	Keep     bool           // its own picture is recorded with the programme
}

// Device says which camera is meant; every field that is set must match.
type Device struct {
	Serial string `yaml:"serial"` // of the USB device
	Port   string `yaml:"port"`   // USB port path, such as 1-2.3
	Card   string `yaml:"card"`   // name that the driver gives
	Path   string `yaml:"path"`   // /dev/video0, for devices without an identity
}

// Microphone is a source of sound.
type Microphone struct {
	Name       string
	Title      Text
	Match      string // part of the device's name; "" for the system's default
	GainDB     float64
	Delay      time.Duration
	HighPassHz int    // 0: off
	Camera     string // that it belongs to; "" for none
	Follow     bool   // heard only while its camera is on air
	Mute       bool   // at the start
}

// Director is how shots are chosen without a hand.
type Director struct {
	On       bool // from the start
	Hold     time.Duration
	Shortest time.Duration
	Longest  time.Duration
	Triggers []Trigger
}

// Trigger shows a camera while a reading says so.
type Trigger struct {
	When   string // such as "kiln1 >= 600 °C"
	Camera string
}

// Instrument is one device of the rig.
type Instrument struct {
	Name     string
	Protocol string // mt-sics, house-line
	Port     Port
	Baud     int
	Interval time.Duration // between questions to a scale
	Stale    time.Duration
	Channels map[string]Channel // by the name that the instrument uses
}

// Port says which serial port is meant; every field that is set must match.
type Port struct {
	Vendor  string `yaml:"vendor"`  // USB vendor, four hexadecimal digits
	Product string `yaml:"product"` // USB product, four hexadecimal digits
	Serial  string `yaml:"serial"`  // of the USB device
	Port    string `yaml:"port"`    // USB port path, such as 1-2.3
	Path    string `yaml:"path"`    // /dev/ttyUSB0, for ports without an identity
}

// Channel is how an instrument's quantity is known in the studio.
type Channel struct {
	Name  string `yaml:"name"`
	Title Text   `yaml:"title"`
	Unit  string `yaml:"unit"` // where the instrument sends none
}

// Destination is a place the broadcast goes to.
type Destination struct {
	Name    string
	Kind    string // rtmp, rtmps, srt, whip, virtualcam, window, file
	Address string // may hold a secret
	Key     string // stands behind the address: a secret
	Bearer  string // WHIP: a secret
	Off     bool   // not started with the broadcast
	Need
}

// Need is what a destination is sent. It may be set by hand in place of what the
// configuration says.
type Need struct {
	Canvas   string
	Platform string // whose limits are checked; "" for none
	// Of the encode; zero values are the canvas's.
	BitsPerSecond int
	Size          picture.Size
	Profile       string
}

// Recording says where the programme is kept.
type Recording struct {
	Folder        string   // "" for no recording
	WithBroadcast bool     // starts and ends with each broadcast
	Canvases      []string // that are recorded
	RotateAfter   time.Duration
	RotateBytes   int64
	KeepFor       time.Duration // finished recordings older than this are deleted; 0: never
	KeepBytes     int64         // the oldest are deleted beyond this; 0: never
	ReserveBytes  int64         // of the disk that stay free
	// MicrophoneTracks gives each microphone a track of its own in the programme's
	// recordings, behind the mix.
	MicrophoneTracks bool
}

// MostMicrophoneTracks is how many microphones a recording has room for: pictures,
// the mix and they are 32 streams, the most that publish/avformat writes.
const MostMicrophoneTracks = 30

// Protocols lists the instruments that the box speaks to.
func Protocols() []string { return []string{"mt-sics", "house-line"} }

// Scenes lists the drawn cameras.
func Scenes() []string { return []string{"wheel", "hands", "kiln"} }
