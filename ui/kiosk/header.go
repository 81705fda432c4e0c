package kiosk

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

// air says whether we are on air, and for how long.
type air struct {
	part
	words   phrases
	onAir   bool
	elapsed time.Duration

	ground      *canvas.Rectangle
	dot         *canvas.Circle
	state, time *canvas.Text
}

func newAir() *air {
	a := &air{ground: canvas.NewRectangle(nil), dot: canvas.NewCircle(nil), state: newText(true), time: newText(true)}
	a.begin(a, a.arrange, a.ground, a.dot, a.state, a.time)
	return a
}

func (a *air) set(words phrases, onAir bool, elapsed time.Duration) {
	a.words, a.onAir, a.elapsed = words, onAir, elapsed
	a.again()
}

// clock writes a duration as a person reads it off a wall.
func clock(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

func (a *air) arrange(size fyne.Size) {
	u := size.Height / 68
	ground, words, text, elapsed := uint32(card), uint32(muted), a.words.offAir, ""
	if a.onAir {
		ground, words, text, elapsed = cinnabar, paper, a.words.onAir, clock(a.elapsed)
	}
	fill(a.ground, box{0, 0, size.Width, size.Height}, ground, 34*u)
	dot(a.dot, box{24 * u, 25 * u, 18 * u, 18 * u}, words, a.onAir)
	write(a.state, box{54 * u, 0, 108 * u, size.Height}, text, words, 28*u, fyne.TextAlignLeading)
	write(a.time, box{164 * u, 0, size.Width - 186*u, size.Height}, elapsed, words, 28*u, fyne.TextAlignTrailing)
}

// dot paints a round mark, full or as a ring: not only its colour says what is.
func dot(c *canvas.Circle, b box, hex uint32, full bool) {
	b.put(c)
	fillHex := rgba(hex, 0)
	if full {
		fillHex = rgb(hex)
	}
	if c.FillColor == fillHex && c.StrokeColor == rgb(hex) && c.StrokeWidth == b.w/6 {
		return
	}
	c.FillColor, c.StrokeColor, c.StrokeWidth = fillHex, rgb(hex), b.w/6
	c.Refresh()
}

// name is the workshop's name, and whether a recording runs.
type name struct {
	part
	words     phrases
	title     string
	recording ui.FileStatus

	dot         *canvas.Circle
	text, state *canvas.Text
}

func newName() *name {
	n := &name{dot: canvas.NewCircle(nil), text: newText(true), state: newText(false)}
	n.begin(n, n.arrange, n.dot, n.text, n.state)
	return n
}

func (n *name) set(words phrases, title string, recording ui.FileStatus) {
	n.words, n.title, n.recording = words, title, recording
	n.again()
}

func (n *name) arrange(size fyne.Size) {
	u := size.Height / 68
	row := box{0, 0, size.Width, size.Height}
	if n.recording.On {
		row.h = 38 * u
	}
	write(n.text, row, n.title, paper, 25*u, fyne.TextAlignLeading)
	hue := stateColour(n.recording.State)
	if n.recording.State == ui.Live {
		hue = cinnabar // the colour of every recorder's lamp
	}
	dot(n.dot, box{1 * u, 45 * u, 12 * u, 12 * u}, hue, n.recording.State == ui.Live)
	write(n.state, box{22 * u, 38 * u, size.Width - 22*u, 26 * u}, n.words.recording, muted, 18*u, fyne.TextAlignLeading)
	show(n.dot, n.recording.On)
	show(n.state, n.recording.On)
}

// health says how the box is doing: a word, and the first sentence of what is wrong.
type health struct {
	part
	words phrases
	state ui.Health

	dot      *canvas.Circle
	word     *canvas.Text
	sentence []*canvas.Text
}

func newHealth() *health {
	h := &health{dot: canvas.NewCircle(nil), word: newText(true), sentence: []*canvas.Text{newText(false), newText(false)}}
	h.begin(h, h.arrange, h.dot, h.word, h.sentence[0], h.sentence[1])
	return h
}

func (h *health) set(words phrases, state ui.Health) {
	h.words, h.state = words, state
	h.again()
}

func (h *health) arrange(size fyne.Size) {
	u := size.Height / 68
	word, hue := h.words.health(h.state.State)
	sentence := ""
	if len(h.state.Faults) > 0 && h.state.State != ui.Live {
		sentence = h.state.Faults[0]
	}
	wide := fyne.MeasureText(word, 24*u, h.word.TextStyle).Width
	at := float32(0)
	if sentence == "" { // a short word stands at the right, beside the language
		at = size.Width - wide - 52*u
	}
	dot(h.dot, box{at, 25 * u, 18 * u, 18 * u}, hue, h.state.State == ui.Live || h.state.State == ui.Failed)
	write(h.word, box{at + 28*u, 0, wide + 4*u, size.Height}, word, hue, 24*u, fyne.TextAlignLeading)
	from := wide + 48*u
	writeLines(h.sentence, box{from, 4 * u, size.Width - from, 60 * u}, sentence, paper, 19*u)
}
