package publish

import "time"

// State is how a destination is doing; the words are those of the interface.
type State string

const (
	Off        State = "off"        // not running
	Connecting State = "connecting" // an attempt is under way
	Live       State = "live"       // packets go out
	Troubled   State = "troubled"   // packets go out, but some were dropped lately
	Waiting    State = "waiting"    // the last attempt failed; the next comes by itself
	Failed     State = "failed"     // given up, with the reason; nothing happens until somebody starts it again
)

// Status is how a destination is doing at one moment.
type Status struct {
	Name, Kind, Address string
	State               State
	Message             Text      // what is wrong, one sentence without a secret; empty if nothing
	Fault               Fault     // what kind of thing is wrong; empty if nothing
	Since               time.Time // of the state
	RetryAt             time.Time // of the next attempt while Waiting, else zero
	QueueSeconds        float64   // between the oldest and the newest packet that wait
	QueueLimitSeconds   float64   // beyond which packets are dropped
	SentBytes           uint64    // of coded packets, over all attempts
	Dropped             uint64    // packets lost to this destination since it got its first one
	Attempts            uint64
}
