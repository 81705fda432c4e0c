package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// tone is what a button means to the eye.
type tone int

const (
	plain  tone = iota
	strong      // the one of several that is meant to be touched, or a switch that is on
	alarm       // a switch that is on and must not be forgotten
)

// button is a touch button: it shows the finger on it and acts when it lifts.
type button struct {
	part
	high, text float32 // of the whole and of its words, in units
	touched    func()

	words, hint string
	tone        tone
	enabled     bool
	pressed     bool
	waiting     bool // for the engine's answer: no further touch until then

	ground        *canvas.Rectangle
	title, second *canvas.Text
}

func newButton(high, text float32, touched func()) *button {
	b := &button{}
	b.start(b, high, text, touched)
	return b
}

// start makes a button of what may be embedded in self, with further shapes above.
func (b *button) start(self fyne.Widget, high, text float32, touched func(), shapes ...fyne.CanvasObject) {
	b.high, b.text, b.touched = high, text, touched
	b.ground, b.title, b.second = canvas.NewRectangle(nil), newText(true), newText(false)
	b.begin(self, b.arrange, append([]fyne.CanvasObject{b.ground, b.title, b.second}, shapes...)...)
}

func (b *button) set(words, hint string, tone tone, enabled bool) {
	b.words, b.hint, b.tone, b.enabled = words, hint, tone, enabled
	b.pressed = b.pressed && enabled
	b.again()
}

// Tapped is a touch.
func (b *button) Tapped(*fyne.PointEvent) {
	if b.enabled && !b.waiting {
		b.touched()
	}
}

// MouseDown is a finger that arrives.
func (b *button) MouseDown(*desktop.MouseEvent) { b.press(b.enabled && !b.waiting) }

// MouseUp is a finger that lifts.
func (b *button) MouseUp(*desktop.MouseEvent) { b.press(false) }

// MouseIn is for Fyne.
func (b *button) MouseIn(*desktop.MouseEvent) {}

// MouseMoved is for Fyne.
func (b *button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is a finger that slides off.
func (b *button) MouseOut() { b.press(false) }

func (b *button) press(yes bool) {
	b.pressed = yes
	b.again()
}

// wait says whether a touch still waits for its answer.
func (b *button) wait(yes bool) {
	b.waiting = yes
	b.again()
}

func (b *button) arrange(size fyne.Size) {
	whole := box{0, 0, size.Width, size.Height}
	u := size.Height / b.high
	ground, rim, words, hint := uint32(raised), uint32(line), uint32(paper), uint32(muted)
	pressed := b.pressed || b.waiting
	switch {
	case !b.enabled:
		ground, words = card, 0x5d6d6a
	case b.tone == alarm && pressed:
		ground, rim, hint = 0xa8382b, paper, paper
	case b.tone == alarm:
		ground, rim, hint = cinnabar, paper, paper
	case b.tone == strong && pressed:
		ground, rim, hint = 0x47836f, celadon, paper
	case b.tone == strong:
		ground, rim, hint = pine, celadon, paper
	case pressed:
		ground, rim = line, celadon
	}
	edge(b.ground, whole, ground, 16*u, rim, 2*u)
	row := whole.inset(8 * u)
	show(b.second, b.hint != "")
	if b.hint != "" {
		middle := size.Height / 2
		row = box{row.x, middle - 0.95*b.text*u, row.w, 1.2 * b.text * u}
		write(b.second, box{row.x, middle + 0.35*b.text*u, row.w, 0.9 * b.text * u}, b.hint, hint, 0.6*b.text*u, fyne.TextAlignCenter)
	}
	write(b.title, row, b.words, words, b.text*u, fyne.TextAlignCenter)
}
