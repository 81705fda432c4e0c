package overlay

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"studio/configs/crafts"
	"studio/configs/templates"
	"studio/hw/reading"
	"studio/media/picture"
	"studio/overlay/procedure"
	"studio/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	landscape = picture.Size{Width: 1920, Height: 1080}
	portrait  = picture.Size{Width: 1080, Height: 1920}
	noon      = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
)

func newSet(t testing.TB, canvas picture.Size) *Set {
	t.Helper()
	s, err := New(Options{Canvas: canvas, Templates: templates.FS})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pottery(t testing.TB) *procedure.Procedure {
	t.Helper()
	p, err := procedure.Load(crafts.FS, "pottery")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// atStep is the state in a step, with both instruments of the demo at work.
func atStep(p *procedure.Procedure, present int, value string, q reading.Quality) State {
	return State{
		Overlays: p.Steps[present].Overlays, Procedure: p, Present: present,
		Readings: map[string]reading.Reading{
			"clay":  {Channel: "clay", Value: value, Unit: "g", Quality: q},
			"kiln1": {Channel: "kiln1", Value: value, Unit: "C", Quality: q},
		},
	}
}

func grey(size picture.Size) picture.View {
	p := picture.New(size)
	picture.Fill(p.View, 120, 128, 128)
	return p.View
}

// changedIn counts the luma samples of a grey picture that differ, inside r only
// if r is not empty.
func changedIn(v picture.View, r picture.Rect) (n int) {
	if r.Width == 0 {
		r = picture.Rect{Width: v.Width, Height: v.Height}
	}
	for y := r.Y; y < r.Y+r.Height; y++ {
		for _, luma := range v.Y[y*v.StrideY+r.X:][:r.Width] {
			if luma != 120 {
				n++
			}
		}
	}
	return n
}

func TestEveryStepOfTheBoxsProceduresCanBeDrawn(t *testing.T) {
	p := pottery(t)
	for _, size := range []picture.Size{landscape, portrait, {Width: 640, Height: 360}} {
		s := newSet(t, size)
		if err := s.CheckProcedure(p); err != nil {
			t.Fatal(err)
		}
		for i := range p.Steps {
			if err := s.Draw(atStep(p, i, "862.4", reading.OK)); err != nil {
				t.Errorf("%v, step %d: %v", size, i, err)
			}
		}
		if s.Fault() != (words.Text{}) || s.Counts().Failed != 0 {
			t.Errorf("fault %q, counts %+v", s.Fault(), s.Counts())
		}
	}
}

func TestOnlyWhatLooksDifferentIsDrawn(t *testing.T) {
	p, s := pottery(t), newSet(t, landscape)
	for _, c := range []struct {
		what  string
		state State
		drawn uint64
	}{
		{"first: diagram, caption, gauge", atStep(p, 0, "862.4", reading.OK), 3},
		{"nothing new", atStep(p, 0, "862.4", reading.OK), 0},
		{"another number", atStep(p, 0, "862.5", reading.OK), 1},
		{"another quality", atStep(p, 0, "862.5", reading.Unstable), 1},
		{"bad", atStep(p, 0, "862.5", reading.Over), 1},
		{"bad with another number, which nobody sees", atStep(p, 0, "999", reading.Over), 0},
		{"next step, without gauge", atStep(p, 1, "999", reading.OK), 2},
		{"a number that is not on air", atStep(p, 1, "1", reading.OK), 0},
		{"nothing", State{}, 0},
		{"back", atStep(p, 1, "1", reading.OK), 2},
	} {
		before := s.Counts().Drawn
		c.state.Clock = noon.Add(time.Duration(before) * time.Hour) // no template shows it
		if err := s.Draw(c.state); err != nil {
			t.Fatal(err)
		}
		if got := s.Counts().Drawn - before; got != c.drawn {
			t.Errorf("%s: %d drawn, want %d", c.what, got, c.drawn)
		}
	}
}

func TestNumbersAreHeldBackButBadQualityIsNot(t *testing.T) {
	p, s := pottery(t), newSet(t, landscape)
	for _, c := range []struct {
		at      time.Duration
		value   string
		quality reading.Quality
		drawn   uint64
		again   time.Duration
	}{
		{0, "1", reading.OK, 3, 0},
		{30 * time.Millisecond, "2", reading.OK, 0, 70 * time.Millisecond},
		{60 * time.Millisecond, "3", reading.OK, 0, 40 * time.Millisecond},
		{100 * time.Millisecond, "3", reading.OK, 1, 0},
		{110 * time.Millisecond, "4", reading.Fault, 1, 0},
		{120 * time.Millisecond, "5", reading.OK, 1, 0},
		{130 * time.Millisecond, "5", reading.OK, 0, 0},
	} {
		before := s.Counts().Drawn
		state := atStep(p, 0, c.value, c.quality)
		again, err := s.paint(&state, noon.Add(c.at), 100*time.Millisecond)
		if got := s.Counts().Drawn - before; err != nil || got != c.drawn || again != c.again {
			t.Errorf("at %v: %d drawn, again in %v, %v; want %d, %v", c.at, got, again, err, c.drawn, c.again)
		}
	}
}

func TestFadesInAndOutWithTheProgramClock(t *testing.T) {
	p, s := pottery(t), newSet(t, picture.Size{Width: 640, Height: 360})
	look := func(at time.Duration) (difference int) {
		v := grey(s.options.Canvas)
		s.Blend(v, noon.Add(at))
		for y := range v.Height {
			for _, luma := range v.Y[y*v.StrideY:][:v.Width] {
				difference += max(int(luma)-120, 120-int(luma))
			}
		}
		return difference
	}
	if look(-time.Hour) != 0 {
		t.Error("something is there before anything was drawn")
	}
	if err := s.Draw(atStep(p, 0, "1", reading.OK)); err != nil {
		t.Fatal(err)
	}
	start, half, full, later := look(0), look(125*time.Millisecond), look(250*time.Millisecond), look(time.Minute)
	if start != 0 || half < full*4/10 || half > full*6/10 || full != later || full == 0 {
		t.Errorf("appearing: %d, %d, %d, %d", start, half, full, later)
	}
	// A changed number does not fade: the panel is as dense as before at once.
	if err := s.Draw(atStep(p, 0, "1", reading.Stale)); err != nil {
		t.Fatal(err)
	}
	if d := look(time.Minute + time.Millisecond); d < full*9/10 || d > full*11/10 {
		t.Errorf("changed number: %d after %d", d, full)
	}
	if err := s.Draw(State{}); err != nil {
		t.Fatal(err)
	}
	start, half, gone := look(2*time.Minute), look(2*time.Minute+125*time.Millisecond), look(2*time.Minute+250*time.Millisecond)
	if start < full*9/10 || half < full*4/10 || half > full*6/10 || gone != 0 {
		t.Errorf("going: %d, %d, %d", start, half, gone)
	}
	if err := s.Draw(State{}); err != nil {
		t.Fatal(err)
	}
	if n := len(*s.air.Load()); n != 0 {
		t.Errorf("%d overlays that have gone are still held", n)
	}
}

func TestOverlaysNeverPileUpWhenNobodyBlends(t *testing.T) {
	p, s := pottery(t), newSet(t, picture.Size{Width: 320, Height: 180})
	for i := range 60 {
		if err := s.Draw(atStep(p, i%6, "1", reading.OK)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(*s.air.Load()); n > 20 {
		t.Errorf("%d overlays held", n)
	}
}

// The picture-in-picture's insets are 480x270 at the right edge of 1080p, three
// from the top; no overlay may touch them or one another, and all stay within the
// margins. Nothing else of the picture changes.
func TestOverlaysKeepApartAndLeaveRoom(t *testing.T) {
	p := pottery(t)
	kiln, clay := p.Steps[5].Overlays[2], p.Steps[2].Overlays[2]
	title := procedure.Overlay{Template: "title", Set: map[string]string{"text": "龙泉青瓷"}}
	sets := [][]procedure.Overlay{{title, kiln}, append([]procedure.Overlay{kiln, clay}, p.Steps[1].Overlays...), {title, {Template: "lower-third"}}}
	for _, step := range p.Steps {
		sets = append(sets, step.Overlays)
	}
	for _, size := range []picture.Size{landscape, portrait, {Width: 1280, Height: 720}} {
		s := newSet(t, size)
		var insets []picture.Rect
		for i := range 3 {
			if size.Width > size.Height {
				k := size.Height
				insets = append(insets, picture.Rect{X: size.Width - 496*k/1080, Y: (16 + i*286) * k / 1080, Width: 480 * k / 1080, Height: 270 * k / 1080})
			}
		}
		for _, overlays := range sets {
			var faults []error
			state := atStep(p, 2, "5", reading.OK)
			state.Overlays = overlays
			all := s.bind(&state, &faults)
			if len(faults) > 0 || len(all) != len(overlays) {
				t.Fatal(errors.Join(faults...))
			}
			taken := insets
			x, y := margins(size)
			for _, w := range all {
				r := w.rectangle
				if blocking(r, taken, 0) != nil || r.X < x || r.Y < y || r.X+r.Width > size.Width-x || r.Y+r.Height > size.Height-y || r.X%2 != 0 || r.Y%2 != 0 {
					t.Errorf("%v: %s at %v, beside %v", size, w.identity, r, taken)
				}
				taken = append(taken[:len(taken):len(taken)], r)
			}
			if size.Height != 720 {
				continue // places are known to be right; pixels once are enough
			}
			if err := s.Draw(state); err != nil {
				t.Fatal(err)
			}
			v := grey(size)
			s.Blend(v, noon)
			s.Blend(v, noon.Add(time.Second))
			inside := 0
			for _, r := range taken[len(insets):] {
				inside += changedIn(v, r)
			}
			if total := changedIn(v, picture.Rect{}); total != inside || total == 0 {
				t.Errorf("%v: %d samples changed, %d of them where overlays are", size, total, inside)
			}
			if err := s.Draw(State{}); err != nil {
				t.Fatal(err)
			}
			s.Blend(v, noon)
			s.Blend(v, noon.Add(time.Second))
		}
	}
}

func TestFaultsLeaveTheOthersOnAir(t *testing.T) {
	p, s := pottery(t), newSet(t, landscape)
	for _, c := range []struct {
		overlay procedure.Overlay
		want    string
	}{
		{procedure.Overlay{Template: "guage", Channel: "clay"}, "diagram, gauge, lower-third, title"},
		{procedure.Overlay{Template: "gauge"}, "needs a channel"},
		{procedure.Overlay{Template: "title", Channel: "clay"}, "shows no reading"},
		{procedure.Overlay{Template: "gauge", Channel: "clay", Set: map[string]string{"hihg": "3"}}, "low, high, accent"},
		{procedure.Overlay{Template: "gauge", Channel: "clay", Set: map[string]string{"high": "x"}}, "decimal number"},
	} {
		if err := s.CheckProcedure(&procedure.Procedure{Name: "p", Steps: []procedure.Step{{Name: "a", Overlays: []procedure.Overlay{c.overlay}}}}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "step a") {
			t.Errorf("%+v: %v does not say %q", c.overlay, err, c.want)
		}
		state := atStep(p, 1, "1", reading.OK)
		state.Overlays = append([]procedure.Overlay{c.overlay}, state.Overlays...)
		if err := s.Draw(state); err == nil || !strings.Contains(s.Fault().En, c.want) || len(s.painter.shown) != 2 {
			t.Errorf("%+v: %v, fault %q, %d shown", c.overlay, err, s.Fault(), len(s.painter.shown))
		}
	}
	if err := s.Draw(atStep(p, 1, "1", reading.OK)); err != nil || s.Fault() != (words.Text{}) {
		t.Errorf("mended: %v, %q", err, s.Fault())
	}
}

func TestBadOptions(t *testing.T) {
	for _, size := range []picture.Size{{}, {Width: 641, Height: 360}} {
		if _, err := New(Options{Canvas: size, Templates: templates.FS}); err == nil {
			t.Errorf("%v: no error", size)
		}
	}
	bad := fstest.MapFS{"x.svg": {Data: []byte("<svg>")}}
	if _, err := New(Options{Canvas: landscape, Templates: bad}); err == nil || !strings.Contains(err.Error(), "x.svg") {
		t.Errorf("bad template: %v", err)
	}
}

// Run draws what Update brings while another goroutine blends, the last state
// included, and ends with its context.
func TestRun(t *testing.T) {
	p, s := pottery(t), newSet(t, picture.Size{Width: 640, Height: 360})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	v := grey(s.options.Canvas)
	var last string
	at := noon
	for i := range 200 {
		last = strconv.Itoa(i)
		s.Update(atStep(p, i/40, last, reading.OK))
		at = at.Add(33 * time.Millisecond)
		s.Blend(v, at)
	}
	s.Update(atStep(p, 5, last, reading.OK))
	final := atStep(p, 5, last, reading.OK)
	want := s.bind(&final, new([]error))
	deadline := time.Now().Add(5 * time.Second)
	for done := false; !done; {
		s.drawing.Lock()
		done = len(s.painter.shown) == len(want)
		for i := 0; done && i < len(want); i++ {
			done = s.painter.shown[i].key == want[i].key
		}
		s.drawing.Unlock()
		if !done && time.Now().After(deadline) {
			t.Fatalf("the last state was never drawn: %+v", s.Counts())
		}
		at = at.Add(33 * time.Millisecond)
		s.Blend(v, at)
	}
	// What is on air now is seen once its fade has begun.
	s.Blend(v, at)
	s.Blend(v, at.Add(time.Second))
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if c := s.Counts(); c.Drawn < 3 || c.Drawn > 60 || c.Blended == 0 {
		t.Errorf("%+v", c)
	}
}
