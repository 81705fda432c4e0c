package whip_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// secret stands wherever a secret may stand, and must not come out anywhere.
const secret = "s3cret"

func leaks(t *testing.T) {
	known := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, known) })
}

// units splits Annex B without access unit delimiters, as a receiver sees them.
func units(data []byte) [][]byte {
	var out [][]byte
	for _, u := range bytes.Split(data, []byte{0, 0, 1}) {
		if u = bytes.TrimRight(u, "\x00"); len(u) > 0 && u[0]&0x1f != 9 {
			out = append(out, u)
		}
	}
	return out
}

func TestSend(t *testing.T) {
	film := whiptest.NewFilm(t, 640, 360, "main")
	leaks(t)
	s := newServer(t)
	s.lose = func(n int) bool { return n == 7 || n == 40 }
	var keys atomic.Int32
	dial := whip.New(whip.Options{
		URL: s.URL + "/live/" + secret + "?key=" + secret, Bearer: secret,
		OnKeyRequest: func() { keys.Add(1) },
	})
	aac := &packet.Stream{Codec: packet.AAC, TimeBase: packet.Rational{Num: 1, Den: 48000}}
	sink, err := dial(t.Context(), []*packet.Stream{aac, film.Picture, film.Sound})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(&packet.Packet{Stream: aac, Data: []byte("not sent"), Key: true}); err != nil {
		t.Error(err)
	}
	// The connection may come up in the middle of a GOP: nothing is sent before the
	// key frame, which is asked for.
	const first, count = 57, 90
	if err := sink.Write(film.PictureAt(first)); err != nil {
		t.Error(err)
	}
	if keys.Load() != 1 {
		t.Errorf("%d requests for a key frame after a picture that cannot be begun with", keys.Load())
	}
	playing, stop := context.WithCancel(t.Context())
	played := make(chan error, 1)
	const lag = 150 * time.Millisecond
	go func() { played <- film.Play(playing, lag, sink.Write) }()

	s.until("90 pictures, the sound, and reports", func() bool {
		return len(s.pictures) >= count && len(s.sounds) >= 100 && s.resent >= 2 &&
			len(s.reports[webrtc.RTPCodecTypeVideo]) >= 2 && len(s.reports[webrtc.RTPCodecTypeAudio]) >= 2
	})
	// Many requests within a second are one.
	before := keys.Load()
	for range 5 {
		if err := s.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(s.video)}}); err != nil {
			t.Error(err)
		}
	}
	s.until("a key frame asked for", func() bool { return keys.Load() > before })
	if n := keys.Load(); n != before+1 {
		t.Errorf("%d requests at once were passed on", n-before)
	}
	stop()
	if err := <-played; err != nil {
		t.Errorf("Write: %v", err)
	}
	if err := sink.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}

	if want := "/session/1?of=geheim Bearer " + secret; len(s.deleted) != 1 || s.deleted[0] != want {
		t.Errorf("deleted %q, want %q", s.deleted, want)
	}
	if got := s.types[webrtc.RTPCodecTypeVideo]; !strings.HasPrefix(got, "video/H264/90000") || !strings.Contains(got, "profile-level-id=4d00") {
		t.Errorf("video is %s", got)
	}
	if got := s.types[webrtc.RTPCodecTypeAudio]; !strings.HasPrefix(got, "audio/opus/48000/2") {
		t.Errorf("audio is %s", got)
	}
	for _, line := range []string{"a=group:BUNDLE 0 1", "a=rtcp-mux", "a=rtcp-mux-only", "a=bundle-only", "a=setup:actpass", "a=sendonly", "a=end-of-candidates"} {
		if !strings.Contains(s.offers[0], line+"\r\n") {
			t.Errorf("the offer lacks %s", line)
		}
	}
	checkPictures(t, film, s)
	checkSounds(t, film, s)
	checkReports(t, s)
}

// checkPictures compares every picture and its time. Two pictures lack a packet.
func checkPictures(t *testing.T, film *whiptest.Film, s *server) {
	t.Helper()
	start := s.pictures[0].time
	damaged := 0
	for _, got := range s.pictures {
		n := int(got.time-start) / 3000
		if got.time-start != uint32(n)*3000 {
			t.Fatalf("picture at %d ticks, no whole frame time", got.time-start)
		}
		want, have := units(film.PictureAt(n).Data), units(got.data)
		if len(want) != len(have) || !bytes.Equal(bytes.Join(want, nil), bytes.Join(have, nil)) {
			damaged++
		}
	}
	if damaged > 2 {
		t.Errorf("%d pictures came damaged", damaged)
	}
}

func checkSounds(t *testing.T, film *whiptest.Film, s *server) {
	t.Helper()
	start := s.sounds[0].time
	for _, got := range s.sounds {
		n := int(got.time-start) / 960
		if got.time-start != uint32(n)*960 || !bytes.Equal(got.data, film.SoundAt(n).Data) {
			t.Fatalf("sound at %d ticks is not the one of that time", got.time-start)
		}
	}
}

// checkReports works out from the sender reports alone when program time 0 was on the
// wall clock: both tracks must say the same, although the pictures were sent later.
func checkReports(t *testing.T, s *server) {
	t.Helper()
	zero := func(kind webrtc.RTPCodecType, start uint32, rate float64) []float64 {
		var out []float64
		for _, r := range s.reports[kind] {
			wall := float64(r.NTPTime>>32) + float64(r.NTPTime&0xffffffff)/(1<<32)
			out = append(out, wall-float64(int32(r.RTPTime-start))/rate)
		}
		return out
	}
	all := append(zero(webrtc.RTPCodecTypeVideo, s.pictures[0].time, 90000), zero(webrtc.RTPCodecTypeAudio, s.sounds[0].time, 48000)...)
	for _, z := range all {
		if d := (z - all[0]) * 1000; d > 1 || d < -1 {
			t.Errorf("sender reports differ by %.2f ms", d)
		}
	}
	last := s.reports[webrtc.RTPCodecTypeVideo]
	if n := last[len(last)-1].PacketCount; n < 100 {
		t.Errorf("the last report counts %d packets", n)
	}
}

func TestPictureOnly(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	for _, test := range []struct {
		name    string
		alter   func(string) string
		streams []*packet.Stream
	}{
		{"no sound to send", nil, []*packet.Stream{film.Picture}},
		{"the server takes no sound", reject("audio"), []*packet.Stream{film.Picture, film.Sound}},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaks(t)
			s := newServer(t)
			s.alter = test.alter
			sink, err := whip.New(whip.Options{URL: s.URL + "/a/b"})(t.Context(), test.streams)
			if err != nil {
				t.Fatal(err)
			}
			for n := range 10 {
				if err := errors.Join(sink.Write(film.SoundAt(n)), sink.Write(film.PictureAt(n))); err != nil {
					t.Error(err)
				}
			}
			s.until("ten pictures", func() bool { return len(s.pictures) == 10 })
			if err := sink.Close(); err != nil {
				t.Error(err)
			}
			if len(s.sounds) > 0 {
				t.Errorf("%d sound packets came", len(s.sounds))
			}
		})
	}
}

func TestLostServer(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	streams := []*packet.Stream{film.Picture, film.Sound}

	t.Run("the server vanishes", func(t *testing.T) {
		leaks(t)
		s := newServer(t)
		sink, err := whip.New(whip.Options{URL: s.URL + "/live/" + secret, Lost: 2 * time.Second})(t.Context(), streams)
		if err != nil {
			t.Fatal(err)
		}
		s.hangUp()
		err = film.Play(t.Context(), 0, sink.Write)
		if err == nil || !strings.Contains(err.Error(), "is gone") || strings.Contains(err.Error(), secret) {
			t.Errorf("Write to a server that is gone: %v", err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the context ends", func(t *testing.T) {
		leaks(t)
		s := newServer(t)
		ctx, cancel := context.WithCancel(t.Context())
		sink, err := whip.New(whip.Options{URL: s.URL + "/live"})(ctx, streams)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := film.Play(t.Context(), 0, sink.Write); !errors.Is(err, context.Canceled) {
			t.Errorf("Write after the context has ended: %v", err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		if len(s.deleted) != 1 {
			t.Errorf("deleted %q, want one session", s.deleted)
		}
	})
}
