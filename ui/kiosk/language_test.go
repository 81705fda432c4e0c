package kiosk

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"studio/ui"
	"studio/ui/uitest"
)

// TestTheScreenSpeaksOneLanguage has everything say something, well and in trouble:
// nothing of it is shown in the other language.
func TestTheScreenSpeaksOneLanguage(t *testing.T) {
	trouble := func(s *ui.Status) {
		s.Health.State, s.Sound.State, s.Director.On, s.Load.Level = ui.Troubled, ui.Waiting, true, 1
		for i := range s.Cameras {
			s.Cameras[i].State = ui.Waiting
		}
		for i := range s.Destinations {
			s.Destinations[i].Wanted, s.Destinations[i].State = true, ui.Failed
		}
	}
	for _, c := range []struct {
		words         phrases
		shown, hidden string
	}{{mandarin(), uitest.Chinese, uitest.English}, {english(), uitest.English, uitest.Chinese}} {
		for _, edit := range []func(*ui.Status){uitest.Speak, func(s *ui.Status) { uitest.Speak(s); trouble(s) }} {
			b := newBench(t, c.words, panel())
			b.show(status(edit))
			b.answered(ui.Mark{}, ui.Status{}, &Problem{Detail: uitest.English, Words: ui.Text{Zh: uitest.Chinese, En: uitest.English}})
			shown := 0
			for _, o := range b.root.Objects {
				for _, text := range textsOf(o) {
					if strings.Contains(text, c.shown) {
						shown++
					}
					if strings.Contains(text, c.hidden) {
						t.Errorf("%T in %s: %q", o, c.shown, text)
					}
				}
			}
			if shown < 5 {
				t.Errorf("%d texts in %s: the test is blind", shown, c.shown)
			}
		}
	}
}

func textsOf(o fyne.CanvasObject) (texts []string) {
	if !o.Visible() {
		return nil
	}
	for _, shape := range test.WidgetRenderer(o.(fyne.Widget)).Objects() {
		if text, ok := shape.(*canvas.Text); ok && text.Visible() {
			texts = append(texts, text.Text)
		}
	}
	return texts
}
