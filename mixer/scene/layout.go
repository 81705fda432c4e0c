package scene

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"studio/media/picture"
	"studio/words"
)

// Names of the built-in layouts that are spoken of in code.
const (
	Full = "full" // one camera, the whole canvas
	PIP  = "pip"  // one camera whole, up to three insets at the right edge
)

// Title is a layout's name for people.
type Title struct{ Zh, En string }

// RGB is a colour, each value 0 to 255, sRGB.
type RGB struct{ R, G, B uint8 }

// Slot is a place for a camera in fractions of the canvas: X and Width of its
// width, Y and Height of its height. Border, which lies around the slot, and
// Radius, of the slot's corners, are fractions of the canvas's shorter side.
type Slot struct {
	X, Y, Width, Height float64
	Border, Radius      float64
	Colour              RGB // of the border
}

// edge is how far a slot's sum of fractions may lie beyond 1: thirds do not add up.
const edge = 1e-9

// Check says what is wrong with the slot: the field, its value and what is allowed;
// all empty when nothing is.
func (s Slot) Check() (field string, value float64, allowed string) {
	for _, c := range []struct {
		field             string
		value, from, upTo float64
		allowed           string
	}{
		{"x", s.X, 0, 1, "allowed: 0 to 1, a share of the canvas's width"},
		{"y", s.Y, 0, 1, "allowed: 0 to 1, a share of the canvas's height"},
		{"width", s.Width, 1.0 / 64, 1 - s.X, "allowed: 1/64 up to the canvas's right edge, x + width at most 1"},
		{"height", s.Height, 1.0 / 64, 1 - s.Y, "allowed: 1/64 up to the canvas's lower edge, y + height at most 1"},
		{"border", s.Border, 0, 1.0 / 20, "allowed: 0 to 1/20 of the canvas's shorter side"},
		{"radius", s.Radius, 0, 1.0 / 2, "allowed: 0 to 1/2 of the canvas's shorter side"},
	} {
		if !(c.value >= c.from && c.value <= c.upTo+edge) { // so that NaN is refused
			return c.field, c.value, c.allowed
		}
	}
	return "", 0, ""
}

// Layout is where cameras sit, by the canvas's shape: a canvas at least as wide as
// high takes Landscape, any other Portrait. A layout without slots for a shape does
// not suit it. Slot 0 is the main camera's and lies lowest.
type Layout struct {
	Name                string
	Title               Title
	Landscape, Portrait []Slot
}

// On returns the slots for a canvas's shape, none if the layout does not suit it.
func (l Layout) On(canvas picture.Size) []Slot {
	if canvas.Width >= canvas.Height {
		return l.Landscape
	}
	return l.Portrait
}

func (l Layout) check() error {
	if l.Name == "" {
		return fmt.Errorf("a layout has no name")
	}
	if len(l.Landscape)+len(l.Portrait) == 0 {
		return fmt.Errorf("layout %q: has no slot", l.Name)
	}
	for shape, slots := range map[string][]Slot{"landscape": l.Landscape, "portrait": l.Portrait} {
		for i, s := range slots {
			if field, value, allowed := s.Check(); field != "" {
				return fmt.Errorf("layout %q: %s slot %d: %s %v: %s", l.Name, shape, i+1, field, value, allowed)
			}
		}
	}
	return nil
}

// Library is all layouts that the box knows.
type Library struct{ layouts []Layout }

// NewLibrary returns a library of all layouts of the lists, in their order. A
// layout without a slot, one that leaves the canvas, and a second one of the same
// name are refused.
func NewLibrary(lists ...[]Layout) (*Library, error) {
	l := &Library{}
	for _, layout := range slices.Concat(lists...) {
		if err := layout.check(); err != nil {
			return nil, err
		}
		if slices.Contains(l.Names(), layout.Name) {
			return nil, fmt.Errorf("layout %q: there are two of that name", layout.Name)
		}
		l.layouts = append(l.layouts, layout)
	}
	return l, nil
}

// Names lists all layouts.
func (l *Library) Names() []string { return names(l.layouts) }

// Fit lists the layouts that suit a canvas.
func (l *Library) Fit(canvas picture.Size) []string {
	var fitting []Layout
	for _, layout := range l.layouts {
		if len(layout.On(canvas)) > 0 {
			fitting = append(fitting, layout)
		}
	}
	return names(fitting)
}

func names(layouts []Layout) []string {
	list := make([]string, len(layouts))
	for i, layout := range layouts {
		list[i] = layout.Name
	}
	return list
}

// Get returns the layout of that name.
func (l *Library) Get(name string) (Layout, error) {
	for _, layout := range l.layouts {
		if layout.Name == name {
			return layout, nil
		}
	}
	return Layout{}, words.Errorf("layout %q: there is none of that name; allowed: %s", "没有名为“%s”的布局；可以用：%s", name, strings.Join(l.Names(), ", "))
}

// Place is a slot in pixels. The rectangle has an even corner and an even size and
// lies on the canvas; Border, which lies around it, is even.
type Place struct {
	Rect           picture.Rect
	Border, Radius int
	Colour         RGB
}

// Place returns the slots of the layout of that name on a canvas of an even size.
func (l *Library) Place(name string, canvas picture.Size) ([]Place, error) {
	layout, err := l.Get(name)
	if err != nil {
		return nil, err
	}
	slots := layout.On(canvas)
	if len(slots) == 0 {
		return nil, words.Errorf("layout %q: does not suit a canvas of %d×%d; allowed: %s", "布局“%s”不适合 %d×%d 的画布；可以用：%s",
			name, canvas.Width, canvas.Height, strings.Join(l.Fit(canvas), ", "))
	}
	places := make([]Place, len(slots))
	for i, s := range slots {
		places[i] = s.on(canvas)
	}
	return places, nil
}

// on takes each edge to the nearest even pixel, so that slots that meet in
// fractions meet in pixels.
func (s Slot) on(canvas picture.Size) Place {
	x, width := span(s.X, s.Width, canvas.Width)
	y, height := span(s.Y, s.Height, canvas.Height)
	short := float64(min(canvas.Width, canvas.Height))
	p := Place{Rect: picture.Rect{X: x, Y: y, Width: width, Height: height}, Colour: s.Colour}
	if s.Border > 0 {
		p.Border = max(2, nearestEven(s.Border*short))
	}
	p.Radius = min(int(math.Round(s.Radius*short)), min(width, height)/2)
	return p
}

func span(from, length float64, whole int) (start, size int) {
	start = min(nearestEven(from*float64(whole)), whole-2)
	end := min(nearestEven((from+length)*float64(whole)), whole)
	return start, max(2, end-start)
}

func nearestEven(f float64) int { return 2 * int(math.Round(f/2)) }
