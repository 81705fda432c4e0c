package scene

import (
	"testing"
	"time"
)

func TestTakeOfWhatIsOnAirChangesNothing(t *testing.T) {
	a, b := Shot{Full, []string{"wheel"}}, Shot{Full, []string{"kiln"}}
	p := NewProgram(a).Take(b, Transition{}, 0)
	if q := p.Take(b, Transition{Kind: Cut}, 100*time.Millisecond); q.by.Kind != Dissolve || q.start != 0 {
		t.Errorf("a second take of the same shot restarted the transition: %+v", q)
	}
}

func TestCompleteFillsSlotsOnce(t *testing.T) {
	all := []string{"wheel", "hands", "kiln"}
	for _, c := range []struct {
		shot  Shot
		slots int
		want  []string
	}{
		{Shot{PIP, []string{"kiln"}}, 4, []string{"kiln", "wheel", "hands"}},
		{Shot{Full, []string{"hands", "kiln"}}, 1, []string{"hands"}},
		{Shot{"quad", nil}, 4, all},
		{Shot{"sidebyside", []string{"kiln", "kiln"}}, 2, []string{"kiln", "wheel"}},
	} {
		if got := c.shot.Complete(c.slots, all); !got.Equal(Shot{c.shot.Layout, c.want}) {
			t.Errorf("%v in %d slots: %v, want %v", c.shot, c.slots, got.Cameras, c.want)
		}
	}
}
