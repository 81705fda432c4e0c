package kiosk

import (
	"fmt"
	"strings"

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
	h.state, h.sentences = words.troubles(status)
	h.again()
}

// troubles says how the box is doing and what is wrong, what the artisan can mend
// first. The engine's own sentences are in English only: what can be said better
// from the status is, and then they are left out.
func (p phrases) troubles(s ui.Status) (state ui.State, sentences []string) {
	said := []string{} // in the engine's words
	add := func(words string, english ...string) {
		sentences = append(sentences, words)
		said = append(said, english...)
	}
	if s.Sound.Silent && !s.Sound.Privacy {
		add(p.unheard, s.Sound.Message)
	}
	if s.Recording.Disk != (ui.Text{}) {
		add(p.of(s.Recording.Disk), s.Recording.Disk.En)
	}
	for _, d := range s.Destinations {
		if d.State == ui.Troubled || d.State == ui.Waiting || d.State == ui.Failed {
			message := p.of(ui.Text{Zh: d.MessageZh, En: d.Message})
			add(d.Name+p.colon+message, d.Message)
		}
	}
	if s.Load.Level > 0 {
		add(p.load(s.Load), s.Load.Reason.En)
		for _, step := range s.Load.Steps {
			said = append(said, step.En)
		}
	}
	faults := []string{}
	for _, f := range s.Health.Faults {
		again := false
		for _, english := range said {
			again = again || english != "" && strings.Contains(f, english)
		}
		if !again {
			faults = append(faults, f)
		}
	}
	state = s.Health.State
	switch {
	case state == ui.Failed: // no programme: nothing else matters as much
		sentences = append(faults, sentences...)
	case state == ui.Live && len(sentences) == 0:
		return state, nil
	default:
		state, sentences = ui.Troubled, append(sentences, faults...)
	}
	return state, sentences
}

// load says why the box leaves something out and what it is; without a reason, the
// last thing that it left out.
func (p phrases) load(l ui.Load) string {
	if n := len(l.Steps); l.Reason == (ui.Text{}) && n > 0 {
		return p.of(l.Steps[n-1])
	}
	return p.of(l.Reason)
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
