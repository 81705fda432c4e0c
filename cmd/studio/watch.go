package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/publish/preview"
)

// watch is the preview for pages: a small encode of its own, made only while
// somebody watches.
type watch struct {
	preview  *preview.Preview
	video    *encode.Video
	size     picture.Size
	pool     *picture.Pool
	newest   chan programPicture
	watching atomic.Bool
	dropped  atomic.Uint64
	every    atomic.Int64 // ns between two pictures at least; 0: all
	shown    int64        // ns of the newest picture's program time; see's alone
	rate     packet.Rational
	offering sync.Mutex
	sound    *atomic.Int32 // counts who takes the sound that viewers need
}

// The preview's picture: small enough to cost little, large enough to judge focus.
const (
	previewHeight        = 540
	previewBitsPerSecond = 2_500_000
)

func newWatch(canvas picture.Size, rate packet.Rational, sound *atomic.Int32, log *slog.Logger) (*watch, error) {
	height := min(previewHeight, canvas.Height)
	w := &watch{
		size:   picture.Size{Width: canvas.Width * height / canvas.Height &^ 1, Height: height &^ 1},
		rate:   rate,
		pool:   picture.NewPool(2),
		sound:  sound,
		newest: make(chan programPicture, 1), // one picture waits; a newer one replaces it and counts as dropped
	}
	var err error
	w.video, err = encode.NewVideo(encode.VideoOptions{
		Size: w.size, Rate: rate, Preset: "ultrafast", BitsPerSecond: previewBitsPerSecond, Threads: 1, Profile: "baseline",
	})
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	w.preview, err = preview.New(preview.Options{
		LoopbackOnly: true,
		OnViewers:    w.viewers,
		OnKeyRequest: w.video.RequestKey,
		Log:          log,
	})
	if err != nil {
		w.video.Close()
		return nil, fmt.Errorf("preview: %w", err)
	}
	return w, nil
}

func (w *watch) viewers(n int) {
	if was := w.watching.Swap(n > 0); was != (n > 0) {
		if n > 0 {
			w.sound.Add(1)
		} else {
			w.sound.Add(-1)
		}
	}
	w.video.RequestKey()
}

// slow lets the preview have so many pictures a second at most.
func (w *watch) slow(picturesPerSecond float64) {
	every := int64(0)
	if !math.IsInf(picturesPerSecond, 1) && picturesPerSecond > 0 {
		every = int64(float64(time.Second) / picturesPerSecond)
	}
	w.every.Store(every)
}

// lost counts pictures that the preview or one of its viewers was too slow for.
func (w *watch) lost() uint64 { return w.dropped.Load() + w.preview.Dropped() }

// see takes a program picture; it never blocks.
func (w *watch) see(p programPicture) {
	at := int64(w.rate.Inverse().Duration(p.number))
	if !w.watching.Load() || at < w.shown+w.every.Load()-int64(time.Millisecond) {
		p.pic.Release()
		return
	}
	w.shown = at
	for {
		select {
		case w.newest <- p:
			return
		default:
		}
		select {
		case old := <-w.newest:
			old.pic.Release()
			w.dropped.Add(1)
		default:
		}
	}
}

// run encodes for the viewers until ctx ends.
func (w *watch) run(ctx context.Context) error {
	defer w.video.Close()
	defer w.preview.Close()
	for {
		select {
		case p := <-w.newest:
			w.show(p)
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *watch) show(p programPicture) {
	small := w.pool.Get(w.size)
	picture.Scale(small.View, p.pic.View)
	p.pic.Release()
	defer small.Release()
	// A preview that cannot be encoded is a preview without a picture: the
	// programme does not depend on it, and the page shows its own stillness.
	_ = w.video.Encode(small.View, p.number, p.taken, w.offer)
}

// offer hands a packet of the preview's pictures or of the programme's sound to
// the viewers.
func (w *watch) offer(p *packet.Packet) {
	w.offering.Lock()
	defer w.offering.Unlock()
	w.preview.Offer(p)
}

// drain gives back what nobody will show any more; after the mixer ended.
func (w *watch) drain() {
	select {
	case p := <-w.newest:
		p.pic.Release()
	default:
	}
}

// previewStart is how long a page may take for its offer to be answered.
const previewStart = 10 * time.Second

// Answer implements ui.Preview.
func (w *watch) Answer(ctx context.Context, offer string) (answer, id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, previewStart)
	defer cancel()
	return w.preview.Answer(ctx, offer)
}

// HangUp implements ui.Preview.
func (w *watch) HangUp(id string) error { return w.preview.HangUp(id) }
