package configs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"studio/configs/layouts"
	"studio/mixer/scene"
)

type fileCamera struct {
	Name     string         `yaml:"name"`
	Title    Text           `yaml:"title"`
	Device   *Device        `yaml:"device"`
	File     string         `yaml:"file"`
	Drawn    string         `yaml:"drawn"`
	Size     string         `yaml:"size"`
	Rate     string         `yaml:"rate"`
	Format   string         `yaml:"format"`
	Controls map[string]int `yaml:"controls"`
	Delay    string         `yaml:"delay"`
	Keep     bool           `yaml:"keep"`
}

type fileCanvas struct {
	Name         string                 `yaml:"name"`
	Off          bool                   `yaml:"off"`
	Size         string                 `yaml:"size"`
	Encoder      string                 `yaml:"encoder"`
	LeastBitrate string                 `yaml:"least_bitrate"`
	Framings     map[string]fileFraming `yaml:"framings"`
	Preset       string                 `yaml:"preset"`
	Bitrate      string                 `yaml:"bitrate"`
	Layout       string                 `yaml:"layout"`
	Cameras      []string               `yaml:"cameras"`
}

type fileFraming struct {
	Focus  string `yaml:"focus"`
	Zoom   string `yaml:"zoom"`
	Rotate int    `yaml:"rotate"`
	Mirror bool   `yaml:"mirror"`
}

func (r *reader) camera(at string, f fileCamera, c *Config) Camera {
	taken := func(o Camera) bool { return o.Name == f.Name }
	if f.Name == "" || slices.ContainsFunc(c.Cameras, taken) {
		r.bad(at+".name", f.Name, "allowed: a name that no other camera has")
	}
	cam := Camera{
		Name: f.Name, Title: titled(f.Title, f.Name), Device: f.Device, Drawn: f.Drawn,
		Size: r.size(at+".size", or(f.Size, "1920x1080")), Format: f.Format, Controls: f.Controls, Keep: f.Keep,
		Rate:  r.rate(at+".rate", or(f.Rate, c.Rate.String())),
		Delay: r.duration(at+".delay", or(f.Delay, "0s"), 0, time.Second),
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
	if f.Format != "" {
		r.oneOf(at+".format", f.Format, Formats())
	}
	if f.Format != "" && f.Device == nil {
		r.bad(at+".format", f.Format, "allowed: with device only")
	}
	if kinds != 1 {
		r.bad(at, f.Name, "allowed: exactly one of device, file, drawn")
	}
	return cam
}

func (r *reader) canvas(at string, f fileCanvas, c *Config) Canvas {
	taken := func(o Canvas) bool { return o.Name == or(f.Name, "landscape") }
	if slices.ContainsFunc(c.Canvases, taken) {
		r.bad(at+".name", f.Name, "allowed: a name that no other canvas has")
	}
	canvas := Canvas{
		Name: or(f.Name, "landscape"), Off: f.Off, Encoder: f.Encoder,
		Size:    r.size(at+".size", or(f.Size, "1920x1080")),
		Preset:  or(f.Preset, "veryfast"),
		Layout:  or(f.Layout, scene.PIP),
		Cameras: f.Cameras,
	}
	canvas.BitsPerSecond = r.bits(at+".bitrate", or(f.Bitrate, "4000k"))
	canvas.LeastBits = canvas.BitsPerSecond / 4
	if f.LeastBitrate != "" {
		canvas.LeastBits = r.bits(at+".least_bitrate", f.LeastBitrate)
	}
	if canvas.LeastBits > canvas.BitsPerSecond {
		r.bad(at+".least_bitrate", f.LeastBitrate, "allowed: at most the bitrate")
	}
	if canvas.Encoder != "" {
		r.oneOf(at+".encoder", canvas.Encoder, Encoders())
	}
	r.oneOf(at+".preset", canvas.Preset, append(Presets(), Auto))
	canvas.Framings = r.framings(at, f.Framings, c)
	library, err := layouts.Library(c.Layouts)
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return canvas
	}
	r.oneOf(at+".layout", canvas.Layout, library.Fit(canvas.Size))
	for i, name := range f.Cameras {
		r.oneOf(fmt.Sprintf("%s.cameras[%d]", at, i), name, cameraNames(c))
	}
	return canvas
}

func (r *reader) framings(at string, files map[string]fileFraming, c *Config) map[string]Framing {
	framings := make(map[string]Framing, len(files))
	for name, f := range files {
		place := at + ".framings." + name
		r.oneOf(place, name, cameraNames(c))
		framing := Framing{FocusX: 0.5, FocusY: 0.5, Zoom: r.number(place+".zoom", f.Zoom, 1, 1, 8), Rotate: f.Rotate, Mirror: f.Mirror}
		if f.Focus != "" {
			x, y, _ := strings.Cut(f.Focus, ",")
			framing.FocusX = r.number(place+".focus", strings.TrimSpace(x), 0.5, 0, 1)
			framing.FocusY = r.number(place+".focus", strings.TrimSpace(y), 0.5, 0, 1)
		}
		r.oneOf(place+".rotate", fmt.Sprint(f.Rotate), []string{"0", "90", "180", "270"})
		framings[name] = framing
	}
	return framings
}
