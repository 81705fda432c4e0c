package scene_test

import (
	"testing"
	"time"

	"studio/mixer/scene"
)

func TestDesk(t *testing.T) {
	a, b, c := scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, scene.Shot{Layout: scene.Full, Cameras: []string{"b"}}, scene.Shot{Layout: scene.Full, Cameras: []string{"c"}}
	cut := scene.Transition{Kind: scene.Cut}
	check := func(d scene.Desk, program, preview scene.Shot) {
		t.Helper()
		if !d.Program().Target().Equal(program) || !d.Preview().Equal(preview) {
			t.Errorf("program %v, preview %v; want %v, %v", d.Program().Target(), d.Preview(), program, preview)
		}
	}
	d := scene.NewDesk(a)
	check(d.TakePreview(cut, 0), a, scene.Shot{})
	d = d.Cue(b)
	check(d, a, b)
	check(d.Take(c, cut, 0), c, b)
	check(d.TakePreview(cut, 0), b, a)
	check(d.TakePreview(cut, 0).TakePreview(cut, 0), a, b)

	d = d.AutoTake(scene.Transition{Kind: scene.Push}, 3*time.Second)
	if left, counting := d.Left(time.Second); left != 2*time.Second || !counting {
		t.Errorf("%v left, %v", left, counting)
	}
	check(d.Tick(3*time.Second-1), a, b)
	late := d.Tick(3100 * time.Millisecond)
	check(late, b, a)
	if m := late.Program().At(3100 * time.Millisecond); m.Kind != scene.Push || m.Progress <= 0 || m.Progress >= 0.2 {
		t.Errorf("the transition began with the tick, not when it was due: %+v", m)
	}
	check(late.Tick(9*time.Second), b, a)
	check(d.Cancel().Tick(4*time.Second), a, b)
	check(d.TakePreview(cut, time.Second).Tick(4*time.Second), b, a)
}
