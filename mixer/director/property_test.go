package director

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestWhateverHappens plays workshops in which anything may happen at any time and
// holds the director to its promises at every look.
func TestWhateverHappens(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 7))
		settings := Settings{Enabled: true, MinShot: 4 * time.Second, MaxShot: 25 * time.Second, Hold: 30 * time.Second}
		hot, err := ParseCondition("kiln1 >= 600 °C")
		if err != nil {
			t.Fatal(err)
		}
		settings.Triggers = []Trigger{{hot, "kiln"}}
		d := New(settings, shotOf("wheel"), begin)
		s := workshop()
		s.Readings = []Reading{{Channel: "kiln1", Unit: "C", OK: true}}
		var before Decision
		beforeSet := false
		onAir := ""
		back := map[string]time.Time{} // when each camera came back
		now := begin
		for range 1200 {
			now = now.Add(time.Duration(50+random.IntN(500)) * time.Millisecond)
			happen(random, &s, now, back)
			if s.Manual.At.Equal(now) {
				onAir = s.Manual.Shot.Cameras[0]
			}
			decision, next := d.Decide(now, s)
			if fault := check(before, decision, beforeSet, s, back, now, settings); fault != "" {
				t.Fatalf("seed %d, %v: %s\nbefore %+v\nnow %+v\nin %+v", seed, now.Sub(begin), fault, before, decision, s)
			}
			if decision.Change {
				onAir = decision.Shot.Cameras[0]
			}
			if onAir != decision.Shot.Cameras[0] {
				t.Fatalf("seed %d, %v: %s belongs on air and nobody took it", seed, now.Sub(begin), decision.Shot.Cameras[0])
			}
			before, beforeSet, d = decision, true, next
		}
	}
}

// happen changes a workshop a little.
func happen(random *rand.Rand, s *Situation, now time.Time, back map[string]time.Time) {
	names := []string{"wheel", "hands", "kiln"}
	for i := range s.Cameras {
		c := &s.Cameras[i]
		if random.IntN(40) == 0 {
			c.Live = !c.Live
			back[c.Name] = now
		}
		if random.IntN(10) == 0 {
			c.Activity = random.Float64()
		}
		c.HasSound, c.LevelDB = i < 2, -60+50*random.Float64()
	}
	r := &s.Readings[0]
	r.Value, r.OK = fmt.Sprintf("%.1f", 580+40*random.Float64()), random.IntN(5) > 0
	shot := shotOf(names[random.IntN(3)])
	if random.IntN(2) == 0 {
		shot.Layout = "pip"
	}
	switch random.IntN(120) {
	case 0:
		s.Manual = Wish{Shot: shot, At: now}
	case 1:
		s.Step = Wish{Shot: shot, At: now}
	}
}

// check returns what is wrong with a decision, or nothing.
func check(before, d Decision, known bool, s Situation, back map[string]time.Time, now time.Time, settings Settings) string {
	living := 0
	for _, c := range s.Cameras {
		if c.Live {
			living++
		}
	}
	main := d.Shot.Cameras[0]
	isLive := func(name string) bool { return s.camera(name).Live }
	if living > 0 && !slices.ContainsFunc(s.Cameras, func(c Camera) bool { return c.Name == main && c.Live }) {
		return "a camera that is gone is shown"
	}
	for _, name := range d.Shot.Cameras {
		if living > 0 && !isLive(name) {
			return "a camera that is gone would fill a slot"
		}
	}
	if d.Reason.Zh == "" || d.Reason.En == "" || d.Rule == "" {
		return "no reason is given"
	}
	held := !s.Manual.At.IsZero() && now.Sub(s.Manual.At) < settings.Hold
	if held != (d.Hold > 0) {
		return "the hold is not what it should be"
	}
	wished := ""
	if held {
		wished = s.Manual.Shot.Cameras[0]
	}
	if held && before.Shot.Cameras != nil && before.Rule == Manual && isLive(wished) && before.Shot.Cameras[0] == wished && main != wished {
		return "a person's choice is not held"
	}
	if s.Manual.At.Equal(now) && isLive(wished) && living > 0 && main == wished && d.Change {
		return "what a person has taken is taken again"
	}
	if !known {
		return ""
	}
	changed := main != before.Shot.Cameras[0] || d.Shot.Layout != before.Shot.Layout
	left := now.Sub(before.Since)
	if changed && left < settings.MinShot && isLive(before.Shot.Cameras[0]) && d.Rule != Manual && !s.Manual.At.Equal(now) {
		return fmt.Sprintf("a shot is left after %v", left)
	}
	if stays := now.Sub(d.Since); stays >= settings.MaxShot && d.Rule != Manual && another(s, main, back, now) {
		return fmt.Sprintf("a shot stays for %v", stays)
	}
	return ""
}

// another reports whether there is another camera that is there to stay.
func another(s Situation, main string, back map[string]time.Time, now time.Time) bool {
	return slices.ContainsFunc(s.Cameras, func(c Camera) bool {
		return c.Live && c.Name != main && now.Sub(back[c.Name]) >= steadyAfter
	})
}
