package whip_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v3"

	"studio/publish/whip/whiptest"
)

// server is a WHIP server that keeps what it is sent.
type server struct {
	t *testing.T
	*httptest.Server
	alter func(answer string) string // of the answer; nil: as it is
	links []string                   // Link headers
	etag  string                     // of the ICE session; empty: no candidates are taken later
	mux   ice.UDPMux                 // its only address; nil: all that the machine has
	link  *whiptest.Link             // in front of its media; nil: the network as it is

	mu       sync.Mutex
	pc       *webrtc.PeerConnection
	posts    int
	offers   []string
	deleted  []string // path and key of every DELETE
	patches  []string // entity-tag, key and fragment of every PATCH
	pictures []unit
	sounds   []unit
	reports  map[webrtc.RTPCodecType][]rtcp.SenderReport
	types    map[webrtc.RTPCodecType]string
	video    webrtc.SSRC
	lose     func(n int) bool // whether to act as if the nth video packet were lost
	resent   int              // packets seen again after lose
}

// unit is one picture or sound as it came.
type unit struct {
	time uint32 // RTP
	data []byte
}

func newServer(t *testing.T) *server {
	s := &server{t: t, reports: map[webrtc.RTPCodecType][]rtcp.SenderReport{}, types: map[webrtc.RTPCodecType]string{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.hangUp()
		s.Close()
	})
	return s
}

// hangUp closes the server's end without a word to the client.
func (s *server) hangUp() {
	s.mu.Lock()
	pc := s.pc
	s.pc = nil
	s.mu.Unlock()
	if pc != nil {
		_ = pc.GracefulClose()
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		offer, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.posts++
		s.offers = append(s.offers, string(offer))
		s.mu.Unlock()
		answer, err := s.answer(string(offer))
		if err != nil {
			s.t.Errorf("answer: %v", err)
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		for _, link := range s.links {
			w.Header().Add("Link", link)
		}
		if s.etag != "" {
			w.Header().Set("ETag", s.etag)
			w.Header().Set("Accept-Patch", "application/trickle-ice-sdpfrag")
		}
		w.Header().Set("Content-Type", "application/sdp")
		w.Header().Set("Location", "../session/1?of=geheim")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, answer)
	case http.MethodPatch:
		fragment, _ := io.ReadAll(r.Body)
		s.patch(string(fragment))
		s.mu.Lock()
		s.patches = append(s.patches, r.Header.Get("If-Match")+" "+r.Header.Get("Authorization")+"\n"+string(fragment))
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case http.MethodDelete:
		s.mu.Lock()
		s.deleted = append(s.deleted, r.URL.String()+" "+r.Header.Get("Authorization"))
		s.mu.Unlock()
		s.hangUp()
	}
}

func (s *server) answer(offer string) (string, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	if s.mux != nil {
		settings.SetICEUDPMux(s.mux)
	}
	settings.DisableSRTPReplayProtection(true) // so that what is sent again is seen
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return "", err
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.pc = pc
	s.mu.Unlock()
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		go s.readReports(track.Kind(), receiver)
		s.read(track)
	})
	if s.link != nil {
		offer = s.link.Offer(offer)
	}
	sdp, err := whiptest.Answer(pc, offer)
	if err != nil {
		return "", err
	}
	if s.link != nil {
		sdp = s.link.Answer(sdp)
	}
	if s.alter != nil {
		sdp = s.alter(sdp)
	}
	return sdp, nil
}

// patch takes candidates that come later.
func (s *server) patch(fragment string) {
	for line := range strings.Lines(fragment) {
		candidate, found := strings.CutPrefix(strings.TrimSpace(line), "a=candidate:")
		if !found {
			continue
		}
		if err := s.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: "candidate:" + candidate}); err != nil {
			s.t.Errorf("candidate %q: %v", candidate, err)
		}
	}
}

func (s *server) readReports(kind webrtc.RTPCodecType, receiver *webrtc.RTPReceiver) {
	for {
		packets, _, err := receiver.ReadRTCP()
		if err != nil {
			return
		}
		s.mu.Lock()
		for _, p := range packets {
			if report, ok := p.(*rtcp.SenderReport); ok {
				s.reports[kind] = append(s.reports[kind], *report)
			}
		}
		s.mu.Unlock()
	}
}

// read puts a track's units together.
func (s *server) read(track *webrtc.TrackRemote) {
	s.mu.Lock()
	s.types[track.Kind()] = fmt.Sprintf("%s/%d/%d %s", track.Codec().MimeType, track.Codec().ClockRate, track.Codec().Channels, track.Codec().SDPFmtpLine)
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		s.video = track.SSRC()
	}
	s.mu.Unlock()
	var depacketizer codecs.H264Packet
	var data []byte
	lost := map[uint16]bool{}
	for n := 0; ; n++ {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		s.mu.Lock()
		switch {
		case track.Kind() == webrtc.RTPCodecTypeAudio:
			s.sounds = append(s.sounds, unit{p.Timestamp, bytes.Clone(p.Payload)})
		case lost[p.SequenceNumber]:
			s.resent++
		case s.lose != nil && s.lose(n):
			lost[p.SequenceNumber] = true
			s.nack(p)
		default:
			row, err := depacketizer.Unmarshal(p.Payload)
			if err != nil {
				s.t.Errorf("depacketize: %v", err)
			}
			if data = append(data, row...); p.Marker {
				s.pictures = append(s.pictures, unit{p.Timestamp, data})
				data = nil
			}
		}
		s.mu.Unlock()
	}
}

func (s *server) nack(p *rtp.Packet) {
	_ = s.pc.WriteRTCP([]rtcp.Packet{&rtcp.TransportLayerNack{
		MediaSSRC: p.SSRC, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{p.SequenceNumber}),
	}})
}

// until polls the server's state until ok is satisfied.
func (s *server) until(what string, ok func() bool) {
	s.t.Helper()
	if !s.wait(what, ok) {
		s.t.FailNow()
	}
}

// wait is until for any goroutine: it reports the failure and returns whether all
// is well.
func (s *server) wait(what string, ok func() bool) bool {
	s.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return true
		}
		if time.Now().After(deadline) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.t.Errorf("the server never had %s: %d pictures, %d sounds, %d and %d reports, %d sent again, %d deleted", what, len(s.pictures), len(s.sounds),
				len(s.reports[webrtc.RTPCodecTypeVideo]), len(s.reports[webrtc.RTPCodecTypeAudio]), s.resent, len(s.deleted))
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// reject turns an answer's section of a kind down (port 0).
func reject(kind string) func(string) string {
	return func(answer string) string { return strings.Replace(answer, "m="+kind+" 9 ", "m="+kind+" 0 ", 1) }
}
