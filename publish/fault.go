package publish

import (
	"errors"
	"time"

	"studio/words"
)

// Text is something a person reads, in the languages of the box.
type Text = words.Text

// Fault is what kind of thing is wrong with a destination. It decides how a
// destination is tried again; the sentence is for people.
type Fault string

const (
	Unknown        Fault = "unknown"         // nothing is known but the sentence
	NoSuchName     Fault = "no-such-name"    // the name service says that there is no such server
	NoNameService  Fault = "no-name-service" // the name service does not answer
	Unreachable    Fault = "unreachable"     // there is no way from this network to the server
	NothingListens Fault = "nothing-listens" // the machine is there, the server is not
	NoAnswer       Fault = "no-answer"       // nothing came back in time
	HungUp         Fault = "hung-up"         // the server ended the connection before it was greeted in full
	NotUnderstood  Fault = "not-understood"  // what came back is no such protocol
	NotSecure      Fault = "not-secure"      // no encryption could be agreed
	ServerTrouble  Fault = "server-trouble"  // the server says that it cannot now
	Stalled        Fault = "stalled"         // the server takes no more data
	EndedSoon      Fault = "ended-soon"      // the server ended the connection a moment after it took the stream
	Ended          Fault = "ended"           // the server ended the connection
	DiskFull       Fault = "disk-full"
	DiskFault      Fault = "disk-fault" // pulled, read-only, or it cannot be written to
	NoDevice       Fault = "no-device"  // the virtual camera or display is not there
	DeviceFault    Fault = "device-fault"

	// Refusals: it will hardly get better unless somebody acts.
	WrongKey          Fault = "wrong-key"          // the key, or what stands for one, is refused
	WrongPath         Fault = "wrong-path"         // there is no such place on the server
	InUse             Fault = "in-use"             // somebody is on air there already
	WrongPassphrase   Fault = "wrong-passphrase"   // SRT
	WrongCertificate  Fault = "wrong-certificate"  // it is for another name
	UntrustedServer   Fault = "untrusted-server"   // nobody whom we know has signed its certificate
	NotCarried        Fault = "not-carried"        // the server or the protocol does not take such pictures or sound
	RefusedOtherwise  Fault = "refused"            // the server says no, in its own words
	RedirectedWrongly Fault = "redirected-wrongly" // it sends us where we will not take the key
)

// Refusal reports whether somebody has to act before it gets better.
func (f Fault) Refusal() bool {
	switch f {
	case WrongKey, WrongPath, InUse, WrongPassphrase, WrongCertificate, UntrustedServer, NotCarried, RefusedOtherwise, RedirectedWrongly:
		return true
	}
	return false
}

// ErrRefused is what errors of every Fault that is a Refusal are (errors.Is): a
// wrong stream key, a certificate for another name. Such a destination is tried
// again slowly, because a platform may hold an old session for a while, and given
// up in the end.
var ErrRefused = errors.New("refused")

// Error is what is wrong with a destination, one plain sentence in each language
// without any secret in it.
type Error struct {
	Fault Fault
	Text
	RetryAfter time.Duration // the server asked to be left alone for so long; 0: it did not
	Err        error         // the cause; nil: none that a caller could want
}

func (e *Error) Error() string { return e.En }

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrRefused) true for refusals.
func (e *Error) Is(target error) bool { return target == ErrRefused && e.Fault.Refusal() }

// explain reads what any error of a Sink or Dial says.
func explain(err error) (Error, bool) {
	var e *Error
	if errors.As(err, &e) {
		return *e, e.Fault.Refusal()
	}
	return Error{Fault: Unknown, Text: words.Of(err)}, errors.Is(err, ErrRefused)
}
