package main

import (
	"testing"
	"time"

	"studio/configs"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
)

// collector keeps what it is offered.
type collector struct{ packets []*packet.Packet }

func (c *collector) Offer(p *packet.Packet) { c.packets = append(c.packets, p) }

// TestALaneChangesItsEncodeWithoutAGap moves a destination to an encode of its own
// and back: every picture comes once, in order, and both changes are at key frames.
func TestALaneChangesItsEncodeWithoutAGap(t *testing.T) {
	size := picture.Size{Width: 320, Height: 180}
	l, err := newLine(configs.Canvas{Name: "landscape", Size: size, Preset: "ultrafast", BitsPerSecond: 1_000_000}, packet.Rational{Num: 30, Den: 1}, 0, &mixer.Costs{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := l.newEncoding(need{size: size, profile: "main", bitsPerSecond: 300_000, alone: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.main.video.Close()
	defer own.video.Close()
	pool := picture.NewPool(1)
	pic := pool.Get(size)
	defer pic.Release()
	got := &collector{}
	way := newLane(l.main, got)
	const pictures = 90
	for n := range int64(pictures) {
		switch n {
		case 20:
			own.holds = 1
			way.change(own)
		case 60:
			way.change(l.main)
		}
		order := []*encoding{own, l.main}
		if n%2 == 0 { // each is ahead by turns
			order = []*encoding{l.main, own}
		}
		for _, r := range order {
			if r.takers.Load() > 0 {
				r.encode(programPicture{pic, n, time.Time{}})
			}
		}
	}
	if len(got.packets) != pictures {
		t.Fatalf("%d packets for %d pictures", len(got.packets), pictures)
	}
	keys := 0
	for i, p := range got.packets {
		if p.PTS != int64(i) {
			t.Fatalf("packet %d is of picture %d", i, p.PTS)
		}
		if p.Stream != l.main.video.Stream() {
			t.Fatalf("packet %d shows that it is of another encode", i)
		}
		if p.Key {
			keys++
		}
	}
	if keys < 3 {
		t.Errorf("%d key frames: each change needs one", keys)
	}
	way.end()
	if n, m := l.main.takers.Load(), own.takers.Load(); n != 0 || m != 0 {
		t.Errorf("still taken: %d, %d", n, m)
	}
}
