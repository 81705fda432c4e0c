// Package rig is the measurement rig: all instruments of the workbench, each with a
// supervised goroutine of its own that opens its port, talks with it, and opens
// it again when it was pulled and comes back. What the rig promises: the present
// reading of every channel is always to be had, and it never shows a number that
// is not true now. A reading turns stale by the clock alone, whatever the cable
// does, and a pulled adapter makes its channels faulty at once.
package rig

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"studio/hw/reading"
	"studio/hw/serialport"
	"studio/words"
)

// Rig is the measurement rig.
type Rig struct {
	stations []*station
}

// New checks the settings; nothing is opened before Run.
func New(o Options) (*Rig, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnReading == nil {
		o.OnReading = func(reading.Reading) {}
	}
	if o.Open == nil {
		o.Open = func(s serialport.Selector, m serialport.Mode) (Port, error) {
			return serialport.Open(s, m)
		}
	}
	r := &Rig{}
	for _, in := range o.Instruments {
		s, err := newStation(in, o)
		if err != nil {
			return nil, err
		}
		r.stations = append(r.stations, s)
	}
	return r, nil
}

// Run talks with all instruments until ctx ends. It returns nil when all its
// goroutines have ended: an instrument's trouble is in its status, and no
// trouble of one touches another.
func (r *Rig) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, s := range r.stations {
		all.Go(func() { s.run(ctx) })
	}
	all.Wait()
	return nil
}

// Latest returns the present reading of every wanted channel, always in the same
// order: instruments as configured, channels by name. A channel that has said
// nothing yet is stale.
func (r *Rig) Latest() []reading.Reading {
	var all []reading.Reading
	for _, s := range r.stations {
		all = s.latest(all)
	}
	return all
}

// ChannelInfo is a wanted channel and the instrument it belongs to.
type ChannelInfo struct {
	Device string
	Channel
}

// Channels returns the wanted channels in the order of Latest.
func (r *Rig) Channels() []ChannelInfo {
	var all []ChannelInfo
	for _, s := range r.stations {
		for _, c := range s.slots {
			all = append(all, ChannelInfo{Device: s.o.Name, Channel: c.channel})
		}
	}
	return all
}

// Status returns how every instrument is doing, in the order of the configuration.
func (r *Rig) Status() []Status {
	all := make([]Status, 0, len(r.stations))
	for _, s := range r.stations {
		all = append(all, s.status())
	}
	return all
}

// State is how an instrument is doing.
type State string

const (
	Connecting State = "connecting" // the port is being opened, or is open and has said nothing yet
	Live       State = "live"       // readings come
	Troubled   State = "troubled"   // the port is open, but readings stopped coming or report faults
	Waiting    State = "waiting"    // the port cannot be had; tried again by itself
)

// Status is how one instrument is doing.
type Status struct {
	Name     string
	Protocol string
	State    State
	Message  words.Text // what is wrong, one plain sentence; empty if nothing
	Since    time.Time  // of this state
	Port     string     // the port as it is meant
	Identity string     // what the instrument says it is; "" if it does not
	Opened   uint64     // times the port was opened
	Frames   uint64     // lines understood
	Garbage  uint64     // lines not understood
	Unknown  uint64     // readings of channels that nobody wants
	Timeouts uint64     // questions without an answer
}
