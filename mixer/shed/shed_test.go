package shed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const period = time.Second / 30

func options() Options { return Options{Period: period, PresetSteps: 2} }

// box is a model of one: what it is asked for at level 0, as a share of what it can
// do, and what each step saves of that.
type box struct {
	saves  [8]float64 // shares of the box, index is the level
	shown  float64    // the part of the load that the CPU's share shows: one full thread of two shows as half
	noise  float64
	random *rand.Rand
	lag    float64 // seconds
}

func newBox() *box {
	return &box{
		saves: [8]float64{0, .05, .02, .04, .05, .35, .12, .08},
		shown: 1, noise: .02, random: rand.New(rand.NewPCG(1, 2)),
	}
}

// second lets the box work for a second under a load.
func (b *box) second(load float64, level int) Load {
	for _, saved := range b.saves[:level+1] {
		load -= saved * load
	}
	load += b.noise * b.random.NormFloat64()
	b.lag = max(0, b.lag+load-1)
	l := Load{CPU: min(1, b.shown*load)}
	if b.lag > 1 { // the mixer makes up for a second only
		l.Dropped = int(30 * (b.lag - 1))
		b.lag = 1
	}
	l.Lag = time.Duration(b.lag * float64(time.Second))
	if load > 1 {
		l.Late, l.Queue = 5, 20*time.Millisecond
	}
	return l
}

type change struct {
	at    int // seconds
	level int
}

// run lets a box live for some seconds and returns when the level changed, and
// where it ended. It fails if a level is left out or a reason is missing.
func run(t *testing.T, b *box, s State, from, seconds int, load func(second int) float64) (State, []change) {
	t.Helper()
	var changes []change
	for i := from; i < from+seconds; i++ {
		before := s.Level()
		var d Decision
		s, d = s.Next(time.Duration(i)*time.Second, b.second(load(i), s.Level()))
		if d.Level != s.Level() || d.Level-before != d.Change || d.Change < -1 || d.Change > 1 {
			t.Fatalf("second %d: from level %d: %+v", i, before, d)
		}
		if (d.Change != 0) != (d.Reason.Zh != "" && d.Reason.En != "") {
			t.Fatalf("second %d: change %d, reason %q", i, d.Change, d.Reason)
		}
		if d.Plan != At(d.Level) {
			t.Fatalf("second %d: level %d has plan %+v", i, d.Level, d.Plan)
		}
		if d.Change != 0 {
			changes = append(changes, change{i, d.Level})
		}
	}
	return s, changes
}

func steady(load float64) func(int) float64 { return func(int) float64 { return load } }

func TestThingsAreLeftOutInThePromisedOrder(t *testing.T) {
	all := math.Inf(1)
	want := []Plan{
		{5, all, 1, 0}, {1, all, 1, 0}, {0, all, 1, 0}, {0, 15, 1, 0}, {0, 5, 1, 0},
		{0, 5, 2, 0}, {0, 5, 2, 1}, {0, 5, 2, 2},
	}
	for level, plan := range want {
		if got := At(level); got != plan {
			t.Errorf("level %d: %+v, want %+v", level, got, plan)
		}
		if got := Steps(level); len(got) != level {
			t.Errorf("level %d: %d steps", level, len(got))
		}
	}
	if got := Steps(7)[4].En; got != "programme at half its frame rate" {
		t.Errorf("fifth step is %q", got)
	}
	for _, test := range []struct {
		own   string
		steps int
		want  string
	}{
		{"veryfast", 0, "veryfast"}, {"veryfast", 1, "superfast"}, {"veryfast", 2, "ultrafast"},
		{"superfast", 2, "ultrafast"}, {"ultrafast", 2, "ultrafast"}, {"medium", 1, "fast"}, {"placebo", 1, "placebo"},
	} {
		if got := Preset(test.own, test.steps); got != test.want {
			t.Errorf("%d steps from %s: %s, want %s", test.steps, test.own, got, test.want)
		}
	}
	for preset, want := range map[string]int{"ultrafast": 0, "superfast": 1, "veryfast": 2, "medium": 2, "placebo": 0} {
		if got := PresetSteps(preset); got != want {
			t.Errorf("%s: %d steps, want %d", preset, got, want)
		}
	}
}

// TestAllTheWayDownAndBack asks far too much and then little again.
func TestAllTheWayDownAndBack(t *testing.T) {
	b := newBox()
	s, down := run(t, b, New(options()), 0, 60, steady(3))
	for i, c := range down {
		if c.level != i+1 {
			t.Fatalf("went down by %v", down)
		}
	}
	if s.Level() != 7 || down[6].at > 20 {
		t.Fatalf("after 60 s at level %d: %v", s.Level(), down)
	}
	s, up := run(t, b, s, 60, 400, steady(.5))
	for i, c := range up {
		if c.level != 6-i {
			t.Fatalf("came back by %v", up)
		}
		if i > 0 && c.at-up[i-1].at < 15 {
			t.Errorf("a step was taken back after %d s", c.at-up[i-1].at)
		}
	}
	if s.Level() != 0 {
		t.Errorf("still at level %d", s.Level())
	}
	t.Log("down", down, "up", up)
}

// TestEveryLoadSettles asks steadily for more and more: the box must end at a level
// where nothing is lost, and stay there for hours.
func TestEveryLoadSettles(t *testing.T) {
	for load := .5; load < 2; load += .05 {
		b := newBox()
		s, _ := run(t, b, New(options()), 0, 120, steady(load))
		settled := s.Level()
		s, later := run(t, b, s, 120, 4*3600, steady(load))
		if len(later) > 8 {
			t.Errorf("load %.2f: settled at level %d, then %d changes in 4 h, such as %v", load, settled, len(later), later[:8])
		}
		if load < .85 && s.Level() != 0 {
			t.Errorf("load %.2f: level %d for no reason", load, s.Level())
		}
		lost := 0
		for range 600 {
			lost += b.second(load, s.Level()).Dropped
		}
		if lost > 0 && s.Level() < 7 {
			t.Errorf("load %.2f: %d pictures lost at level %d", load, lost, s.Level())
		}
		if s, _ = run(t, b, s, 120+4*3600, 1800, steady(.4)); s.Level() != 0 {
			t.Errorf("load %.2f: after it went, level %d stayed", load, s.Level())
		}
	}
}

// TestABoxThatDoesNotShowItsLoad has an encoder's one thread as its bottleneck: the
// CPU's share says nothing, so only patience keeps the level from swinging.
func TestABoxThatDoesNotShowItsLoad(t *testing.T) {
	b := newBox()
	b.shown = .5
	s, first := run(t, b, New(options()), 0, 3600, steady(1.1))
	s, second := run(t, b, s, 3600, 3600, steady(1.1))
	_, third := run(t, b, s, 7200, 3600, steady(1.1))
	if len(first) > 40 || len(third) > 20 || len(third) > len(second) {
		t.Errorf("%d, %d and %d changes in each hour", len(first), len(second), len(third))
	}
}

func TestShortHiccupsAreNoReason(t *testing.T) {
	s := New(options())
	for i := range 600 {
		l := Load{CPU: .7}
		if i%20 == 0 { // the disk, a page that opens
			l.Lag, l.CPU, l.Late = 300*time.Millisecond, 1, 4
		}
		var d Decision
		if s, d = s.Next(time.Duration(i)*time.Second, l); d.Change != 0 {
			t.Fatalf("second %d: %+v", i, d)
		}
	}
}

// TestCatchingUpIsNoReason has a long lag that the box is making up for.
func TestCatchingUpIsNoReason(t *testing.T) {
	s := New(options())
	lag := 900 * time.Millisecond
	for i := range 60 {
		var d Decision
		if s, d = s.Next(time.Duration(i)*time.Second, Load{CPU: .9, Lag: lag}); d.Change != 0 && i > 0 {
			t.Fatalf("second %d, %v late: %+v", i, lag, d)
		}
		lag = lag * 8 / 10
	}
}

// TestAFullProcessorCostsTheAudienceNothing: nothing is late, so nothing is lost.
func TestAFullProcessorCostsTheAudienceNothing(t *testing.T) {
	s := New(options())
	for i := range 300 {
		s, _ = s.Next(time.Duration(i)*time.Second, Load{CPU: 1})
	}
	if s.Level() != unseen {
		t.Errorf("level %d, want %d", s.Level(), unseen)
	}
}

func TestLostPicturesAreUrgent(t *testing.T) {
	s := New(options())
	for i := range 9 {
		s, _ = s.Next(time.Duration(i)*time.Second, Load{CPU: 1, Dropped: 3 * (i % 2), Lag: time.Second})
	}
	if s.Level() != 7 {
		t.Errorf("after 9 s of lost pictures at level %d", s.Level())
	}
}

func TestWithADeviceTheEncoderKeepsItsPreset(t *testing.T) {
	s := New(Options{Period: period})
	for i := range 100 {
		s, _ = s.Next(time.Duration(i)*time.Second, Load{CPU: 1, Dropped: 3})
	}
	if s.Level() != 5 || At(s.Level()).PresetSteps != 0 {
		t.Errorf("level %d", s.Level())
	}
}

func TestReasonsSayWhatWasMeasured(t *testing.T) {
	for want, l := range map[string]Load{
		"12 pictures were lost": {Dropped: 12},
		"300 ms late":           {Lag: 300 * time.Millisecond},
		"9 pictures began late": {Late: 9},
		"50 ms behind":          {Queue: 50 * time.Millisecond},
		"98 % busy":             {CPU: .98},
	} {
		s := New(options())
		var reasons []string
		for i := range 5 {
			var d Decision
			s, d = s.Next(time.Duration(i)*time.Second, l)
			reasons = append(reasons, d.Reason.En)
		}
		if !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, want) && strings.Contains(r, "thumbnails") }) {
			t.Errorf("reasons %q, want %q in one", reasons, want)
		}
	}
}

// TestRandomLoads: whatever the load does, the level moves by single steps in
// bounds, and returns to 0 when it is gone.
func TestRandomLoads(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			b := newBox()
			b.random = random
			load := 1.0
			s, _ := run(t, b, New(options()), 0, 1800, func(int) float64 {
				if random.IntN(30) == 0 {
					load = .3 + 2*random.Float64()
				}
				return load
			})
			if s, _ = run(t, b, s, 1800, 3600, steady(.3)); s.Level() != 0 {
				t.Errorf("level %d an hour after the load went", s.Level())
			}
		})
	}
}
