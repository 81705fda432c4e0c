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
	directTimeout  = 3 * time.Second  // without ICE servers, when the server names some
	patchTimeout   = 3 * time.Second
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
	// OnBitrate is told how many bits a second the way to the server has room for in
	// pictures, from a tenth of the H.264 stream's BitsPerSecond (150000 at least) to all
	// of it: for an encode that serves this destination alone, or to know that a shared
	// one is too much. It is called when that has changed by a twentieth, at most four
	// times a second downwards and once upwards, from within Sink.Write: it must not
	// block. nil: congestion is not measured.
	OnBitrate func(bitsPerSecond int)
	// Lost is how long the server may be silent before it counts as gone; 0: 4.5 s.
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
		return nil, failed(publish.WrongPath, nil, "WHIP 地址不完整：应是完整的 http 或 https 地址。",
			"the WHIP address is not a complete http or https address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, failed(publish.WrongPath, nil, "WHIP 地址应以 http:// 或 https:// 开头。",
			"a WHIP address begins with http:// or https://")
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
	profiles, err := rtc.Profiles(video.Extra)
	if err != nil {
		return nil, failed(publish.NotCarried, err, "H.264 画面里没有 SPS，无法用 WHIP 发送。", "the H.264 picture has no SPS, so WHIP cannot carry it")
	}
	options := rtc.Options{
		Profiles: profiles, Sound: sound != nil, Lost: o.Lost, Log: o.Log,
		Loopback: isLoopback(endpoint.Hostname()),
	}
	var rate *bitrate
	if o.OnBitrate != nil {
		rate = newBitrate(video, sound)
		options.Estimate = rate.bounds()
	}
	client := newClient(o.HTTPClient, endpoint, o.Bearer)
	patience, gatherFor := directTimeout, rtc.GatherFor
	for {
		peer, session, err := open(ctx, client, options, gatherFor)
		if err != nil {
			client.close()
			return nil, err
		}
		again := len(options.Servers) == 0 && len(session.servers) > 0
		if !again {
			patience = connectTimeout
		}
		err = connect(ctx, peer, client, session, patience, o.Log)
		if err == nil {
			return newSink(ctx, o, peer, client, session, video, sound, rate), nil
		}
		peer.Close()
		_ = client.delete(ctx, session) // the server drops it by itself when nothing comes
		if !again || ctx.Err() != nil {
			client.close()
			return nil, err
		}
		o.Log.Info("no direct way to the WHIP server; trying by its relay", "server", endpoint.Host)
		options.Servers = session.servers
		if session.trickles {
			gatherFor = 0
		}
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
		return nil, nil, failed(publish.NotCarried, nil, "WHIP 需要 H.264 画面，而这里没有。",
			"WHIP needs an H.264 picture and there is none")
	}
	return video, sound, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// open posts an offer and accepts the answer. When it fails nothing is left open,
// neither here nor at the server.
func open(ctx context.Context, client *client, options rtc.Options, gatherFor time.Duration) (*rtc.Peer, *session, error) {
	host := client.home.Host
	peer, err := rtc.New(options)
	if err != nil {
		return nil, nil, fmt.Errorf("prepare a WebRTC connection to %s: %w", host, err)
	}
	offer, err := peer.Offer(ctx, gatherFor)
	if err != nil {
		peer.Close()
		return nil, nil, fmt.Errorf("prepare a WebRTC connection to %s: %w", host, err)
	}
	session, err := client.post(ctx, offer)
	if err != nil {
		peer.Close()
		return nil, nil, err
	}
	if err := peer.Accept(session.answer); err != nil {
		peer.Close()
		_ = client.delete(ctx, session) // the server drops it by itself when nothing comes
		return nil, nil, unusable(session.url.Host, err)
	}
	return peer, session, nil
}

// connect waits for the connection, and tells the server meanwhile of addresses that
// were found after the offer, if it wants to know.
func connect(ctx context.Context, peer *rtc.Peer, client *client, session *session, patience time.Duration, log *slog.Logger) error {
	waiting, stop := context.WithTimeout(ctx, patience)
	told := make(chan struct{})
	go func() {
		defer close(told)
		if err := trickle(waiting, peer, client, session); err != nil && waiting.Err() == nil {
			log.Info("the WHIP server does not hear of all our addresses", "error", err)
		}
	}()
	defer func() {
		stop()
		<-told
	}()
	host := session.url.Host
	select {
	case <-peer.Connected():
		return nil
	case <-waiting.Done():
	case <-peer.Gone():
	}
	if ctx.Err() != nil {
		return fmt.Errorf("connect to the WHIP server %s: %w", host, ctx.Err())
	}
	return failed(publish.Unreachable, nil, "服务器 "+host+" 应答了，但音视频连不上：防火墙可能挡住了 UDP。",
		"the WHIP server "+host+" answered, but no media connection came about; a firewall may block UDP")
}

// trickle passes on candidates until all are told or ctx ends.
func trickle(ctx context.Context, peer *rtc.Peer, client *client, session *session) error {
	for session.trickles {
		fragment, last := peer.Trickle()
		if fragment != "" {
			if err := client.patch(ctx, session, fragment); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		select {
		case <-peer.More():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
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
	onBitrate    func(bitsPerSecond int)
	rate         *bitrate // nil if nobody wants to know

	watchdog *time.Timer // ends a Write that the network does not take
	unwatch  func() bool // stops looking at the context
	stopped  atomic.Bool // the context has ended
}

func newSink(ctx context.Context, o Options, peer *rtc.Peer, client *client, session *session, video, sound *packet.Stream, rate *bitrate) *sink {
	s := &sink{
		peer: peer, client: client, session: session, host: session.url.Host,
		video: video, sound: sound, onKey: o.OnKeyRequest, onBitrate: o.OnBitrate, rate: rate,
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
		return failed(publish.NoAnswer, err, "服务器 "+s.host+" 不见了：不再有任何回应。", "the WHIP server "+s.host+" is gone: nothing comes back any more")
	default:
		return fmt.Errorf("send to the WHIP server %s: %w", s.host, err)
	}
	now := time.Now()
	if s.onKey != nil && s.peer.KeyWanted() && s.limit.Allow(now) {
		s.peer.KeyAsked()
		s.onKey()
	}
	if s.rate != nil {
		if bitsPerSecond, changed := s.rate.next(s.peer.Estimate(), now); changed {
			s.onBitrate(bitsPerSecond)
		}
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
