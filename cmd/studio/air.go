package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/ui"
)

// post is a destination that a broadcast or the recording may open: what it
// needs, and how to make a fresh one.
type post struct {
	name, kind, canvas string
	address            string // may hold a secret
	line               *line
	sound              *atomic.Int32 // counts who takes the sound that it needs
	streams            []*packet.Stream
	dial               publish.Dial
	begin              func() // called before each fresh start; nil: nothing
}

// posted is a destination that is running.
type posted struct {
	*publish.Destination
	post   post
	cancel context.CancelFunc
	ended  chan struct{}
}

// send opens a destination and returns at once; ctx is the engine's.
func (p post) send(ctx context.Context, log *slog.Logger) (*posted, error) {
	d, err := publish.New(publish.Options{
		Name: p.name, Kind: p.kind, Address: p.address, Streams: p.streams, Dial: p.dial, Log: log,
	})
	if err != nil {
		return nil, err
	}
	if p.begin != nil {
		p.begin()
	}
	ctx, cancel := context.WithCancel(ctx)
	running := &posted{Destination: d, post: p, cancel: cancel, ended: make(chan struct{})}
	p.sound.Add(1)
	p.line.join(d)
	go func() {
		defer close(running.ended)
		defer p.sound.Add(-1)
		defer p.line.leave(d)
		if err := d.Run(ctx); err != nil {
			log.Warn("destination did not end cleanly", "destination", p.name, "error", err)
		}
	}()
	return running, nil
}

// end closes the destination; its time is bounded by its own Options.
func (p *posted) end() {
	p.cancel()
	<-p.ended
}

// air is what goes on air: the broadcast to all destinations, and the recording.
// Its run loop carries out one wish after the other.
type air struct {
	log       *slog.Logger
	posts     []post
	recording *post // nil: none configured
	together  bool  // the recording starts and ends with the broadcast
	wishes    chan wish
	over      chan struct{} // closed when run has ended

	byBroadcast bool // the recording was started by the broadcast; run's alone

	mu             sync.Mutex
	since          time.Time // zero: off air
	running        []*posted
	recorder       *posted
	recordingSince time.Time
}

// wish is what a person wants of the air; done takes its one answer.
type wish struct {
	want func(ctx context.Context) error
	done chan error
}

func newAir(posts []post, recording *post, together bool, log *slog.Logger) *air {
	return &air{
		log: log, posts: posts, recording: recording, together: together,
		wishes: make(chan wish), over: make(chan struct{}),
	}
}

// run carries out wishes until ctx ends, and then ends what is on air, in order.
func (a *air) run(ctx context.Context) error {
	defer close(a.over)
	for {
		select {
		case w := <-a.wishes:
			w.done <- w.want(ctx)
		case <-ctx.Done():
			a.stopBroadcast()
			a.stopRecording()
			return nil
		}
	}
}

func (a *air) wish(ctx context.Context, want func(ctx context.Context) error) error {
	w := wish{want, make(chan error, 1)} // one answer, also when nobody waits any more
	select {
	case a.wishes <- w:
	case <-a.over:
		return fmt.Errorf("%w: the engine is ending", ui.ErrRefused)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// broadcast starts or ends the broadcast; asking for what is already so is fine.
func (a *air) broadcast(ctx context.Context, on bool) error {
	return a.wish(ctx, func(ctx context.Context) error {
		if !on {
			a.stopBroadcast()
			return nil
		}
		return a.startBroadcast(ctx)
	})
}

func (a *air) startBroadcast(ctx context.Context) error {
	if since, _ := a.onAir(); !since.IsZero() {
		return nil
	}
	if len(a.posts) == 0 && a.recording == nil {
		return fmt.Errorf("%w: no destination and no recording folder is configured", ui.ErrRefused)
	}
	var running []*posted
	for _, p := range a.posts {
		d, err := p.send(ctx, a.log)
		if err != nil {
			for _, r := range running {
				r.end()
			}
			return err
		}
		running = append(running, d)
	}
	if a.recording != nil && a.together && a.recorder == nil {
		if err := a.startRecording(ctx); err != nil {
			a.log.Warn("recording did not start", "error", err)
		} else {
			a.byBroadcast = true
		}
	}
	a.mu.Lock()
	a.running, a.since = running, time.Now()
	a.mu.Unlock()
	a.log.Info("on air", "destinations", len(running))
	return nil
}

func (a *air) stopBroadcast() {
	since, running := a.onAir()
	if since.IsZero() {
		return
	}
	var ends sync.WaitGroup
	for _, d := range running {
		ends.Go(d.end)
	}
	ends.Wait()
	a.mu.Lock()
	a.running, a.since = nil, time.Time{}
	a.mu.Unlock()
	if a.byBroadcast {
		a.stopRecording()
	}
	a.log.Info("off air")
}

// record starts or ends the recording.
func (a *air) record(ctx context.Context, on bool) error {
	return a.wish(ctx, func(ctx context.Context) error {
		if !on {
			a.stopRecording()
			return nil
		}
		if a.recording == nil {
			return fmt.Errorf("%w: no recording folder is configured", ui.ErrRefused)
		}
		a.byBroadcast = false // a person asked for it: it outlives the broadcast
		if a.recorder != nil {
			return nil
		}
		return a.startRecording(ctx)
	})
}

func (a *air) startRecording(ctx context.Context) error {
	d, err := a.recording.send(ctx, a.log)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.recorder, a.recordingSince = d, time.Now()
	a.mu.Unlock()
	return nil
}

func (a *air) stopRecording() {
	a.byBroadcast = false
	if a.recorder == nil {
		return
	}
	a.recorder.end()
	a.mu.Lock()
	a.recorder, a.recordingSince = nil, time.Time{}
	a.mu.Unlock()
}

// onAir returns since when the broadcast is on, zero if it is off, and what it
// goes to.
func (a *air) onAir() (since time.Time, running []*posted) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.since, a.running
}

// recorded returns the running recording, nil if there is none.
func (a *air) recorded() (recorder *posted, since time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.recorder, a.recordingSince
}
