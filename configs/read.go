package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"studio/configs/strict"
)

// DefaultListen is where the page and the API are.
const DefaultListen = "127.0.0.1:8080"

// file is the configuration as it is written.
type file struct {
	Name         string            `yaml:"name"`
	Listen       string            `yaml:"listen"`
	Socket       string            `yaml:"socket"`
	Rate         string            `yaml:"rate"`
	MainsHz      *int              `yaml:"mains"`
	Canvases     []fileCanvas      `yaml:"canvases"`
	Layouts      string            `yaml:"layouts"`
	Cameras      []fileCamera      `yaml:"cameras"`
	Microphones  []fileMicrophone  `yaml:"microphones"`
	Director     *fileDirector     `yaml:"director"`
	Rig          []fileInstrument  `yaml:"rig"`
	Craft        string            `yaml:"craft"`
	Platforms    string            `yaml:"platforms"`
	UploadTest   string            `yaml:"upload_test"`
	Destinations []fileDestination `yaml:"destinations"`
	Recording    *fileRecording    `yaml:"recording"`
	Secrets      string            `yaml:"secrets"`
	State        string            `yaml:"state"`
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
		Listen: or(f.Listen, DefaultListen),
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
	c.Layouts = r.file("$.layouts", f.Layouts)
	for i, fc := range f.Canvases {
		c.Canvases = append(c.Canvases, r.canvas(fmt.Sprintf("$.canvases[%d]", i), fc, c))
	}
	for i, fm := range f.Microphones {
		c.Microphones = append(c.Microphones, r.microphone(fmt.Sprintf("$.microphones[%d]", i), fm, c))
	}
	c.Director = r.director(f.Director, c)
	for i, fi := range f.Rig {
		c.Rig = append(c.Rig, r.instrument(fmt.Sprintf("$.rig[%d]", i), fi, c))
	}
	if f.Craft != "" && strings.ContainsAny(f.Craft, "./") {
		c.Craft = r.path(f.Craft)
	}
	c.UploadTest = f.UploadTest
	c.Platforms = r.file("$.platforms", f.Platforms)
	for i, fd := range f.Destinations {
		c.Destinations = append(c.Destinations, r.destination(fmt.Sprintf("$.destinations[%d]", i), fd, c))
	}
	c.Recording = r.recording(f.Recording, c)
	c.State = r.path(or(f.State, "state"))
	return c
}
