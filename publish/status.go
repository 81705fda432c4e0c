package publish

import (
	"errors"
	"time"
)

// State is how a destination is doing; the words are those of the interface.
type State string

const (
	Off        State = "off"        // not running
	Connecting State = "connecting" // the first attempt is under way
	Live       State = "live"       // packets go out
	Troubled   State = "troubled"   // packets go out, but some were dropped lately
	Waiting    State = "waiting"    // the last attempt failed; the next comes by itself
	Failed     State = "failed"     // the same, but it will hardly get better unless somebody acts
)

// ErrRefused marks errors that a person has to do something about: a wrong stream
// key, a certificate for another name. Such a destination is still tried again,
// and shown as failed.
var ErrRefused = errors.New("refused")

// Status is how a destination is doing at one moment.
type Status struct {
	Name, Kind, Address string
	State               State
	Message             string    // what is wrong, one sentence without a secret; empty if nothing
	Since               time.Time // of the state
	QueueSeconds        float64   // between the oldest and the newest packet that wait
	SentBytes           uint64    // of coded packets, over all attempts
	Dropped             uint64    // packets lost to this destination since it got its first one
	Attempts            uint64
}
