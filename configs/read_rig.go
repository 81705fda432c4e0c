package configs

import (
	"slices"
	"time"
)

type fileInstrument struct {
	Name     string             `yaml:"name"`
	Protocol string             `yaml:"protocol"`
	Port     Port               `yaml:"port"`
	Baud     int                `yaml:"baud"`
	Interval string             `yaml:"interval"`
	Stale    string             `yaml:"stale"`
	Channels map[string]Channel `yaml:"channels"`
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
