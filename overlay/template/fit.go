package template

import (
	"fmt"
	"strconv"
	"strings"

	"studio/overlay/svg"
)

// lineHeight is the distance of baselines as a part of the font's size: what
// Chinese lines need to stand apart.
const lineHeight = 1.3

// font is what text is set in where an element stands.
type font struct {
	family  string
	size    float64 // px; 0: given in a unit that cannot be measured here
	weight  int
	italic  bool
	spacing float64 // px
}

// fit is a box that text keeps within.
type fit struct {
	width, height float64 // height 0: one line
	font          font
}

// with returns the font that holds within e: its attributes, then its style,
// which comes before attributes in CSS.
func (f font) with(e *element) font {
	for _, a := range e.attributes {
		f.set(a.name, a.value)
	}
	for _, declaration := range strings.Split(e.get("style"), ";") {
		name, value, _ := strings.Cut(declaration, ":")
		f.set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return f
}

func (f *font) set(property, value string) {
	switch property {
	case "font-family":
		f.family = strings.NewReplacer(`"`, "", `'`, "").Replace(value)
	case "font-size":
		f.size = 0
		if size, err := strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64); err == nil {
			f.size = size
		}
	case "font-weight":
		switch weight, err := strconv.Atoi(value); {
		case err == nil:
			f.weight = weight
		case value == "bold":
			f.weight = 700
		case value == "normal":
			f.weight = 400
		}
	case "font-style":
		f.italic = value == "italic"
	case "letter-spacing":
		f.spacing = 0
		if spacing, err := strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64); err == nil {
			f.spacing = spacing
		}
	}
}

// at returns the font in another size, spaced in proportion.
func (f font) at(size float64) svg.Font {
	spacing := 0.0
	if f.size > 0 {
		spacing = f.spacing * size / f.size
	}
	return svg.Font{Family: f.family, Size: size, Weight: f.weight, Italic: f.italic, LetterSpacing: spacing}
}

func newFit(text string, f font) (*fit, error) {
	if f.size <= 0 || f.family == "" {
		return nil, complaint("needs font-family and font-size in px, in attributes or style, here or further out")
	}
	box := &fit{font: f}
	sides := strings.Fields(text)
	if len(sides) != 1 && len(sides) != 2 {
		return nil, complaint(`wants "W" or "W H" in user units`)
	}
	for i, side := range []*float64{&box.width, &box.height}[:len(sides)] {
		v, ok := number(sides[i])
		if !ok || v <= 0 {
			return nil, complaint(`wants "W" or "W H" in user units`)
		}
		*side = v
	}
	return box, nil
}

// lines sets text into the box: as large as the design says if that fits, in
// more lines where there is room, else smaller, whatever the text. Several lines
// are broken so that they come out about equally long.
func (b *fit) lines(text string) (lines []string, size float64) {
	const smallest, step = 0.25, 0.97
	text = strings.TrimSpace(text)
	for size = b.font.size; size > smallest*b.font.size; size *= step {
		if b.height == 0 {
			if svg.Measure(text, b.font.at(size)).Width <= b.width {
				return []string{text}, size
			}
			continue
		}
		lines = svg.Wrap(text, b.font.at(size), b.width)
		if b.holds(lines, size) {
			return b.balance(text, lines, size), size
		}
	}
	// Nothing that anybody could read will fit: one line, whatever that takes.
	text = strings.Join(strings.Fields(text), " ")
	size = smallest * b.font.size
	if width := svg.Measure(text, b.font.at(size)).Width; width > b.width {
		size *= b.width / width * 0.999
	}
	return []string{text}, size
}

func (b *fit) holds(lines []string, size float64) bool {
	if len(lines) > 1 && float64(len(lines))*lineHeight*size > b.height {
		return false
	}
	for _, line := range lines {
		if svg.Measure(line, b.font.at(size)).Width > b.width {
			return false
		}
	}
	return true
}

// balance narrows the box as long as the text stays in as many lines.
func (b *fit) balance(text string, lines []string, size float64) []string {
	if len(lines) < 2 {
		return lines
	}
	for width := b.width * 0.95; width > b.width/2; width *= 0.95 {
		narrower := svg.Wrap(text, b.font.at(size), width)
		if len(narrower) != len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}

// firstLine is how far below the designed baseline the first of several lines
// stands: the middle of them all is where the middle of the one line was.
func (b *fit) firstLine(lines int, size float64) float64 {
	const middle = 0.36 // of a line above its baseline, as a part of the size
	return middle*(size-b.font.size) - float64(lines-1)*lineHeight*size/2
}

// style is the size as a style that goes over the element's own.
func (b *fit) style(size float64) string {
	style := fmt.Sprintf("font-size:%.2fpx", size)
	if spacing := b.font.at(size).LetterSpacing; spacing != 0 {
		style += fmt.Sprintf(";letter-spacing:%.2fpx", spacing)
	}
	return style
}
