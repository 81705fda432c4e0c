package serialport

import (
	"fmt"
	"slices"

	"go.bug.st/serial"
)

// Mode is how characters travel on the line. Zero fields mean 9600 baud, 8 data
// bits, no parity, 1 stop bit.
type Mode struct {
	Baud     int    // bits per second
	DataBits int    // 5 to 8
	Parity   string // "none", "even", "odd", "mark" or "space"
	StopBits int    // 1 or 2
}

// Or returns the mode with its zero fields taken from other.
func (m Mode) Or(other Mode) Mode {
	if m.Baud == 0 {
		m.Baud = other.Baud
	}
	if m.DataBits == 0 {
		m.DataBits = other.DataBits
	}
	if m.Parity == "" {
		m.Parity = other.Parity
	}
	if m.StopBits == 0 {
		m.StopBits = other.StopBits
	}
	return m
}

// Check says what is wrong with the mode and what is allowed, nil if nothing.
func (m Mode) Check() error {
	m = m.whole()
	switch {
	case m.Baud < 50 || m.Baud > 4_000_000:
		return fmt.Errorf("baud %d: must be 50 to 4000000", m.Baud)
	case m.DataBits < 5 || m.DataBits > 8:
		return fmt.Errorf("data bits %d: must be 5, 6, 7 or 8", m.DataBits)
	case !slices.Contains([]string{"none", "even", "odd", "mark", "space"}, m.Parity):
		return fmt.Errorf("parity %q: must be none, even, odd, mark or space", m.Parity)
	case m.StopBits != 1 && m.StopBits != 2:
		return fmt.Errorf("stop bits %d: must be 1 or 2", m.StopBits)
	}
	return nil
}

// String gives the mode as technicians write it: "9600 8N1".
func (m Mode) String() string {
	m = m.whole()
	letter := map[string]string{"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}[m.Parity]
	return fmt.Sprintf("%d %d%s%d", m.Baud, m.DataBits, letter, m.StopBits)
}

func (m Mode) whole() Mode {
	return m.Or(Mode{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1})
}

func (m Mode) library() *serial.Mode {
	m = m.whole()
	out := &serial.Mode{BaudRate: m.Baud, DataBits: m.DataBits}
	switch m.Parity {
	case "even":
		out.Parity = serial.EvenParity
	case "odd":
		out.Parity = serial.OddParity
	case "mark":
		out.Parity = serial.MarkParity
	case "space":
		out.Parity = serial.SpaceParity
	}
	if m.StopBits == 2 {
		out.StopBits = serial.TwoStopBits
	}
	return out
}
