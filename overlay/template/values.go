package template

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"studio/hw/reading"
	"studio/overlay/procedure"
	"studio/words"
)

// Input is what an overlay's parameters are filled from. Parameters that it says
// nothing about have their defaults or are empty.
type Input struct {
	Set       map[string]string          // text, number and colour parameters by name
	Words     map[string]procedure.Text  // words parameters by name
	Readings  map[string]reading.Reading // reading parameters by name; one that is missing is stale
	Procedure *procedure.Procedure       // for step and steps; nil: empty
	Present   int                        // index of the present step
	Clock     time.Time
}

// Bound is a template's parameters filled in. It never changes.
type Bound struct {
	template *Template
	values   map[string]string // by path
	items    []map[string]string
}

// Check says whether an overlay that sets these parameters can be drawn.
func (t *Template) Check(set map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := slices.IndexFunc(t.parameters, func(p Parameter) bool { return p.Name == name })
		if i < 0 {
			return words.Errorf("template %[1]s has no parameter %[2]q; it has: %[3]s", "图层“%[1]s”没有参数“%[2]s”，请联系技术人员", t.name, name, t.settable())
		}
		if err := checkSetting(t.parameters[i], set[name]); err != nil {
			return words.Errorf("template %s: %w", "图层“%[1]s”的参数不对，请联系技术人员", t.name, err)
		}
	}
	return nil
}

func (t *Template) settable() string {
	var names []string
	for _, p := range t.parameters {
		if p.Kind == Text || p.Kind == Number || p.Kind == Colour {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return "none that can be set"
	}
	return strings.Join(names, ", ")
}

// Bind fills the template's parameters in.
func (t *Template) Bind(in Input) (*Bound, error) {
	if err := t.Check(in.Set); err != nil {
		return nil, err
	}
	b := &Bound{template: t, values: make(map[string]string, 8)}
	for _, p := range t.parameters {
		switch p.Kind {
		case Text, Number, Colour:
			b.values[p.Name] = p.Default
			if text, ok := in.Set[p.Name]; ok {
				b.values[p.Name] = text
			}
		case Words:
			b.words(p.Name, in.Words[p.Name])
		case Clock:
			if !in.Clock.IsZero() {
				b.values[p.Name] = in.Clock.Format("15:04")
			}
		case Reading:
			b.reading(p.Name, in.Readings)
		case Step:
			b.step(p.Name, in.Procedure, in.Present)
		case Steps:
			b.steps(p.Name, in.Procedure, in.Present)
		}
	}
	return b, nil
}

// Key is equal for two fillings of a template that look the same: it holds what
// the template's bindings read and nothing else.
func (b *Bound) Key() string {
	var key strings.Builder
	write := func(text string) { fmt.Fprintf(&key, "%d:%s", len(text), text) }
	for _, path := range b.template.used {
		write(b.values[path])
	}
	if b.template.usesItems {
		for _, item := range b.items {
			for _, path := range itemPaths {
				write(item[path])
			}
		}
	}
	return key.String()
}

func (b *Bound) words(path string, t procedure.Text) {
	b.values[path+".zh"], b.values[path+".en"] = t.Zh, t.En
}

// qualities in words, as a viewer understands them.
var qualities = map[reading.Quality]procedure.Text{
	reading.OK:       {Zh: "稳定", En: "Steady"},
	reading.Unstable: {Zh: "变化中", En: "Changing"},
	reading.Over:     {Zh: "超出量程", En: "Above range"},
	reading.Under:    {Zh: "低于量程", En: "Below range"},
	reading.Fault:    {Zh: "仪器故障", En: "Instrument fault"},
	reading.Stale:    {Zh: "信号中断", En: "No signal"},
}

// reading is the only door by which a reading gets into a template: no number
// passes that may not be believed, and no other field carries one.
func (b *Bound) reading(path string, all map[string]reading.Reading) {
	r, ok := all[path]
	quality := r.Quality
	words, known := qualities[quality]
	switch {
	case !ok:
		quality, words = reading.Stale, qualities[reading.Stale]
	case !known:
		quality, words = reading.Fault, qualities[reading.Fault]
	}
	value, shown := r.Shown()
	if _, isNumber := number(value); shown && known && isNumber {
		b.values[path+".number"] = strings.TrimPrefix(value, "+")
		b.values[path+".unit"] = unitSign(r.Unit)
	} else if quality.Believable() {
		// The instrument says that all is well and sends no number.
		quality, words = reading.Fault, qualities[reading.Fault]
	}
	b.values[path+".quality"] = string(quality)
	b.words(path, words)
}

// unitSign writes a unit as people read it.
func unitSign(unit string) string {
	switch unit {
	case "C", "F":
		return "°" + unit
	}
	return unit
}

func (b *Bound) step(path string, p *procedure.Procedure, present int) {
	if p == nil || present < 0 || present >= len(p.Steps) {
		return
	}
	s := p.Steps[present]
	b.words(path, s.Title)
	b.words(path+".caption", s.Caption)
	b.values[path+".number"] = strconv.Itoa(present + 1)
	b.values[path+".count"] = strconv.Itoa(len(p.Steps))
}

func (b *Bound) steps(path string, p *procedure.Procedure, present int) {
	if p == nil {
		return
	}
	b.values[path+".count"] = strconv.Itoa(len(p.Steps))
	for i, s := range p.Steps {
		state := "coming"
		switch {
		case i < present:
			state = "done"
		case i == present:
			state = "present"
		}
		b.items = append(b.items, map[string]string{
			"item.zh": s.Title.Zh, "item.en": s.Title.En,
			"item.number": strconv.Itoa(i + 1), "item.state": state,
		})
	}
}
