package template

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
)

// writer applies bindings while it writes the document out.
type writer struct {
	bytes.Buffer
	bound *Bound
	item  map[string]string // within data-each
}

// SVG returns the template with everything filled in: a plain SVG document.
func (b *Bound) SVG() []byte {
	w := writer{bound: b}
	w.element(b.template.root)
	return w.Bytes()
}

func (w *writer) element(e *element) {
	b := &e.bindings
	if b.none || b.show != nil && !w.holds(b.show) || b.hide != nil && w.holds(b.hide) {
		return
	}
	attributes, ok := w.attributes(e)
	if !ok {
		return
	}
	if b.isText {
		w.text(e, attributes)
		return
	}
	w.open(e.name, attributes)
	if b.each {
		for i, item := range w.bound.items {
			w.item = item
			w.open("g", []attribute{{"transform", fmt.Sprintf("translate(%g,%g)", float64(i)*b.dx, float64(i)*b.dy)}})
			w.children(e)
			w.close("g")
		}
		w.item = nil
	} else {
		w.children(e)
	}
	w.close(e.name)
}

func (w *writer) children(e *element) {
	for _, child := range e.children {
		if child.element != nil {
			w.element(child.element)
		} else {
			w.escaped(child.text)
		}
	}
}

// attributes returns e's attributes with its bindings applied; not ok if a number
// that one of them needs is not known.
func (w *writer) attributes(e *element) ([]attribute, bool) {
	b := &e.bindings
	all := slices.Clone(e.attributes)
	for _, m := range b.maps {
		v, ok := w.place(m.span)
		if !ok {
			return nil, false
		}
		all = put(all, m.attribute, strconv.FormatFloat(v, 'f', 2, 64))
	}
	for _, p := range b.picks {
		value, ok := p.values[w.value(p.path)]
		if !ok {
			value = p.otherwise
		}
		all = put(all, p.attribute, value)
	}
	for _, s := range b.sets {
		all = put(all, s.attribute, w.format(s.text))
	}
	if b.rotate != nil {
		v, ok := w.place(*b.rotate)
		if !ok {
			return nil, false
		}
		turned := fmt.Sprintf("rotate(%.2f,%s)", v, b.centre)
		if own := lookUp(all, "transform"); own != "" {
			turned = own + " " + turned
		}
		all = put(all, "transform", turned)
	}
	return all, true
}

// text writes a text element with bound text, set into its box if it has one.
func (w *writer) text(e *element, attributes []attribute) {
	text := w.format(e.bindings.text)
	box := e.bindings.fit
	if box == nil {
		w.open(e.name, attributes)
		w.escaped(text)
		w.close(e.name)
		return
	}
	lines, size := box.lines(text)
	if size != box.font.size {
		style := lookUp(attributes, "style")
		if style != "" {
			style += ";"
		}
		attributes = put(attributes, "style", style+box.style(size))
	}
	if len(lines) == 1 {
		w.open(e.name, attributes)
		w.escaped(lines[0])
		w.close(e.name)
		return
	}
	w.open(e.name, attributes)
	x := lookUp(attributes, "x")
	if x == "" {
		x = "0"
	}
	dy := box.firstLine(len(lines), size)
	for _, line := range lines {
		w.open("tspan", []attribute{{"x", x}, {"dy", strconv.FormatFloat(dy, 'f', 2, 64)}})
		w.escaped(line)
		w.close("tspan")
		dy = lineHeight * size
	}
	w.close(e.name)
}

func (w *writer) value(path string) string {
	if w.item != nil {
		if v, ok := w.item[path]; ok {
			return v
		}
	}
	return w.bound.values[path]
}

func (w *writer) holds(c *condition) bool {
	v := w.value(c.path)
	if c.words == nil {
		return v != ""
	}
	return slices.Contains(c.words, v)
}

func (w *writer) format(f format) string {
	var text []byte
	for i, part := range f {
		if i%2 == 1 {
			part = w.value(part)
		}
		text = append(text, part...)
	}
	return string(text)
}

// place is where a number is between from and to.
func (w *writer) place(s span) (float64, bool) {
	v, ok := number(w.value(s.path))
	low, okLow := w.end(s.low)
	high, okHigh := w.end(s.high)
	if !ok || !okLow || !okHigh {
		return 0, false
	}
	part := 0.0
	if high != low {
		part = min(max((v-low)/(high-low), 0), 1)
	}
	return s.from + part*(s.to-s.from), true
}

func (w *writer) end(numberOrPath string) (float64, bool) {
	if v, ok := number(numberOrPath); ok {
		return v, true
	}
	return number(w.value(numberOrPath))
}

func (w *writer) open(name string, attributes []attribute) {
	w.WriteByte('<')
	w.WriteString(name)
	for _, a := range attributes {
		w.WriteByte(' ')
		w.WriteString(a.name)
		w.WriteString(`="`)
		w.escaped(a.value)
		w.WriteByte('"')
	}
	w.WriteByte('>')
}

func (w *writer) close(name string) {
	w.WriteString("</")
	w.WriteString(name)
	w.WriteByte('>')
}

// escaped writes text so that it stays text; characters that XML cannot hold
// become U+FFFD. Writing to a buffer never fails.
func (w *writer) escaped(text string) { _ = xml.EscapeText(&w.Buffer, []byte(text)) }

func lookUp(all []attribute, name string) string {
	for _, a := range all {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

func put(all []attribute, name, value string) []attribute {
	for i := range all {
		if all[i].name == name {
			all[i].value = value
			return all
		}
	}
	return append(all, attribute{name, value})
}
