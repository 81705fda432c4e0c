package kiosk

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

// health says how the box is doing: a word, and the first sentence of what is wrong.
type health struct {
	part
	words     phrases
	state     ui.State
	sentences []string

	dot      *canvas.Circle
	word     *canvas.Text
	sentence []*canvas.Text
}

func newHealth() *health {
	h := &health{dot: canvas.NewCircle(nil), word: newText(true), sentence: []*canvas.Text{newText(false), newText(false)}}
	h.begin(h, h.arrange, h.dot, h.word, h.sentence[0], h.sentence[1])
	return h
}

func (h *health) set(words phrases, status ui.Status) {
	h.words = words
	h.state, h.sentences = words.troubles(status.Health)
	h.again()
}

// troubles says how the box is doing and what is wrong, in the engine's order: what
// the artisan can mend first.
func (p phrases) troubles(h ui.Health) (state ui.State, sentences []string) {
	for _, f := range h.Faults {
		sentences = append(sentences, p.of(f))
	}
	return h.State, sentences
}

func (h *health) arrange(size fyne.Size) {
	u := size.Height / 68
	word, hue := h.words.health(h.state)
	sentence := ""
	if n := len(h.sentences); n > 0 {
		sentence = h.sentences[0]
		if n > 1 {
			word += fmt.Sprintf(" (%d)", n)
		}
	}
	wide := fyne.MeasureText(word, 24*u, h.word.TextStyle).Width
	at := float32(0)
	if sentence == "" { // a short word stands at the right, beside the language
		at = size.Width - wide - 52*u
	}
	dot(h.dot, box{at, 25 * u, 18 * u, 18 * u}, hue, h.state == ui.Live || h.state == ui.Failed)
	write(h.word, box{at + 28*u, 0, wide + 4*u, size.Height}, word, hue, 24*u, fyne.TextAlignLeading)
	from := wide + 48*u
	writeMiddle(h.sentence, box{from, 4 * u, size.Width - from, 60 * u}, sentence, paper, 19*u)
}
