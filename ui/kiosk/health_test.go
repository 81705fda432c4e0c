package kiosk

import (
	"slices"
	"testing"

	"studio/ui"
)

func TestHealth(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	for state, want := range map[ui.State]string{ui.Live: "一切正常", ui.Troubled: "请注意 (2)", ui.Failed: "有故障 (2)"} {
		b.show(status(func(s *ui.Status) {
			s.Health = ui.Health{State: state, Faults: []string{"disk full", "second"}}
			if state == ui.Live {
				s.Health.Faults = nil
			}
		}))
		sentence := b.health.sentence[0].Text
		if b.health.word.Text != want || (sentence == "disk full") != (state != ui.Live) {
			t.Errorf("%s: %q %q", state, b.health.word.Text, sentence)
		}
	}
}

func TestTroubles(t *testing.T) {
	silent := func(s *ui.Status) {
		s.Sound.Silent, s.Sound.Message = true, "nothing has been heard for 10 s"
		s.Health.Faults = append(s.Health.Faults, s.Sound.Message)
	}
	private := func(s *ui.Status) { s.Sound.Silent, s.Sound.Privacy = true, true }
	disk := func(s *ui.Status) {
		s.Recording.Disk = ui.Text{Zh: "磁盘还能录 1.5 小时", En: "the disk has room for 1.5 h of recording"}
		s.Health.Faults = append(s.Health.Faults, s.Recording.Disk.En)
	}
	key := func(s *ui.Status) {
		d := &s.Destinations[0]
		d.State, d.Message, d.MessageZh = ui.Failed, "the key is wrong", "推流码不对"
		s.Health.Faults = append(s.Health.Faults, "destination school: the key is wrong")
	}
	english1 := func(s *ui.Status) { s.Destinations[1].State, s.Destinations[1].Message = ui.Waiting, "no answer" }
	load := func(s *ui.Status) {
		s.Load = ui.Load{Level: 2, Reason: ui.Text{Zh: "处理器太忙：预览变慢", En: "the processor is busy: the preview is slower"},
			Steps: []ui.Text{{Zh: "小图变慢", En: "thumbnails are slower"}, {Zh: "预览变慢", En: "the preview is slower"}}}
		s.Health.Faults = append(s.Health.Faults, "the box cannot keep up: the preview is slower")
	}
	camera := func(s *ui.Status) { s.Health.Faults = append(s.Health.Faults, "camera kiln: unplugged") }
	troubled := func(s *ui.Status) { s.Health.State = ui.Troubled }
	failed := func(s *ui.Status) { s.Health.State = ui.Failed }
	for _, c := range []struct {
		name   string
		edits  []func(*ui.Status)
		state  ui.State
		zh, en []string
	}{
		{"well", nil, ui.Live, nil, nil},
		{"silence", []func(*ui.Status){silent}, ui.Troubled, []string{"听不到声音：请检查话筒"}, []string{"Nothing is heard: please look at the microphone"}},
		{"silence that is wanted", []func(*ui.Status){private}, ui.Live, nil, nil},
		{"disk, said once", []func(*ui.Status){disk, troubled}, ui.Troubled, []string{"磁盘还能录 1.5 小时"}, []string{"the disk has room for 1.5 h of recording"}},
		{"a destination in the language", []func(*ui.Status){key, troubled}, ui.Troubled, []string{"school：推流码不对"}, []string{"school: the key is wrong"}},
		{"a destination without Chinese", []func(*ui.Status){english1, troubled}, ui.Troubled, []string{"museum：no answer"}, []string{"museum: no answer"}},
		{"load", []func(*ui.Status){load}, ui.Troubled, []string{"处理器太忙：预览变慢"}, []string{"the processor is busy: the preview is slower"}},
		{"load without a reason", []func(*ui.Status){load, func(s *ui.Status) { s.Load.Reason = ui.Text{} }}, ui.Troubled, []string{"预览变慢"}, []string{"the preview is slower"}},
		{"what can be mended first", []func(*ui.Status){camera, load, key, disk, silent, troubled}, ui.Troubled,
			[]string{"听不到声音：请检查话筒", "磁盘还能录 1.5 小时", "school：推流码不对", "处理器太忙：预览变慢", "camera kiln: unplugged"}, nil},
		{"no programme comes first", []func(*ui.Status){camera, load, failed}, ui.Failed, []string{"camera kiln: unplugged", "处理器太忙：预览变慢"}, nil},
	} {
		s := status(func(s *ui.Status) {
			for _, e := range c.edits {
				e(s)
			}
		})
		if state, got := mandarin().troubles(s); state != c.state || !slices.Equal(got, c.zh) {
			t.Errorf("%s: %s %q, want %s %q", c.name, state, got, c.state, c.zh)
		}
		if _, got := english().troubles(s); c.en != nil && !slices.Equal(got, c.en) {
			t.Errorf("%s: %q, want %q", c.name, got, c.en)
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
