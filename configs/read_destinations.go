package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

type fileDestination struct {
	Name     string `yaml:"name"`
	Address  string `yaml:"address"`
	Kind     string `yaml:"kind"`
	Canvas   string `yaml:"canvas"`
	Off      bool   `yaml:"off"`
	Platform string `yaml:"platform"`
	Bitrate  string `yaml:"bitrate"`
	Size     string `yaml:"size"`
	Profile  string `yaml:"profile"`
}

type fileRecording struct {
	Folder        string   `yaml:"folder"`
	WithBroadcast *bool    `yaml:"with_broadcast"`
	Canvases      []string `yaml:"canvases"`
	RotateAfter   string   `yaml:"rotate_after"`
	RotateSize    string   `yaml:"rotate_size"`
	KeepFor       string   `yaml:"keep_for"`
	KeepSize      string   `yaml:"keep_size"`
	Reserve       string   `yaml:"reserve"`

	MicrophoneTracks *bool `yaml:"microphone_tracks"`
}

func (r *reader) destination(at string, f fileDestination, c *Config) Destination {
	taken := func(o Destination) bool { return o.Name == f.Name }
	if f.Name == "" || slices.ContainsFunc(c.Destinations, taken) {
		r.bad(at+".name", f.Name, "allowed: a name that no other destination has")
	}
	kind, err := DestinationKind(f.Address, f.Kind)
	if err != nil {
		// The address may hold a key: it is never repeated.
		r.bad(at+".address", "…", err.Error())
	}
	canvas := or(f.Canvas, c.Canvases[0].Name)
	names := make([]string, len(c.Canvases))
	for i, o := range c.Canvases {
		names[i] = o.Name
	}
	r.oneOf(at+".canvas", canvas, names)
	d := Destination{
		Name: f.Name, Kind: kind, Address: f.Address, Off: f.Off,
		Need: Need{Canvas: canvas, Platform: f.Platform, Profile: f.Profile},
	}
	if f.Bitrate != "" {
		d.BitsPerSecond = r.bits(at+".bitrate", f.Bitrate)
	}
	if f.Size != "" {
		d.Size = r.size(at+".size", f.Size)
	}
	if f.Profile != "" {
		r.oneOf(at+".profile", f.Profile, Profiles())
	}
	return d
}

// DestinationKind tells how to publish to an address; wish may name the kind, or
// be empty.
func DestinationKind(address, wish string) (string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || rest == "" {
		return "", errors.New("allowed: an address that begins with rtmp://, rtmps://, srt://, http:// or https:// (WHIP), virtualcam://, window:// or file://")
	}
	kind := map[string]string{"rtmp": "rtmp", "rtmps": "rtmps", "srt": "srt", "http": "whip", "https": "whip", "virtualcam": "virtualcam", "window": "window", "file": "file"}[scheme]
	if kind == "" || wish != "" && wish != kind {
		return "", errors.New("allowed: rtmp:// and rtmps:// for RTMP, srt:// for SRT, http:// and https:// for WHIP, virtualcam://LABEL for a virtual camera, window://DISPLAY for a clean picture, file:///FOLDER for a file")
	}
	return kind, nil
}

func (r *reader) recording(f *fileRecording, c *Config) Recording {
	if f == nil {
		return Recording{}
	}
	if f.Folder == "" {
		r.bad("$.recording.folder", "", "allowed: a folder that studio may write to")
	}
	recording := Recording{
		Folder: r.path(f.Folder), WithBroadcast: f.WithBroadcast == nil || *f.WithBroadcast, Canvases: f.Canvases,
		RotateAfter:  r.duration("$.recording.rotate_after", or(f.RotateAfter, "1h"), time.Minute, 24*time.Hour),
		RotateBytes:  r.bytes("$.recording.rotate_size", f.RotateSize),
		KeepBytes:    r.bytes("$.recording.keep_size", f.KeepSize),
		ReserveBytes: r.bytes("$.recording.reserve", or(f.Reserve, "2G")),
	}
	if f.KeepFor != "" {
		recording.KeepFor = r.duration("$.recording.keep_for", f.KeepFor, time.Hour, 10*365*24*time.Hour)
	}
	// One microphone's track would be the mix once more.
	microphones := len(c.Microphones)
	recording.MicrophoneTracks = microphones >= 2 && microphones <= MostMicrophoneTracks
	if f.MicrophoneTracks != nil {
		recording.MicrophoneTracks = *f.MicrophoneTracks
		if *f.MicrophoneTracks && microphones > MostMicrophoneTracks {
			r.bad("$.recording.microphone_tracks", "true", fmt.Sprintf("allowed: with at most %d microphones", MostMicrophoneTracks))
		}
	}
	names := make([]string, len(c.Canvases))
	for i, canvas := range c.Canvases {
		names[i] = canvas.Name
	}
	for i, name := range f.Canvases {
		r.oneOf(fmt.Sprintf("$.recording.canvases[%d]", i), name, names)
	}
	if len(f.Canvases) == 0 {
		recording.Canvases = names
	}
	return recording
}
