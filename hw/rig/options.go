package rig

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"studio/hw/instrument"
	"studio/hw/reading"
	"studio/hw/serialport"
)

// The protocols that the rig speaks.
const (
	MTSICS    = "mt-sics"
	HouseLine = "house-line"
)

// Protocols returns the names of the protocols that the rig speaks.
func Protocols() []string { return []string{HouseLine, MTSICS} }

// Options are the rig's settings.
type Options struct {
	Instruments []InstrumentOptions

	// OnReading, which may be nil, is called for every reading, and once when a
	// channel turns stale or faulty by itself: then Time is that moment and Raw is
	// nil. It is called from the goroutine of the instrument and must not block.
	OnReading func(reading.Reading)

	Log *slog.Logger // nil: nothing is logged

	// Now and Open are for tests; nil means the clock and serialport.Open.
	Now  func() time.Time
	Open func(serialport.Selector, serialport.Mode) (Port, error)
}

// InstrumentOptions are one instrument's settings.
type InstrumentOptions struct {
	Name     string // unique in the rig
	Protocol string // "mt-sics" or "house-line"
	Port     serialport.Selector
	Mode     serialport.Mode // zero fields: as the protocol usually is

	// Channels says which of the instrument's channels are wanted, by the
	// instrument's own name for them, and what they are called here. Others are
	// counted and ignored. It may be empty for a protocol whose channels are
	// known: then they keep their names.
	Channels map[string]Channel

	Stale    time.Duration // a reading older than this is no longer shown; 0 means 3 s
	Interval time.Duration // between questions; 0: as the protocol likes it
	Stream   bool          // let the instrument send by itself, where the protocol can (SIR)
}

// Channel is one quantity of an instrument as the workshop knows it.
type Channel struct {
	Name     string // unique in the rig; "" keeps the instrument's own name
	Title    Title
	Unit     string // for an instrument that sends none; one that is sent is kept
	Decimals *int   // digits after the point to show, 0 to 6; nil as the instrument sent them
}

// Title is a channel's name as people read it.
type Title struct{ Zh, En string }

// Port is an open serial port; *serialport.Conn is one. The instrument's goroutine
// alone uses it: Read waits no longer than the read deadline (then the error is
// os.ErrDeadlineExceeded), Write is bounded in time by the port itself, and
// after Close nothing else is called.
type Port interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	SetReadDeadline(t time.Time) error
	Close() error
}

const (
	defaultStale = 3 * time.Second
	maxStale     = time.Hour
)

// check says what is wrong with the settings of the instruments, and what is allowed.
func (o Options) check() error {
	devices, channels := map[string]bool{}, map[string]string{}
	for i, in := range o.Instruments {
		if in.Name == "" {
			return fmt.Errorf("rig: instrument %d has no name", i+1)
		}
		fail := func(err error) error { return fmt.Errorf("rig: instrument %q: %w", in.Name, err) }
		if devices[in.Name] {
			return fail(errors.New("a name that another instrument has"))
		}
		devices[in.Name] = true
		if !slices.Contains(Protocols(), in.Protocol) {
			return fail(fmt.Errorf("protocol %q: must be one of %v", in.Protocol, Protocols()))
		}
		if err := in.Port.Check(); err != nil {
			return fail(err)
		}
		if err := in.Mode.Check(); err != nil {
			return fail(err)
		}
		if in.Stale < 0 || in.Stale > maxStale {
			return fail(fmt.Errorf("stale %s: must be above 0 and up to %s", in.Stale, maxStale))
		}
		if len(in.channels()) == 0 {
			return fail(errors.New("channels: must be named for this protocol"))
		}
		for own, c := range in.channels() {
			if in.Protocol == MTSICS && own != instrument.SICSWeight {
				return fail(fmt.Errorf("channel %q: a scale has only %q", own, instrument.SICSWeight))
			}
			if c.Decimals != nil && (*c.Decimals < 0 || *c.Decimals > 6) {
				return fail(fmt.Errorf("channel %q: decimals %d: must be 0 to 6", own, *c.Decimals))
			}
			if other, taken := channels[c.Name]; taken {
				return fail(fmt.Errorf("channel %q: a name that instrument %q has used", c.Name, other))
			}
			channels[c.Name] = in.Name
		}
	}
	return nil
}

// channels returns the wanted channels, each with its name.
func (in InstrumentOptions) channels() map[string]Channel {
	wanted := map[string]Channel{}
	if len(in.Channels) == 0 && in.Protocol == MTSICS {
		wanted[instrument.SICSWeight] = Channel{Name: instrument.SICSWeight}
	}
	for own, c := range in.Channels {
		if c.Name == "" {
			c.Name = own
		}
		wanted[own] = c
	}
	return wanted
}

// driver returns the instrument's conversation and how its line is usually set.
func (in InstrumentOptions) driver() (instrument.Driver, serialport.Mode, error) {
	switch in.Protocol {
	case MTSICS:
		d, err := instrument.NewSICS(instrument.SICSOptions{Interval: in.Interval, Stream: in.Stream})
		if err != nil {
			return nil, serialport.Mode{}, fmt.Errorf("rig: instrument %q: %w", in.Name, err)
		}
		return d, in.Mode.Or(serialport.Mode{Baud: 9600}), nil
	default:
		return instrument.NewHouseLine(), in.Mode.Or(serialport.Mode{Baud: 115200}), nil
	}
}
