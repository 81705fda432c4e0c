package main

import (
	"studio/configs"
	"studio/hw/reading"
	"studio/hw/rig"
	"studio/hw/serialport"
	"studio/ui"
)

func instrumentOptions(i configs.Instrument) rig.InstrumentOptions {
	o := rig.InstrumentOptions{
		Name: i.Name, Protocol: i.Protocol, Stale: i.Stale, Interval: i.Interval,
		Port:     serialport.Selector{Vendor: i.Port.Vendor, Product: i.Port.Product, Serial: i.Port.Serial, PortPath: i.Port.Port, Path: i.Port.Path},
		Mode:     serialport.Mode{Baud: i.Baud},
		Channels: make(map[string]rig.Channel),
	}
	for key, c := range i.Channels {
		o.Channels[key] = rig.Channel{Name: c.Name, Title: rig.Title(c.Title), Unit: c.Unit}
	}
	return o
}

// shownReadings returns the readings as a person is shown them.
func shownReadings(r *rig.Rig) []ui.Reading {
	shown := []ui.Reading{}
	latest := r.Latest()
	for i, c := range r.Channels() {
		value, _ := latest[i].Shown()
		shown = append(shown, ui.Reading{
			Channel: latest[i].Channel, Title: readingTitle(c.Title, latest[i]), Value: value,
			Unit: shownUnit(latest[i].Unit), Quality: string(latest[i].Quality), Time: latest[i].Time,
		})
	}
	return shown
}

// shownUnit writes a unit as people do; instruments send plain letters.
func shownUnit(unit string) string {
	switch unit {
	case "C", "F":
		return "°" + unit
	}
	return unit
}

func readingTitle(t rig.Title, r reading.Reading) ui.Text {
	if t == (rig.Title{}) {
		return ui.Text{Zh: r.Channel, En: r.Channel}
	}
	return ui.Text(t)
}
