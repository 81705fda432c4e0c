package procedure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"studio/configs/strict"
)

// fileProcedure is a procedure as it is written.
type fileProcedure struct {
	Title fileText   `yaml:"title"`
	Steps []fileStep `yaml:"steps"`
}

type fileText struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

type fileStep struct {
	Name     string        `yaml:"name"`
	Title    fileText      `yaml:"title"`
	Caption  fileText      `yaml:"caption"`
	Shot     fileShot      `yaml:"shot"`
	Overlays []fileOverlay `yaml:"overlays"`
	Ends     string        `yaml:"ends"`
}

type fileShot struct {
	Layout     string   `yaml:"layout"`
	Cameras    []string `yaml:"cameras"`
	Transition string   `yaml:"transition"`
}

type fileOverlay struct {
	Template string            `yaml:"template"`
	Channel  string            `yaml:"channel"`
	Title    fileText          `yaml:"title"`
	Set      map[string]string `yaml:"set"`
}

// reader turns the file into values; err is the first mistake.
type reader struct {
	doc *strict.Document
	err error
}

func (r *reader) bad(at string, value any, allowed string) {
	if r.err == nil {
		r.err = r.doc.Bad(at, value, "allowed: "+allowed)
	}
}

func (r *reader) procedure(name string, f *fileProcedure) *Procedure {
	p := &Procedure{Name: name, Title: r.text("$.title", f.Title)}
	r.count("$.steps", len(f.Steps), 1, MostSteps)
	for i, fs := range f.Steps {
		p.Steps = append(p.Steps, r.step(fmt.Sprintf("$.steps[%d]", i), fs, p.names()))
	}
	return p
}

func (r *reader) step(at string, f fileStep, taken []string) Step {
	s := Step{Name: r.name(at+".name", f.Name)}
	if slices.Contains(reserved, s.Name) || slices.Contains(taken, s.Name) {
		r.bad(at+".name", s.Name, "a name that no other step has, other than "+strings.Join(reserved, ", "))
	}
	s.Title = r.text(at+".title", f.Title)
	s.Caption = r.text(at+".caption", f.Caption)
	s.Shot = r.shot(at+".shot", f.Shot)
	r.count(at+".overlays", len(f.Overlays), 0, MostOverlays)
	for i, fo := range f.Overlays {
		s.Overlays = append(s.Overlays, r.overlay(fmt.Sprintf("%s.overlays[%d]", at, i), fo))
	}
	if r.doc.Has(at + ".ends") {
		s.Ends = r.end(at+".ends", f.Ends)
	}
	return s
}

func (r *reader) shot(at string, f fileShot) Shot {
	s := Shot{Layout: r.name(at+".layout", f.Layout), Transition: "dissolve"}
	r.count(at+".cameras", len(f.Cameras), 1, MostCameras)
	for i, camera := range f.Cameras {
		if !nameForm.MatchString(camera) || slices.Contains(s.Cameras, camera) {
			r.bad(fmt.Sprintf("%s.cameras[%d]", at, i), camera, "a camera's name, each once: "+nameHelp)
		}
		s.Cameras = append(s.Cameras, camera)
	}
	if r.doc.Has(at + ".transition") {
		s.Transition = r.oneOf(at+".transition", f.Transition, Transitions)
	}
	return s
}

func (r *reader) overlay(at string, f fileOverlay) Overlay {
	o := Overlay{Template: r.name(at+".template", f.Template), Set: f.Set}
	if r.doc.Has(at + ".channel") {
		o.Channel = r.name(at+".channel", f.Channel)
	}
	if r.doc.Has(at + ".title") {
		o.Title = r.text(at+".title", f.Title)
	}
	return o
}

func (r *reader) end(at, s string) (e End) {
	const help = "touch, or after and a time from 1s to 12h: after 90s"
	if s == "touch" {
		return e
	}
	after, ok := strings.CutPrefix(s, "after ")
	d, err := time.ParseDuration(strings.TrimSpace(after))
	if !ok || err != nil || d < time.Second || d > 12*time.Hour {
		r.bad(at, s, help)
	}
	return End{After: d}
}

// name reads a short name.
func (r *reader) name(at, s string) string {
	if !nameForm.MatchString(s) {
		r.bad(at, s, nameHelp)
	}
	return s
}

// oneOf reads one of a few words.
func (r *reader) oneOf(at, s string, words []string) string {
	if !slices.Contains(words, s) {
		r.bad(at, s, strings.Join(words, ", "))
	}
	return s
}

// text reads words in both languages of the box; neither may be empty.
func (r *reader) text(at string, f fileText) Text {
	if strings.TrimSpace(f.Zh) == "" {
		r.bad(at+".zh", f.Zh, "words to show")
	}
	if strings.TrimSpace(f.En) == "" {
		r.bad(at+".en", f.En, "words to show")
	}
	return Text(f)
}

// count checks how many entries a list has.
func (r *reader) count(at string, n, least, most int) {
	if n < least || n > most {
		r.bad(at, n, fmt.Sprintf("%d to %d entries", least, most))
	}
}
