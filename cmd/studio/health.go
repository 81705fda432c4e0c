package main

import (
	"cmp"

	"studio/media/picture"
	"studio/ui"
	"studio/words"
)

// health puts the status into a word, with a sentence for each fault: what keeps the
// programme from being made, then what the artisan can mend, then what has to be
// looked at some time.
func (e *engine) health(s ui.Status) ui.Health {
	h := ui.Health{State: ui.Live, Faults: []ui.Text{}}
	fault := func(en, zh string, args ...any) {
		h.State = ui.Troubled
		h.Faults = append(h.Faults, words.Textf(en, zh, args...))
	}
	failed := false
	for _, l := range e.lines {
		if err := l.failure(); err != nil {
			failed = true
			fault("%v", "%v", err)
		}
	}
	if err := e.voice.failed.Load(); err != nil {
		fault("%v", "%v", *err)
	}
	if s.Sound.Silent && !s.Sound.Privacy {
		fault("%v", "%v", s.Sound.Message)
	}
	if s.Recording.Disk != (ui.Text{}) {
		fault("%v", "%v", s.Recording.Disk)
	}
	if s.Recording.On && s.Recording.Message != (ui.Text{}) {
		fault("recording: %v", "录像：%v", s.Recording.Message)
	}
	for _, c := range s.Cameras {
		if c.State != ui.Live {
			fault("camera %v: %v", "机位“%v”：%v", called(c.Title, c.Name), cmp.Or(c.Message, ui.Text{En: "no picture yet", Zh: "还没有画面"}))
		}
		if c.Kept.Message != (ui.Text{}) {
			fault("%v", "%v", c.Kept.Message)
		}
	}
	for _, source := range s.Sound.Sources {
		if source.State != ui.Live && source.State != ui.Off {
			fault("microphone %v: %v", "话筒“%v”：%v", called(source.Title, source.Name), cmp.Or(source.Message, ui.Text{En: "no sound yet", Zh: "还没有声音"}))
		}
	}
	for _, i := range e.rig.Status() {
		if i.Message != (ui.Text{}) {
			fault("instrument %s: %v", "仪器“%s”：%v", i.Name, i.Message)
		}
	}
	for _, d := range s.Destinations {
		if d.State != ui.Off && d.State != ui.Live && (d.State != ui.Connecting || d.Message != (ui.Text{})) {
			fault("destination %s: %v", "直播去向“%s”：%v", d.Name, d.Message)
		}
	}
	if n := len(s.Load.Steps); s.Load.Level > 0 && n > 0 {
		fault("the box cannot keep up: %v", "设备忙不过来：%v", s.Load.Steps[n-1])
	}
	for _, l := range e.lines {
		if f := e.explain.sets[l.Name].Fault(); f != (ui.Text{}) {
			fault("overlays on %[1]s: %[3]v", "%[2]s画面的图层：%[3]v", l.Name, shape(l.Size), f)
		}
	}
	if err := e.air.forgetful(); err != nil {
		fault("what is wanted cannot be stored: %v", "现在的设置存不下来，断电后会丢失：%v", err)
	}
	if e.locked != nil {
		fault("%v", "%v", e.locked)
	}
	if failed {
		h.State = ui.Failed
	}
	return h
}

// called is what people call a thing: its title, in a language that has none its name.
func called(title ui.Text, name string) ui.Text {
	return ui.Text{Zh: cmp.Or(title.Zh, title.En, name), En: cmp.Or(title.En, title.Zh, name)}
}

// shape is what a canvas is called in Chinese.
func shape(s picture.Size) string {
	if s.Width < s.Height {
		return "竖屏"
	}
	return "横屏"
}
