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

// fewHours is below how many hours the room on the disk is shown.
const fewHours = 10

// room says how long the disk lasts, if that is not long.
func (n *name) room() string {
	hours := n.recording.HoursLeft
	switch {
	case hours <= 0 || hours >= fewHours:
		return ""
	case hours < 1:
		return fmt.Sprintf(n.words.diskMinutes, int(hours*60))
	}
	return fmt.Sprintf(n.words.diskHours, int(hours))
}

// tracks says what sound is recorded, if it is more than the mix.
func (n *name) tracks() string {
	switch count := n.recording.Microphones; count {
	case 0:
		return ""
	case 1:
		return n.words.mixAndOne
	default:
		return fmt.Sprintf(n.words.mixAnd, count)
	}
}

func (n *name) arrange(size fyne.Size) {
	u := size.Height / 68
	row := box{0, 0, size.Width, size.Height}
	state, left, hue := n.room(), float32(0), uint32(amber)
	if n.recording.On {
		left, hue = 22*u, muted
		if state == "" {
			state = n.tracks()
		}
		if state != "" {
			state = " · " + state
		}
		state = n.words.recording + state
	}
	if state != "" {
		row.h = 38 * u
	}
	write(n.text, row, n.title, paper, 25*u, fyne.TextAlignLeading)
	lamp := stateColour(n.recording.State)
	if n.recording.State == ui.Live {
		lamp = cinnabar // the colour of every recorder's lamp
	}
	dot(n.dot, box{1 * u, 45 * u, 12 * u, 12 * u}, lamp, n.recording.State == ui.Live)
	write(n.state, box{left, 38 * u, size.Width - left, 26 * u}, state, hue, 18*u, fyne.TextAlignLeading)
	show(n.dot, n.recording.On)
	show(n.state, state != "")
}
