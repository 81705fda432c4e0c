package whip_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// TestLoss: where packets are lost on the way they are sent again, and the browser goes
// on playing. Nobody takes the server for gone.
func TestLoss(t *testing.T) {
	link := whiptest.NewLink(t, 1, whiptest.Conditions{})
	peer := whiptest.NewPeer(t, link)
	film := whiptest.NewFilm(t, 640, 360, "main")
	for _, percent := range []int{1, 3, 5} {
		t.Run(fmt.Sprint(percent, " percent"), func(t *testing.T) {
			link.Set(whiptest.Conditions{Loss: float64(percent) / 100, Delay: 20 * time.Millisecond})
			sink, err := whip.New(whip.Options{URL: peer.URL})(t.Context(), []*packet.Stream{film.Picture, film.Sound})
			if err != nil {
				t.Fatal(err)
			}
			playing, stop := context.WithCancel(t.Context())
			played := make(chan error, 1)
			go func() { played <- film.Play(playing, 0, sink.Write) }()
			until(t, peer.Stats, "30 pictures", func(s whiptest.Stats) bool { return s.FramesDecoded >= 30 })
			began := time.Now()
			s := until(t, peer.Stats, "4 s more of them", func(s whiptest.Stats) bool { return s.FramesDecoded >= 30+4*30 })
			took := time.Since(began)
			stop()
			if err := <-played; err != nil {
				t.Errorf("Write: %v", err)
			}
			if err := sink.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			t.Logf("%d %% lost: 120 pictures in %v; %d of %d packets never came; asked again %d times; %d freezes of %.1f s together; jitter %.0f ms",
				percent, took.Round(100*time.Millisecond), s.VideoLost, s.VideoPackets, s.NackCount, s.FreezeCount, s.FreezeSeconds, 1000*s.JitterSeconds)
			if took > 7*time.Second {
				t.Errorf("120 pictures took %v", took)
			}
			if expected := float64(s.VideoPackets) * float64(percent) / 100; s.NackCount == 0 || float64(s.VideoLost) > max(3, expected/4) {
				t.Errorf("%d packets of about %.0f lost were not replaced", s.VideoLost, expected)
			}
		})
	}
	if passed, lost := link.Counts(); lost < passed/50 {
		t.Errorf("the link lost %d packets and passed %d", lost, passed)
	}
}

// TestBlackHole: a server of which nothing comes any more is noticed within five seconds.
func TestBlackHole(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	leaks(t)
	link := whiptest.NewLink(t, 1, whiptest.Conditions{Loss: 0.05})
	s := newServer(t)
	s.link = link
	sink, err := whip.New(whip.Options{URL: s.URL + "/live/" + secret})(t.Context(), []*packet.Stream{film.Picture, film.Sound})
	if err != nil {
		t.Fatal(err)
	}
	played := make(chan error, 1)
	go func() { played <- film.Play(t.Context(), 0, sink.Write) }()
	s.until("pictures", func() bool { return len(s.pictures) > 20 })
	link.Set(whiptest.Conditions{Dead: true})
	began := time.Now()
	err = <-played
	took := time.Since(began)
	var fault *publish.Error
	if !errors.As(err, &fault) || fault.Fault != publish.NoAnswer || errors.Is(err, publish.ErrRefused) || fault.Zh == "" || strings.Contains(err.Error(), secret) {
		t.Errorf("Write: %v", err)
	}
	t.Logf("noticed after %v", took.Round(10*time.Millisecond))
	if took > 5*time.Second || took < 3*time.Second {
		t.Errorf("noticed after %v", took)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
}
