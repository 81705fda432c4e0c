package kiosk

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

// reason says, under the programme, why this shot is on air while the director
// chooses, or for how long a person's own choice is held.
type reason struct {
	part
	words    phrases
	director ui.Director

	text *canvas.Text
}

func newReason() *reason {
	r := &reason{text: newText(false)}
	r.begin(r, r.arrange, r.text)
	return r
}

func (r *reason) set(words phrases, d ui.Director) {
	r.words, r.director = words, d
	r.again()
}

func (r *reason) arrange(size fyne.Size) {
	words, hue := "", uint32(muted)
	switch why := r.words.of(r.director.Reason); {
	case !r.director.On:
	case r.director.HoldMS > 0:
		words, hue = fmt.Sprintf(r.words.held, (r.director.HoldMS+999)/1000), celadon
	case why != "":
		words = r.words.chosenByIt + why
	}
	write(r.text, box{6, 0, size.Width - 12, size.Height}, words, hue, size.Height*0.62, fyne.TextAlignLeading)
}

// toggle is the button that lets the director choose: a switch, and what it is on.
type toggle struct {
	button
	on bool

	track *canvas.Rectangle
	knob  *canvas.Circle
}

func newToggle(touched func()) *toggle {
	t := &toggle{track: canvas.NewRectangle(nil), knob: canvas.NewCircle(nil)}
	t.start(t, 206, 20, touched, t.track, t.knob)
	t.lay = t.arrange
	return t
}

func (t *toggle) set(words phrases, on, enabled bool) {
	t.on = on
	if on {
		t.button.set(words.director, words.on, strong, enabled)
	} else {
		t.button.set(words.director, words.off, plain, enabled)
	}
}

func (t *toggle) arrange(size fyne.Size) {
	t.button.arrange(size)
	u, middle := size.Height/206, size.Width/2
	track, x, hue := uint32(line), middle-29*u, uint32(muted)
	if t.on {
		track, x, hue = celadon, middle+3*u, ink
	}
	fill(t.track, box{middle - 32*u, 50 * u, 64 * u, 32 * u}, track, 16*u)
	dot(t.knob, box{x, 53 * u, 26 * u, 26 * u}, hue, true)
	write(t.title, box{4 * u, 104 * u, size.Width - 8*u, 30 * u}, t.words, paper, t.text*u, fyne.TextAlignCenter)
	write(t.second, box{4 * u, 136 * u, size.Width - 8*u, 28 * u}, t.hint, hintColour(t.on), 18*u, fyne.TextAlignCenter)
}

func hintColour(on bool) uint32 {
	if on {
		return paper
	}
	return muted
}

// view is the button that shows the other canvas: small frames of both shapes, the
// one that is seen filled.
type view struct {
	button
	upright bool // is seen

	lying, standing *canvas.Rectangle
}

func newView(touched func()) *view {
	v := &view{lying: canvas.NewRectangle(nil), standing: canvas.NewRectangle(nil)}
	v.start(v, 206, 21, touched, v.lying, v.standing)
	v.lay = v.arrange
	return v
}

func (v *view) set(words phrases, upright, enabled bool) {
	v.upright = upright
	title := words.lying
	if upright {
		title = words.upright
	}
	v.button.set(title, "", plain, enabled)
}

func (v *view) arrange(size fyne.Size) {
	v.button.arrange(size)
	u, middle := size.Height/206, size.Width/2
	write(v.title, box{6 * u, 142 * u, size.Width - 12*u, 30 * u}, v.words, paper, v.text*u, fyne.TextAlignCenter)
	shape := func(r *canvas.Rectangle, b box, seen bool) {
		ground, rim := uint32(raised), uint32(muted)
		if seen {
			ground, rim = celadon, celadon
		}
		edge(r, b, ground, 4*u, rim, 2*u)
	}
	shape(v.lying, box{middle - 28*u, 36 * u, 56 * u, 32 * u}, !v.upright)
	shape(v.standing, box{middle - 16*u, 78 * u, 32 * u, 56 * u}, v.upright)
}
