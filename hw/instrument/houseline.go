package instrument

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"studio/hw/reading"
	"studio/words"
)

// HouseLine speaks the house line protocol, for rigs that makers build: the
// instrument talks by itself, is never written to, and sends one JSON object a line,
//
//	{"t":123456,"ch":"kiln1","v":1250.5,"u":"C","s":"ok"}
//
// or lines of comma-separated values under a header that names their columns,
//
//	#t_ms,kiln1:C,clay:g
//	123456,1250.5,842
//
// t is in milliseconds since the instrument started. docs/instruments.md is the
// definition.
type HouseLine struct {
	lines   lines
	report  Report
	columns []column // of the header in force, nil before the first
}

type column struct{ channel, unit string }

const (
	houseLongest     = 512 // bytes a line
	houseGap         = time.Second
	houseColumns     = 32
	longestChannel   = 32 // characters
	longestHouseUnit = 12
)

// NewHouseLine returns a driver.
func NewHouseLine() *HouseLine {
	d := &HouseLine{}
	d.lines = lines{longest: houseLongest, gap: houseGap, lost: d.garbage}
	return d
}

// Reset forgets the header too: another program may be on the instrument now,
// and a number under the wrong name is worse than none.
func (d *HouseLine) Reset(time.Time) {
	d.lines.reset()
	d.columns = nil
	d.report.Message = words.Text{}
}

// Ask never asks anything.
func (d *HouseLine) Ask(time.Time) []byte { return nil }

func (d *HouseLine) Report() Report { return d.report }

func (d *HouseLine) Feed(chunk []byte, at time.Time, emit func(reading.Reading)) {
	d.lines.feed(chunk, at, func(frame []byte) {
		line := text(frame)
		if len(line) == 0 {
			return
		}
		if start := bytes.LastIndexByte(line, '{'); line[0] == '{' && start > 0 && !json.Valid(line) {
			// Half a line and then a whole one: the instrument restarted.
			d.garbage("half a line")
			frame, line = frame[start:], line[start:]
		}
		readings, err := d.parse(line)
		if err != nil {
			d.garbage(err.Error())
			return
		}
		d.report.Frames++
		d.report.Message = words.Text{}
		raw := bytes.Clone(frame)
		for _, r := range readings {
			r.Time, r.Raw = at, raw
			emit(r)
		}
	})
}

func (d *HouseLine) parse(line []byte) ([]reading.Reading, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("bytes that are not text")
	}
	switch line[0] {
	case '{':
		r, err := parseObject(line)
		return []reading.Reading{r}, err
	case '#':
		columns, err := parseHeader(string(line))
		if err == nil && columns != nil {
			d.columns = columns
		}
		return nil, err
	}
	return d.parseRow(string(line))
}

// parseObject reads a flat JSON object. Every key that means something must be
// there at most once, spelt exactly so: a line that says a thing twice is damaged.
func parseObject(line []byte) (reading.Reading, error) {
	fail := func(why string) (reading.Reading, error) { return reading.Reading{}, errors.New(why) }
	if !json.Valid(line) {
		return fail("a line that is not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	dec.Token() // the opening brace: the line begins with it and is valid
	values := map[string]json.Token{}
	for dec.More() {
		key, _ := dec.Token()
		name := key.(string) // in a valid object keys are strings
		value, err := dec.Token()
		if _, nested := value.(json.Delim); nested || err != nil {
			return fail("an object or a list inside the line")
		}
		if _, twice := values[name]; twice {
			return fail(fmt.Sprintf("%q twice", name))
		}
		values[name] = value
	}

	var r reading.Reading
	if t, has := values["t"]; has {
		if _, ok := t.(json.Number); !ok {
			return fail(`"t" is not a number`)
		}
	}
	channel, ok := values["ch"].(string)
	if !ok || !isName(channel, longestChannel) {
		return fail(`"ch" is not a name`)
	}
	if u, has := values["u"]; has {
		unit, ok := u.(string)
		if !ok || unit != "" && !isName(unit, longestHouseUnit) {
			return fail(`"u" is not a unit`)
		}
		r.Unit = unit
	}
	r.Channel, r.Quality = channel, reading.OK
	if s, has := values["s"]; has {
		word, _ := s.(string)
		if r.Quality, ok = quality(word); !ok {
			return fail(`"s" is not ok, unstable, over, under, fault or stale`)
		}
	}
	if !r.Quality.Believable() {
		return r, nil // whatever number came with it is not one to show
	}
	number, ok := values["v"].(json.Number)
	if !ok || !isDecimal(number.String()) {
		return fail(`"v" is not a plain decimal number`)
	}
	r.Value = number.String()
	return r, nil
}

func quality(word string) (reading.Quality, bool) {
	switch q := reading.Quality(word); q {
	case reading.OK, reading.Unstable, reading.Over, reading.Under, reading.Fault, reading.Stale:
		return q, true
	}
	return "", false
}

// parseHeader reads "#t_ms,kiln1:C,clay:g". Another line that begins with # is a
// remark: nil columns and no error.
func parseHeader(line string) ([]column, error) {
	names, ok := strings.CutPrefix(line, "#t_ms,")
	if !ok {
		return nil, nil
	}
	var columns []column
	seen := map[string]bool{}
	for _, name := range strings.Split(names, ",") {
		channel, unit, _ := strings.Cut(strings.TrimSpace(name), ":")
		if !isName(channel, longestChannel) || unit != "" && !isName(unit, longestHouseUnit) || seen[channel] {
			return nil, errors.New("a header whose columns cannot be read")
		}
		seen[channel] = true
		columns = append(columns, column{channel, unit})
	}
	if len(columns) > houseColumns {
		return nil, fmt.Errorf("a header of more than %d columns", houseColumns)
	}
	return columns, nil
}

// parseRow reads "123456,1250.5,842". A field is a plain decimal number, nothing
// (not measured this time), or one of over, under, fault, nan.
func (d *HouseLine) parseRow(line string) ([]reading.Reading, error) {
	if d.columns == nil {
		return nil, errors.New("values before the header that names them")
	}
	fields := strings.Split(line, ",")
	if len(fields) != len(d.columns)+1 {
		return nil, fmt.Errorf("%d values under a header of %d", len(fields), len(d.columns)+1)
	}
	if !isDecimal(strings.TrimSpace(fields[0])) {
		return nil, errors.New("a time that is not a number")
	}
	var readings []reading.Reading
	for i, c := range d.columns {
		r := reading.Reading{Channel: c.channel, Unit: c.unit, Quality: reading.OK}
		switch field := strings.TrimSpace(fields[i+1]); field {
		case "":
			continue
		case "over", "under", "fault":
			r.Quality = reading.Quality(field)
		case "nan":
			r.Quality = reading.Fault
		default:
			if !isDecimal(field) {
				return nil, errors.New("a value that is not a plain decimal number")
			}
			r.Value = field
		}
		readings = append(readings, r)
	}
	return readings, nil
}

func (d *HouseLine) garbage(why string) {
	d.report.Garbage++
	d.report.Message = garbled(why)
}
