package kiosk

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"studio/ui"
)

func TestReadings(t *testing.T) {
	benches := []*bench{newBench(t, mandarin(), panel()), newBench(t, english(), panel())}
	for _, c := range []struct {
		reading     ui.Reading
		zh, en      string // in place of the number; empty: the number
		settlingToo bool
	}{
		{reading: ui.Reading{Value: "1 247", Unit: "°C", Quality: "ok"}},
		{reading: ui.Reading{Value: "1.250", Unit: "kg", Quality: "unstable"}, settlingToo: true},
		{reading: ui.Reading{Unit: "°C", Quality: "over"}, zh: "超量程", en: "Over range"},
		{reading: ui.Reading{Unit: "°C", Quality: "under"}, zh: "低于量程", en: "Under range"},
		{reading: ui.Reading{Unit: "°C", Quality: "fault"}, zh: "断线", en: "Broken wire"},
		{reading: ui.Reading{Unit: "°C", Quality: "stale"}, zh: "无数据", en: "No data"},
		{reading: ui.Reading{Unit: "°C", Quality: "ok"}, zh: "无数据", en: "No data"},
		{reading: ui.Reading{Value: "99", Unit: "°C", Quality: "stale"}, zh: "无数据", en: "No data"}, // a number that may not be
		{reading: ui.Reading{Value: "99", Unit: "°C", Quality: "odd"}, zh: "", en: ""},
	} {
		for _, b := range benches {
			words := b.words
			b.show(status(func(s *ui.Status) { s.Readings = []ui.Reading{c.reading} }))
			card := b.figures.cards[0]
			number := c.reading.Quality == "ok" && c.reading.Value != "" || c.settlingToo
			wantValue, wantState := "", words.pick(c.zh, c.en)
			if number {
				wantValue, wantState = c.reading.Value, ""
			}
			if c.settlingToo {
				wantState = words.unsettled
			}
			if card.value.Text != wantValue || card.state.Text != wantState || (card.unit.Text == "") == number {
				t.Errorf("%+v: shows %q %q, %q; want %q, %q", c.reading, card.value.Text, card.unit.Text, card.state.Text, wantValue, wantState)
			}
		}
	}
}

func (p phrases) pick(zh, en string) string {
	if p.chinese {
		return zh
	}
	return en
}

func TestNumbersAreNeverCut(t *testing.T) {
	b := newBench(t, mandarin(), fyne.NewSize(1024, 600))
	reading := ui.Reading{Title: ui.Text{Zh: "某个名字很长很长的量"}, Value: "-1 234 567.890", Unit: "mmol/l", Quality: "unstable"}
	for n := 1; n <= maxFigures; n++ {
		b.show(status(func(s *ui.Status) { s.Readings = slices.Repeat([]ui.Reading{reading}, n) }))
		for _, c := range b.figures.cards[:n] {
			if c.value.Text != reading.Value || c.unit.Text != reading.Unit {
				t.Errorf("%d readings: %q %q", n, c.value.Text, c.unit.Text)
			}
		}
	}
}

func TestSteps(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	if b.steps.count.Text != "第 2 步，共 5 步" || b.steps.title.Text != "定中心" || b.steps.then.Text != "接下来：开孔" {
		t.Errorf("%q %q %q", b.steps.count.Text, b.steps.title.Text, b.steps.then.Text)
	}
	b.show(status(func(s *ui.Status) { s.Procedure.Present = 4 }))
	if b.steps.title.Text != "修坯" || b.steps.then.Text != "这是最后一步" {
		t.Errorf("%q %q", b.steps.title.Text, b.steps.then.Text)
	}
}
