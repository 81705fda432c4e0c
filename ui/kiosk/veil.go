package kiosk

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// veil lies over everything while the engine is not there, and takes every touch.
type veil struct {
	part
	words         phrases
	before        bool // there was a connection before
	shade, ground *canvas.Rectangle
	title, hint   *canvas.Text
}

func newVeil() *veil {
	v := &veil{shade: canvas.NewRectangle(rgba(ink, 200)), ground: canvas.NewRectangle(nil), title: newText(true), hint: newText(false)}
	v.begin(v, v.arrange, v.shade, v.ground, v.title, v.hint)
	return v
}

func (v *veil) set(words phrases, before bool) {
	v.words, v.before = words, before
	v.again()
}

// Tapped takes a touch and does nothing.
func (v *veil) Tapped(*fyne.PointEvent) {}

// MouseDown takes a touch and does nothing.
func (v *veil) MouseDown(*desktop.MouseEvent) {}

// MouseUp takes a touch and does nothing.
func (v *veil) MouseUp(*desktop.MouseEvent) {}

func (v *veil) arrange(size fyne.Size) {
	u := size.Height / unitsHigh
	box{0, 0, size.Width, size.Height}.put(v.shade)
	b := box{size.Width/2 - 280*u, size.Height/2 - 90*u, 560 * u, 180 * u}
	edge(v.ground, b, card, 26*u, line, 2*u)
	title := v.words.coming
	if v.before {
		title = v.words.reconnecting
	}
	write(v.title, box{b.x + 24*u, b.y + 30*u, b.w - 48*u, 64 * u}, title, paper, 40*u, fyne.TextAlignCenter)
	write(v.hint, box{b.x + 24*u, b.y + 102*u, b.w - 48*u, 40 * u}, v.words.byItself, muted, 23*u, fyne.TextAlignCenter)
}

// notice is a sentence for some seconds: why the engine refused, or that a moment is
// kept.
type notice struct {
	part
	words  string
	hue    uint32
	until  time.Time
	ground *canvas.Rectangle
	text   []*canvas.Text
}

func newNotice() *notice {
	n := &notice{ground: canvas.NewRectangle(nil), text: []*canvas.Text{newText(false), newText(false)}}
	n.begin(n, n.arrange, n.ground, n.text[0], n.text[1])
	n.Hide()
	return n
}

func (n *notice) say(words string, hue uint32, until time.Time) {
	n.words, n.hue, n.until = words, hue, until
	n.again()
	n.Show()
}

func (n *notice) arrange(size fyne.Size) {
	u := size.Height / 80
	edge(n.ground, box{0, 0, size.Width, size.Height}, raised, 18*u, n.hue, 2*u)
	writeMiddle(n.text, box{22 * u, 10 * u, size.Width - 44*u, 60 * u}, n.words, paper, 21*u)
}
