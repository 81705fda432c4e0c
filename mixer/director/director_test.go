package director

import (
	"slices"
	"strings"
	"testing"
	"time"

	"studio/mixer/scene"
)

const lookEvery = 250 * time.Millisecond

var begin = time.Date(2025, 11, 20, 9, 0, 0, 0, time.UTC)

// at returns the time so many seconds after the beginning.
func at(seconds float64) time.Time {
	return begin.Add(time.Duration(seconds * float64(time.Second)))
}

func shotOf(cameras ...string) scene.Shot { return scene.Shot{Layout: "full", Cameras: cameras} }

func workshop() Situation {
	return Situation{Cameras: []Camera{
		{Name: "wheel", Title: Text{"拉坯", "wheel"}, Live: true},
		{Name: "hands", Title: Text{"手法", "hands"}, Live: true},
		{Name: "kiln", Title: Text{"窑", "kiln"}, Live: true},
	}}
}

func (s *Situation) camera(name string) *Camera {
	i := slices.IndexFunc(s.Cameras, func(c Camera) bool { return c.Name == name })
	return &s.Cameras[i]
}

// shown is a decision and when it was made.
type shown struct {
	Decision
	at float64 // seconds
}

func (s shown) main() string { return s.Shot.Cameras[0] }

// play lets a director look for so many seconds, in situations that live changes,
// and returns what changed: what it changed and what persons did.
func play(d Director, seconds float64, live func(now float64, s *Situation)) []shown {
	var changes []shown
	s := workshop()
	for now := 0.0; now < seconds; now += lookEvery.Seconds() {
		live(now, &s)
		var decision Decision
		decision, d = d.Decide(at(now), s)
		next := shown{decision, now}
		if len(changes) == 0 || changes[len(changes)-1].main() != next.main() || changes[len(changes)-1].Rule != next.Rule {
			changes = append(changes, next)
		}
	}
	return changes
}

// story writes changes as "0 wheel, 6 kiln".
func story(changes []shown) string {
	var b strings.Builder
	for _, c := range changes {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(time.Duration(c.at*float64(time.Second)).String() + " " + c.main() + " " + string(c.Rule))
	}
	return b.String()
}

func on() Settings { return Settings{Enabled: true} }

func TestRules(t *testing.T) {
	kilnAt := func(value string, ok bool) []Reading {
		return []Reading{{Channel: "kiln1", Title: Text{"窑温", "kiln"}, Value: value, Unit: "C", OK: ok}}
	}
	hot, err := ParseCondition("kiln1 >= 600 °C")
	if err != nil {
		t.Fatal(err)
	}
	triggered := on()
	triggered.Triggers = []Trigger{{hot, "kiln"}}
	off := Settings{}

	for name, c := range map[string]struct {
		settings Settings
		seconds  float64
		live     func(now float64, s *Situation)
		want     string
	}{
		"nothing happens: the longest shot, then in turns": {on(), 80, func(float64, *Situation) {},
			"0s wheel nothing, 25s hands longest, 50s kiln longest, 1m15s wheel longest"},
		"hands move to where they work": {on(), 20, func(now float64, s *Situation) {
			if now >= 6 {
				s.camera("hands").Activity = 0.6
			}
		}, "0s wheel nothing, 6.25s hands activity"},
		"a hand that passes is no reason": {on(), 20, func(now float64, s *Situation) {
			s.camera("hands").Activity = 0
			if now >= 6 && now < 6.25 {
				s.camera("hands").Activity = 0.6
			}
		}, "0s wheel nothing"},
		"a little more motion is no reason": {on(), 20, func(_ float64, s *Situation) {
			s.camera("wheel").Activity, s.camera("hands").Activity = 0.4, 0.5
		}, "0s wheel nothing"},
		"who speaks is seen, through the pauses": {on(), 14, func(now float64, s *Situation) {
			s.camera("wheel").Activity = 0.4
			c := s.camera("hands")
			c.HasSound, c.LevelDB = true, -58
			if now >= 5 && int(now/0.25)%3 != 0 {
				c.LevelDB = -18
			}
		}, "0s wheel nothing, 6.5s hands sound"},
		"a knock and a steady burner are no speech": {on(), 20, func(now float64, s *Situation) {
			c := s.camera("hands")
			c.HasSound, c.LevelDB = true, -30 // a burner
			if now < 4 {
				c.LevelDB = -32
			}
			if now == 10 {
				c.LevelDB = -3 // a knock
			}
		}, "0s wheel nothing"},
		"a person chooses, for the time of the hold": {on(), 45, func(now float64, s *Situation) {
			s.camera("hands").Activity = 0.6
			if now >= 6 {
				s.Manual = Wish{Shot: shotOf("kiln"), At: at(6)}
			}
		}, "0s hands activity, 6s kiln manual, 36s hands activity"},
		"a person's camera goes away and comes back": {on(), 30, func(now float64, s *Situation) {
			if now >= 2 {
				s.Manual = Wish{Shot: shotOf("kiln"), At: at(2)}
			}
			s.camera("kiln").Live = now < 5 || now >= 9
		}, "0s wheel nothing, 2s kiln manual, 5s hands gone, 11s kiln manual"},
		"a person chooses a camera that is gone": {on(), 8, func(now float64, s *Situation) {
			s.camera("kiln").Live = false
			if now >= 2 {
				s.Manual = Wish{Shot: shotOf("kiln"), At: at(2)}
			}
		}, "0s wheel nothing, 2s hands gone"},
		"the kiln is hot, once": {triggered, 40, func(now float64, s *Situation) {
			s.camera("wheel").Activity = 0.5
			s.Readings = kilnAt("588.5", true)
			if now >= 5 {
				s.Readings = kilnAt("612", true)
			}
		}, "0s wheel nothing, 5s kiln reading, 30s wheel activity"},
		"a reading that swings about its threshold triggers once": {triggered, 60, func(now float64, s *Situation) {
			s.camera("wheel").Activity = 0.5
			s.Readings = kilnAt([]string{"599", "601", "598.2"}[int(now)%3], true)
		}, "0s wheel nothing, 4s kiln reading, 29s wheel activity, 54s hands longest, 58s wheel activity"},
		"a reading that has gone back triggers again": {triggered, 60, func(now float64, s *Situation) {
			s.camera("wheel").Activity = 0.5
			s.Readings = kilnAt("601", true)
			if now >= 10 && now < 40 {
				s.Readings = kilnAt("580", true)
			}
		}, "0s kiln reading, 10s wheel activity, 35s hands longest, 39s wheel activity, 43s kiln reading"},
		"a bad reading never triggers": {triggered, 20, func(now float64, s *Situation) {
			s.Readings = kilnAt("700", false)
		}, "0s wheel nothing"},
		"another unit never triggers": {triggered, 20, func(now float64, s *Situation) {
			s.Readings = []Reading{{Channel: "kiln1", Value: "700", Unit: "F", OK: true}}
		}, "0s wheel nothing"},
		"a step's shot, and back to it": {on(), 70, func(now float64, s *Situation) {
			s.Step = Wish{Shot: shotOf("hands"), At: at(0)}
			s.camera("hands").Activity = 0.2
		}, "0s hands step, 25s kiln longest, 29s hands activity, 54s wheel longest, 58s hands activity"},
		"a step waits for the shortest shot": {on(), 12, func(now float64, s *Situation) {
			s.Step = Wish{Shot: shotOf("hands"), At: at(0)}
			if now >= 2 {
				s.Step = Wish{Shot: shotOf("kiln"), At: at(2)}
			}
		}, "0s hands step, 4s kiln step"},
		"a camera that is gone is left at once, for the best one": {on(), 8, func(now float64, s *Situation) {
			s.camera("kiln").Activity = 0.1
			if now >= 1 {
				s.camera("wheel").Live = false
			}
		}, "0s wheel nothing, 1s hands gone"},
		"a loose plug is not shown time after time": {on(), 20, func(now float64, s *Situation) {
			s.camera("wheel").Live = int(now)%2 == 0
			s.camera("wheel").Activity = 0.9
		}, "0s wheel nothing, 1s hands gone"},
		"no camera has a picture, then one": {on(), 10, func(now float64, s *Situation) {
			for i := range s.Cameras {
				s.Cameras[i].Live = now < 2 || now >= 5 && i == 2
			}
		}, "0s wheel nothing, 5s kiln gone"},
		"a director that is off follows persons and steps only": {off, 60, func(now float64, s *Situation) {
			s.camera("hands").Activity = 0.9
			s.camera("wheel").Live = now < 10
			if now >= 5 {
				s.Step = Wish{Shot: shotOf("kiln", "wheel"), At: at(5)}
			}
			if now >= 20 {
				s.Manual = Wish{Shot: shotOf("wheel"), At: at(20)}
			}
			if now >= 30 {
				s.Step = Wish{Shot: shotOf("hands"), At: at(30)}
			}
		}, "0s wheel nothing, 5s kiln step, 20s wheel manual, 30s hands step"},
	} {
		got := story(play(New(c.settings, shotOf("wheel"), begin), c.seconds, c.live))
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestReasonsAreSentencesInBothLanguages(t *testing.T) {
	hot, _ := ParseCondition("kiln1 ≥ 600 °C")
	settings := on()
	settings.Triggers = []Trigger{{hot, "kiln"}}
	reasons := map[string]string{}
	play(New(settings, shotOf("wheel"), begin), 60, func(float64, *Situation) {})
	for _, c := range play(New(settings, shotOf("wheel"), begin), 200, func(now float64, s *Situation) {
		switch {
		case now < 10:
			s.camera("hands").Activity = 0.5
		case now < 20:
			s.Readings = []Reading{{Channel: "kiln1", Title: Text{"窑温", "kiln"}, Value: "612", Unit: "C", OK: true}}
		case now < 22:
			s.camera("kiln").Live = false
		default:
			s.camera("hands").Activity = 0
		}
	}) {
		reasons[c.Reason.En] = c.Reason.Zh
	}
	for en, zh := range map[string]string{
		"hands are busiest at the hands camera":                                 "手在「手法」机位动作最多",
		"kiln 612 °C ≥ 600 °C":                                                  "窑温 612 °C ≥ 600 °C",
		"the kiln camera has no picture; hands are busiest at the hands camera": "「窑」机位没有画面，手在「手法」机位动作最多",
		"the shot before was on air for long enough; now the wheel camera":      "上一个镜头已经够久了，现在看「拉坯」机位",
	} {
		if reasons[en] != zh {
			t.Errorf("%q: %q, want %q; there were %q", en, reasons[en], zh, reasons)
		}
	}
}

func TestASlotIsFilledWithCamerasThatHaveAPicture(t *testing.T) {
	s := workshop()
	s.Step = Wish{Shot: scene.Shot{Layout: "pip", Cameras: []string{"kiln", "hands"}}, Transition: "wipe", At: begin}
	decision, d := New(on(), shotOf("wheel"), begin).Decide(begin, s)
	if want := []string{"kiln", "hands", "wheel"}; !slices.Equal(decision.Shot.Cameras, want) || decision.Shot.Layout != "pip" || decision.Transition != "wipe" {
		t.Errorf("%+v, want %v", decision, want)
	}
	s.camera("hands").Live = false
	decision, _ = d.Decide(at(1), s)
	if want := []string{"kiln", "wheel"}; !slices.Equal(decision.Shot.Cameras, want) || !decision.Change || decision.Since != begin {
		t.Errorf("after an inset's camera has gone: %+v, want %v", decision, want)
	}
	s.Step.Shot.Cameras = nil // the director's choice
	s.Step.At = at(5)
	s.camera("wheel").Activity = 0.9
	if decision, _ = d.Decide(at(5), s); decision.Shot.Cameras[0] != "wheel" || decision.Shot.Layout != "pip" {
		t.Errorf("a step without cameras: %+v", decision)
	}
}

func TestDecideLeavesTheDirectorAsItWas(t *testing.T) {
	hot, _ := ParseCondition("kiln1 > 600")
	settings := on()
	settings.Triggers = []Trigger{{hot, "kiln"}}
	d := New(settings, shotOf("wheel"), begin)
	s := workshop()
	_, d = d.Decide(begin, s)
	s.Readings = []Reading{{Channel: "kiln1", Value: "601", OK: true}}
	first, _ := d.Decide(at(5), s)
	again, _ := d.Decide(at(5), s)
	if first.Rule != Triggers || again.Rule != Triggers || !again.Change || first.Reason != again.Reason {
		t.Errorf("the same question was answered by %+v, then %+v", first, again)
	}
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]Condition{
		"kiln1 >= 600 °C":  {"kiln1", ">=", 600, "°C", 12},
		"kiln1≥600°C":      {"kiln1", ">=", 600, "°C", 12},
		"clay < -0.5 g":    {"clay", "<", -0.5, "g", 0.01},
		" clay <= 250.5 g": {"clay", "<=", 250.5, "g", 5.01},
		"ph > 7":           {"ph", ">", 7, "", 0.14},
	} {
		if got, err := ParseCondition(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":                      "there is no >=, >, <= or < in it",
		"kiln1 600":             "there is no >=, >, <= or < in it",
		"= 600":                 `"" is no channel's name`,
		"the kiln > 600":        `"the kiln" is no channel's name`,
		"kiln1 = 600":           `"=" is none of >=, >, <= and <`,
		"kiln1 > hot":           `"hot" does not begin with a number`,
		"kiln1 > 1.2.3 g":       `"1.2.3 g" does not begin with a number`,
		"kiln1 >":               `"" does not begin with a number`,
		"kiln1 > 600 C or more": `"C or more" is no unit`,
		"kiln1 > 6 < 7":         `"< 7" is no unit`,
		"kiln1 > 6 g2":          `"g2" is no unit`,
		"a > 1 °C -> kiln":      `"°C -> kiln" is no unit`,
	} {
		_, err := ParseCondition(text)
		if err == nil || err.Error() != `condition "`+text+`": `+want+`; expected such as "kiln1 >= 600 °C"` {
			t.Errorf("%q: %v", text, err)
		}
	}
}
