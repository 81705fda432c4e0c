package whip_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"studio/media/packet"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// until polls the browser until ok is satisfied, and returns the last figures.
func until(t testing.TB, stats func() (whiptest.Stats, error), what string, ok func(whiptest.Stats) bool) whiptest.Stats {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		s, err := stats()
		if err != nil {
			t.Fatalf("read Chromium's figures: %v", err)
		}
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("Chromium never had %s: %+v", what, s)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestChromium publishes to a browser, in the profiles that an encoder may make.
func TestChromium(t *testing.T) {
	url, stats, _ := whiptest.StartChromiumPeer(t)
	for i, test := range []struct {
		profile, agreed string
	}{
		{"main", "profile-level-id=4d00"},
		{"baseline", "profile-level-id=42e0"},
	} {
		t.Run(test.profile, func(t *testing.T) {
			film := whiptest.NewFilm(t, 640, 360, test.profile)
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			dial := whip.New(whip.Options{URL: url, Bearer: "geheim"})
			sink, err := dial(ctx, []*packet.Stream{film.Picture, film.Sound})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dial(ctx, []*packet.Stream{film.Picture}); err == nil || !strings.Contains(err.Error(), "already on air") {
				t.Errorf("a second session at one address: %v", err)
			}
			playing, stop := context.WithCancel(ctx)
			played := make(chan error, 1)
			go func() { played <- film.Play(playing, 0, sink.Write) }()

			s := until(t, stats, "pictures, sound and both clocks", func(s whiptest.Stats) bool {
				return s.FramesDecoded >= 30 && s.AudioEnergy > 0 && s.VideoPlayout > 0 && s.AudioPlayout > 0 && s.LumaHigh > 0
			})
			later := until(t, stats, "30 frames after that", func(l whiptest.Stats) bool { return l.FramesDecoded >= s.FramesDecoded+30 })
			stop()
			if err := <-played; err != nil {
				t.Errorf("Write: %v", err)
			}
			if err := sink.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			t.Logf("%+v", later)

			if later.VideoWidth != 640 || later.VideoHeight != 360 {
				t.Errorf("picture of %dx%d, want 640x360", later.VideoWidth, later.VideoHeight)
			}
			if later.LumaHigh-later.LumaLow < 100 || later.LumaMean < 30 {
				t.Errorf("the picture is nearly black or plain: %+v", later)
			}
			if !strings.Contains(later.VideoCodec, test.agreed) || !strings.Contains(later.VideoCodec, "packetization-mode=1") {
				t.Errorf("agreed on %q, want %s", later.VideoCodec, test.agreed)
			}
			if !strings.Contains(later.AudioCodec, "stereo=1") {
				t.Errorf("agreed on %q, want stereo", later.AudioCodec)
			}
			if apart := math.Abs(later.VideoPlayout - later.AudioPlayout); apart > 150 {
				t.Errorf("sound and picture play %.0f ms apart", apart)
			}
			if later.Authorization != "Bearer geheim" || later.Sessions != i+1 {
				t.Errorf("key %q, session %d", later.Authorization, later.Sessions)
			}
			until(t, stats, "the session deleted", func(s whiptest.Stats) bool { return s.Deleted == i+1 })
		})
	}
}
