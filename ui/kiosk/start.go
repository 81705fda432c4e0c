package kiosk

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

const (
	holdTime = 1500 * time.Millisecond // to end a broadcast; a sleeve does not press that long
	patience = 8 * time.Second         // for the engine to show that a command took effect
)

// startButton is the one big button. A touch starts the broadcast when the finger
// lifts; ending it takes a finger that stays for holdTime. What a press means is
// settled when it begins: a finger that stays on the button while the broadcast
// ends does not start the next one.
type startButton struct {
	part
	now  func() time.Time
	want func(on bool) // asks the engine; must not block

	words   phrases
	enabled bool
	onAir   bool

	pressed time.Time // zero: no finger
	waiting bool      // asked, not yet seen in the status
	asked   time.Time

	ground, bar *canvas.Rectangle
	title, hint *canvas.Text
}

func newStartButton(now func() time.Time, want func(on bool)) *startButton {
	b := &startButton{now: now, want: want,
		ground: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil),
		title: newText(true), hint: newText(false)}
	b.begin(b, b.arrange, b.ground, b.bar, b.title, b.hint)
	return b
}

// set tells the button what is.
func (b *startButton) set(words phrases, onAir, enabled bool) {
	if onAir != b.onAir {
		b.pressed, b.waiting = time.Time{}, false
	}
	if !enabled {
		b.pressed, b.waiting = time.Time{}, false
	}
	b.words, b.onAir, b.enabled = words, onAir, enabled
	b.again()
}

// MouseDown is a finger that arrives.
func (b *startButton) MouseDown(*desktop.MouseEvent) {
	if b.enabled && !b.waiting {
		b.pressed = b.now()
		b.again()
	}
}

// MouseUp is a finger that lifts.
func (b *startButton) MouseUp(*desktop.MouseEvent) {
	b.tick()
	if !b.pressed.IsZero() && !b.onAir {
		b.ask(true)
	}
	b.pressed = time.Time{}
	b.again()
}

// MouseOut is a finger that slides off: it meant something else.
func (b *startButton) MouseOut() {
	b.pressed = time.Time{}
	b.again()
}

// MouseIn is for Fyne.
func (b *startButton) MouseIn(*desktop.MouseEvent) {}

// MouseMoved is for Fyne.
func (b *startButton) MouseMoved(*desktop.MouseEvent) {}

// tick lets the time pass: the bar fills, a full one ends the broadcast.
func (b *startButton) tick() {
	if b.held() >= 1 {
		b.ask(false)
	}
	if b.waiting && b.now().Sub(b.asked) > patience {
		b.waiting = false
	}
	b.again()
}

// held is how much of holdTime a finger has stayed, from 0 to 1.
func (b *startButton) held() float32 {
	if b.pressed.IsZero() || !b.onAir {
		return 0
	}
	return min(float32(b.now().Sub(b.pressed))/float32(holdTime), 1)
}

func (b *startButton) ask(on bool) {
	b.pressed = time.Time{}
	b.waiting, b.asked = true, b.now()
	b.want(on)
}

// refused says that the engine did not do what was asked.
func (b *startButton) refused() {
	b.waiting = false
	b.again()
}

func (b *startButton) arrange(size fyne.Size) {
	u := size.Height / 144
	whole := box{0, 0, size.Width, size.Height}
	title, hint := b.words.start, b.words.touchToStart
	ground, rim, words := uint32(celadon), uint32(celadon), uint32(ink)
	switch {
	case b.onAir:
		title, hint, ground, rim, words = b.words.end, b.words.holdToEnd, wine, cinnabar, paper
	case !b.enabled:
		ground, rim, words, hint = raised, line, muted, ""
	case !b.pressed.IsZero():
		ground = 0xb9dfcb
	}
	if b.waiting {
		hint = ""
		if title = b.words.starting; b.onAir {
			title = b.words.ending
		} else {
			ground, rim, words = pine, celadon, paper
		}
	}
	edge(b.ground, whole, ground, 22*u, rim, 3*u)
	full := whole.inset(3 * u)
	held := b.held()
	show(b.bar, held > 0)
	fill(b.bar, box{full.x, full.y, max(full.w*held, 38*u), full.h}, cinnabar, 19*u)
	inner := whole.inset(16 * u)
	if hint == "" {
		write(b.title, inner, title, words, 46*u, fyne.TextAlignCenter)
	} else {
		write(b.title, box{inner.x, 20 * u, inner.w, 66 * u}, title, words, 48*u, fyne.TextAlignCenter)
	}
	write(b.hint, box{inner.x, 90 * u, inner.w, 32 * u}, hint, words, 21*u, fyne.TextAlignCenter)
}
