// Package h264 shows cameras that send H.264. Their pictures stand on each other, so
// the newest one cannot be decoded alone, as a JPEG can; and yet a camera that nobody
// is shown must cost next to nothing.
//
// A Decoder keeps what came since the last key frame, undecoded. While somebody looks
// (asks the camera's mailbox for its newest frame) all is decoded as it comes, on a
// goroutine of its own, and the pictures go into the mailbox as raw frames. While
// nobody does, only a key frame now and then is decoded, so that the picture that is
// there when somebody looks again is not an old one; then the rest is made up for, as
// fast as it goes. After a fault the last whole picture stays until a key frame
// comes: half a picture, or one that refers to what was lost, is never shown.
package h264

import (
	"context"
	"sync"
	"time"

	"studio/capture"
	"studio/media/packet/annexb"
)

const (
	// looked is for how long after somebody asked a camera counts as looked at.
	// Small pictures are asked for at least once a second.
	looked = 2 * time.Second
	// refresh is how often a key frame of one that is not is decoded at most.
	refresh = 5 * time.Second
	// latest is how far behind the newest a picture may be to be shown: what is made
	// up for is not.
	latest = 250 * time.Millisecond
)

// What is kept undecoded at most: 20 s of 30 pictures a second at 10 Mb/s. A camera
// without a key frame for half of that is decoded though nobody looks; what a box too
// slow for the camera cannot decode is dropped, counted, through to a key frame.
const (
	mostUnits = 600
	mostBytes = 24 << 20
)

// Decoder decodes one camera's access units.
type Decoder struct {
	out    *capture.Mailbox
	codec  *codec
	frames *frames
	start  time.Time     // what times count from in the codec
	wake   chan struct{} // one pending; more are the same one

	mu      sync.Mutex
	waiting queue
	numbers annexb.Numbers
	last    uint64    // sequence number of the newest unit
	newest  time.Time // when it was taken
	state   state
	drain   bool // all that waits is decoded, whoever looks

	unit    []byte // being decoded; Run's own
	decoded time.Time
}

// state is whether what comes can be decoded.
type state uint8

const (
	begun  state = iota // no key frame has come yet
	whole               // what waits follows on what is decoded, or begins with a key frame
	broken              // something is lost: a key frame is waited for
)

// New returns a decoder whose pictures go to out. The caller closes it.
func New(out *capture.Mailbox) (*Decoder, error) {
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	return &Decoder{out: out, codec: c, frames: newFrames(), start: time.Now(), wake: make(chan struct{}, 1)}, nil
}

// Close frees the decoder after Run; frames that are held stay valid.
func (d *Decoder) Close() { d.codec.close() }

// Take keeps a copy of an access unit, which has to come in order. It does not wait
// for what is being decoded.
func (d *Decoder) Take(f *capture.Frame) {
	follows := d.numbers.Follow(f.Data)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == whole && (!follows || f.Sequence != d.last+1) {
		d.state = broken // what waits is decoded up to here
	}
	d.last, d.newest = f.Sequence, f.Taken
	watched := time.Since(d.out.Asked()) < looked
	switch {
	case f.Key:
		if !watched || d.newest.Sub(d.waiting.oldest().taken) > latest {
			d.out.CountUnseen(d.waiting.count())
			d.waiting.clear()
		}
		d.state, d.drain = whole, false
	case d.state == broken:
		d.out.CountDamaged()
		return
	case d.state == begun:
		return
	}
	if !d.waiting.push(unit{len(f.Data), f.Taken, f.Key}, f.Data) {
		for range d.waiting.count() + 1 {
			d.out.CountExhausted()
		}
		d.waiting.clear()
		d.state = broken
		return
	}
	d.drain = d.drain || d.waiting.count() > mostUnits/2 || d.waiting.bytes() > mostBytes/2
	if watched || d.drain || f.Key {
		d.look()
	}
}

// Lost tells that an access unit was lost on the way.
func (d *Decoder) Lost() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == whole {
		d.state = broken
	}
}

func (d *Decoder) look() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run decodes until ctx ends.
func (d *Decoder) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		for ctx.Err() == nil {
			u, newest, some := d.next()
			if !some {
				break
			}
			if err := d.decode(u, newest); err != nil {
				d.spoilt()
			}
		}
	}
}

// next takes the unit to be decoded now, if there is one, and says when the newest of
// all was taken.
func (d *Decoder) next() (u unit, newest time.Time, some bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if d.waiting.count() == 0 {
		d.drain = false
		return u, d.newest, false
	}
	u = d.waiting.oldest()
	switch {
	case now.Sub(d.out.Asked()) < looked, d.drain:
	case u.key && now.Sub(d.decoded) >= refresh:
	default:
		return u, d.newest, false
	}
	d.decoded = now
	d.unit = d.waiting.pop(d.unit[:0])
	return u, d.newest, true
}

// decode decodes the unit and shows the picture, unless it is an old one.
func (d *Decoder) decode(u unit, newest time.Time) error {
	if err := d.codec.send(d.unit, u.taken.Sub(d.start)); err != nil {
		return err
	}
	for {
		at, some, err := d.codec.next()
		if err != nil || !some {
			return err
		}
		taken := d.start.Add(at)
		if newest.Sub(taken) > latest {
			d.out.CountUnseen(1)
			continue
		}
		f := d.frames.get()
		if f == nil {
			d.out.CountExhausted()
			continue
		}
		d.codec.copy(f)
		f.Taken = taken
		f.Sequence = uint64(at)
		d.out.Show(f)
	}
}

// spoilt passes over what waits after a unit that could not be decoded, up to the
// next key frame.
func (d *Decoder) spoilt() {
	d.codec.forget()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out.CountDamaged()
	for d.waiting.count() > 0 {
		if d.waiting.oldest().key {
			return
		}
		d.waiting.drop()
		d.out.CountDamaged()
	}
	if d.state == whole {
		d.state = broken
	}
}
