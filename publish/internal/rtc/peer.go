package rtc

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"

	"studio/media/packet"
)

// ErrGone says that the connection has failed or is closed.
var ErrGone = errors.New("the connection is lost")

// Server is a STUN or TURN server.
type Server struct {
	URL                  string // stun:, turn: or turns:
	Username, Credential string
}

// Options say what a Peer sends and how it finds the other side.
type Options struct {
	Profiles []Profile // H.264 profiles to agree on, best first; empty: no picture
	Sound    bool      // Opus as well
	Servers  []Server

	Loopback     bool // offer loopback addresses too
	LoopbackOnly bool // offer nothing else

	// Estimate asks for transport-wide congestion control, and bounds what it says.
	// Its zero value: none.
	Estimate BitRates

	// Lost is how long the other side may be silent before it counts as gone;
	// 0: 4.5 s.
	Lost time.Duration
	Log  *slog.Logger // nil: no log
}

// Peer is one connection to one other side. Offer and Accept, or Answer, are called
// first; then Write from one goroutine. Everything else may be called at any time
// from anywhere.
type Peer struct {
	pc           *webrtc.PeerConnection
	tracks       []*track
	video, audio *track // nil if not wanted
	report       reporter
	congestion   *congestion // nil if not asked for
	candidates   candidates
	started      bool // a key frame has gone out

	connected, gone         chan struct{}
	connectedOnce, goneOnce sync.Once
	keyWanted               atomic.Bool
	reading                 sync.WaitGroup
	closeOnce               sync.Once
}

// New makes a Peer that is not connected yet. It must be closed.
func New(o Options) (*Peer, error) {
	media, err := agreeable(o)
	if err != nil {
		return nil, err
	}
	interceptors, congestion, err := feedback(o)
	if err != nil {
		return nil, err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings(o)))

	pc, err := api.NewPeerConnection(webrtc.Configuration{
		ICEServers:    iceServers(o.Servers),
		BundlePolicy:  webrtc.BundlePolicyMaxBundle,
		RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire,
	})
	if err != nil {
		if congestion != nil {
			_ = congestion.Close() // of no interest beside err
		}
		return nil, err
	}
	p := &Peer{
		pc: pc, congestion: congestion, candidates: candidates{more: make(chan struct{}, 1)},
		connected: make(chan struct{}), gone: make(chan struct{}),
	}
	pc.OnICECandidate(p.candidates.add)
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected:
			p.connectedOnce.Do(func() { close(p.connected) })
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.goneOnce.Do(func() { close(p.gone) })
		}
	})
	if len(o.Profiles) > 0 {
		p.video = newTrack(packet.H264, o.Profiles)
		p.tracks = append(p.tracks, p.video)
	}
	if o.Sound {
		p.audio = newTrack(packet.Opus, nil)
		p.tracks = append(p.tracks, p.audio)
	}
	return p, nil
}

// Offer returns the description to send to the other side, with the candidates that
// were found within patience. What is found later is for Trickle.
func (p *Peer) Offer(ctx context.Context, patience time.Duration) (string, error) {
	for _, t := range p.tracks {
		sendonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
		tr, err := p.pc.AddTransceiverFromTrack(t, sendonly)
		if err != nil {
			return "", err
		}
		p.read(tr.Sender())
	}
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	described, err := p.describe(ctx, offer, patience)
	return bundled(described), err
}

// Accept takes the other side's answer to Offer and begins to connect.
func (p *Peer) Accept(answer string) error {
	if err := p.check(answer); err != nil {
		return err
	}
	return p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// check compares what the other side can take with what is to be sent.
func (p *Peer) check(description string) error {
	can, err := abilities(description)
	if err != nil {
		return err
	}
	if p.video != nil && !can.h264 {
		return ErrNoH264
	}
	if p.audio != nil {
		p.audio.unwanted = !can.opus
	}
	return nil
}

// Answer takes the other side's offer, begins to connect, and returns the answer,
// with all candidates.
func (p *Peer) Answer(ctx context.Context, offer string) (string, error) {
	if err := p.check(offer); err != nil {
		return "", err
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	for _, t := range p.tracks {
		sender, err := p.pc.AddTrack(t)
		if err != nil {
			return "", err
		}
		p.read(sender)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	return p.describe(ctx, answer, GatherFor)
}

// read takes in RTCP: the library answers NACK while it is read; requests for a key
// frame are noted for KeyWanted.
func (p *Peer) read(sender *webrtc.RTPSender) {
	p.reading.Go(func() {
		for {
			packets, _, err := sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, packet := range packets {
				switch packet.(type) {
				case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
					p.keyWanted.Store(true)
				}
			}
		}
	})
}

// Connected is closed when the other side is reached for the first time.
func (p *Peer) Connected() <-chan struct{} { return p.connected }

// Gone is closed when the connection has failed or is closed.
func (p *Peer) Gone() <-chan struct{} { return p.gone }

// KeyWanted reports whether the other side waits for a key frame: it has asked for
// one, or pictures come that it cannot begin with. The next key frame that is
// written settles it, and KeyAsked does.
func (p *Peer) KeyWanted() bool { return p.keyWanted.Load() }

// KeyAsked notes that the encoder has been asked.
func (p *Peer) KeyAsked() { p.keyWanted.Store(false) }

// Estimate returns how many bits a second the way to the other side carries, sound,
// picture and RTP headers together; 0 while that is not known or was not asked for.
func (p *Peer) Estimate() int {
	if p.congestion == nil {
		return 0
	}
	return p.congestion.estimate()
}

// Write sends one packet. Pictures before the first key frame are dropped, and so
// are packets of a codec that is not sent. It does not wait for the other side; it
// waits only while the network interface takes the bytes. ErrGone after the
// connection is lost.
func (p *Peer) Write(pk *packet.Packet) error {
	select {
	case <-p.gone:
		return ErrGone
	default:
	}
	var t *track
	switch pk.Stream.Codec {
	case packet.H264:
		t = p.video
	case packet.Opus:
		t = p.audio
	}
	if t == nil {
		return nil
	}
	if t == p.video {
		if pk.Key {
			p.started = true
			p.keyWanted.Store(false)
		} else if !p.started {
			p.keyWanted.Store(true)
			return nil
		}
	}
	if err := t.write(pk); err != nil {
		return err
	}
	if now := time.Now(); p.report.sent(t, pk, now) {
		for _, report := range p.report.reports(p.tracks, now) {
			if err := p.pc.WriteRTCP(report); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close ends the connection and returns when its goroutines have ended. It may be
// called more than once, also while a Write is in progress.
func (p *Peer) Close() {
	p.closeOnce.Do(func() {
		p.goneOnce.Do(func() { close(p.gone) })
		_ = p.pc.GracefulClose() // the sockets are given up in any case
		p.reading.Wait()
	})
}
