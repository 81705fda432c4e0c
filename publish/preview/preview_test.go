package preview

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v3"
	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/polltest"
	"studio/publish/internal/rtc"
	"studio/publish/whip/whiptest"
	"studio/ui"
)

var _ ui.Preview = (*Preview)(nil)

func leaks(t *testing.T) {
	known := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, known) })
}

// counts keeps what OnViewers was told.
type counts struct {
	mu  sync.Mutex
	all []int
}

func (c *counts) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, n)
}

func (c *counts) have() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// page is a viewer that counts what it receives.
type page struct {
	pc              *webrtc.PeerConnection
	pictures, sound atomic.Int64
}

func newPage(t *testing.T) (*page, string) {
	t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	p := &page{pc: pc}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			switch {
			case track.Kind() == webrtc.RTPCodecTypeAudio:
				p.sound.Add(1)
			case packet.Marker:
				p.pictures.Add(1)
			}
		}
	})
	receive := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		if _, err := pc.AddTransceiverFromKind(kind, receive); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	complete := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-complete
	return p, pc.LocalDescription().SDP
}

func (p *page) watch(t *testing.T, answer string) {
	t.Helper()
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
}

func (p *page) leave() { _ = p.pc.GracefulClose() }

// play offers the film in real time until stop is called.
func play(t *testing.T, p *Preview, film *whiptest.Film) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- film.Play(ctx, 0, func(pk *packet.Packet) error {
			p.Offer(pk)
			return nil
		})
	}()
	return func() {
		cancel()
		<-done
	}
}

func TestViewers(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	leaks(t)
	var told counts
	var keys atomic.Int32
	p, err := New(Options{
		LoopbackOnly: true, MaxViewers: 2, Lost: 1500 * time.Millisecond,
		OnViewers: told.add, OnKeyRequest: func() { keys.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer play(t, p, film)()

	first, offer := newPage(t)
	defer first.leave()
	answer, id, err := p.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(answer) {
		if strings.HasPrefix(line, "a=candidate:") && !strings.Contains(line, " 127.0.0.1 ") && !strings.Contains(line, " ::1 ") {
			t.Errorf("offers %q", line)
		}
	}
	if !strings.Contains(answer, "a=sendonly") || !strings.Contains(answer, "a=end-of-candidates") || len(id) < 20 {
		t.Errorf("id %q, answer %s", id, answer)
	}
	first.watch(t, answer)
	polltest.Until(t, 15*time.Second, "pictures and sound", func() bool { return first.pictures.Load() > 10 && first.sound.Load() > 10 })

	second, offer := newPage(t)
	defer second.leave()
	answer, second2, err := p.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	second.watch(t, answer)
	polltest.Until(t, 15*time.Second, "the second viewer's pictures", func() bool { return second.pictures.Load() > 10 })
	if keys.Load() == 0 {
		t.Error("two viewers came in the middle of the film and no key frame was asked for")
	}

	_, offer = func() (*page, string) { third, offer := newPage(t); third.leave(); return third, offer }()
	if _, _, err := p.Answer(t.Context(), offer); !errors.Is(err, ui.ErrRefused) || !strings.Contains(err.Error(), "2 people are watching") {
		t.Errorf("a third viewer: %v", err)
	}
	// One hangs up, the other vanishes.
	if err := p.HangUp(second2); err != nil {
		t.Error(err)
	}
	if err := p.HangUp(second2); !errors.Is(err, ui.ErrUnknown) {
		t.Errorf("hung up twice: %v", err)
	}
	if n := p.Viewers(); n != 1 {
		t.Errorf("%d viewers after one hung up", n)
	}
	first.leave()
	polltest.Until(t, 15*time.Second, "nobody watching", func() bool { return p.Viewers() == 0 && len(told.have()) == 4 })
	if got := told.have(); !slices.Equal(got, []int{1, 2, 1, 0}) {
		t.Errorf("told of %v viewers", got)
	}
}

func TestAnswerRefusals(t *testing.T) {
	leaks(t)
	p, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	for _, test := range []struct{ name, offer, want string }{
		{"nothing", "", "no SDP"},
		{"no SDP", "{}", "no SDP"},
		{"no media", head, "no SDP"},
		{"VP8 only", head + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n", "no H.264"},
		{"no ICE", head + "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:0\r\na=rtpmap:102 H264/90000\r\n", "cannot be used"},
	} {
		if _, _, err := p.Answer(t.Context(), test.offer); !errors.Is(err, ui.ErrRefused) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	viewer, offer := newPage(t)
	viewer.leave()
	if _, _, err := p.Answer(ended, offer); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	p.Close()
	if _, _, err := p.Answer(t.Context(), offer); !errors.Is(err, ui.ErrRefused) {
		t.Errorf("after Close: %v", err)
	}
	if n := p.Viewers(); n != 0 {
		t.Errorf("%d viewers", n)
	}
	if _, err := New(Options{MaxViewers: -1}); err == nil {
		t.Error("a preview for -1 viewers")
	}
}

// TestSlowViewer: a viewer that takes nothing loses its own packets, and its pictures
// go on at a key frame.
func TestSlowViewer(t *testing.T) {
	peer, err := rtc.New(rtc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	v := &viewer{peer: peer, needKey: true, queue: make(chan *packet.Packet, 3)}
	var dropped atomic.Uint64
	picture := &packet.Stream{Codec: packet.H264}
	sound := &packet.Stream{Codec: packet.Opus}
	for _, step := range []struct {
		stream  *packet.Stream
		key     bool
		taken   int // packets taken out of the queue before
		queued  int
		dropped uint64
		needKey bool
	}{
		{picture, false, 0, 0, 0, true}, // nothing to begin with
		{sound, true, 0, 1, 0, true},    // sound needs no key frame
		{picture, true, 0, 2, 0, false}, // begins
		{picture, false, 0, 3, 0, false},
		{sound, true, 0, 3, 1, false},   // full: sound is dropped alone
		{picture, false, 0, 3, 2, true}, // a picture through to the next key frame
		{picture, false, 2, 1, 2, true}, // room, but no key frame
		{sound, true, 0, 2, 2, true},
		{picture, true, 0, 3, 2, false}, // goes on
		{picture, true, 0, 3, 3, true},  // even a key frame may not fit
	} {
		for range step.taken {
			<-v.queue
		}
		v.take(&packet.Packet{Stream: step.stream, Key: step.key}, &dropped)
		if len(v.queue) != step.queued || dropped.Load() != step.dropped || v.needKey != step.needKey {
			t.Fatalf("%+v: %d queued, %d dropped, needKey %v", step, len(v.queue), dropped.Load(), v.needKey)
		}
	}
}

// TestChromium watches the preview in a browser, found by loopback and by the box's
// networks.
func TestChromium(t *testing.T) {
	film := whiptest.NewFilm(t, 640, 360, "baseline")
	browser := whiptest.NewViewer(t)
	for _, loopback := range []bool{true, false} {
		var keys atomic.Int32
		p, err := New(Options{LoopbackOnly: loopback, Lost: 1500 * time.Millisecond, OnKeyRequest: func() { keys.Add(1) }})
		if err != nil {
			t.Fatal(err)
		}
		stop := play(t, p, film)
		watch(t, p, browser)
		stop()
		if keys.Load() == 0 {
			t.Error("the browser came in the middle of the film and no key frame was asked for")
		}
		p.Close()
	}
}

func watch(t *testing.T, p *Preview, browser *whiptest.Viewer) {
	t.Helper()
	offer, err := browser.Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, _, err := p.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := browser.Accept(answer); err != nil {
		t.Fatal(err)
	}
	var s whiptest.Stats
	seen := func(frames int) func() bool {
		return func() bool {
			if s, err = browser.Stats(); err != nil {
				t.Fatal(err)
			}
			return s.FramesDecoded >= frames && s.LumaHigh > 0 && s.AudioEnergy > 0
		}
	}
	defer func() { t.Logf("%+v", s) }()
	polltest.Until(t, 15*time.Second, "30 frames and sound", seen(30))
	polltest.Until(t, 15*time.Second, "30 more frames", seen(s.FramesDecoded+30))
	if s.VideoWidth != 640 || s.VideoHeight != 360 {
		t.Errorf("picture of %dx%d, want 640x360", s.VideoWidth, s.VideoHeight)
	}
	if s.LumaHigh-s.LumaLow < 100 || s.LumaMean < 30 {
		t.Errorf("the picture is nearly black or plain: %+v", s)
	}
	if n := p.Dropped(); n != 0 {
		t.Errorf("%d packets dropped", n)
	}
	if err := browser.HangUp(); err != nil {
		t.Error(err)
	}
	polltest.Until(t, 15*time.Second, "the browser removed", func() bool { return p.Viewers() == 0 })
}
