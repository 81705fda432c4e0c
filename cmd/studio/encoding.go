package main

import (
	"sync/atomic"

	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/publish"
	"studio/words"
)

// encoding is one encode of a canvas and everybody who takes its packets.
type encoding struct {
	need
	line     *line
	video    *encode.Video
	pictures chan programPicture
	pool     *picture.Pool // for pictures of another size; nil: none
	fanout   publish.Fanout
	takers   atomic.Int32
	dropped  atomic.Uint64 // pictures for which it was too slow
	meter    lineMeter
	failed   atomic.Pointer[error]
	holds    int // line.mu
}

func (l *line) newEncoding(n need) (*encoding, error) {
	video, err := encode.NewVideo(encode.VideoOptions{
		Encoder: l.Encoder, Size: n.size, Rate: l.rate, Preset: l.Preset,
		BitsPerSecond: n.bitsPerSecond, Profile: n.profile, Threads: l.threads,
	})
	if err != nil {
		return nil, err
	}
	r := &encoding{
		need: n, line: l, video: video,
		pictures: make(chan programPicture, 1), // one picture waits; the main encode's blocks the mixer, others drop and count
	}
	if n.size != l.Size {
		r.pool = picture.NewPool(2)
	}
	return r, nil
}

// offer takes a picture for an encode beside the main one; it never blocks.
func (r *encoding) offer(p programPicture) {
	select {
	case r.pictures <- p:
	default:
		p.pic.Release()
		r.dropped.Add(1)
	}
}

// run encodes until pictures is closed. An encode that nobody takes is not made:
// it costs nothing.
func (r *encoding) run() {
	defer r.video.Close()
	for p := range r.pictures {
		if r.takers.Load() > 0 {
			r.encode(p)
		}
		p.pic.Release()
	}
}

func (r *encoding) encode(p programPicture) {
	view := p.pic.View
	if r.pool != nil {
		small := r.pool.Get(r.size)
		picture.Scale(small.View, view)
		defer small.Release()
		view = small.View
	}
	var err error
	r.line.costs.Measure(mixer.Encode, func() {
		err = r.video.Encode(view, p.number, p.taken, r.handOut)
	})
	if err != nil {
		err = words.Errorf("encode: %w", "画面编码失败，请重启设备", err)
		r.failed.Store(&err)
	}
}

// handOut gives a packet to every taker.
func (r *encoding) handOut(p *packet.Packet) {
	r.fanout.Offer(p)
	r.meter.count(p, r.line.latency)
}

// join adds a taker, which begins with a key frame of its own.
func (r *encoding) join(t publish.Taker) {
	r.fanout.Add(t)
	r.takers.Add(1)
	r.video.RequestKey()
}

func (r *encoding) leave(t publish.Taker) {
	r.fanout.Remove(t)
	r.takers.Add(-1)
}
