package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// button is a touch button: it shows the finger on it and acts when it lifts.
type button struct {
	part
	touched func()

	words   string
	strong  bool // the one of several that is meant to be touched
	enabled bool
	pressed bool

	ground *canvas.Rectangle
	title  *canvas.Text
}

func newButton(strong bool, touched func()) *button {
	b := &button{strong: strong, touched: touched, ground: canvas.NewRectangle(nil), title: newText(strong)}
	b.begin(b, b.arrange, b.ground, b.title)
	return b
}

func (b *button) set(words string, enabled bool) {
	b.words, b.enabled = words, enabled
	b.pressed = b.pressed && enabled
	b.again()
}

// Tapped is a touch.
func (b *button) Tapped(*fyne.PointEvent) {
	if b.enabled {
		b.touched()
	}
}

// MouseDown is a finger that arrives.
func (b *button) MouseDown(*desktop.MouseEvent) { b.press(b.enabled) }

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

func (b *button) arrange(size fyne.Size) {
	whole := box{0, 0, size.Width, size.Height}
	u := size.Height / 88
	ground, rim, words := uint32(raised), uint32(line), uint32(paper)
	switch {
	case !b.enabled:
		ground, words = card, 0x5d6d6a
	case b.strong && b.pressed:
		ground, rim = 0x47836f, celadon
	case b.strong:
		ground, rim = pine, celadon
	case b.pressed:
		ground, rim = line, celadon
	}
	edge(b.ground, whole, ground, 16*u, rim, 2*u)
	text := 22 * u
	if b.strong {
		text = 32 * u
	}
	write(b.title, whole.inset(8*u), b.words, words, text, fyne.TextAlignCenter)
}
