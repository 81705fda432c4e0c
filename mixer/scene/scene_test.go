package scene

import (
	"testing"
	"time"

	"studio/media/picture"
)

var sizes = []picture.Size{{Width: 1920, Height: 1080}, {Width: 1080, Height: 1920}, {Width: 1280, Height: 720}, {Width: 320, Height: 180}, {Width: 854, Height: 480}}

func TestEverySlotLiesOnTheCanvasAndIsEven(t *testing.T) {
	for _, size := range sizes {
		for _, name := range Names() {
			l, err := New(name, size)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range l.Slots {
				if r.X < 0 || r.Y < 0 || r.X+r.Width > size.Width || r.Y+r.Height > size.Height || r.Width <= 0 || r.Height <= 0 {
					t.Errorf("%s on %v: slot %d %v leaves the canvas", name, size, i, r)
				}
				if (r.X|r.Y|r.Width|r.Height)&1 != 0 {
					t.Errorf("%s on %v: slot %d %v is odd", name, size, i, r)
				}
			}
		}
	}
}

func TestInsetsOfFullHDAre480By270AndApart(t *testing.T) {
	l, err := New(PIP, picture.Size{Width: 1920, Height: 1080})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range l.Slots[1:] {
		if r.Width != 480 || r.Height != 270 {
			t.Errorf("inset %d is %v", i, r)
		}
		if i > 0 && r.Y < l.Slots[i].Y+l.Slots[i].Height {
			t.Errorf("inset %d overlaps the one above", i)
		}
	}
}

func TestUnknownLayoutNamesWhatIsAllowed(t *testing.T) {
	_, err := New("mosaic", sizes[0])
	if err == nil || err.Error() != `layout "mosaic": there is none of that name; allowed: full, pip, sidebyside, quad` {
		t.Errorf("got %v", err)
	}
}

func TestFillCoversTheSlotWithoutDistortion(t *testing.T) {
	cameras := []picture.Size{{Width: 1920, Height: 1080}, {Width: 640, Height: 480}, {Width: 1080, Height: 1920}, {Width: 352, Height: 288}, {}}
	slots := []picture.Rect{{Width: 1920, Height: 1080}, {Width: 480, Height: 270}, {Width: 960, Height: 1080}, {Width: 1080, Height: 1920}}
	for _, c := range cameras {
		for _, s := range slots {
			scaled, shown := Fill(c, s)
			if shown.Width != s.Width || shown.Height != s.Height {
				t.Errorf("%v in %v shows %v", c, s, shown)
			}
			if shown.X+shown.Width > scaled.Width || shown.Y+shown.Height > scaled.Height {
				t.Errorf("%v in %v: shows %v of %v", c, s, shown, scaled)
			}
			if (scaled.Width|scaled.Height|shown.X|shown.Y)&1 != 0 {
				t.Errorf("%v in %v: odd: %v %v", c, s, scaled, shown)
			}
			if c.Width > 0 {
				stretch := float64(scaled.Width) * float64(c.Height) / (float64(scaled.Height) * float64(c.Width))
				if stretch < 0.99 || stretch > 1.01 {
					t.Errorf("%v in %v is stretched by %.3f", c, s, stretch)
				}
			}
		}
	}
}

func TestDissolveRisesFromOutgoingToIncoming(t *testing.T) {
	a, b := Shot{Full, []string{"wheel"}}, Shot{PIP, []string{"kiln", "wheel"}}
	p := NewProgram(a).Take(b, Dissolve, time.Second)
	if from, _, w := p.At(time.Second); w != 0 || !from.Equal(a) {
		t.Errorf("at the start: %v %d", from, w)
	}
	last := uint8(0)
	for at := time.Second; at < time.Second+DissolveTime; at += 10 * time.Millisecond {
		_, to, w := p.At(at)
		if w < last || !to.Equal(b) {
			t.Fatalf("at %v: weight %d after %d, to %v", at, w, last, to)
		}
		last = w
	}
	if from, _, w := p.At(time.Second + DissolveTime); w != 255 || !from.Equal(b) {
		t.Errorf("at the end: %v %d", from, w)
	}
	if _, to, w := NewProgram(a).Take(b, Cut, time.Second).At(time.Second); w != 255 || !to.Equal(b) {
		t.Errorf("cut: %v %d", to, w)
	}
}

func TestTakeOfWhatIsOnAirChangesNothing(t *testing.T) {
	a, b := Shot{Full, []string{"wheel"}}, Shot{Full, []string{"kiln"}}
	p := NewProgram(a).Take(b, Dissolve, 0)
	if q := p.Take(b, Cut, 100*time.Millisecond); q.kind != Dissolve || q.start != 0 {
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
		{Shot{Quad, nil}, 4, all},
		{Shot{SideBySide, []string{"kiln", "kiln"}}, 2, []string{"kiln", "wheel"}},
	} {
		if got := c.shot.Complete(c.slots, all); !got.Equal(Shot{c.shot.Layout, c.want}) {
			t.Errorf("%v in %d slots: %v, want %v", c.shot, c.slots, got.Cameras, c.want)
		}
	}
}
