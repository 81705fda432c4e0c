package preview

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"studio/media/packet"
	"studio/publish/internal/rtc"
	"studio/ui"
)

const (
	defaultViewers = 8
	connectTimeout = 15 * time.Second
	defaultLost    = 7 * time.Second

	// queueLength is about 1.5 s of 30 pictures and 50 sound packets a second. A full
	// queue drops: sound packet by packet, pictures through to the next key frame.
	queueLength = 120
)

// Options configure a Preview.
type Options struct {
	// LoopbackOnly offers viewers only 127.0.0.1 and ::1; otherwise the box's
	// addresses in its networks as well.
	LoopbackOnly bool
	MaxViewers   int           // 0: 8
	Lost         time.Duration // how long a viewer may be silent before it is removed; 0: 7 s

	// OnViewers is told how many watch whenever that changes; the preview encode should
	// run when n > 0. Calls come one after the other, from several goroutines. It must
	// not call Answer, HangUp or Close. May be nil.
	OnViewers func(n int)
	// OnKeyRequest asks the preview encode for a key frame, at most once a second. It is
	// called from within Offer and must not block or call the Preview. May be nil.
	OnKeyRequest func()
	Log          *slog.Logger // nil: no log
}

// Preview answers viewers and hands them the packets it is offered. Everything may be
// called from anywhere, Offer by one goroutine at a time.
type Preview struct {
	o       Options
	running sync.WaitGroup
	dropped atomic.Uint64

	mu      sync.Mutex
	viewers map[string]*viewer // a nil viewer is one being answered
	closed  bool
	limit   rtc.KeyLimit

	telling sync.Mutex // one OnViewers call after the other
	told    int
}

// viewer is one page that watches.
type viewer struct {
	id      string
	peer    *rtc.Peer
	queue   chan *packet.Packet
	needKey bool // pictures are dropped until a key frame; guarded by Preview.mu
	hangUp  chan struct{}
	once    sync.Once
}

// New makes a Preview without viewers. It must be closed.
func New(o Options) (*Preview, error) {
	if o.MaxViewers < 0 || o.Lost < 0 {
		return nil, errors.New("a preview cannot have fewer than no viewers, nor lose them before they come")
	}
	if o.MaxViewers == 0 {
		o.MaxViewers = defaultViewers
	}
	if o.Lost == 0 {
		o.Lost = defaultLost
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Preview{o: o, viewers: map[string]*viewer{}}, nil
}

// Answer takes a viewer's SDP offer and returns the answer, with all candidates, and
// the viewer's id, which cannot be guessed. The viewer counts from then on; it is
// removed if it does not connect. ui.ErrRefused, with the reason, for an offer that
// cannot be answered, too many viewers, or after Close.
func (p *Preview) Answer(ctx context.Context, offer string) (answer, id string, err error) {
	id = rand.Text()
	if err := p.reserve(id); err != nil {
		return "", "", err
	}
	v, answer, err := p.connect(ctx, id, offer)
	if err == nil && !p.admit(v) {
		v.peer.Close()
		err = ui.Refused("the studio is closing", "程序正在退出")
	}
	if err != nil {
		p.remove(id)
		return "", "", err
	}
	p.tell()
	return answer, id, nil
}

// reserve takes a place for a viewer.
func (p *Preview) reserve(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ui.Refused("the studio is closing", "程序正在退出")
	}
	if len(p.viewers) >= p.o.MaxViewers {
		return ui.Refused("%d people are watching already, and more than that the preview does not carry; close another page",
			"已有 %d 人在看实时画面，再多就带不动了；请先关掉另一个网页", p.o.MaxViewers)
	}
	p.viewers[id] = nil
	return nil
}

// connect answers an offer.
func (p *Preview) connect(ctx context.Context, id, offer string) (*viewer, string, error) {
	peer, err := rtc.New(rtc.Options{
		Profiles: rtc.AnyProfile(), Sound: true,
		Loopback: true, LoopbackOnly: p.o.LoopbackOnly, Lost: p.o.Lost, Log: p.o.Log,
	})
	if err != nil {
		return nil, "", fmt.Errorf("prepare a preview connection: %w", err)
	}
	answer, err := peer.Answer(ctx, offer)
	if err != nil {
		peer.Close()
		switch {
		case ctx.Err() != nil:
			return nil, "", fmt.Errorf("answer a viewer: %w", ctx.Err())
		case errors.Is(err, rtc.ErrNoH264):
			return nil, "", ui.Refused("this browser offers no H.264", "这个浏览器放不了 H.264，请换一个浏览器")
		}
		return nil, "", ui.Refused("the viewer's offer cannot be used: %w", "浏览器的连接请求看不懂，请刷新网页", err)
	}
	return &viewer{
		id: id, peer: peer, needKey: true,
		queue:  make(chan *packet.Packet, queueLength),
		hangUp: make(chan struct{}),
	}, answer, nil
}

// admit lets a viewer in, unless the preview has been closed meanwhile.
func (p *Preview) admit(v *viewer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.viewers[v.id] = v
	p.running.Go(func() { p.serve(v) })
	return true
}

// Offer hands one packet of the preview encode to every viewer: H.264 and Opus,
// other codecs are ignored. It never waits.
func (p *Preview) Offer(pk *packet.Packet) {
	if pk.Stream.Codec != packet.H264 && pk.Stream.Codec != packet.Opus {
		return
	}
	if p.offer(pk) && p.o.OnKeyRequest != nil {
		p.o.OnKeyRequest()
	}
}

// offer reports whether a key frame is to be asked for.
func (p *Preview) offer(pk *packet.Packet) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var wanted []*viewer
	for _, v := range p.viewers {
		if v == nil || !v.connected() {
			continue
		}
		v.take(pk, &p.dropped)
		if pk.Stream.Codec == packet.H264 && !pk.Key && (v.needKey || v.peer.KeyWanted()) {
			wanted = append(wanted, v)
		}
	}
	if len(wanted) == 0 || !p.limit.Allow(time.Now()) {
		return false
	}
	for _, v := range wanted {
		v.peer.KeyAsked()
	}
	return true
}

func (v *viewer) connected() bool {
	select {
	case <-v.peer.Connected():
		return true
	default:
		return false
	}
}

// take queues a packet or drops it.
func (v *viewer) take(pk *packet.Packet, dropped *atomic.Uint64) {
	video := pk.Stream.Codec == packet.H264
	if video && v.needKey && !pk.Key {
		return
	}
	select {
	case v.queue <- pk:
		if video {
			v.needKey = false
		}
	default:
		dropped.Add(1)
		if video {
			v.needKey = true
		}
	}
}

// serve sends to one viewer until it hangs up, vanishes or never comes.
func (p *Preview) serve(v *viewer) {
	defer p.tell()
	defer p.remove(v.id)
	defer v.peer.Close()

	limit := time.NewTimer(connectTimeout)
	defer limit.Stop()
	select {
	case <-v.peer.Connected():
	case <-limit.C:
		p.o.Log.Info("a preview viewer never connected; removed")
		return
	case <-v.peer.Gone():
		return
	case <-v.hangUp:
		return
	}
	for {
		select {
		case pk := <-v.queue:
			if err := v.peer.Write(pk); err != nil {
				p.o.Log.Info("a preview viewer is lost; removed", "error", err)
				return
			}
		case <-v.peer.Gone():
			return
		case <-v.hangUp:
			return
		}
	}
}

// remove gives a viewer's place free.
func (p *Preview) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.viewers, id)
}

// HangUp removes a viewer; ui.ErrUnknown if there is none of that id.
func (p *Preview) HangUp(id string) error {
	p.mu.Lock()
	v := p.viewers[id]
	delete(p.viewers, id)
	p.mu.Unlock()
	if v == nil {
		return ui.Unknown("hang up a preview viewer: there is none of that id", "这位观看者已经离开")
	}
	v.end()
	p.tell()
	return nil
}

func (v *viewer) end() { v.once.Do(func() { close(v.hangUp) }) }

// Viewers returns how many watch.
func (p *Preview) Viewers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, v := range p.viewers {
		if v != nil {
			n++
		}
	}
	return n
}

// Dropped returns how many packets viewers were too slow for.
func (p *Preview) Dropped() uint64 { return p.dropped.Load() }

// tell passes on the number of viewers if it has changed.
func (p *Preview) tell() {
	p.telling.Lock()
	defer p.telling.Unlock()
	if n := p.Viewers(); n != p.told {
		p.told = n
		if p.o.OnViewers != nil {
			p.o.OnViewers(n)
		}
	}
}

// Close hangs up all viewers and returns when they are gone. Offers are ignored
// afterwards, and nobody is let in any more.
func (p *Preview) Close() {
	p.mu.Lock()
	p.closed = true
	for _, v := range p.viewers {
		if v != nil {
			v.end()
		}
	}
	p.mu.Unlock()
	p.running.Wait()
}
