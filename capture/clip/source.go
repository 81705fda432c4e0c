package clip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"studio/capture"
	"studio/media/packet"
	"studio/words"
)

// lateBy is how far a clip may fall behind its own timestamps (a machine that
// slept, a disk that stalled) before it goes on from where it is instead of
// hurrying after them.
const lateBy = 500 * time.Millisecond

// Options says what a Source plays.
type Options struct {
	Path string
	// Once ends the stream with the file, with an error that says so; a clip
	// loops otherwise, as a camera has no end.
	Once bool
	// FrameRate, if set, is played instead of the file's own timestamps, without sound.
	FrameRate packet.Rational
	// Sound takes the file's sound, in step with its pictures and looping with them.
	// nil: nobody hears it.
	Sound Ear
}

// Source plays a file in real time; it implements capture.Source.
type Source struct {
	options Options
}

// New returns a source for a file, which is opened and closed again to see that
// it can be played.
func New(o Options) (*Source, error) {
	if r := o.FrameRate; r != (packet.Rational{}) && (r.Num <= 0 || r.Den <= 0) {
		return nil, fmt.Errorf("open clip %q: frame rate %d/%d is not above 0", o.Path, r.Num, r.Den)
	}
	r, err := OpenReader(o.Path)
	if err != nil {
		return nil, err
	}
	r.Close()
	return &Source{options: o}, nil
}

// Stream implements capture.Source. A clip whose file cannot be read any more
// ends with an error; one that was played to its end with Options.Once likewise.
func (s *Source) Stream(ctx context.Context, out *capture.Mailbox, opened func(capture.Mode)) error {
	r, err := OpenReader(s.options.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	mode := r.Mode()
	if s.options.FrameRate != (packet.Rational{}) {
		mode.FrameRate = s.options.FrameRate.Float()
	}
	opened(mode)

	timer := time.NewTimer(0)
	defer timer.Stop()
	pace := pacer{start: time.Now()}
	sound := newRound(pace.start)
	if s.options.Sound != nil && s.options.FrameRate == (packet.Rational{}) {
		ctx, cancel := context.WithCancel(ctx)
		var singing sync.WaitGroup
		singing.Go(func() { sing(ctx, s.options.Path, s.options.Sound, sound) })
		defer singing.Wait()
		defer cancel()
	}
	var sequence uint64
	for {
		frame, err := r.Next(ctx)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				frame.Release()
			}
			return nil
		case errors.Is(err, ErrExhausted):
			out.CountExhausted()
			sequence++
			continue
		case errors.Is(err, ErrDamaged):
			out.CountDamaged()
			sequence++
			continue
		case err == io.EOF && s.options.Once:
			return words.Errorf("clip %q: has ended", "视频文件已播完", s.options.Path)
		case err == io.EOF:
			if sequence == pace.loopedAt {
				return words.Errorf("clip %q: holds no picture that can be shown", "视频文件里没有能显示的画面，请换一个文件", s.options.Path)
			}
			pace.loop(sequence, r.frameTime())
			if err := r.Rewind(); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		due := pace.due(r.position(), sequence, s.options.FrameRate)
		if !wait(ctx, timer, due) {
			frame.Release()
			return nil
		}
		sound.set(pace.start.Add(pace.base), pace.rounds)
		frame.Sequence = sequence
		frame.Taken = time.Now()
		out.Put(frame)
		sequence++
	}
}

// pacer turns positions in a file that starts over and over into moments.
type pacer struct {
	start    time.Time     // when the clip's first picture was due
	base     time.Duration // what the loops before this one took
	last     time.Duration // newest position in this loop
	loopedAt uint64        // sequence at the start of this loop
	rounds   int           // loops before this one
}

// due returns when the frame at position in this loop is to be shown.
func (p *pacer) due(position time.Duration, sequence uint64, rate packet.Rational) time.Time {
	if rate != (packet.Rational{}) {
		position = rate.Inverse().Duration(int64(sequence - p.loopedAt))
	}
	p.last = max(p.last, position)
	due := p.start.Add(p.base + p.last)
	if late := time.Since(due); late > lateBy {
		p.start = p.start.Add(late)
		due = due.Add(late)
	}
	return due
}

// loop begins the next round, one frame's time after the last frame.
func (p *pacer) loop(sequence uint64, frameTime time.Duration) {
	p.base += p.last + frameTime
	p.last, p.loopedAt = 0, sequence
	p.rounds++
}

// wait returns at the moment due, or false as soon as ctx ends.
func wait(ctx context.Context, timer *time.Timer, due time.Time) bool {
	d := time.Until(due)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer.Reset(d)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
