package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"studio/hw/reading"
	"studio/words"
)

// SICSWeight is the one channel of an MT-SICS scale.
const SICSWeight = "weight"

// SICSOptions are the settings of an MT-SICS scale.
type SICSOptions struct {
	// Interval between questions: at least 100 ms, which is as fast as Kern's KCP
	// scales allow. 0 means 200 ms.
	Interval time.Duration
	// Stream asks once for a stream of readings (SIR) instead of asking for each
	// (SI).
	Stream bool
}

// SICS speaks MT-SICS, the command set of Mettler Toledo scales and of the many
// that follow it (Kern KCP), as in Mettler Toledo's "MT-SICS Interface Commands"
// reference manual, level 0.
//
// It asks for the serial number once (I4) and then only for the weight. It never
// zeroes, tares or resets: "@" would clear a tare that somebody has set by hand.
type SICS struct {
	o      SICSOptions
	lines  lines
	report Report

	asked     question
	askedAt   time.Time
	known     bool // the serial number was asked for
	streaming bool

	believed shape // of the frames so far
	doubted  shape // of a frame that differed from them
}

type question uint8

const (
	nothing question = iota
	identity
	weight
)

const (
	sicsLongest  = 128         // bytes; the longest answer in use is I4's, about 40
	sicsPatience = time.Second // an answer takes 50 ms; a stream's next line 200 ms
)

// shape is what stays the same from one weight frame to the next. MT-SICS has
// no check sum: a byte lost on the way shows only as a field of another width, or
// as another unit ("kg" that arrives as "g").
type shape struct {
	width int // of the value field; 0 on scales that do not pad it
	unit  string
}

// NewSICS returns a driver.
func NewSICS(o SICSOptions) (*SICS, error) {
	if o.Interval == 0 {
		o.Interval = 200 * time.Millisecond
	}
	if o.Interval < 100*time.Millisecond || o.Interval > time.Minute {
		return nil, fmt.Errorf("interval %s: must be 100ms to 1m", o.Interval)
	}
	d := &SICS{o: o}
	d.lines = lines{longest: sicsLongest, gap: sicsPatience, lost: d.garbage}
	return d, nil
}

func (d *SICS) Reset(now time.Time) {
	d.lines.reset()
	d.asked, d.known, d.streaming = nothing, false, false
	d.believed, d.doubted = shape{}, shape{}
	d.report.Message = words.Text{}
}

func (d *SICS) Report() Report { return d.report }

// Ask keeps one question open at a time.
func (d *SICS) Ask(now time.Time) []byte {
	waited := now.Sub(d.askedAt)
	if d.asked != nothing {
		if waited < sicsPatience {
			return nil
		}
		// No answer: what may have come of one is worthless now.
		d.report.Timeouts++
		if d.asked == weight {
			d.report.Message = words.Text{
				En: "no answer: is the scale on, and set to MT-SICS at this speed?",
				Zh: "天平没有回答：电源开了吗？是否设为 MT-SICS 协议和同样的波特率？",
			}
		}
		d.asked, d.streaming = nothing, false
		d.lines.reset()
	}
	switch {
	case !d.known:
		d.known, d.asked, d.askedAt = true, identity, now
		return []byte("I4\r\n")
	case waited < d.o.Interval:
		return nil
	case d.o.Stream && !d.streaming:
		d.streaming, d.asked, d.askedAt = true, weight, now
		return []byte("SIR\r\n")
	case !d.o.Stream:
		d.asked, d.askedAt = weight, now
		return []byte("SI\r\n")
	}
	return nil
}

func (d *SICS) Feed(chunk []byte, at time.Time, emit func(reading.Reading)) {
	d.lines.feed(chunk, at, func(frame []byte) {
		line := text(frame)
		if len(bytes.TrimSpace(line)) == 0 {
			return // between frames, on some makes
		}
		for _, b := range line {
			if b < ' ' || b > '~' {
				d.garbage("bytes that are not text")
				return
			}
		}
		d.answer(string(line), frame, at, emit)
	})
}

// answer takes one whole line.
func (d *SICS) answer(line string, frame []byte, at time.Time, emit func(reading.Reading)) {
	send := func(value, unit string, q reading.Quality) {
		d.report.Frames++
		if q.Believable() {
			d.report.Message = words.Text{}
		}
		d.answered(weight, at)
		emit(reading.Reading{
			Time: at, Channel: SICSWeight, Value: value, Unit: unit,
			Quality: q, Raw: bytes.Clone(frame),
		})
	}
	fields := strings.Fields(line)
	switch {
	case line == "ES" || line == "ET" || line == "EL":
		// Which question it answers is not said; that for the serial number may
		// be refused, not every make knows it.
		d.report.Message = map[string]words.Text{
			"ES": {En: "the scale does not know the command (ES)", Zh: "天平不认识这条命令（ES），请检查协议设置"},
			"ET": {En: "the scale did not understand the transmission (ET): check speed and parity", Zh: "天平听不懂（ET），请检查波特率和校验位"},
			"EL": {En: "the scale cannot carry the command out (EL)", Zh: "天平现在做不了（EL），请看天平的显示屏"},
		}[line]
		if d.asked == identity {
			d.report.Frames++
			d.answered(identity, at)
			return
		}
		d.streaming = false
		send("", "", reading.Fault)

	case fields[0] == "S" && len(fields) >= 2:
		value, unit, q, err := d.weighed(line, fields)
		switch {
		case errors.Is(err, errBusy):
			d.report.Frames++
			d.report.Message = words.Text{En: "the scale is busy (S I)", Zh: "天平正忙，请稍候（S I）"}
			d.answered(weight, at)
		case err != nil:
			d.garbage(err.Error())
		default:
			send(value, unit, q)
		}

	case fields[0] == "I4" && len(fields) >= 2:
		d.identified(line, fields, at)

	case len(fields) >= 2 && isOtherAnswer(fields[0]) && len(fields[1]) == 1:
		d.report.Frames++ // to somebody's command at the scale's other port or key

	default:
		d.garbage("a line that is no answer")
	}
}

var errBusy = errors.New("busy")

// weighed reads an answer to S, SI or SIR: state, then value and unit.
func (d *SICS) weighed(line string, fields []string) (value, unit string, q reading.Quality, err error) {
	state := fields[1]
	if len(fields) == 2 {
		switch state {
		case "+":
			d.report.Message = words.Text{En: "more on the scale than it can weigh", Zh: "东西太重，超过了天平的量程"}
			return "", "", reading.Over, nil
		case "-":
			d.report.Message = words.Text{En: "less on the scale than it can weigh: is the pan on?", Zh: "低于天平的量程：秤盘放好了吗？"}
			return "", "", reading.Under, nil
		case "I":
			return "", "", "", errBusy
		case "L":
			d.report.Message = words.Text{En: "the scale refuses the parameter (S L)", Zh: "天平不接受这个参数（S L）"}
			return "", "", reading.Fault, nil
		}
	}
	switch state {
	case "S":
		q = reading.OK
	case "D":
		q = reading.Unstable
	default:
		return "", "", "", fmt.Errorf("a weight in a state that is not known")
	}
	if len(fields) == 4 && fields[2] == "Error" {
		en, zh := "the scale reports Error %s", "天平报错 Error %s，请查天平说明书"
		if strings.HasSuffix(fields[3], "t") {
			en, zh = "the scale reports Error %s (terminal)", "天平的显示终端报错 Error %s，请查天平说明书"
		}
		d.report.Message = words.Textf(en, zh, fields[3])
		return "", "", reading.Fault, nil
	}
	if len(fields) != 4 || !isDecimal(fields[2]) || !isName(fields[3], 8) || fields[3][0] <= '9' && fields[3][0] >= '0' {
		return "", "", "", fmt.Errorf("a weight that cannot be read")
	}
	if !d.believe(shapeOf(line, fields[3])) {
		return "", "", "", fmt.Errorf("a weight in another form than before")
	}
	return fields[2], fields[3], q, nil
}

// shapeOf measures a weight frame "S S     100.00 g".
func shapeOf(line, unit string) shape {
	const before = len("S S ")
	width := len(strings.TrimRight(line, " ")) - before - len(unit) - 1
	if width < 10 {
		width = 0 // MT-SICS pads to ten
	}
	return shape{width, unit}
}

// believe takes a frame of the form of those before it, and one of a new form when
// the next frame has it too.
func (d *SICS) believe(s shape) bool {
	if d.believed != (shape{}) && s != d.believed && s != d.doubted {
		d.doubted = s
		return false
	}
	d.believed, d.doubted = s, shape{}
	return true
}

// identified reads the answer to I4, which also comes by itself when the scale is
// switched on.
func (d *SICS) identified(line string, fields []string, at time.Time) {
	switch fields[1] {
	case "A":
		d.report.Frames++
		if _, rest, ok := strings.Cut(line, `"`); ok {
			if serial, _, ok := strings.Cut(rest, `"`); ok && isName(serial, 40) {
				d.report.Identity = serial
			}
		}
		if d.asked != identity {
			d.asked, d.streaming = nothing, false // restarted: a stream has to be asked for again
		}
		d.answered(identity, at)
	case "B": // more lines follow
		d.report.Frames++
		d.askedAt = at
	case "I", "L":
		d.report.Frames++
		d.answered(identity, at)
	default:
		d.garbage("an answer in a state that is not known")
	}
}

// answered closes the question if it is the open one. A stream's question stays
// open: its next line is due.
func (d *SICS) answered(q question, at time.Time) {
	if d.streaming && q == weight {
		d.askedAt = at
		return
	}
	if d.asked == q {
		d.asked = nothing
	}
}

// isOtherAnswer reports whether a line answers a command that this driver never
// sends.
func isOtherAnswer(id string) bool {
	switch id {
	case "Z", "ZI", "T", "TI", "TA", "TAC", "K", "D", "DW", "PWR", "I0", "I1", "I2", "I3", "I5", "I10", "I11":
		return true
	}
	return false
}

// garbage counts a line that says nothing. It was most likely the answer: the
// question may be asked again at its next turn.
func (d *SICS) garbage(why string) {
	d.report.Garbage++
	d.report.Message = garbled(why)
	if d.asked == weight && !d.streaming {
		d.asked = nothing
	}
}
