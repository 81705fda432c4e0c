package director

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Condition is a threshold that a reading passes.
type Condition struct {
	Channel string
	Op      string // ">=", ">", "<=" or "<"
	Value   float64
	Unit    string // as it was written; empty: the reading has none
	// Margin, in the same unit, is how far the reading has to go back before the
	// threshold can be passed again. ParseCondition makes it 2 % of the value.
	Margin float64
}

// marginShare is the usual margin as a share of the threshold.
const marginShare = 0.02

// ParseCondition reads a condition such as "kiln1 >= 600 °C": a channel, one of
// >=, >, <= and < (≥ and ≤ as well), a decimal number and its unit, which may be
// left out for a quantity without one. The error says what is wrong and what was
// expected.
func ParseCondition(text string) (Condition, error) {
	wrong := func(format string, args ...any) (Condition, error) {
		return Condition{}, fmt.Errorf("condition %q: %s; expected such as \"kiln1 >= 600 °C\"", text, fmt.Sprintf(format, args...))
	}
	at := strings.IndexAny(text, "<>=≥≤")
	if at < 0 {
		return wrong("there is no >=, >, <= or < in it")
	}
	channel := strings.TrimSpace(text[:at])
	if channel == "" || strings.ContainsAny(channel, " \t") {
		return wrong("%q is no channel's name", channel)
	}
	op, rest := "", ""
	for _, known := range [][2]string{{">=", ">="}, {"<=", "<="}, {"≥", ">="}, {"≤", "<="}, {">", ">"}, {"<", "<"}} {
		if after, ok := strings.CutPrefix(text[at:], known[0]); ok {
			op, rest = known[1], strings.TrimSpace(after)
			break
		}
	}
	if op == "" {
		return wrong("%q is none of >=, >, <= and <", text[at:at+1])
	}
	number := rest[:len(rest)-len(strings.TrimLeft(rest, "+-.0123456789"))]
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return wrong("%q does not begin with a number", rest)
	}
	unit := strings.TrimSpace(rest[len(number):])
	if strings.ContainsAny(unit, "<>=≥≤ \t") || strings.ContainsAny(unit, "0123456789") {
		return wrong("%q is no unit", unit)
	}
	return Condition{Channel: channel, Op: op, Value: value, Unit: unit, Margin: marginShare * math.Abs(value)}, nil
}

// String returns the condition as people write it.
func (c Condition) String() string { return c.Channel + " " + c.threshold() }

// threshold is the condition without its channel: "≥ 600 °C".
func (c Condition) threshold() string {
	op := strings.NewReplacer(">=", "≥", "<=", "≤").Replace(c.Op)
	return op + " " + withUnit(strconv.FormatFloat(c.Value, 'f', -1, 64), c.Unit)
}

func withUnit(value, unit string) string {
	if unit == "" {
		return value
	}
	return value + " " + unit
}

// holds reports whether the threshold is passed. Once it was, it is until the
// value has gone back by the margin.
func (c Condition) holds(value float64, was bool) bool {
	margin := 0.0
	if was {
		margin = c.Margin
	}
	switch c.Op {
	case ">=":
		return value >= c.Value-margin
	case ">":
		return value > c.Value-margin
	case "<=":
		return value <= c.Value+margin
	case "<":
		return value < c.Value+margin
	}
	return false
}

// sameUnit compares units as instruments and people write them: "C", "°C" and "℃"
// are one.
func sameUnit(a, b string) bool { return plainUnit(a) == plainUnit(b) }

func plainUnit(unit string) string {
	return strings.NewReplacer("℃", "C", "℉", "F", "°C", "C", "°F", "F", "µ", "u", "μ", "u").Replace(strings.TrimSpace(unit))
}

// firing is the state of one trigger. Its claim arises when the threshold is
// passed, and not again before the reading has gone back.
type firing struct {
	claim
	on         bool
	believable bool // the newest reading
	reason     Text
}

// fire takes in the readings as they are now. One that cannot be believed, or has
// another unit, leaves a trigger as it was and shows nothing.
func fire(before []firing, triggers []Trigger, readings []Reading, now time.Time) []firing {
	after := slices.Clone(before)
	for i, t := range triggers {
		f := &after[i]
		f.believable = false
		at := slices.IndexFunc(readings, func(r Reading) bool { return r.Channel == t.When.Channel })
		if at < 0 || !readings[at].OK || !sameUnit(readings[at].Unit, t.When.Unit) {
			continue
		}
		value, err := strconv.ParseFloat(readings[at].Value, 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		was := f.on
		f.believable, f.on = true, t.When.holds(value, f.on)
		if f.on && !was {
			f.claim, f.reason = claim{at: now}, passed(readings[at], t.When)
		}
	}
	return after
}
