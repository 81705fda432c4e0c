package mixer

import (
	"time"

	"studio/capture"
	"studio/media/picture"
)

// Input is a camera as the mixer sees it.
type Input struct {
	Name string
	// Newest returns the newest frame at a program time with a hold for the mixer,
	// or nil when the camera is gone. It must not block.
	Newest func(at time.Duration) *capture.Frame
	// Slate is shown while the camera is gone.
	Slate capture.Painter
	// Damaged is called for each frame that could not be decoded; may be nil.
	Damaged func()
}

// input keeps what was developed of a camera's newest frame, so that a frame that
// is shown again, or on two canvases, is decoded once.
type input struct {
	Input
	slate  *capture.Frame
	frame  *capture.Frame // of this tick; held; nil: the slate
	looked bool           // Newest was asked in this tick
	prints []*print
}

// print is an input's newest good picture at one size.
type print struct {
	size   picture.Size
	pic    *picture.Picture // nil until the first one succeeded
	of     moment           // the frame last tried, good or not
	wanted bool
	job    job
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
}

// want asks for the input at a size in this tick and returns where the picture
// will be.
func (in *input) want(size picture.Size) *print {
	for _, p := range in.prints {
		if p.size == size {
			p.wanted = true
			return p
		}
	}
	p := &print{size: size, wanted: true}
	in.prints = append(in.prints, p)
	return p
}

// jobs appends what has to be developed for this tick. The slate moves, so it is
// drawn at every tick.
func (in *input) jobs(list []*job) []*job {
	for _, p := range in.prints {
		switch {
		case in.frame == nil:
			p.job = job{frame: in.slate, size: p.size}
		case p.of != momentOf(in.frame):
			p.job = job{frame: in.frame, size: p.size}
		default:
			continue
		}
		list = append(list, &p.job)
	}
	return list
}

// settle takes the outcome of the jobs. A frame that failed leaves the last good
// picture where it was; where there is none yet, the slate is asked for.
func (in *input) settle(again []*job) []*job {
	failed := false
	for _, p := range in.prints {
		if p.job.frame == nil {
			continue
		}
		if p.job.err == nil {
			if p.pic != nil {
				p.pic.Release()
			}
			p.pic = p.job.result
		} else if p.job.frame != in.slate {
			failed = true
			if p.pic == nil {
				p.job = job{frame: in.slate, size: p.size}
				again = append(again, &p.job)
				continue
			}
		}
		p.finish(in.frame)
	}
	if failed && in.Damaged != nil {
		in.Damaged()
	}
	return again
}

// finish notes which frame the print is of; nil is the slate.
func (p *print) finish(f *capture.Frame) {
	p.of = moment{}
	if f != nil {
		p.of = momentOf(f)
	}
	p.job = job{}
}

// forget ends the tick: sizes that nobody wanted are given back.
func (in *input) forget() {
	kept := in.prints[:0]
	for _, p := range in.prints {
		if p.wanted {
			p.wanted = false
			kept = append(kept, p)
		} else if p.pic != nil {
			p.pic.Release()
		}
	}
	clear(in.prints[len(kept):])
	in.prints = kept
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

// size returns the camera's own size, zero on the slate: a slate fits anywhere.
func (in *input) size() picture.Size {
	if in.frame == nil {
		return picture.Size{}
	}
	return picture.Size{Width: in.frame.Width, Height: in.frame.Height}
}
