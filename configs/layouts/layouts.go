// Package layouts reads layouts from YAML: those that come with the box, which are
// embedded, and a user's own. A mistake is one error that names file, line, key,
// value and what is allowed.
package layouts

import (
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"strings"

	"studio/configs/strict"
	"studio/mixer/scene"
)

//go:embed builtin.yaml
var builtin []byte

// file is a file of layouts as it is written. Numbers are decimals or fractions
// such as 24/1080, so that what was drawn on a canvas can be written as it was drawn.
type file struct {
	Layouts []fileLayout `yaml:"layouts"`
}

type fileLayout struct {
	Name      string     `yaml:"name"`
	Title     fileTitle  `yaml:"title"`
	Landscape []fileSlot `yaml:"landscape"`
	Portrait  []fileSlot `yaml:"portrait"`
}

type fileTitle struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

type fileSlot struct {
	X      string `yaml:"x"`
	Y      string `yaml:"y"`
	Width  string `yaml:"width"`
	Height string `yaml:"height"`
	Border string `yaml:"border"`
	Radius string `yaml:"radius"`
	Colour string `yaml:"colour"`
}

// softWhite is the colour of a border that names none.
const softWhite = "#efece4"

// Builtin returns the layouts that come with the box.
func Builtin() ([]scene.Layout, error) { return decode("builtin.yaml", builtin, nil) }

// Read returns the layouts of the file at path. They may not take a built-in
// layout's name.
func Read(path string) ([]scene.Layout, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read layouts: %w", err)
	}
	known, err := Builtin()
	if err != nil {
		return nil, err
	}
	return decode(path, data, known)
}

// Library returns the built-in layouts and, unless path is "", those of the file at
// path.
func Library(path string) (*scene.Library, error) {
	known, err := Builtin()
	if err != nil {
		return nil, err
	}
	var own []scene.Layout
	if path != "" {
		if own, err = Read(path); err != nil {
			return nil, err
		}
	}
	return scene.NewLibrary(known, own)
}

func decode(path string, data []byte, known []scene.Layout) ([]scene.Layout, error) {
	var f file
	doc, err := strict.Decode(path, data, &f)
	if err != nil {
		return nil, err
	}
	r := &reader{doc: doc}
	taken := make(map[string]bool)
	for _, l := range known {
		taken[l.Name] = true
	}
	layouts := make([]scene.Layout, len(f.Layouts))
	for i, fl := range f.Layouts {
		at := fmt.Sprintf("$.layouts[%d]", i)
		if fl.Name == "" || taken[fl.Name] {
			r.bad(at+".name", fl.Name, "allowed: a name that no other layout has")
		}
		taken[fl.Name] = true
		layouts[i] = r.layout(at, fl)
	}
	return layouts, r.err
}

// reader turns the file into values; err is the first mistake.
type reader struct {
	doc *strict.Document
	err error
}

func (r *reader) bad(path string, value any, allowed string) {
	if r.err == nil {
		r.err = r.doc.Bad(path, value, allowed)
	}
}

func (r *reader) layout(at string, f fileLayout) scene.Layout {
	if len(f.Landscape)+len(f.Portrait) == 0 {
		r.bad(at+".landscape", "", "allowed: at least one slot under landscape, portrait or both")
	}
	l := scene.Layout{Name: f.Name, Title: scene.Title{Zh: f.Title.Zh, En: f.Title.En}}
	for _, title := range []*string{&l.Title.Zh, &l.Title.En} {
		if *title == "" {
			*title = f.Name
		}
	}
	l.Landscape = r.slots(at+".landscape", f.Landscape)
	l.Portrait = r.slots(at+".portrait", f.Portrait)
	return l
}

func (r *reader) slots(at string, list []fileSlot) []scene.Slot {
	var slots []scene.Slot
	for i, f := range list {
		slots = append(slots, r.slot(fmt.Sprintf("%s[%d]", at, i), f))
	}
	return slots
}

func (r *reader) slot(at string, f fileSlot) scene.Slot {
	var s scene.Slot
	written := make(map[string]string)
	for _, n := range []struct {
		key, text string
		into      *float64
		needed    bool
	}{
		{"x", f.X, &s.X, true}, {"y", f.Y, &s.Y, true},
		{"width", f.Width, &s.Width, true}, {"height", f.Height, &s.Height, true},
		{"border", f.Border, &s.Border, false}, {"radius", f.Radius, &s.Radius, false},
	} {
		written[n.key] = n.text
		if n.text == "" && !n.needed {
			continue
		}
		var ok bool
		if *n.into, ok = number(n.text); !ok {
			r.bad(at+"."+n.key, n.text, "allowed: a fraction of the canvas such as 0.25 or 24/1080")
		}
	}
	if field, _, allowed := s.Check(); field != "" {
		r.bad(at+"."+field, written[field], allowed)
	}
	if f.Colour == "" {
		f.Colour = softWhite
	}
	var ok bool
	if s.Colour, ok = colour(f.Colour); !ok {
		r.bad(at+".colour", f.Colour, `allowed: "#rrggbb", red, green and blue in two hexadecimal digits each`)
	}
	return s
}

// number reads "0.25" or "24/1080".
func number(text string) (float64, bool) {
	above, below, fraction := strings.Cut(text, "/")
	a, err := strconv.ParseFloat(above, 64)
	if err != nil || !fraction {
		return a, err == nil
	}
	b, err := strconv.ParseFloat(below, 64)
	return a / b, err == nil && b > 0
}

func colour(text string) (scene.RGB, bool) {
	digits, ok := strings.CutPrefix(text, "#")
	n, err := strconv.ParseUint(digits, 16, 24)
	return scene.RGB{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}, ok && err == nil && len(digits) == 6
}
