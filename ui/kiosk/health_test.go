package kiosk

import (
	"testing"

	"studio/ui"
)

func TestHealth(t *testing.T) {
	full := ui.Text{Zh: "磁盘已满", En: "the disk is full"}
	for _, c := range []struct {
		state    ui.State
		faults   []ui.Text
		word     string
		sentence string
		english  string
	}{
		{ui.Live, nil, "一切正常", "", ""},
		{ui.Troubled, []ui.Text{full}, "请注意", "磁盘已满", "the disk is full"},
		{ui.Troubled, []ui.Text{full, {Zh: "第二", En: "second"}}, "请注意 (2)", "磁盘已满", "the disk is full"},
		{ui.Failed, []ui.Text{full, full, full}, "有故障 (3)", "磁盘已满", "the disk is full"},
	} {
		b := newBench(t, mandarin(), panel())
		b.show(status(func(s *ui.Status) { s.Health = ui.Health{State: c.state, Faults: c.faults} }))
		if word, sentence := b.health.word.Text, b.health.sentence[0].Text; word != c.word || sentence != c.sentence {
			t.Errorf("%s: %q %q, want %q %q", c.state, word, sentence, c.word, c.sentence)
		}
		b.touch(LanguageSpot())
		if got := b.health.sentence[0].Text; got != c.english {
			t.Errorf("in English: %q, want %q", got, c.english)
		}
	}
}

func TestRoomOnTheDisk(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	for _, c := range []struct {
		hours       float64
		on          bool
		microphones int
		zh, en      string
	}{
		{0, false, 0, "", ""}, {0, true, 0, "录像中", "Recording"},
		{10, true, 1, "录像中 · 混音＋1 路话筒", "Recording · mix + 1 microphone"}, {120, true, 2, "录像中 · 混音＋2 路话筒", "Recording · mix + 2 microphones"},
		{9.99, true, 2, "录像中 · 还能录 9 小时", "Recording · 9 h left"},
		{0.55, true, 0, "录像中 · 还能录 33 分钟", "Recording · 33 min left"},
		{3.2, false, 2, "还能录 3 小时", "3 h left"}, {12, false, 2, "", ""},
	} {
		b.show(status(func(s *ui.Status) {
			s.Recording = ui.FileStatus{On: c.on, State: ui.Live, HoursLeft: c.hours, Microphones: c.microphones}
		}))
		zh := b.name.state.Text
		b.touch(LanguageSpot())
		if en := b.name.state.Text; zh != c.zh || en != c.en || b.name.state.Visible() != (c.zh != "") {
			t.Errorf("%v hours, recording %v: %q, %q; want %q, %q", c.hours, c.on, zh, en, c.zh, c.en)
		}
		b.touch(LanguageSpot())
	}
}
