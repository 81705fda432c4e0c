package rig

import (
	"testing"
	"time"

	"studio/hw/reading"
	"studio/hw/serialport"
)

func TestSettings(t *testing.T) {
	digits := func(n int) *int { return &n }
	with := func(change func(*InstrumentOptions)) []InstrumentOptions {
		o := kiln("/dev/ttyUSB0")
		change(&o)
		return []InstrumentOptions{o}
	}
	cases := []struct {
		name string
		in   []InstrumentOptions
		want string
	}{
		{"no name", with(func(o *InstrumentOptions) { o.Name = "" }), "rig: instrument 1 has no name"},
		{"same name", []InstrumentOptions{kiln("/dev/a"), kiln("/dev/b")}, `rig: instrument "kiln": a name that another instrument has`},
		{"protocol", with(func(o *InstrumentOptions) { o.Protocol = "modbus" }),
			`rig: instrument "kiln": protocol "modbus": must be one of [house-line mt-sics]`},
		{"port", with(func(o *InstrumentOptions) { o.Port = serialport.Selector{} }),
			`rig: instrument "kiln": port: empty: give vendor and product, a serial number or a path`},
		{"mode", with(func(o *InstrumentOptions) { o.Mode.Parity = "8N1" }),
			`rig: instrument "kiln": parity "8N1": must be none, even, odd, mark or space`},
		{"stale", with(func(o *InstrumentOptions) { o.Stale = -1 }),
			`rig: instrument "kiln": stale -1ns: must be above 0 and up to 1h0m0s`},
		{"no channels", with(func(o *InstrumentOptions) { o.Channels = nil }),
			`rig: instrument "kiln": channels: must be named for this protocol`},
		{"decimals", with(func(o *InstrumentOptions) { o.Channels["kiln1"] = Channel{Decimals: digits(7)} }),
			`rig: instrument "kiln": channel "kiln1": decimals 7: must be 0 to 6`},
		{"channel twice", []InstrumentOptions{kiln("/dev/a"), {Name: "scale", Protocol: MTSICS,
			Port: serialport.Selector{Path: "/dev/b"}, Channels: map[string]Channel{"weight": {Name: "glaze"}}}},
			`rig: instrument "scale": channel "glaze": a name that instrument "kiln" has used`},
		{"a scale's other channel", []InstrumentOptions{{Name: "scale", Protocol: MTSICS,
			Port: serialport.Selector{Path: "/dev/b"}, Channels: map[string]Channel{"clay": {}}}},
			`rig: instrument "scale": channel "clay": a scale has only "weight"`},
		{"interval", []InstrumentOptions{{Name: "scale", Protocol: MTSICS,
			Port: serialport.Selector{Path: "/dev/b"}, Interval: time.Millisecond}},
			`rig: instrument "scale": interval 1ms: must be 100ms to 1m`},
		{"a scale with nothing said", []InstrumentOptions{{Name: "scale", Protocol: MTSICS,
			Port: serialport.Selector{Vendor: "0403", Product: "6001"}}}, ""},
		{"no instruments", nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Options{Instruments: c.in})
			if err == nil && c.want != "" || err != nil && err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestShow(t *testing.T) {
	cases := []struct {
		value    string
		decimals int // -1: as sent
		want     string
	}{
		{"842.37", -1, "842.37"}, {"842.37", 1, "842.4"}, {"842.37", 0, "842"}, {"842.37", 2, "842.37"},
		{"842.37", 4, "842.37"}, {"842", 1, "842"}, {"999.96", 1, "1000.0"}, {"-0.04", 1, "0.0"},
		{"-0.05", 1, "-0.1"}, {"+12.345", 2, "12.35"}, {"0.005", 2, "0.01"}, {"007.25", 1, "7.3"},
	}
	for _, c := range cases {
		ch := Channel{Decimals: &c.decimals}
		if c.decimals < 0 {
			ch.Decimals = nil
		}
		if got, ok := ch.Show(reading.Reading{Value: c.value, Quality: reading.OK}); !ok || got != c.want {
			t.Errorf("%s to %d: %q %v, want %q", c.value, c.decimals, got, ok, c.want)
		}
		for _, bad := range []reading.Quality{reading.Over, reading.Under, reading.Fault, reading.Stale} {
			if got, ok := ch.Show(reading.Reading{Value: c.value, Quality: bad}); ok || got != "" {
				t.Errorf("shows %q of quality %s", got, bad)
			}
		}
	}
}
