package configs

import (
	"slices"
	"strings"
	"time"
)

type fileMicrophone struct {
	Name     string `yaml:"name"`
	Title    Text   `yaml:"title"`
	Match    string `yaml:"match"`
	Gain     string `yaml:"gain"`
	Delay    string `yaml:"delay"`
	HighPass int    `yaml:"high_pass"`
	Camera   string `yaml:"camera"`
	Follow   bool   `yaml:"follow"`
	Mute     bool   `yaml:"mute"`
}

type fileDirector struct {
	On       bool              `yaml:"on"`
	Hold     string            `yaml:"hold"`
	Shortest string            `yaml:"shortest"`
	Longest  string            `yaml:"longest"`
	Triggers map[string]string `yaml:"triggers"`
}

func (r *reader) microphone(at string, f fileMicrophone, c *Config) Microphone {
	name := or(f.Name, or(f.Match, "microphone"))
	if slices.ContainsFunc(c.Microphones, func(o Microphone) bool { return o.Name == name }) {
		r.bad(at+".name", f.Name, "allowed: a name that no other microphone has")
	}
	if f.HighPass < 0 || f.HighPass > 400 {
		r.bad(at+".high_pass", f.HighPass, "allowed: 0 (off) to 400 Hz")
	}
	if f.Camera != "" {
		r.oneOf(at+".camera", f.Camera, cameraNames(c))
	}
	if f.Follow && f.Camera == "" {
		r.bad(at+".follow", f.Follow, "allowed: with a camera to follow, named by camera")
	}
	return Microphone{
		Name: name, Title: titled(f.Title, name), Match: f.Match,
		GainDB:     r.number(at+".gain", strings.TrimSpace(strings.TrimSuffix(f.Gain, "dB")), 0, -60, 24),
		Delay:      r.duration(at+".delay", or(f.Delay, "0s"), 0, time.Second),
		HighPassHz: f.HighPass, Camera: f.Camera, Follow: f.Follow, Mute: f.Mute,
	}
}

func (r *reader) director(f *fileDirector, c *Config) Director {
	if f == nil {
		f = &fileDirector{}
	}
	d := Director{
		On:       f.On,
		Hold:     r.duration("$.director.hold", or(f.Hold, "30s"), 0, time.Hour),
		Shortest: r.duration("$.director.shortest", or(f.Shortest, "4s"), time.Second, time.Minute),
		Longest:  r.duration("$.director.longest", or(f.Longest, "25s"), 2*time.Second, time.Hour),
	}
	if d.Longest < d.Shortest {
		r.bad("$.director.longest", f.Longest, "allowed: at least as long as the shortest shot")
	}
	for camera, when := range f.Triggers {
		r.oneOf("$.director.triggers."+camera, camera, cameraNames(c))
		d.Triggers = append(d.Triggers, Trigger{When: when, Camera: camera})
	}
	slices.SortFunc(d.Triggers, func(a, b Trigger) int { return strings.Compare(a.Camera, b.Camera) })
	return d
}
