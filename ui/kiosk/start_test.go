package kiosk

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
)

func TestStartButton(t *testing.T) {
	type act func(b *startButton, clock *time.Time)
	down := func(b *startButton, _ *time.Time) { b.MouseDown(nil) }
	up := func(b *startButton, _ *time.Time) { b.MouseUp(nil) }
	slideOff := func(b *startButton, _ *time.Time) { b.MouseOut() }
	refused := func(b *startButton, _ *time.Time) { b.refused() }
	after := func(d time.Duration) act {
		return func(b *startButton, clock *time.Time) { *clock = clock.Add(d); b.tick() }
	}
	is := func(onAir, enabled bool) act {
		return func(b *startButton, _ *time.Time) { b.set(mandarin(), onAir, enabled) }
	}
	for _, c := range []struct {
		name string
		acts []act
		want []bool
	}{
		{"a touch starts", []act{is(false, true), down, up}, []bool{true}},
		{"only the lifting starts", []act{is(false, true), down, after(time.Second)}, nil},
		{"sliding off does not start", []act{is(false, true), down, slideOff, up}, nil},
		{"a long touch starts once", []act{is(false, true), down, after(4 * time.Second), up}, []bool{true}},
		{"two quick touches start once", []act{is(false, true), down, up, down, up}, []bool{true}},
		{"a touch does not end", []act{is(true, true), down, after(1400 * time.Millisecond), up}, nil},
		{"a hold ends", []act{is(true, true), down, after(1500 * time.Millisecond)}, []bool{false}},
		{"a hold ends once", []act{is(true, true), down, after(2 * time.Second), after(2 * time.Second), up}, []bool{false}},
		{"a hold ends between two beats", []act{is(true, true), down, func(_ *startButton, clock *time.Time) { *clock = clock.Add(1600 * time.Millisecond) }, up}, []bool{false}},
		{"two half holds do not end", []act{is(true, true), down, after(time.Second), up, down, after(time.Second), up}, nil},
		{"sliding off gives up", []act{is(true, true), down, after(time.Second), slideOff, after(time.Second), up}, nil},
		{"the finger that ended does not start", []act{is(true, true), down, after(1600 * time.Millisecond), is(false, true), after(time.Second), up}, []bool{false}},
		{"the finger that came before going on air does not end", []act{is(false, true), down, is(true, true), after(2 * time.Second), up}, nil},
		{"nothing without the engine", []act{is(false, false), down, up}, nil},
		{"the engine goes while holding", []act{is(true, true), down, is(true, false), after(2 * time.Second), up}, nil},
		{"again after a refusal", []act{is(false, true), down, up, refused, down, up}, []bool{true, true}},
		{"again when nothing happens", []act{is(false, true), down, up, after(patience + time.Second), down, up}, []bool{true, true}},
		{"start and end", []act{is(false, true), down, up, is(true, true), down, after(1500 * time.Millisecond), up}, []bool{true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
			var got []bool
			b := newStartButton(func() time.Time { return clock }, func(on bool) { got = append(got, on) })
			b.Resize(fyne.NewSize(372, 144))
			for _, a := range c.acts {
				a(b, &clock)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("asked for %v, want %v", got, c.want)
			}
		})
	}
}

func TestHoldBarFills(t *testing.T) {
	clock := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	b := newStartButton(func() time.Time { return clock }, func(bool) {})
	b.Resize(fyne.NewSize(372, 144))
	b.set(mandarin(), true, true)
	if b.bar.Visible() || b.title.Text != "结束直播" || b.hint.Text != "按住结束" {
		t.Errorf("on air: bar %v, %q, %q", b.bar.Visible(), b.title.Text, b.hint.Text)
	}
	b.MouseDown(nil)
	wide := float32(0)
	for range 14 {
		clock = clock.Add(100 * time.Millisecond)
		b.tick()
		if !b.bar.Visible() || b.bar.Size().Width < wide || b.bar.Size().Width > 372 {
			t.Fatalf("after %v the bar is %v wide, before %v", clock, b.bar.Size().Width, wide)
		}
		wide = b.bar.Size().Width
	}
	if wide < 0.9*366 {
		t.Errorf("shortly before the end the bar is %v of 366 wide", wide)
	}
	b.MouseUp(nil)
	if b.bar.Visible() {
		t.Error("the bar stays")
	}
}
