package mixer

import (
	"errors"
	"time"

	"studio/capture"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer/scene"
)

// Input is a camera as the mixer sees it.
type Input struct {
	Name string
	// Newest returns the newest frame at a program time with a hold for the mixer,
	// or nil when the camera is gone. It must not block. Pictures of a preview are
	// made on other goroutines, so several may call it at once.
	Newest func(at time.Duration) *capture.Frame
	// Slate is shown while the camera is gone.
	Slate capture.Painter
	// Damaged is called for each frame that could not be decoded; may be nil.
	Damaged func()
	// Framing is how every canvas shows the camera at the start.
	Framing scene.Framing
}

// input keeps what was developed of a camera's newest frame: a frame that is shown
// again, at several sizes or on two canvases, is decoded once, at the largest size
// that is wanted, and the others are made from that.
type input struct {
	Input
	slate  *capture.Frame
	frame  *capture.Frame // of this tick; held; nil: the slate
	seen   picture.Size   // the camera's own, of the newest frame that told
	looked bool           // Newest was asked in this tick
	prints []*print
	base   *print // what the others are made from in this tick
}

// print is an input's newest good picture at one size, upright or not yet turned.
type print struct {
	size   picture.Size
	turn   picture.Turn
	pic    *picture.Picture // nil until the first one succeeded
	of     moment           // the frame last tried, good or not
	wanted bool             // in this tick
	kept   bool             // not in this one, but soon
	due    bool             // its picture is still to be made in this tick
	asked  bool             // job is on its way
	job    job
}

// ask gives the print a job.
func (p *print) ask(list []*job, j job) []*job {
	p.asked, p.job = true, j
	return append(list, &p.job)
}

func newInput(in Input) *input {
	slate := capture.NewFrame(nil)
	slate.Format, slate.Painter, slate.Colour = capture.Drawn, in.Slate, picture.Program
	return &input{Input: in, slate: slate}
}

// moment identifies a frame even when its memory is used again; the zero value is
// no frame's.
type moment struct {
	known    bool
	sequence uint64
	taken    time.Time
}

func momentOf(f *capture.Frame) moment { return moment{true, f.Sequence, f.Taken} }

// look fetches the tick's frame once.
func (in *input) look(at time.Duration) {
	if in.looked {
		return
	}
	in.looked = true
	in.frame = in.Newest(at)
	if in.frame == nil {
		return
	}
	if in.frame.Format != capture.MJPEG {
		in.seen = picture.Size{Width: in.frame.Width, Height: in.frame.Height}
	} else if size, ok := jpeg.Size(in.frame.Data); ok { // a camera may change it in flight, without a word
		in.seen = size
	} else if in.seen == (picture.Size{}) {
		in.seen = picture.Size{Width: in.frame.Width, Height: in.frame.Height}
	}
}

// size returns the camera's own size, zero on the slate: a slate fits anywhere.
func (in *input) size() picture.Size {
	if in.frame == nil {
		return picture.Size{}
	}
	return in.seen
}

// want asks for the input, turned, at a size in this tick and returns where the
// picture will be.
func (in *input) want(size picture.Size, turn picture.Turn) *print {
	if in.frame == nil {
		turn = picture.Turn{} // a slate is upright
	}
	p := in.print(size, turn)
	p.wanted = true
	return p
}

func (in *input) print(size picture.Size, turn picture.Turn) *print {
	for _, p := range in.prints {
		if p.size == size && p.turn == turn {
			return p
		}
	}
	p := &print{size: size, turn: turn}
	in.prints = append(in.prints, p)
	return p
}

// jobs appends what has to be developed first for this tick. The slate moves, so
// it is drawn at every tick.
func (in *input) jobs(list []*job) []*job {
	in.base = nil
	var largest picture.Size
	for _, p := range in.prints {
		p.due = p.wanted && (in.frame == nil || p.of != momentOf(in.frame))
		if !p.due {
			continue
		}
		if in.frame == nil {
			list = p.ask(list, job{frame: in.slate, size: p.size})
		} else if size := p.turn.Size(p.size); area(size) > area(largest) {
			largest = size
		}
	}
	if in.frame == nil || area(largest) == 0 {
		return list
	}
	if in.base = in.made(largest); in.base != nil {
		return in.derive(in.base, list)
	}
	in.base = in.print(largest, picture.Turn{})
	in.base.wanted, in.base.due = true, true
	return in.base.ask(list, job{frame: in.frame, size: largest})
}

func area(s picture.Size) int { return s.Width * s.Height }

// made returns a picture of this tick's frame that is large enough already.
func (in *input) made(size picture.Size) *print {
	for _, p := range in.prints {
		if p.pic != nil && p.of == momentOf(in.frame) && p.turn == (picture.Turn{}) && p.size.Width >= size.Width && p.size.Height >= size.Height {
			return p
		}
	}
	return nil
}

// derive appends the making of all that is due from one picture.
func (in *input) derive(from *print, list []*job) []*job {
	from.wanted = true
	for _, p := range in.prints {
		if p.due && p != from {
			list = p.ask(list, job{from: from.pic, size: p.size, turn: p.turn})
		}
	}
	return list
}

// settle takes the outcome of the jobs and appends what is to be developed next. A
// frame that failed leaves the last good picture where it was; where there is none
// yet, it is made from another size's, and at the very first the slate is asked for.
func (in *input) settle(next []*job) []*job {
	spoilt := false
	for _, p := range in.prints {
		if p.asked && !in.take(p) {
			spoilt = true
		}
	}
	source := in.base
	if spoilt {
		source = nil
		for _, p := range in.prints {
			if p.pic != nil {
				p.due = false
				source = p
			}
		}
	}
	if source != nil {
		return in.derive(source, next)
	}
	for _, p := range in.prints {
		if p.due {
			next = p.ask(next, job{frame: in.slate, size: p.size})
		}
	}
	return next
}

// take puts the outcome of a print's job in its place. It returns false if the
// camera's frame gave no picture: then the print is still due if it has none at all.
func (in *input) take(p *print) bool {
	p.asked, p.of = false, moment{}
	if in.frame != nil {
		p.of = momentOf(in.frame)
	}
	j := p.job
	p.job = job{}
	if j.err == nil {
		if p.pic != nil {
			p.pic.Release()
		}
		p.pic, p.due = j.result, false
		return true
	}
	fromCamera := in.frame != nil && j.frame == in.frame
	if fromCamera && in.Damaged != nil && !errors.Is(j.err, errNoPicture) {
		in.Damaged()
	}
	p.due = fromCamera && p.pic == nil
	return !fromCamera
}

// keep holds what the last tick showed for a canvas that is not made in this one.
func (p *print) keep() { p.kept = true }

// forget ends the tick: sizes that nobody wanted are given back.
func (in *input) forget() {
	left := in.prints[:0]
	for _, p := range in.prints {
		if p.wanted || p.kept {
			p.wanted, p.kept = false, false
			left = append(left, p)
		} else if p.pic != nil {
			p.pic.Release()
		}
	}
	clear(in.prints[len(left):])
	in.prints = left
	if in.frame != nil {
		in.frame.Release()
		in.frame = nil
	}
	in.looked = false
}

// taken returns when the tick's picture was taken; zero on the slate.
func (in *input) taken() time.Time {
	if in.frame == nil {
		return time.Time{}
	}
	return in.frame.Taken
}
