// Package instrument speaks the protocols of instruments. A driver is a small pure
// machine: it says what to send and when, takes the bytes that came and gives
// readings out. It touches no port and no clock, so that everything an
// instrument can say is a table in a test.
//
// Two promises hold for every driver. A line that is not understood is counted
// and never becomes a number. A reading whose quality is bad carries no value;
// what was sent stays in its raw bytes.
package instrument

import (
	"regexp"
	"time"

	"studio/hw/reading"
	"studio/words"
)

// Driver is the conversation with one instrument. It is used by one goroutine.
type Driver interface {
	// Reset begins a new conversation: the port was just opened and what came
	// before on the cable is forgotten.
	Reset(now time.Time)
	// Ask returns what to send now, nil when there is nothing to ask. It wants to
	// be called at least every 50 ms. The bytes belong to the driver.
	Ask(now time.Time) []byte
	// Feed takes bytes as they came, in pieces of any size, and calls emit for
	// every reading that they complete. Readings carry the instrument's own
	// channel name and no device name. chunk is not kept.
	Feed(chunk []byte, at time.Time, emit func(reading.Reading))
	// Report tells how the conversation goes.
	Report() Report
}

// Report is how a conversation goes, counted since the driver was made.
type Report struct {
	Frames   uint64     // lines that were understood
	Garbage  uint64     // lines or pieces of lines that were not
	Timeouts uint64     // questions that got no answer in time
	Identity string     // what the instrument says it is, "" if it does not
	Message  words.Text // the instrument's last complaint, or ours about it; empty after a good reading
}

// garbled is what a person is told of bytes that mean nothing: in English what was
// odd about them, in Chinese what to look at.
func garbled(why string) words.Text {
	return words.Textf("not understood: %s", "仪器发来的数据看不懂，请检查协议、波特率和连线", why)
}

// decimal is what a value must look like: plain digits, as they will be shown. No
// exponents and nothing longer than any instrument's display.
var decimal = regexp.MustCompile(`^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$`)

const longestValue = 20

func isDecimal(s string) bool { return len(s) <= longestValue && decimal.MatchString(s) }

// isName reports whether s can be a channel name or a unit: printable, not too long.
func isName(s string, longest int) bool {
	n := 0
	for _, r := range s {
		if n++; n > longest || r < ' ' || r == 0x7f || r == '�' || r == '{' || r == '}' {
			return false
		}
	}
	return n > 0
}
