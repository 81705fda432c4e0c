package overlay

import (
	"strconv"
	"testing"
	"time"

	"studio/hw/reading"
	"studio/overlay/procedure"
)

func TestBlendAllocatesNothing(t *testing.T) {
	p, s := pottery(t), newSet(t, landscape)
	if err := s.Draw(atStep(p, 5, "1250.5", reading.OK)); err != nil {
		t.Fatal(err)
	}
	v, at := grey(landscape), noon
	if n := testing.AllocsPerRun(50, func() {
		at = at.Add(33 * time.Millisecond)
		s.Blend(v, at)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if s.Counts().Blended < 100 {
		t.Errorf("%+v", s.Counts())
	}
}

func BenchmarkBlend1080p(b *testing.B) {
	p, s := pottery(b), newSet(b, landscape)
	for name, state := range map[string]State{
		"step":  atStep(p, 5, "1250.5", reading.OK),
		"title": {Overlays: []procedure.Overlay{{Template: "title", Set: map[string]string{"text": "龙泉青瓷 · 拉坯成形"}}}},
	} {
		b.Run(name, func(b *testing.B) {
			if err := s.Draw(state); err != nil {
				b.Fatal(err)
			}
			v := grey(landscape)
			s.Blend(v, noon)
			b.ReportAllocs()
			for b.Loop() {
				s.Blend(v, noon.Add(time.Second))
			}
		})
	}
}

func BenchmarkDrawStep1080p(b *testing.B) {
	p, s := pottery(b), newSet(b, landscape)
	b.Run("gauge", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if err := s.Draw(atStep(p, 5, strconv.Itoa(i%1000), reading.OK)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		state := atStep(p, 5, "7", reading.OK)
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Draw(state); err != nil {
				b.Fatal(err)
			}
		}
	})
}
