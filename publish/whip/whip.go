package whip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/internal/rtc"
)

const (
	connectTimeout = 10 * time.Second // for the POST, and again for the connection
	directTimeout  = 4 * time.Second  // without ICE servers, when the server names some
	writeTimeout   = 5 * time.Second
	deleteTimeout  = 3 * time.Second
)

// Options describe a WHIP destination.
type Options struct {
	// URL is the endpoint, http or https. It may hold a secret anywhere behind the
	// host: only scheme and host are ever shown.
	URL    string
	Bearer string // the key; empty: no Authorization
	// OnKeyRequest is called when the server wants a key frame, at most once a second,
	// from within Sink.Write: it must not block. nil: requests are ignored.
	OnKeyRequest func()
	// Lost is how long the server may be silent before it counts as gone; 0: 10 s.
	Lost       time.Duration
	HTTPClient *http.Client // nil: a plain one for each connection
	Log        *slog.Logger // nil: no log
}

// New returns the way to a WHIP server. Each Dial is a fresh session. It needs an
// H.264 stream; Opus is sent if there is one; other streams are ignored.
func New(o Options) publish.Dial {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return func(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
		return dial(ctx, o, streams)
	}
}

// Check says in one sentence what is wrong with an address, without showing it.
func Check(address string) error {
	_, err := parse(address)
	return err
}

func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("the WHIP address is not a complete http or https address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("a WHIP address begins with http:// or https://")
	}
	return u, nil
}

// dial opens a session, a second time with the server's ICE servers if need be.
func dial(ctx context.Context, o Options, streams []*packet.Stream) (*sink, error) {
	endpoint, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	video, sound, err := choose(streams)
	if err != nil {
		return nil, err
	}
	client := newClient(o.HTTPClient, o.Bearer)
	profiles, err := rtc.Profiles(video.Extra)
	if err != nil {
		return nil, err
	}
	options := rtc.Options{
		Profiles: profiles, Sound: sound != nil, Lost: o.Lost, Log: o.Log,
		Loopback: isLoopback(endpoint.Hostname()),
	}
	patience := directTimeout
	for {
		peer, session, err := open(ctx, client, endpoint, options)
		if err != nil {
			client.close()
			return nil, err
		}
		again := len(options.Servers) == 0 && len(session.servers) > 0
		if !again {
			patience = connectTimeout
		}
		err = wait(ctx, peer, patience, endpoint.Host)
		if err == nil {
			return newSink(ctx, o, peer, client, session, video, sound), nil
		}
		peer.Close()
		_ = client.delete(ctx, session) // the server drops it by itself when nothing comes
		if !again || ctx.Err() != nil {
			client.close()
			return nil, err
		}
		o.Log.Info("no direct way to the WHIP server; trying by its relay", "server", endpoint.Host)
		options.Servers = session.servers
	}
}

// choose takes the first stream of each codec that WebRTC carries.
func choose(streams []*packet.Stream) (video, sound *packet.Stream, err error) {
	for _, s := range streams {
		switch {
		case s.Codec == packet.H264 && video == nil:
			video = s
		case s.Codec == packet.Opus && sound == nil:
			sound = s
		}
	}
	if video == nil {
		return nil, nil, errors.New("WHIP needs an H.264 picture and there is none")
	}
	return video, sound, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// open posts an offer and accepts the answer. When it fails nothing is left open,
// neither here nor at the server.
func open(ctx context.Context, client *client, endpoint *url.URL, options rtc.Options) (*rtc.Peer, *session, error) {
	peer, err := rtc.New(options)
	if err != nil {
		return nil, nil, fmt.Errorf("prepare a WebRTC connection: %w", err)
	}
	offer, err := peer.Offer(ctx)
	if err != nil {
		peer.Close()
		return nil, nil, fmt.Errorf("prepare a WebRTC connection: %w", err)
	}
	session, err := client.post(ctx, endpoint, offer)
	if err != nil {
		peer.Close()
		return nil, nil, err
	}
	if err := peer.Accept(session.answer); err != nil {
		peer.Close()
		_ = client.delete(ctx, session) // the server drops it by itself when nothing comes
		return nil, nil, acceptError(endpoint.Host, err)
	}
	return peer, session, nil
}

func acceptError(host string, err error) error {
	switch {
	case errors.Is(err, rtc.ErrNoH264):
		return fmt.Errorf("the WHIP server %s takes no H.264", host)
	case errors.Is(err, rtc.ErrNoSDP):
		return fmt.Errorf("the WHIP server %s did not answer with an SDP", host)
	}
	return fmt.Errorf("the WHIP server %s gave an answer that cannot be used: %w", host, err)
}

// wait waits for the connection.
func wait(ctx context.Context, peer *rtc.Peer, patience time.Duration, host string) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-peer.Connected():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("connect to the WHIP server %s: %w", host, ctx.Err())
	case <-peer.Gone():
	case <-limit.C:
	}
	return fmt.Errorf("the WHIP server %s answered, but no media connection came about; a firewall may block UDP", host)
}

// sink is one open session.
type sink struct {
	peer         *rtc.Peer
	client       *client
	session      *session
	host         string
	video, sound *packet.Stream
	onKey        func()
	limit        rtc.KeyLimit

	watchdog *time.Timer // ends a Write that the network does not take
	unwatch  func() bool // stops looking at the context
	stopped  atomic.Bool // the context has ended
}

func newSink(ctx context.Context, o Options, peer *rtc.Peer, client *client, session *session, video, sound *packet.Stream) *sink {
	s := &sink{
		peer: peer, client: client, session: session, host: session.url.Host,
		video: video, sound: sound, onKey: o.OnKeyRequest,
	}
	s.watchdog = time.AfterFunc(writeTimeout, peer.Close)
	s.watchdog.Stop()
	s.unwatch = context.AfterFunc(ctx, func() {
		s.stopped.Store(true)
		peer.Close()
	})
	return s
}

// Write sends one packet; see publish.Sink.
func (s *sink) Write(p *packet.Packet) error {
	if p.Stream != s.video && p.Stream != s.sound {
		return nil
	}
	s.watchdog.Reset(writeTimeout)
	err := s.peer.Write(p)
	s.watchdog.Stop()
	switch {
	case err == nil:
	case s.stopped.Load():
		return fmt.Errorf("send to the WHIP server %s: %w", s.host, context.Canceled)
	case errors.Is(err, rtc.ErrGone):
		return fmt.Errorf("the WHIP server %s is gone", s.host)
	default:
		return fmt.Errorf("send to the WHIP server %s: %w", s.host, err)
	}
	if s.onKey != nil && s.peer.KeyWanted() && s.limit.Allow(time.Now()) {
		s.peer.KeyAsked()
		s.onKey()
	}
	return nil
}

// Close deletes the session at the server and hangs up. It takes a few seconds at
// most, and works after the context has ended.
func (s *sink) Close() error {
	s.unwatch()
	s.watchdog.Stop()
	err := s.client.delete(context.Background(), s.session)
	s.peer.Close()
	s.client.close()
	return err
}
