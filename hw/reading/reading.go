// Package reading holds what an instrument says: one measured value with its
// unit, time, quality and the raw bytes it came in. Instruments, the rig,
// overlays and rules all speak of readings; nothing else lives here.
package reading

import "time"

// Quality says whether a reading's value may be believed.
type Quality string

const (
	OK       Quality = "ok"
	Unstable Quality = "unstable" // a true number that is still moving
	Over     Quality = "over"     // above the instrument's range
	Under    Quality = "under"    // below the instrument's range
	Fault    Quality = "fault"    // the instrument or its cable reports or shows an error
	Stale    Quality = "stale"    // nothing came for longer than the channel allows
)

// Believable reports whether a number of this quality may be shown.
func (q Quality) Believable() bool { return q == OK || q == Unstable }

// Reading is one measured value.
type Reading struct {
	Time    time.Time // when its last byte arrived (monotonic)
	Device  string    // the instrument's name in the configuration
	Channel string    // one quantity of that instrument, unique in the rig: "kiln1"
	Value   string    // the decimal number as the instrument sent it, "" if it sent none
	Unit    string    // "g", "C", "mm"; as the instrument or its settings say
	Quality Quality
	Raw     []byte // the frame as it came from the cable; never changed
}

// Shown returns the number to show and whether one may be shown at all: a number
// of bad quality is never shown.
func (r Reading) Shown() (value string, ok bool) {
	if !r.Quality.Believable() || r.Value == "" {
		return "", false
	}
	return r.Value, true
}
