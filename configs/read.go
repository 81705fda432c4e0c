package configs

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"studio/configs/strict"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer/scene"
)

// file is the configuration as it is written.
type file struct {
	Name         string            `yaml:"name"`
	Listen       string            `yaml:"listen"`
	Socket       string            `yaml:"socket"`
	Rate         string            `yaml:"rate"`
	MainsHz      *int              `yaml:"mains"`
	Canvases     []fileCanvas      `yaml:"canvases"`
	Cameras      []fileCamera      `yaml:"cameras"`
	Microphone   *fileMicrophone   `yaml:"microphone"`
	Rig          []fileInstrument  `yaml:"rig"`
	Craft        string            `yaml:"craft"`
	Destinations []fileDestination `yaml:"destinations"`
	Recording    *fileRecording    `yaml:"recording"`
	Secrets      string            `yaml:"secrets"`
}

type fileCanvas struct {
	Name    string   `yaml:"name"`
	Size    string   `yaml:"size"`
	Preset  string   `yaml:"preset"`
	Bitrate string   `yaml:"bitrate"`
	Layout  string   `yaml:"layout"`
	Cameras []string `yaml:"cameras"`
}

type fileCamera struct {
	Name     string         `yaml:"name"`
	Title    Text           `yaml:"title"`
	Device   *Device        `yaml:"device"`
	File     string         `yaml:"file"`
	Drawn    string         `yaml:"drawn"`
	Size     string         `yaml:"size"`
	Rate     string         `yaml:"rate"`
	Controls map[string]int `yaml:"controls"`
}

type fileMicrophone struct {
	Match string `yaml:"match"`
}

type fileInstrument struct {
	Name     string             `yaml:"name"`
	Protocol string             `yaml:"protocol"`
	Port     Port               `yaml:"port"`
	Baud     int                `yaml:"baud"`
	Interval string             `yaml:"interval"`
	Stale    string             `yaml:"stale"`
	Channels map[string]Channel `yaml:"channels"`
}

type fileDestination struct {
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Kind    string `yaml:"kind"`
	Canvas  string `yaml:"canvas"`
}

type fileRecording struct {
	Folder        string `yaml:"folder"`
	WithBroadcast *bool  `yaml:"with_broadcast"`
}

// Read reads the configuration at path and the secrets beside it.
func Read(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var f file
	doc, err := strict.Decode(path, data, &f)
	if err != nil {
		return nil, err
	}
	r := &reader{doc: doc, folder: filepath.Dir(path)}
	c := r.config(&f)
	if r.err != nil {
		return nil, r.err
	}
	if err := r.addSecrets(c, f.Secrets); err != nil {
		return nil, err
	}
	return c, nil
}

// reader turns the file into values; err is the first mistake.
type reader struct {
	doc    *strict.Document
	folder string
	err    error
}

func (r *reader) bad(path string, value any, allowed string) {
	if r.err == nil {
		r.err = r.doc.Bad(path, value, allowed)
	}
}

func (r *reader) config(f *file) *Config {
	c := &Config{
		Name:   or(f.Name, "studio"),
		Listen: or(f.Listen, "127.0.0.1:8080"),
		Socket: or(f.Socket, DefaultSocket()),
		Rate:   r.rate("$.rate", or(f.Rate, "30")),
		Craft:  f.Craft,
	}
	r.loopback(c.Listen)
	c.MainsHz = 50
	if f.MainsHz != nil {
		c.MainsHz = *f.MainsHz
		r.oneOf("$.mains", fmt.Sprint(c.MainsHz), []string{"50", "60"})
	}
	if len(f.Cameras) == 0 {
		r.bad("$.cameras", "", "allowed: at least one camera")
	}
	for i, fc := range f.Cameras {
		c.Cameras = append(c.Cameras, r.camera(fmt.Sprintf("$.cameras[%d]", i), fc, c))
	}
	if len(f.Canvases) == 0 {
		f.Canvases = []fileCanvas{{Name: "landscape"}}
	}
	if len(f.Canvases) > 1 {
		r.bad("$.canvases", len(f.Canvases), "allowed: one canvas")
	}
	for i, fc := range f.Canvases {
		c.Canvases = append(c.Canvases, r.canvas(fmt.Sprintf("$.canvases[%d]", i), fc, c))
	}
	if f.Microphone != nil {
		c.Microphone = &Microphone{Match: f.Microphone.Match}
	}
	for i, fi := range f.Rig {
		c.Rig = append(c.Rig, r.instrument(fmt.Sprintf("$.rig[%d]", i), fi, c))
	}
	if f.Craft != "" && strings.ContainsAny(f.Craft, "./") {
		c.Craft = r.path(f.Craft)
	}
	for i, fd := range f.Destinations {
		c.Destinations = append(c.Destinations, r.destination(fmt.Sprintf("$.destinations[%d]", i), fd, c))
	}
	if f.Recording != nil {
		c.Recording.Folder = r.path(f.Recording.Folder)
		if f.Recording.Folder == "" {
			r.bad("$.recording.folder", "", "allowed: a folder that studio may write to")
		}
		c.Recording.WithBroadcast = f.Recording.WithBroadcast == nil || *f.Recording.WithBroadcast
	}
	return c
}

func (r *reader) camera(at string, f fileCamera, c *Config) Camera {
	taken := func(o Camera) bool { return o.Name == f.Name }
	if f.Name == "" || slices.ContainsFunc(c.Cameras, taken) {
		r.bad(at+".name", f.Name, "allowed: a name that no other camera has")
	}
	cam := Camera{
		Name: f.Name, Title: titled(f.Title, f.Name), Device: f.Device, Drawn: f.Drawn,
		Size: r.size(at+".size", or(f.Size, "1920x1080")), Controls: f.Controls,
		Rate: r.rate(at+".rate", or(f.Rate, c.Rate.String())),
	}
	kinds := 0
	if f.Device != nil {
		kinds++
		if *f.Device == (Device{}) {
			r.bad(at+".device", "", "allowed: at least one of serial, port, card, path; studio doctor lists them")
		}
	}
	if f.File != "" {
		kinds++
		cam.File = r.path(f.File)
		r.exists(at+".file", f.File, cam.File)
	}
	if f.Drawn != "" {
		kinds++
		r.oneOf(at+".drawn", f.Drawn, Scenes())
	}
	if kinds != 1 {
		r.bad(at, f.Name, "allowed: exactly one of device, file, drawn")
	}
	return cam
}

func (r *reader) canvas(at string, f fileCanvas, c *Config) Canvas {
	canvas := Canvas{
		Name:    or(f.Name, "landscape"),
		Size:    r.size(at+".size", or(f.Size, "1920x1080")),
		Preset:  or(f.Preset, "veryfast"),
		Layout:  or(f.Layout, scene.PIP),
		Cameras: f.Cameras,
	}
	bits, err := ParseBitrate(or(f.Bitrate, "4000k"))
	if err != nil {
		r.bad(at+".bitrate", f.Bitrate, BitrateAllowed)
	}
	canvas.BitsPerSecond = bits
	r.oneOf(at+".preset", canvas.Preset, Presets())
	r.oneOf(at+".layout", canvas.Layout, scene.Names())
	for i, name := range f.Cameras {
		r.oneOf(fmt.Sprintf("%s.cameras[%d]", at, i), name, cameraNames(c))
	}
	return canvas
}

func (r *reader) instrument(at string, f fileInstrument, c *Config) Instrument {
	taken := func(o Instrument) bool { return o.Name == f.Name }
	if f.Name == "" || slices.ContainsFunc(c.Rig, taken) {
		r.bad(at+".name", f.Name, "allowed: a name that no other instrument has")
	}
	r.oneOf(at+".protocol", f.Protocol, Protocols())
	if f.Port == (Port{}) {
		r.bad(at+".port", "", "allowed: at least one of vendor, product, serial, port, path; studio doctor lists them")
	}
	if f.Baud < 0 || f.Baud > 4_000_000 {
		r.bad(at+".baud", f.Baud, "allowed: 0 (as the protocol has it) to 4000000")
	}
	for key, channel := range f.Channels {
		if channel.Name == "" {
			r.bad(at+".channels."+key+".name", "", "allowed: a name for the reading")
		}
	}
	return Instrument{
		Name: f.Name, Protocol: f.Protocol, Port: f.Port, Baud: f.Baud,
		Interval: r.duration(at+".interval", or(f.Interval, "200ms"), 100*time.Millisecond, time.Minute),
		Stale:    r.duration(at+".stale", or(f.Stale, "3s"), 100*time.Millisecond, time.Hour),
		Channels: f.Channels,
	}
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
	return Destination{Name: f.Name, Kind: kind, Address: f.Address, Canvas: canvas}
}

// DestinationKind tells how to publish to an address; wish may name the kind, or
// be empty.
func DestinationKind(address, wish string) (string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || rest == "" {
		return "", errors.New("allowed: an address that begins with rtmp://, rtmps://, srt://, http:// or https:// (WHIP)")
	}
	kind := map[string]string{"rtmp": "rtmp", "rtmps": "rtmps", "srt": "srt", "http": "whip", "https": "whip"}[scheme]
	if kind == "" || wish != "" && wish != kind {
		return "", errors.New("allowed: rtmp:// and rtmps:// for RTMP, srt:// for SRT, http:// and https:// for WHIP")
	}
	return kind, nil
}

func (r *reader) loopback(listen string) {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		r.bad("$.listen", listen, "allowed: a loopback address and a port, such as 127.0.0.1:8080")
	}
}

func (r *reader) size(at, s string) picture.Size {
	size, err := ParseSize(s)
	if err != nil {
		r.bad(at, s, SizeAllowed)
	}
	return size
}

func (r *reader) rate(at, s string) packet.Rational {
	rate, err := ParseRate(s)
	if err != nil {
		r.bad(at, s, RateAllowed)
		return packet.Rational{Num: 30, Den: 1}
	}
	return rate
}

func (r *reader) duration(at, s string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		r.bad(at, s, fmt.Sprintf("allowed: %v to %v, such as 200ms or 3s", least, most))
	}
	return d
}

func (r *reader) oneOf(at, s string, allowed []string) {
	if !slices.Contains(allowed, s) {
		r.bad(at, s, "allowed: "+strings.Join(allowed, ", "))
	}
}

func (r *reader) exists(at, value, path string) {
	if _, err := os.Stat(path); err != nil {
		r.bad(at, value, "allowed: a file that exists and can be read")
	}
}

// path takes a path in the file as lying beside the file.
func (r *reader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.folder, p)
}

func cameraNames(c *Config) []string {
	names := make([]string, len(c.Cameras))
	for i, cam := range c.Cameras {
		names[i] = cam.Name
	}
	return names
}

func titled(t Text, name string) Text {
	return Text{Zh: or(t.Zh, or(t.En, name)), En: or(t.En, or(t.Zh, name))}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// DefaultSocket is where the kiosk finds the engine: in the runtime folder of the
// user who runs both.
func DefaultSocket() string {
	if folder := os.Getenv("XDG_RUNTIME_DIR"); folder != "" {
		return filepath.Join(folder, "studio.sock")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("studio-%d.sock", os.Getuid()))
}
