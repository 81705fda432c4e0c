package platform

import (
	"studio/media/packet"
	"studio/media/picture"
	"studio/publish"
)

// Protocols are the ways to a platform. Clean is a platform that gives no key: it
// is fed a picture, by a virtual camera or a second screen.
const (
	RTMP  = "rtmp"
	RTMPS = "rtmps"
	SRT   = "srt"
	WHIP  = "whip"
	Clean = "clean"
)

// Platform is a place that broadcasts go to.
type Platform struct {
	Name      string // in addresses and files: youtube
	Title     publish.Text
	Protocol  string
	Addresses []string // without the key, the usual one first; {…} stands for what the platform tells its user
	Secret    string   // where the key goes: key (after the address), bearer, address (the whole is secret), none
	Limits    Limits
	Notes     []publish.Text // what a person should know
}

// Limits are what a platform takes. A zero value is a limit that is not known.
type Limits struct {
	VideoBitsPerSecond int
	AudioBitsPerSecond int
	Size               picture.Size // the biggest lying picture; a standing one may have it turned
	Rate               int          // frames a second
	KeySeconds         int          // longest time from key frame to key frame
	Profiles           []string     // of H.264
	NoUpright          bool         // only lying pictures
	SessionHours       int
}

// Encode is what a canvas sends, or a rendition of it.
type Encode struct {
	Size               picture.Size
	Rate               packet.Rational // frames a second
	VideoBitsPerSecond int
	AudioBitsPerSecond int
	KeySeconds         float64
	Profile            string // baseline, main, high
	Preset             string // of x264
}
