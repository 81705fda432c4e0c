package director

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// trace is the activity of cameras as it was recorded (testdata/README.md).
type trace struct {
	names []string
	looks []glance
}

type glance struct {
	at       time.Time
	activity []float64
}

func readTrace(t *testing.T, name string) trace {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	r := trace{names: rows[0][1:]}
	for _, row := range rows[1:] {
		var figures []float64
		for _, field := range row {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			figures = append(figures, v)
		}
		r.looks = append(r.looks, glance{at(figures[0]), figures[1:]})
	}
	return r
}

// direct lets a director watch a trace and returns how long each camera was on
// air, the changes, and which share of what moved at the busiest camera was shown.
func (r trace) direct(settings Settings) (onAir map[string]time.Duration, changes []shown, caught float64) {
	d := New(settings, shotOf(r.names[0]), begin)
	onAir = map[string]time.Duration{}
	var last time.Time
	var seen, there float64
	for i, l := range r.looks {
		var s Situation
		for n, name := range r.names {
			s.Cameras = append(s.Cameras, Camera{Name: name, Live: true, Activity: l.activity[n]})
		}
		var decision Decision
		decision, d = d.Decide(l.at, s)
		if i > 0 {
			onAir[decision.Shot.Cameras[0]] += l.at.Sub(last)
		}
		last = l.at
		there += slices.Max(l.activity)
		seen += l.activity[slices.Index(r.names, decision.Shot.Cameras[0])]
		if decision.Change {
			changes = append(changes, shown{decision, l.at.Sub(begin).Seconds()})
		}
	}
	return onAir, changes, seen / there
}

// In the films one camera after the other is busy: bottles for 20 s, a person from
// 15 s, hands from 35 s on. The director is where something happens.
func TestFootageIsFollowed(t *testing.T) {
	r := readTrace(t, "footage.csv")
	onAir, changes, caught := r.direct(on())
	t.Log(story(changes))
	for name, least := range map[string]time.Duration{"bottles": 15 * time.Second, "person": 10 * time.Second, "hands": 15 * time.Second} {
		if onAir[name] < least {
			t.Errorf("%s was on air for %v", name, onAir[name])
		}
	}
	if len(changes) > 6 {
		t.Errorf("%d shots in a minute: %s", len(changes), story(changes))
	}
	t.Logf("%.0f %% of what moved was on air", 100*caught)
	if caught < 0.75 {
		t.Errorf("only %.0f %% of what moved was on air", 100*caught)
	}
}

// In the drawn workshop the wheel turns and hands work all the time and the kiln
// flickers: the director does not flap, and shows something else now and then.
func TestTheDrawnWorkshopIsCalm(t *testing.T) {
	onAir, changes, _ := readTrace(t, "workshop.csv").direct(on())
	t.Log(story(changes))
	if len(changes) < 2 || len(changes) > 6 {
		t.Errorf("%d shots in a minute: %s", len(changes), story(changes))
	}
	if busy := onAir["wheel"] + onAir["hands"]; busy < 50*time.Second {
		t.Errorf("hands were on air for %v of a minute", busy)
	}
	for i, c := range changes[1:] {
		if length := c.at - changes[i].at; length < 4 || length > 25.3 {
			t.Errorf("a shot of %.1f s: %s", length, story(changes))
		}
	}
}
