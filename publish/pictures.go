package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"studio/media/picture"
)

// PictureSink is one open device or window that shows pictures. It belongs to one
// goroutine. Show is done with the pixels when it returns; it may block, but no
// longer than the sink's own time-out. After an error from Show only Close is
// called, and Close exactly once.
type PictureSink interface {
	Show(v picture.View) error
	Close() error
}

// PictureDial makes a fresh attempt to open the device or window, or fails within
// its own time-out or when ctx ends. Errors are an *Error, or one plain sentence.
type PictureDial func(ctx context.Context) (PictureSink, error)

// PictureOptions describe a destination that takes pictures. Name and Dial are needed.
type PictureOptions struct {
	Name    string
	Kind    string // virtualcam, window
	Address string
	Dial    PictureDial
	Log     *slog.Logger // nil is slog.Default()
}

// Pictures is one place that whole pictures go to, not packets: the newest one
// waits, an older one gives way to it and is counted. It is tried again and again
// as long as it runs: what is missing here, somebody may plug in or load at any time.
type Pictures struct {
	attempts
	options PictureOptions
	more    chan struct{} // capacity 1: a picture waits; a second mark is dropped

	// Under mu:
	open   bool             // there is a sink; pictures are taken
	newest *picture.Picture // waits to be shown; nil: none
}

// NewPictures returns a destination that does nothing until Run.
func NewPictures(o PictureOptions) (*Pictures, error) {
	if o.Name == "" || o.Dial == nil {
		return nil, errors.New("destination for pictures: it needs a name and a way to dial")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	p := &Pictures{options: o, more: make(chan struct{}, 1)}
	p.log = o.Log.With("destination", o.Name, "address", Redact(o.Address))
	p.status = Status{Name: o.Name, Kind: o.Kind, Address: Redact(o.Address)}
	quick, slow := 250*time.Millisecond, 2*time.Second
	p.supervisor = newSupervisor(pace{
		first: quick, most: slow, refused: quick, mostRefused: slow, giveUpAfter: 1<<63 - 1,
	}, time.Now())
	return p, nil
}

// Offer gives a picture away, which will not be written to any more. It never
// blocks, allocates nothing and may be called from any goroutine at any time.
func (p *Pictures) Offer(pic *picture.Picture) {
	p.mu.Lock()
	if !p.open {
		p.mu.Unlock()
		pic.Release()
		return
	}
	late := p.newest
	p.newest = pic
	warn := late != nil && p.lose(1)
	p.mu.Unlock()
	if late != nil {
		late.Release()
	}
	if warn {
		p.log.Warn("pictures are dropped: the destination is too slow")
	}
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// Run opens the sink, shows pictures, and opens it again after each failure until
// ctx ends; then it closes the sink. Run is called once.
func (p *Pictures) Run(ctx context.Context) error {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.end()
	}()
	if err := p.run(ctx, p.attempt, func() {}); err != nil {
		return fmt.Errorf("destination %q: %w", p.options.Name, err)
	}
	return nil
}

// attempt opens the sink once and shows pictures until that fails or ctx ends; the
// error is nil only when ctx has ended.
func (p *Pictures) attempt(ctx context.Context) (lived bool, err error) {
	sink, err := p.options.Dial(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = nil
		}
		return false, err
	}
	p.take(true)
	p.log.Info("destination is live")
	err = p.show(ctx, sink)
	p.take(false)
	if closed := sink.Close(); err == nil {
		err = closed
	}
	return true, err
}

// take begins or ends to take pictures.
func (p *Pictures) take(open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = open
	if open {
		p.supervisor.step(event{happening: dialled}, time.Now())
	} else if p.newest != nil {
		p.newest.Release()
		p.newest = nil
	}
}

func (p *Pictures) show(ctx context.Context, sink PictureSink) error {
	for {
		select {
		case <-p.more:
		case <-ctx.Done():
			return nil
		}
		p.mu.Lock()
		pic := p.newest
		p.newest = nil
		p.mu.Unlock()
		if pic == nil {
			continue // it was of the sink before
		}
		err := sink.Show(pic.View)
		pic.Release()
		if err != nil {
			return err
		}
	}
}

// Status returns how the destination is doing; of pictures no bytes are counted.
// Any goroutine may call it.
func (p *Pictures) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.present(Text{En: "too slow: %d pictures lost so far", Zh: "太慢：已丢失 %d 幅画面"})
}
