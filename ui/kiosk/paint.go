package kiosk

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// part is a piece of the screen that lays out its own shapes. The parts report no
// size of their own wish: the window decides, and texts fit themselves into it.
type part struct {
	widget.BaseWidget
	shapes []fyne.CanvasObject
	lay    func(size fyne.Size) // places and paints the shapes for the present state
}

// begin makes the part usable; self is the widget that embeds it.
func (p *part) begin(self fyne.Widget, lay func(fyne.Size), shapes ...fyne.CanvasObject) {
	p.lay, p.shapes = lay, shapes
	p.ExtendBaseWidget(self)
}

// again lays the part out once more, after its state changed.
func (p *part) again() { p.lay(p.Size()) }

// CreateRenderer is for Fyne.
func (p *part) CreateRenderer() fyne.WidgetRenderer { return renderer{p} }

// MinSize is for Fyne.
func (p *part) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

type renderer struct{ *part }

func (r renderer) Layout(size fyne.Size)        { r.lay(size) }
func (r renderer) Refresh()                     { r.again() }
func (r renderer) Objects() []fyne.CanvasObject { return r.shapes }
func (r renderer) Destroy()                     {}

// box is a rectangle within a part.
type box struct{ x, y, w, h float32 }

func (b box) inset(by float32) box { return box{b.x + by, b.y + by, b.w - 2*by, b.h - 2*by} }

func (b box) put(o fyne.CanvasObject) {
	o.Move(fyne.NewPos(b.x, b.y))
	o.Resize(fyne.NewSize(max(b.w, 0), max(b.h, 0)))
}

// fill paints a rectangle. It asks for a repaint only when something changed.
func fill(r *canvas.Rectangle, b box, hex uint32, radius float32) {
	edge(r, b, hex, radius, hex, 0)
}

func edge(r *canvas.Rectangle, b box, hex uint32, radius float32, stroke uint32, width float32) {
	b.put(r)
	if r.FillColor == rgb(hex) && r.CornerRadius == radius && r.StrokeColor == rgb(stroke) && r.StrokeWidth == width {
		return
	}
	r.FillColor, r.CornerRadius, r.StrokeColor, r.StrokeWidth = rgb(hex), radius, rgb(stroke), width
	r.Refresh()
}

// show says whether a shape is to be seen.
func show(o fyne.CanvasObject, yes bool) {
	if yes == o.Visible() {
		return
	}
	if yes {
		o.Show()
	} else {
		o.Hide()
	}
}

func newText(bold bool) *canvas.Text {
	t := canvas.NewText("", rgb(paper))
	t.TextStyle.Bold = bold
	return t
}

// write sets a line of text into a box, centred upright, at this size or as much
// smaller as it takes, down to two thirds; what does not fit even so ends in dots.
// It asks for a repaint only when something changed.
func write(t *canvas.Text, b box, words string, hex uint32, size float32, align fyne.TextAlign) {
	words = strings.Join(strings.Fields(words), " ")
	wide := fyne.MeasureText(words, size, t.TextStyle).Width
	for least := size * 2 / 3; wide > b.w && size > least; { // letters do not shrink quite evenly
		size = max(size*b.w/wide*0.99, least)
		wide = fyne.MeasureText(words, size, t.TextStyle).Width
	}
	words = shorten(words, b.w, size, t.TextStyle)
	high := fyne.MeasureText("国g", size, t.TextStyle).Height
	changed := t.Text != words || t.Color != rgb(hex) || t.TextSize != size || t.Alignment != align
	t.Text, t.Color, t.TextSize, t.Alignment = words, rgb(hex), size, align
	box{b.x, b.y + (b.h-high)/2, b.w, high}.put(t)
	if changed {
		t.Refresh()
	}
}

// shorten cuts words until they fit a width, and says so with dots.
func shorten(words string, width, size float32, style fyne.TextStyle) string {
	if fyne.MeasureText(words, size, style).Width <= width+0.5 {
		return words
	}
	runes := []rune(words)
	low, high := 0, len(runes)
	for low < high { // the longest beginning that fits
		middle := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:middle])+"…", size, style).Width <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return strings.TrimSpace(string(runes[:low])) + "…"
}

// writeLines breaks words into the lines of a box; what is too much ends in dots.
func writeLines(lines []*canvas.Text, b box, words string, hex uint32, size float32) {
	high := b.h / float32(len(lines))
	rest := strings.Join(strings.Fields(words), " ")
	for i, t := range lines {
		now := rest
		if i < len(lines)-1 {
			now, rest = breakLine(rest, b.w, size, t.TextStyle)
		}
		now = shorten(now, b.w, size, t.TextStyle)
		write(t, box{b.x, b.y + float32(i)*high, b.w, high}, now, hex, size, fyne.TextAlignLeading)
	}
}

// writeMiddle is writeLines for words that stand alone: a single line is centred
// upright.
func writeMiddle(lines []*canvas.Text, b box, words string, hex uint32, size float32) {
	if fyne.MeasureText(words, size, lines[0].TextStyle).Width <= b.w {
		b.y += b.h * float32(len(lines)-1) / float32(2*len(lines))
	}
	writeLines(lines, b, words, hex, size)
}

// breakLine takes as much of the words as fits a width. It breaks Latin between
// words and Chinese between any two characters, except before a closing mark.
func breakLine(words string, width, size float32, style fyne.TextStyle) (first, rest string) {
	runes := []rune(words)
	fits := 0
	for i := 1; i <= len(runes); i++ {
		if fyne.MeasureText(string(runes[:i]), size, style).Width > width {
			break
		}
		if mayBreak(runes, i) {
			fits = i
		}
	}
	if fits == 0 {
		fits = len(runes) // one endless word: the line ends in dots
	}
	return strings.TrimSpace(string(runes[:fits])), strings.TrimSpace(string(runes[fits:]))
}

func mayBreak(runes []rune, at int) bool {
	if at == len(runes) || runes[at] == ' ' || runes[at-1] == ' ' {
		return true
	}
	if strings.ContainsRune("，。、；：？！）》」』”’…%℃", runes[at]) || strings.ContainsRune("（《「『“‘", runes[at-1]) {
		return false
	}
	return unicode.Is(unicode.Han, runes[at]) || unicode.Is(unicode.Han, runes[at-1]) || runes[at-1] > 0x2e80
}
