package whip

import (
	"math/rand/v2"
	"testing"
	"time"

	"studio/media/packet"
)

func TestBitrate(t *testing.T) {
	video := &packet.Stream{BitsPerSecond: 4_000_000}
	sound := &packet.Stream{BitsPerSecond: 128_000}
	b := newBitrate(video, sound)
	if r := b.bounds(); b.min != 400_000 || r.Min != b.min || r.Start < 4_128_000 || r.Max < r.Start {
		t.Errorf("at least %d, bounds %+v", b.min, r)
	}
	start := time.Now()
	for _, step := range []struct {
		ms, estimate, want int // 0: nothing is told
	}{
		{0, 0, 0},                   // not known
		{100, 6_000_000, 0},         // more than is needed
		{200, 4_300_000, 0},         // a twentieth less is no matter
		{300, 3_000_000, 2_717_000}, // 95 % of what 128 kb/s of sound and 12 kb/s of headers leave
		{400, 2_000_000, 0},         // too soon
		{550, 2_000_000, 1_767_000},
		{900, 2_050_000, 0},          // little
		{1000, 3_000_000, 0},         // too soon to go up
		{1550, 3_000_000, 2_717_000}, // now
		{1900, 10_000, 400_000},      // the least
		{2500, 9_000, 0},
		{3000, 9_000_000, 4_000_000}, // the most
		{9000, 9_000_000, 0},
	} {
		got, changed := b.next(step.estimate, start.Add(time.Duration(step.ms)*time.Millisecond))
		if changed != (step.want != 0) {
			t.Fatalf("at %d ms: told %v %d", step.ms, changed, got)
		}
		if changed && got != step.want {
			t.Errorf("at %d ms: %d b/s, want %d", step.ms, got, step.want)
		}
	}
	if small := newBitrate(&packet.Stream{BitsPerSecond: 100_000}, nil); small.min != 100_000 {
		t.Errorf("at least %d of 100000 b/s", small.min)
	}
}

// TestBitrateKeeps: whatever is estimated, what is told stays within bounds and within
// the line, and not more than four times a second.
func TestBitrateKeeps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := newBitrate(&packet.Stream{BitsPerSecond: 3_000_000}, &packet.Stream{BitsPerSecond: 96_000})
	now := time.Now()
	var last time.Time
	for range 10_000 {
		now = now.Add(time.Duration(random.IntN(100)) * time.Millisecond)
		estimate := random.IntN(6_000_000)
		got, changed := b.next(estimate, now)
		if got < 300_000 || got > 3_000_000 || changed && got > 300_000 && got+96_000 > estimate {
			t.Fatalf("%d b/s where the line carries %d", got, estimate)
		}
		if changed && !last.IsZero() && now.Sub(last) < slowestDown {
			t.Fatalf("told again after %v", now.Sub(last))
		}
		if changed {
			last = now
		}
	}
}
