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
	Cameras      []Camera
	Microphone   *Microphone // nil: no microphone
	Rig          []Instrument
	Craft        string // a file, or the name of a built-in craft; "" for none
	Destinations []Destination
	Recording    Recording
}

// Text is something a person reads.
type Text struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

// Canvas is a picture that the box makes.
type Canvas struct {
	Name          string
	Size          picture.Size
	Preset        string // of x264
	BitsPerSecond int
	Layout        string
	Cameras       []string // of the first shot; empty: all in order
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
	Controls map[string]int // as v4l2-ctl names them
}

// Device says which camera is meant; every field that is set must match.
type Device struct {
	Serial string `yaml:"serial"` // of the USB device
	Port   string `yaml:"port"`   // USB port path, such as 1-2.3
	Card   string `yaml:"card"`   // name that the driver gives
	Path   string `yaml:"path"`   // /dev/video0, for devices without an identity
}

// Microphone says which one is meant.
type Microphone struct {
	Match string // part of its name; "" for the system's default
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
	Kind    string // rtmp, rtmps, srt, whip
	Address string // whole, its key included: a secret
	Bearer  string // WHIP: a secret
	Canvas  string
}

// Recording says where the programme is kept.
type Recording struct {
	Folder        string // "" for no recording
	WithBroadcast bool   // starts and ends with each broadcast
}

// Protocols lists the instruments that the box speaks to.
func Protocols() []string { return []string{"mt-sics", "house-line"} }

// Scenes lists the drawn cameras.
func Scenes() []string { return []string{"wheel", "hands", "kiln"} }
