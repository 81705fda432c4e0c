package adapt

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

var usual = Options{Limits: Limits{Min: 800_000, Max: 4_500_000}}

// summary is what one destination got between two times.
type summary struct {
	used             float64 // of what the line carried
	dropped          uint64
	queue            float64 // longest
	least, most, end int     // bits of the shared encode
	downs, ups       int
}

func sum(story []moment, name string, line trace, from, to time.Duration) summary {
	s := summary{least: 1 << 40}
	carried, sent := 0.0, 0.0
	last := 0
	for _, m := range story {
		if m.at < from || m.at >= to {
			last = m.bits
			continue
		}
		for half := range 2 {
			carried += line(m.at-time.Duration(half)*500*time.Millisecond) / 2
		}
		sent += float64(m.sent[name] * 8)
		s.dropped += m.dropped[name]
		s.queue = max(s.queue, m.queue[name])
		s.least, s.most, s.end = min(s.least, m.bits), max(s.most, m.bits), m.bits
		switch {
		case last > 0 && m.bits < last:
			s.downs++
		case last > 0 && m.bits > last:
			s.ups++
		}
		last = m.bits
	}
	s.used = sent / carried
	return s
}

// TestOneLine has one destination on many kinds of lines.
func TestOneLine(t *testing.T) {
	minutes := func(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }
	for _, test := range []struct {
		name     string
		line     trace
		from, to time.Duration // what is looked at
		used     float64       // at least
		dropped  uint64        // at most, from the beginning
		downs    int           // at most
		end      int           // the rate at the end is at least
	}{
		{"a line that carries all", steady(10e6), 0, minutes(10), 0.4, 0, 0, 4_500_000},
		{"one that just does", steady(5.2e6), 0, minutes(10), 0.85, 0, 0, 4_500_000},
		{"a steady line that is too slow", steady(3e6), minutes(1), minutes(15), 0.85, 0, 5, 2_200_000},
		{"a slow one", steady(1.5e6), minutes(1.5), minutes(15), 0.8, 100, 5, 1_000_000},
		{"one that nearly carries all", steady(4.3e6), minutes(1), minutes(15), 0.85, 0, 5, 3_300_000},
		{"an outage of ten seconds", between(minutes(3), minutes(3)+10*time.Second, 0, 8e6), minutes(5), minutes(8), 0.5, 300, 0, 4_500_000},
		{"two minutes at a third", between(minutes(3), minutes(5), 1.5e6, 6e6), minutes(8), minutes(12), 0.7, 100, 1, 4_500_000},
		{"during these", between(minutes(3), minutes(5), 1.5e6, 6e6), minutes(4), minutes(5), 0.85, 100, 1, 0},
		{"a sawtooth of a minute", sawtooth(2e6, 6e6, time.Minute), minutes(1), minutes(15), 0.55, 0, 20, 0},
		{"a phone at 5 Mb/s", mobile(5e6, 1), minutes(1), minutes(15), 0.6, 0, 20, 0},
		{"a phone at 3 Mb/s", mobile(3e6, 2), minutes(1), minutes(15), 0.65, 150, 25, 0},
		{"shared and short, as it was measured", recorded(t, "testdata/contended.csv"), minutes(2), minutes(12), 0.6, 900, 20, 0},
	} {
		s := &simulated{name: "a", line: test.line}
		story := play(usual, test.to, s)
		got := sum(story, "a", test.line, test.from, test.to)
		t.Logf("%s: %.0f %% used, %d frames dropped (%d in all), queue up to %.1f s, %.2f to %.2f Mb/s, %d down, %d up",
			test.name, 100*got.used, got.dropped, s.dropped, got.queue, float64(got.least)/1e6, float64(got.most)/1e6, got.downs, got.ups)
		if got.used < test.used || s.dropped > test.dropped || got.downs > test.downs || got.end < test.end || s.longest > queueLimit {
			t.Errorf("%s: not within bounds", test.name)
		}
		reasoned(t, story)
		for _, m := range story {
			if m.bits < usual.Min || m.bits > usual.Max || len(m.own) > 0 {
				t.Fatalf("%s: %+v", test.name, m)
			}
		}
	}
}

// reasoned checks that nothing changes without a sentence, and that none is said
// without a change.
func reasoned(t *testing.T, story []moment) {
	t.Helper()
	last := story[0]
	for _, m := range story[1:] {
		changed := m.bits != last.bits || len(m.own) != len(last.own)
		for name, bits := range m.own {
			changed = changed || last.own[name] != bits
		}
		stays := len(m.reasons) == 1 && strings.Contains(m.reasons[0], "loses pictures")
		follows := m.bits != last.bits
		if changed && len(m.reasons) == 0 || !changed && len(m.reasons) > 0 && !stays && !follows {
			t.Fatalf("at %v: %v; %d %v after %d %v", m.at, m.reasons, m.bits, m.own, last.bits, last.own)
		}
		last = m
	}
}

// TestStrainsAreNotMixed has a destination that comes back with a long queue, which
// drains, among others whose short queues grow and shrink: none of them is slow, and the
// encode that they share keeps its rate.
func TestStrainsAreNotMixed(t *testing.T) {
	c := New(usual, 0)
	names := []string{"a", "b", "back"}
	for step := range 60 {
		var samples []Sample
		for _, name := range names {
			s := Sample{Destination: name, Live: true, QueueSeconds: 0.05 + 0.03*float64(step%4), SentBytes: uint64(step) * 300_000}
			if name == "back" {
				s.Live = step >= 30
				s.QueueSeconds = max(0.05, 2.5-0.1*float64(step-30))
			}
			samples = append(samples, s)
		}
		if d := c.Step(time.Duration(step)*500*time.Millisecond, samples); d.BitsPerSecond != usual.Max || len(d.Reasons) > 0 {
			t.Fatalf("step %d: %d b/s, %v", step, d.BitsPerSecond, d.Reasons)
		}
	}
}

// TestCongestionControl has a destination without a queue, which is told by its own
// congestion control that its line is narrow for some minutes. Alone it takes the shared
// encode down, among others it moves to one of its own; both come back.
func TestCongestionControl(t *testing.T) {
	for _, alone := range []bool{true, false} {
		o := usual
		o.OwnEncodes = 1
		whip := &simulated{name: "whip", controlled: true, line: between(time.Minute, 5*time.Minute, 2e6, 20e6)}
		places := []*simulated{whip}
		if !alone {
			places = append(places, &simulated{name: "a", line: steady(20e6)}, &simulated{name: "b", line: steady(8e6)})
		}
		story := play(o, 20*time.Minute, places...)
		reasoned(t, story)
		worst, narrow := 0.0, 0
		for i, m := range story {
			gets, moved := m.own["whip"]
			if !moved {
				gets = m.bits
			}
			if i > 0 && (m.bits != story[i-1].bits || len(m.own) != len(story[i-1].own)) && len(m.reasons) > 0 {
				t.Log(m.at.Round(time.Second), m.reasons)
			}
			if !alone && m.bits != o.Max {
				t.Fatalf("at %v the others get %d", m.at, m.bits)
			}
			if m.at > time.Minute+20*time.Second && m.at < 5*time.Minute {
				narrow++
				worst += float64(gets)
				if float64(gets)+audioBits > 1.25*2e6 {
					t.Errorf("alone %v: at %v it is sent %d on a line of 2 Mb/s", alone, m.at, gets)
				}
			}
			if m.at > 15*time.Minute && (moved || gets != o.Max) {
				t.Fatalf("alone %v: at %v it still gets %d, moved %v", alone, m.at, gets, moved)
			}
		}
		if mean := worst / float64(narrow); mean < 0.6*2e6 {
			t.Errorf("alone %v: on a line of 2 Mb/s it is sent %.0f in the mean", alone, mean)
		}
		if lost := whip.lost / (float64(narrow) * 2e6 / 8); lost > 0.15 {
			t.Errorf("alone %v: %.0f %% of what the narrow line carries were sent and lost", alone, 100*lost)
		}
	}
}

// TestMomentOfCongestion has estimates that are too low for a second now and then, as a
// busy machine makes them: nothing changes.
func TestMomentOfCongestion(t *testing.T) {
	c := New(usual, 0)
	for step := range 120 {
		s := Sample{Destination: "whip", Live: true, SentBytes: uint64(step) * 300_000}
		if step%4 < 2 {
			s.CarriesBits = 2_000_000
		}
		if d := c.Step(time.Duration(step)*500*time.Millisecond, []Sample{s}); d.BitsPerSecond != usual.Max {
			t.Fatalf("step %d: %d b/s, %v", step, d.BitsPerSecond, d.Reasons)
		}
	}
}

// TestOneOfSeveral has one slow destination among others: theirs is the full rate
// all the time, it moves to an encode of its own, and comes back when it is well.
func TestOneOfSeveral(t *testing.T) {
	o := usual
	o.OwnEncodes = 1
	good := []*simulated{{name: "a", line: steady(20e6)}, {name: "b", line: steady(8e6)}}
	slow := &simulated{name: "slow", line: between(time.Minute, 5*time.Minute, 2e6, 20e6)}
	story := play(o, 12*time.Minute, good[0], good[1], slow)
	moved, back := time.Duration(0), time.Duration(0)
	for i, m := range story {
		if m.bits != o.Max {
			t.Fatalf("at %v the others get %d", m.at, m.bits)
		}
		if i > 0 && len(m.own) != len(story[i-1].own) {
			if len(m.own) > 0 {
				moved = m.at
			} else {
				back = m.at
			}
			t.Log(m.at.Round(time.Second), m.reasons)
		}
	}
	if good[0].dropped+good[1].dropped > 0 {
		t.Error("the others lost frames")
	}
	if moved < time.Minute+patience || moved > 100*time.Second {
		t.Errorf("moved at %v", moved)
	}
	if back < 6*time.Minute || back > 11*time.Minute {
		t.Errorf("came back at %v", back)
	}
	got := sum(story, "slow", slow.line, 2*time.Minute, 5*time.Minute)
	t.Logf("%.0f %% used, %d dropped", 100*got.used, got.dropped)
	if got.used < 0.75 || got.dropped > 0 {
		t.Errorf("on its own encode: %+v", got)
	}
	reasoned(t, story)
}

// TestNoEncodeToSpare has the same without one: it drops, and this is said once.
func TestNoEncodeToSpare(t *testing.T) {
	good := []*simulated{{name: "a", line: steady(20e6)}, {name: "b", line: steady(8e6)}}
	slow := &simulated{name: "slow", line: steady(2e6)}
	story := play(usual, 3*time.Minute, good[0], good[1], slow)
	said := 0
	for _, m := range story {
		said += len(m.reasons)
		if m.bits != usual.Max || len(m.own) > 0 {
			t.Fatalf("%+v", m)
		}
	}
	if said != 1 || slow.dropped < 500 || good[0].dropped+good[1].dropped > 0 || slow.longest > queueLimit {
		t.Errorf("said %d times, %d dropped, queue %v", said, slow.dropped, slow.longest)
	}
}

// TestTheLineItself has two destinations that share one slow line: neither is
// singled out, both get less.
func TestTheLineItself(t *testing.T) {
	o := usual
	o.OwnEncodes = 2
	shifts := func(share float64) trace { // TCP does not share evenly at every moment
		return func(at time.Duration) float64 { return 5.4e6 * (0.5 + share*math.Sin(at.Seconds())) }
	}
	a, b := &simulated{name: "a", line: shifts(0.08)}, &simulated{name: "b", line: shifts(-0.08)}
	story := play(o, 10*time.Minute, a, b)
	for _, m := range story {
		if len(m.own) > 0 {
			t.Fatalf("%+v", m)
		}
	}
	got := sum(story, "b", b.line, time.Minute, 10*time.Minute)
	t.Logf("%+v", got)
	if got.used < 0.78 || got.downs > 4 {
		t.Errorf("%+v", got)
	}
}

// TestWhoIsNotOnAirDoesNotCount has a destination that is away beside one that is
// slow: it is then the only one, and the shared encode follows it.
func TestWhoIsNotOnAirDoesNotCount(t *testing.T) {
	a, away := &simulated{name: "a", line: steady(2e6)}, &simulated{name: "b", line: steady(20e6), off: true}
	story := play(usual, time.Minute, a, away)
	if end := story[len(story)-1].bits; end > 2_000_000 {
		t.Errorf("ends at %d", end)
	}
	story = play(usual, time.Minute, away)
	if end := story[len(story)-1].bits; end != usual.Max {
		t.Errorf("nobody is on air: %d", end)
	}
}

// TestForgets has a destination that is taken away while it has its own encode.
func TestForgets(t *testing.T) {
	o := usual
	o.OwnEncodes = 1
	c := New(o, 0)
	sample := func(name string, second int, queue float64, bits int) Sample {
		return Sample{Destination: name, Live: true, QueueSeconds: queue, SentBytes: uint64(second * bits / 8)}
	}
	var d Decision
	for second := range 40 {
		d = c.Step(time.Duration(second)*time.Second, []Sample{
			sample("a", second, 0, 4_500_000), sample("b", second, 0, 4_500_000), sample("slow", second, min(4, 0.2*float64(second)), 2_000_000)})
		if len(d.Own) > 0 {
			break
		}
	}
	if len(d.Own) != 1 || d.Own[0].Destination != "slow" || d.Own[0].BitsPerSecond > 2_000_000 {
		t.Fatalf("%+v", d)
	}
	c.Forget("slow")
	anew := []Sample{sample("a", 41, 0, 4_500_000), sample("b", 41, 0, 4_500_000), {Destination: "slow", Live: true}}
	if d := c.Step(41*time.Second, anew); len(d.Own) != 0 {
		t.Errorf("started anew it has an encode of its own at once: %+v", d.Own)
	}
	if d := c.Step(time.Hour, []Sample{sample("a", 3600, 0, 4_500_000)}); len(d.Own) != 0 || d.BitsPerSecond != o.Max {
		t.Errorf("%+v", d)
	}
}

// TestLimitsAreKept has a line that carries less than the least.
func TestLimitsAreKept(t *testing.T) {
	s := &simulated{name: "a", line: steady(5e5)}
	story := play(usual, 3*time.Minute, s)
	if end := story[len(story)-1]; end.bits != usual.Min || s.dropped == 0 || s.longest > queueLimit {
		t.Errorf("%+v, %d dropped, queue %v", end, s.dropped, s.longest)
	}
	if !slices.ContainsFunc(story, func(m moment) bool { return len(m.reasons) > 0 }) {
		t.Error("nothing was said")
	}
}

// TestWhatWaitedIsNoTrouble has destinations that were away for a while: what waited
// for them goes out slowly, and that says nothing of their lines.
func TestWhatWaitedIsNoTrouble(t *testing.T) {
	c := New(usual, 0)
	waited := []float64{0, 0.7, 1.1, 1.4, 1.5, 1.5, 1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3}
	for i, queue := range waited {
		at := time.Duration(i) * 500 * time.Millisecond
		sent := uint64(at.Seconds() * float64(usual.Max) / 8)
		d := c.Step(at, []Sample{
			{Destination: "a", Live: true, QueueSeconds: queue, SentBytes: sent},
			{Destination: "b", Live: i > 1, QueueSeconds: queue, SentBytes: sent},
		})
		if d.BitsPerSecond != usual.Max || len(d.Own)+len(d.Reasons) > 0 {
			t.Errorf("after %v: %+v", at, d)
		}
	}
	at := time.Duration(len(waited)) * 500 * time.Millisecond
	for i := range 4 {
		at += 500 * time.Millisecond
		c.Step(at, []Sample{{Destination: "a", Live: true, QueueSeconds: 0.5 * float64(i)}})
	}
	if c.shared.bits == usual.Max {
		t.Error("nor does it later, when a queue grows")
	}
}
