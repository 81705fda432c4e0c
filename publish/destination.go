package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"studio/media/packet"
)

// KindFile is the Kind of recordings: their queue is longer, and after a fault
// they go on with the oldest packet kept, not the newest.
const KindFile = "file"

// Options describe a destination. Name, Streams and Dial are needed.
type Options struct {
	Name    string
	Kind    string // rtmp, rtmps, srt, whip, file
	Address string // may hold a secret: shown through Redact only
	Streams []*packet.Stream
	Dial    Dial
	// Interleaved says that the sink lays pictures and sound in the order of their
	// time anyway: sound may wait for the picture after it, and each picture wakes the
	// sender once for all.
	Interleaved bool

	QueueSeconds float64       // longest queue; 0 is 4 s, for files 30 s
	QueueBytes   int           // biggest queue; 0 is four times what the streams need for QueueSeconds, at least 4 MiB
	FirstRetry   time.Duration // pause after a first failure, jittered by a quarter; 0 is 250 ms
	MaxRetry     time.Duration // longest pause, before jitter; 0 is 3.5 s
	RefusedRetry time.Duration // pause after a first refusal, jittered; it grows to five times as much; 0 is 3 s
	GiveUpAfter  time.Duration // of nothing but refusals; 0 is 10 min
	CloseWithin  time.Duration // for sending what is queued and closing, once Run's context ends; 0 is 2 s, for files 10 s
	Log          *slog.Logger  // nil is slog.Default()
}

// soundWaits is how much sound may wait for a picture.
const soundWaits = 100 * time.Millisecond

// Destination is one place that packets go to: a bounded queue, and a supervisor
// that decides when it connects, never twice at a time.
type Destination struct {
	attempts
	options  Options
	address  string
	pictures bool          // there is a picture stream among the streams
	more     chan struct{} // capacity 1: a queue that was empty has a packet; a second mark is dropped

	// Under mu:
	queue   queue
	shut    bool // nothing is taken any more
	hasSent bool
}

// New returns a destination that does nothing until Run; packets offered before
// that wait in the queue.
func New(o Options) (*Destination, error) {
	switch {
	case o.Name == "":
		return nil, errors.New("destination: it has no name")
	case o.Dial == nil || len(o.Streams) == 0 || slices.Contains(o.Streams, nil):
		return nil, fmt.Errorf("destination %q: it needs streams and a way to dial", o.Name)
	case o.QueueSeconds < 0 || o.QueueBytes < 0:
		return nil, fmt.Errorf("destination %q: its queue must not be negative", o.Name)
	}
	file := o.Kind == KindFile
	if o.QueueSeconds == 0 {
		o.QueueSeconds = 4
		if file {
			o.QueueSeconds = 30
		}
	}
	if o.QueueBytes == 0 {
		bits := 0
		for _, s := range o.Streams {
			bits += s.BitsPerSecond
		}
		o.QueueBytes = max(4<<20, int(4*o.QueueSeconds*float64(bits)/8))
	}
	if o.FirstRetry == 0 {
		o.FirstRetry = 250 * time.Millisecond
	}
	if o.MaxRetry == 0 {
		o.MaxRetry = 3500 * time.Millisecond
	}
	if o.RefusedRetry == 0 {
		o.RefusedRetry = 3 * time.Second
	}
	if o.GiveUpAfter == 0 {
		o.GiveUpAfter = 10 * time.Minute
	}
	if o.CloseWithin == 0 {
		o.CloseWithin = 2 * time.Second
		if file {
			o.CloseWithin = 10 * time.Second
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	d := &Destination{
		options: o,
		address: Redact(o.Address),
		more:    make(chan struct{}, 1),
		queue: queue{
			limit:      time.Duration(o.QueueSeconds * float64(time.Second)),
			limitBytes: o.QueueBytes,
		},
		pictures: slices.ContainsFunc(o.Streams, func(s *packet.Stream) bool { return s.Codec.Video() }),
	}
	d.queue.restart(d.pictures, false)
	d.log = o.Log.With("destination", o.Name, "address", d.address)
	d.status = Status{Name: o.Name, Kind: o.Kind, Address: d.address, QueueLimitSeconds: o.QueueSeconds}
	d.supervisor = newSupervisor(pace{
		first: o.FirstRetry, most: o.MaxRetry,
		refused: o.RefusedRetry, mostRefused: 5 * o.RefusedRetry, giveUpAfter: o.GiveUpAfter,
	}, time.Now())
	return d, nil
}

// Offer queues a packet if it is of one of the destination's streams. It never
// blocks, keeps the packet until it is sent or dropped, and may be called from any
// goroutine at any time; each stream's packets must come in order.
func (d *Destination) Offer(p *packet.Packet) {
	if !slices.Contains(d.options.Streams, p.Stream) {
		return
	}
	d.mu.Lock()
	if d.shut {
		d.mu.Unlock()
		return
	}
	dropped := d.queue.push(p)
	waits := d.options.Interleaved && d.pictures && !p.Stream.Codec.Video() && d.queue.length() < soundWaits
	warn := d.lose(dropped)
	d.mu.Unlock()
	if warn {
		d.log.Warn("packets are dropped: the destination is too slow or away")
	}
	if waits {
		return
	}
	select {
	case d.more <- struct{}{}:
	default:
	}
}

// lose is attempts.lose, but for what was dropped before anything was sent: that was
// never lost. d.mu is held.
func (d *Destination) lose(packets int) (warn bool) {
	return packets > 0 && d.hasSent && d.attempts.lose(packets)
}

// Run connects, sends, and connects again after each failure until ctx ends. Then
// it sends what is queued, closes the connection or file, both within
// Options.CloseWithin, and returns nil, or the error that kept it from finishing
// cleanly. What was given up stays so until then. Run is called once.
func (d *Destination) Run(ctx context.Context) error {
	defer d.end()
	err := d.run(ctx, d.attempt, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.shut = true
		d.lose(d.queue.clear())
	})
	if err != nil {
		return fmt.Errorf("destination %q: %w", d.options.Name, err)
	}
	return nil
}

// attempt makes one connection and sends until it fails or ctx ends. It reports
// whether there was a connection; the error is nil only when ctx has ended.
func (d *Destination) attempt(ctx context.Context) (lived bool, err error) {
	// The sink outlives ctx by what it may take to finish cleanly.
	sinkCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stopDial := context.AfterFunc(ctx, cancel)
	sink, err := d.options.Dial(sinkCtx, d.options.Streams)
	if !stopDial() { // ctx ended meanwhile
		if err == nil {
			err = sink.Close()
		} else {
			err = nil
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	stopGrace := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		d.shut = true
		d.mu.Unlock()
		time.AfterFunc(d.options.CloseWithin, cancel)
	})
	defer stopGrace()

	d.mu.Lock()
	d.supervisor.step(event{happening: dialled}, time.Now())
	d.lose(d.queue.restart(d.pictures, d.options.Kind != KindFile))
	d.mu.Unlock()
	d.log.Info("destination is live")

	err = d.send(ctx, sink)
	if closed := sink.Close(); err == nil {
		err = closed
	}
	return true, err
}

// send writes queued packets until a write fails, or ctx has ended and the queue
// is empty.
func (d *Destination) send(ctx context.Context, sink Sink) error {
	for {
		p := d.next(ctx)
		if p == nil {
			return nil
		}
		if err := sink.Write(p); err != nil {
			d.mu.Lock()
			d.lose(1)
			d.mu.Unlock()
			return err
		}
		d.mu.Lock()
		d.hasSent = true
		d.status.SentBytes += uint64(len(p.Data))
		d.mu.Unlock()
	}
}

// next waits for the oldest packet; nil means that ctx has ended and none is left.
func (d *Destination) next(ctx context.Context) *packet.Packet {
	for {
		d.mu.Lock()
		p := d.queue.pop()
		d.mu.Unlock()
		if p != nil {
			return p
		}
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-d.more:
		case <-ctx.Done():
		}
	}
}

func (d *Destination) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = true
	d.queue.clear()
	d.attempts.end()
}

// Status returns how the destination is doing. Any goroutine may call it.
func (d *Destination) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.present(Text{En: "too slow or interrupted: %d packets lost so far", Zh: "太慢或曾中断：已丢失 %d 个数据包"})
	s.QueueSeconds = d.queue.length().Seconds()
	return s
}
