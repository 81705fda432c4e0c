package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

const maxFigures = 6

// figures shows the instruments' readings, large.
type figures struct {
	part
	words    phrases
	readings []ui.Reading

	cards [maxFigures]figure
	none  *canvas.Text
}

// figure is one reading's shapes.
type figure struct {
	ground                    *canvas.Rectangle
	title, value, unit, state *canvas.Text
}

func newFigures() *figures {
	f := &figures{none: newText(false)}
	shapes := []fyne.CanvasObject{}
	for i := range f.cards {
		c := figure{canvas.NewRectangle(nil), newText(false), newText(true), newText(false), newText(false)}
		f.cards[i] = c
		shapes = append(shapes, c.ground, c.title, c.value, c.unit, c.state)
	}
	f.begin(f, f.arrange, append(shapes, f.none)...)
	return f
}

func (f *figures) set(words phrases, readings []ui.Reading) {
	f.words, f.readings = words, readings[:min(len(readings), maxFigures)]
	f.again()
}

func (f *figures) arrange(size fyne.Size) {
	u := size.Height / 238
	n := len(f.readings)
	columns, rows := 1, max(n, 1)
	if n > 2 {
		columns, rows = 2, (n+1)/2
	}
	gap := 12 * u
	wide := (size.Width - gap*float32(columns-1)) / float32(columns)
	high := (size.Height - gap*float32(rows-1)) / float32(rows)
	for i, c := range f.cards {
		b := box{float32(i%columns) * (wide + gap), float32(i/columns) * (high + gap), wide, high}
		if i == n-1 && i%columns == 0 {
			b.w = size.Width // the last one alone in its row
		}
		if i < n {
			c.set(b, u, f.words, f.readings[i])
		}
		for _, o := range []fyne.CanvasObject{c.ground, c.title, c.value, c.unit, c.state} {
			show(o, i < n)
		}
	}
	show(f.none, n == 0)
	write(f.none, box{0, 0, size.Width, size.Height}, f.words.noInstruments, muted, 20*u, fyne.TextAlignCenter)
}

// set shows one reading. A number appears only if its quality allows it; otherwise
// the quality stands in its place, in words.
func (c figure) set(b box, u float32, words phrases, r ui.Reading) {
	fill(c.ground, b, card, 16*u)
	left, wide := b.x+16*u, b.w-32*u
	titleHigh := min(28*u, b.h*0.34)
	write(c.title, box{left, b.y + 8*u, wide, titleHigh}, words.of(r.Title), muted, min(18*u, titleHigh*0.7), fyne.TextAlignLeading)
	row := box{left, b.y + 8*u + titleHigh, wide, b.h - titleHigh - 16*u}

	value, unit, state, size := r.Value, r.Unit, words.quality(r), min(54*u, row.h*0.8)
	if r.Quality != "ok" && r.Quality != "unstable" || r.Value == "" {
		value, unit = "", ""
	}
	if value == "" {
		write(c.state, row, state, amber, min(34*u, row.h*0.6), fyne.TextAlignLeading)
		write(c.value, box{}, "", paper, size, fyne.TextAlignLeading)
		write(c.unit, box{}, "", muted, size, fyne.TextAlignLeading)
		return
	}
	// A number that does not fit becomes smaller and is never cut: half of it would be
	// another number.
	unitSize := min(24*u, size*0.5)
	unitWide := fyne.MeasureText(unit, unitSize, c.unit.TextStyle).Width
	valueWide := fyne.MeasureText(value, size, c.value.TextStyle).Width
	for room := row.w + 8*u - unitWide - 6*u; valueWide > room && size > 1; {
		size *= min(room/valueWide, 0.99)
		valueWide = fyne.MeasureText(value, size, c.value.TextStyle).Width
	}
	write(c.value, box{row.x, row.y, valueWide + 1, row.h}, value, paper, size, fyne.TextAlignLeading)
	write(c.unit, box{row.x + valueWide + 6*u, row.y + size*0.18, unitWide + 1, row.h}, unit, muted, unitSize, fyne.TextAlignLeading)
	right := row.x + valueWide + unitWide + 18*u
	if right+50*u > b.x+b.w { // beside a long number there is room only in the title's line
		write(c.state, box{b.x + b.w/2, b.y + 8*u, b.w/2 - 16*u, titleHigh}, state, amber, min(18*u, titleHigh*0.7), fyne.TextAlignTrailing)
		return
	}
	write(c.state, box{right, row.y, b.x + b.w - 12*u - right, row.h}, state, amber, 18*u, fyne.TextAlignTrailing)
}
