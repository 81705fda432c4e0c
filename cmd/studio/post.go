package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"studio/configs"
	"studio/configs/vault"
	"studio/media/packet"
	"studio/publish"
	"studio/publish/recording"
	"studio/publish/whip"
	"studio/words"
)

// post is a destination that a broadcast or the recording may open: what it
// needs, and how to make a fresh one.
type post struct {
	configs.Destination
	configured string // address
	line       *line
	sounds     []soundEncode // that it carries; players play the first
	need       need
	// dial says how to open it, with the encode that it gets.
	dial func(*encoding) (publish.Dial, error)
	// pictures says it for one that shows pictures, and needs no encode; else nil.
	pictures publish.PictureDial
	file     *recording.Recorder // of one that is a file; else nil
	room     atomic.Int64        // see adapt.Sample.CarriesBits; of one that has congestion control and shares an encode

	mu   sync.Mutex
	now  *posted
	fail publish.Status // why it could not be started; the zero value: it could
}

// soundEncode is one encode of the programme's sound, and who takes it.
type soundEncode struct {
	stream *packet.Stream
	takers *atomic.Int32
}

// posted is a destination that is running.
type posted struct {
	destination
	lane   *lane // nil: it takes pictures, not packets
	room   *atomic.Int64
	cancel context.CancelFunc
	ended  chan struct{}
}

// destination is what runs until its context ends and says how it is doing.
type destination interface {
	Run(ctx context.Context) error
	Status() publish.Status
}

// start opens the destination and returns at once; ctx is the engine's.
func (p *post) start(ctx context.Context, log *slog.Logger) error {
	d, err := p.open(ctx, log)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.fail = d, publish.Status{}
	if err != nil {
		p.fail = publish.Status{State: publish.Failed, Message: words.Of(err)}
		if said := (*publish.Error)(nil); errors.As(err, &said) {
			p.fail.Fault = said.Fault
		}
		return fmt.Errorf("destination %q: %w", p.Name, err)
	}
	return nil
}

func (p *post) open(ctx context.Context, log *slog.Logger) (*posted, error) {
	if p.pictures != nil {
		return p.openPictures(ctx, log)
	}
	r, err := p.line.open(p.need)
	if err != nil {
		return nil, err
	}
	streams := []*packet.Stream{r.video.Stream()}
	for _, s := range p.sounds {
		streams = append(streams, s.stream)
	}
	dial, err := p.dial(r)
	if err != nil {
		p.line.close(r)
		return nil, err
	}
	d, err := publish.New(publish.Options{
		Name: p.Name, Kind: p.Kind, Address: p.whole(), Streams: streams, Dial: dial,
		Interleaved: p.Kind != "whip", Log: log,
	})
	if err != nil {
		p.line.close(r)
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	running := &posted{destination: d, lane: newLane(r, d), room: &p.room, cancel: cancel, ended: make(chan struct{})}
	p.takeSounds(1)
	go func() {
		defer close(running.ended)
		defer p.takeSounds(-1)
		defer running.lane.end()
		if err := d.Run(ctx); err != nil {
			log.Warn("destination did not end cleanly", "destination", p.Name, "error", err)
		}
	}()
	return running, nil
}

// takeSounds counts the destination among those who take its sounds, or out again.
func (p *post) takeSounds(n int32) {
	for _, s := range p.sounds {
		s.takers.Add(n)
	}
}

// end closes the destination, if it runs; its time is bounded by its own Options.
func (p *post) end() {
	p.mu.Lock()
	running := p.now
	p.now, p.fail = nil, publish.Status{}
	p.mu.Unlock()
	if running != nil {
		running.cancel()
		<-running.ended
	}
}

// sentAs tells whether two forms of a destination are sent the same.
func (p *post) sentAs(o *post) bool {
	return p.line == o.line && p.need.of(p.line.main.need) == o.need.of(o.line.main.need)
}

// takeOver goes on with what another form of the destination has begun.
func (p *post) takeOver(o *post) {
	o.mu.Lock()
	now, fail := o.now, o.fail
	o.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.fail = now, fail
}

// onNetwork tells whether the destination is reached over the network.
func (p *post) onNetwork() bool {
	switch p.Kind {
	case "rtmp", "rtmps", "srt", "whip":
		return true
	}
	return false
}

// secure gives the destination another secret, for its next start; the error says
// what is wrong with it.
func (p *post) secure(s vault.Secret) error {
	if s.Address != "" {
		if kind, err := configs.DestinationKind(s.Address, p.Kind); err != nil || kind != p.Kind {
			return words.Errorf("the new address is not one of %s, as the destination is configured", "新地址不是 %s 的地址，应与原来的类型相同", p.Kind)
		}
	} else {
		s.Address = p.configured
	}
	if p.Kind == "whip" {
		if err := whip.Check(configs.WithKey(s.Address, s.Key)); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Address, p.Key, p.Bearer = s.Address, s.Key, s.Bearer
	return nil
}

func (p *post) hasKey() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Key != ""
}

// server is the address without the key; it may hold a secret all the same.
func (p *post) server() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Address
}

// shownAddress is the address as people may see it.
func (p *post) shownAddress() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return publish.Redact(p.Address)
}

// whole is the address with the key behind it: a secret.
func (p *post) whole() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return configs.WithKey(p.Address, p.Key)
}

func (p *post) bearer() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Bearer
}

func (p *post) running() *posted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// status returns how the destination is doing.
func (p *post) status() publish.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.now != nil:
		return p.now.Status()
	case p.fail.State != "":
		return p.fail
	}
	return publish.Status{State: publish.Off}
}
