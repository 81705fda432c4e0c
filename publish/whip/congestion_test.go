package whip_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"studio/media/packet"
	"studio/media/picture"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// TestNarrowLine: on a line of 1 Mb/s an encode of its own comes down to what the line
// carries, the browser goes on playing, and when the line is wide again the encode goes up.
func TestNarrowLine(t *testing.T) {
	const narrow, wide = 1_000_000, 2_500_000
	link := whiptest.NewLink(t, 1, whiptest.Conditions{Delay: 10 * time.Millisecond})
	peer := whiptest.NewPeer(t, link)
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	camera := newCamera(t, picture.Size{Width: 640, Height: 360}, wide)
	var mu sync.Mutex
	var told []int
	sink, err := whip.New(whip.Options{
		URL: peer.URL, OnKeyRequest: camera.video.RequestKey,
		OnBitrate: func(bitsPerSecond int) {
			if err := camera.video.SetBitsPerSecond(bitsPerSecond); err != nil {
				t.Error(err)
			}
			mu.Lock()
			told = append(told, bitsPerSecond)
			mu.Unlock()
		},
	})(t.Context(), []*packet.Stream{camera.video.Stream(), film.Sound})
	if err != nil {
		t.Fatal(err)
	}
	playing, stop := context.WithCancel(t.Context())
	played := make(chan error, 1)
	go func() { played <- camera.play(playing, film, sink.Write) }()
	began := time.Now()
	phase := func(what string, seconds int) (lost int) {
		frames := -1
		_, lostBefore := link.Counts()
		s := until(t, peer.Stats, what, func(s whiptest.Stats) bool {
			if frames < 0 {
				frames = s.FramesDecoded
			}
			return s.FramesDecoded >= frames+30*seconds
		})
		_, lost = link.Counts()
		lost -= lostBefore
		mu.Lock()
		defer mu.Unlock()
		t.Logf("%4.1f s, %s: %d packets lost on the way; told %v; %d freezes of %.1f s together, %d decoded, buffer %.0f ms",
			time.Since(began).Seconds(), what, lost, told, s.FreezeCount, s.FreezeSeconds, s.FramesDecoded, 1000*s.BufferSeconds)
		return lost
	}
	last := func() int {
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 {
			return wide
		}
		return told[len(told)-1]
	}
	phase("a wide line", 2)
	link.Set(whiptest.Conditions{Delay: 10 * time.Millisecond, BitsPerSecond: narrow})
	phase("it becomes narrow", 5)
	// Some 150 packets come in a second of a picture and sound of 1 Mb/s.
	if lost := phase("it stays narrow", 4); lost > 150 {
		t.Errorf("the line still loses %d packets in 4 s", lost)
	}
	if b := last(); b > narrow*5/4 {
		t.Errorf("on a line of %d b/s the encode makes %d", narrow, b)
	}
	link.Set(whiptest.Conditions{Delay: 10 * time.Millisecond})
	mu.Lock()
	before := len(told)
	mu.Unlock()
	until(t, peer.Stats, "an encode that goes up and up on a line that is wide again", func(whiptest.Stats) bool {
		mu.Lock()
		defer mu.Unlock()
		n := len(told)
		return n >= before+3 && told[n-1] > told[n-2] && told[n-2] > told[n-3]
	})
	phase("it is wide again", 1)
	stop()
	if err := <-played; err != nil {
		t.Errorf("Write: %v", err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
}
