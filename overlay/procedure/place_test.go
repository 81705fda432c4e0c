package procedure

import (
	"strings"
	"testing"
	"time"
)

var began = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)

func three() *Procedure {
	return &Procedure{Name: "three", Steps: []Step{
		{Name: "a", Ends: End{After: 10 * time.Second}},
		{Name: "b", Ends: End{After: 20 * time.Second}},
		{Name: "c", Ends: End{After: 5 * time.Second}},
	}}
}

func TestMoving(t *testing.T) {
	p := three()
	later := began.Add(time.Minute)
	for _, c := range []struct {
		from int
		to   string
		want int
	}{
		{0, "next", 1}, {1, "next", 2}, {2, "next", 2},
		{2, "previous", 1}, {0, "previous", 0},
		{0, "c", 2}, {2, "a", 0}, {1, "b", 1},
	} {
		at, err := p.Move(Place{Present: c.from, Since: began}, c.to, later)
		want := Place{Present: c.want, Since: later}
		if c.want == c.from {
			want.Since = began // nothing happened: the step's time goes on
		}
		if err != nil || at != want {
			t.Errorf("%d %s: %v, %v; want %v", c.from, c.to, at, err, want)
		}
	}
	at, err := p.Move(Place{Present: 1, Since: began}, "d", later)
	if err == nil || !strings.Contains(err.Error(), "a, b, c") || at != (Place{1, began}) {
		t.Errorf("unknown step: %v, %v", at, err)
	}
	if p.Begin(began) != (Place{0, began}) || p.At(Place{Present: 2}).Name != "c" || p.At(Place{Present: 9}).Name != "c" {
		t.Error("Begin or At")
	}
}

func TestStepsEndByTime(t *testing.T) {
	p := three()
	for _, c := range []struct {
		after   time.Duration
		present int
		since   time.Duration
	}{
		{0, 0, 0},
		{10*time.Second - 1, 0, 0},
		{10 * time.Second, 1, 10 * time.Second},
		{29 * time.Second, 1, 10 * time.Second},
		{35 * time.Second, 2, 30 * time.Second}, // begun when it should have, not when somebody looked
		{time.Hour, 2, 30 * time.Second},        // the last step never ends
	} {
		at := p.Advance(p.Begin(began), began.Add(c.after))
		if want := (Place{c.present, began.Add(c.since)}); at != want {
			t.Errorf("after %v: %v, want %v", c.after, at, want)
		}
	}
	p.Steps[0].Ends = End{}
	if at := p.Advance(p.Begin(began), began.Add(time.Hour)); at.Present != 0 {
		t.Error("a step that ends by a touch ended by itself")
	}
}
