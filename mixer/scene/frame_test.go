package scene_test

import (
	"slices"
	"testing"
	"time"

	"studio/media/picture"
	"studio/mixer/scene"
)

// way returns the frames of a shot's way to another by the time after its start.
func way(t *testing.T, l *scene.Library, canvas picture.Size, from, to scene.Shot, by scene.Transition) func(after time.Duration) scene.Frame {
	t.Helper()
	places := map[string][]scene.Place{}
	for _, name := range []string{from.Layout, to.Layout} {
		var err error
		if places[name], err = l.Place(name, canvas); err != nil {
			t.Fatal(err)
		}
	}
	program := scene.NewProgram(from).Take(to, by, time.Second)
	return func(after time.Duration) scene.Frame {
		m := program.At(time.Second + after)
		var f scene.Frame
		f.Arrange(m, places[m.From.Layout], places[m.To.Layout], canvas)
		return f
	}
}

// arrange returns one of them.
func arrange(t *testing.T, l *scene.Library, canvas picture.Size, from, to scene.Shot, by scene.Transition, after time.Duration) scene.Frame {
	t.Helper()
	return way(t, l, canvas, from, to, by)(after)
}

// shots lists one shot for each layout, with as many cameras as it has slots or one
// less, the main one being each in turn.
func shots(t *testing.T, l *scene.Library, canvas picture.Size) []scene.Shot {
	var list []scene.Shot
	cameras := []string{"a", "b", "c", "d"}
	for i, name := range l.Fit(canvas) {
		places, err := l.Place(name, canvas)
		if err != nil {
			t.Fatal(err)
		}
		turned := append(slices.Clone(cameras[i%4:]), cameras[:i%4]...)
		list = append(list, scene.Shot{Layout: name, Cameras: turned[:len(places)]})
		if len(places) > 2 {
			list = append(list, scene.Shot{Layout: name, Cameras: turned[:len(places)-1]})
		}
	}
	return list
}

// Every transition between any two layouts keeps every tile even and on the canvas,
// moves without jumps, and ends in exactly the shot that was asked for.
func TestTransitionsAreContinuousAndEndAtTheTarget(t *testing.T) {
	l := library(t)
	for _, canvas := range []picture.Size{{Width: 480, Height: 270}, {Width: 270, Height: 480}} {
		for _, from := range shots(t, l, canvas) {
			for _, to := range shots(t, l, canvas) {
				for _, kind := range scene.Kinds() {
					checkWay(t, l, canvas, from, to, scene.Transition{Kind: kind})
				}
			}
		}
	}
}

func checkWay(t *testing.T, l *scene.Library, canvas picture.Size, from, to scene.Shot, by scene.Transition) {
	t.Helper()
	end := arrange(t, l, canvas, to, to, by, 0)
	const step = 10 * time.Millisecond
	var last scene.Frame
	frame := way(t, l, canvas, from, to, by)
	for at := time.Duration(0); at <= scene.UsualTime+step; at += step {
		f := frame(at)
		for _, tile := range append(slices.Clone(f.Under), f.Over...) {
			r := tile.Rect
			if (r.X|r.Y|r.Width|r.Height)&1 != 0 || r.X < 0 || r.Y < 0 || r.X+r.Width > canvas.Width || r.Y+r.Height > canvas.Height || r.Width <= 0 || r.Height <= 0 {
				t.Fatalf("%v to %v by %s at %v: tile %+v", from, to, by.Kind, at, tile)
			}
		}
		if at > 0 && f.Way == last.Way && len(f.Under) == len(last.Under) && by.Kind != scene.Cut && at < scene.UsualTime {
			for i, tile := range f.Under {
				if jump(tile.Rect, last.Under[i].Rect) > max(canvas.Width, canvas.Height)/20 && tile.Camera == last.Under[i].Camera {
					t.Fatalf("%v to %v by %s at %v: %v jumps to %v", from, to, by.Kind, at, last.Under[i], tile)
				}
			}
		}
		covered := 0
		for _, p := range f.Parts {
			covered += p.From.Width * p.From.Height
			if p.X < 0 || p.X+p.From.Width > canvas.Width {
				t.Fatalf("%s at %v: part %+v", by.Kind, at, p)
			}
		}
		if f.Way == scene.Parted && covered != canvas.Width*canvas.Height {
			t.Fatalf("%s at %v: parts cover %d", by.Kind, at, covered)
		}
		if (at >= scene.UsualTime || by.Kind == scene.Cut) && (f.Way != scene.Alone || !slices.Equal(f.Under, end.Under)) {
			t.Fatalf("%v to %v by %s at %v: %+v, want %+v", from, to, by.Kind, at, f, end)
		}
		last = f
	}
}

func jump(a, b picture.Rect) int {
	far := 0
	for _, d := range []int{a.X - b.X, a.Y - b.Y, a.X + a.Width - b.X - b.Width, a.Y + a.Height - b.Y - b.Height} {
		far = max(far, d, -d)
	}
	return far
}

func TestDissolveRisesFromOutgoingToIncoming(t *testing.T) {
	a, b := scene.Shot{Layout: scene.Full, Cameras: []string{"wheel"}}, scene.Shot{Layout: scene.PIP, Cameras: []string{"kiln", "wheel"}}
	last := uint8(0)
	hd := picture.Size{Width: 1920, Height: 1080}
	for at := time.Duration(0); at < scene.UsualTime; at += 10 * time.Millisecond {
		f := arrange(t, library(t), hd, a, b, scene.Transition{}, at)
		if f.Way != scene.Mixed || f.Weight < last || at == 0 && f.Weight != 0 || f.Under[0].Camera != "wheel" || f.Over[0].Camera != "kiln" {
			t.Fatalf("at %v: %+v after weight %d", at, f, last)
		}
		last = f.Weight
	}
	if last < 240 {
		t.Errorf("ends with weight %d", last)
	}
}

func TestGrowSwellsOutOfTheInsetAndBack(t *testing.T) {
	hd := picture.Size{Width: 1920, Height: 1080}
	pip := scene.Shot{Layout: scene.PIP, Cameras: []string{"hands", "wheel", "kiln"}}
	full := scene.Shot{Layout: scene.Full, Cameras: []string{"wheel"}}
	grow := scene.Transition{Kind: scene.Grow}
	inset := picture.Rect{X: 1416, Y: 24, Width: 480, Height: 270}
	top := func(from, to scene.Shot, at time.Duration) scene.Tile {
		f := arrange(t, library(t), hd, from, to, grow, at)
		return f.Under[len(f.Under)-1]
	}
	if got := top(pip, full, 0); got.Rect != inset || got.Camera != "wheel" {
		t.Errorf("swelling begins with %+v", got)
	}
	if got := top(full, pip, scene.UsualTime-time.Millisecond); got.Rect != inset || got.Camera != "wheel" {
		t.Errorf("shrinking ends with %+v", got)
	}
	for at := time.Duration(0); at < scene.UsualTime; at += 10 * time.Millisecond {
		if a, b := top(pip, full, at), top(full, pip, scene.UsualTime-at); at > 0 && jump(a.Rect, b.Rect) > 2 {
			t.Errorf("at %v: %v there, %v back", at, a.Rect, b.Rect)
		}
	}
}

func TestTransitionsThatCannotBeAreRefused(t *testing.T) {
	for _, bad := range []scene.Transition{{Kind: "spin"}, {Duration: -1}, {Duration: time.Minute}} {
		if bad.Check() == nil {
			t.Errorf("%+v is allowed", bad)
		}
	}
	if err := (scene.Transition{}).Check(); err != nil {
		t.Error(err)
	}
}

func TestArrangeAllocatesNothing(t *testing.T) {
	l, canvas := library(t), picture.Size{Width: 1920, Height: 1080}
	a, _ := l.Place(scene.PIP, canvas)
	b, _ := l.Place("quad", canvas)
	var f scene.Frame
	cameras := []string{"a", "b", "c", "d"}
	p := scene.NewProgram(scene.Shot{Layout: scene.PIP, Cameras: cameras}).Take(scene.Shot{Layout: "quad", Cameras: cameras}, scene.Transition{Kind: scene.Grow}, 0)
	if n := testing.AllocsPerRun(20, func() { f.Arrange(p.At(200*time.Millisecond), a, b, canvas) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
