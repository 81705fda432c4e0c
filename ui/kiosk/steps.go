package kiosk

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

// steps shows where we are in the procedure. Its two buttons are parts of their own
// and lie on it.
type steps struct {
	part
	words     phrases
	procedure ui.Procedure

	ground             *canvas.Rectangle
	count, title, then *canvas.Text
	caption            []*canvas.Text
}

func newSteps() *steps {
	s := &steps{ground: canvas.NewRectangle(nil), count: newText(false), title: newText(true), then: newText(false),
		caption: []*canvas.Text{newText(false), newText(false)}}
	s.begin(s, s.arrange, s.ground, s.count, s.title, s.caption[0], s.caption[1], s.then)
	return s
}

func (s *steps) set(words phrases, p ui.Procedure) {
	s.words, s.procedure = words, p
	s.again()
}

// step returns the present step's index and whether there is one before and one
// after it.
func step(p ui.Procedure) (at int, before, after bool) {
	if p.Present < 0 || p.Present >= len(p.Steps) {
		return -1, false, false
	}
	return p.Present, p.Present > 0, p.Present < len(p.Steps)-1
}

func (s *steps) arrange(size fyne.Size) {
	u := size.Height / 282
	fill(s.ground, box{0, 0, size.Width, size.Height}, card, 18*u)
	left, wide := 18*u, size.Width-36*u
	at, _, after := step(s.procedure)
	count, title, caption, then := s.words.of(s.procedure.Title), s.words.noSteps, "", ""
	if at >= 0 {
		present := s.procedure.Steps[at]
		title, caption = s.words.of(present.Title), s.words.of(present.Caption)
		count = fmt.Sprintf("%s %d %s %d", s.words.step, at+1, s.words.ofSteps, len(s.procedure.Steps))
		if s.words.chinese {
			count += " 步"
		}
		if then = s.words.lastStep; after {
			then = s.words.then + s.words.of(s.procedure.Steps[at+1].Title)
		}
	}
	write(s.count, box{left, 12 * u, wide, 26 * u}, count, celadon, 19*u, fyne.TextAlignLeading)
	write(s.title, box{left, 38 * u, wide, 44 * u}, title, paper, 34*u, fyne.TextAlignLeading)
	writeLines(s.caption, box{left, 84 * u, wide, 56 * u}, caption, paper, 19*u)
	write(s.then, box{left, 143 * u, wide, 28 * u}, then, muted, 19*u, fyne.TextAlignLeading)
}
