package drawn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
)

// Rasterizer draws an SVG document at a size, as svg.Render does: premultiplied
// ARGB in the machine's byte order, rows stride bytes apart. It may be called by
// several goroutines.
type Rasterizer func(svg []byte, size picture.Size) (pix []byte, stride int, err error)

// Options says what a Source shows.
type Options struct {
	Scene     string          // one of Scenes
	Size      picture.Size    // pixels, even; the art is painted at this size
	FrameRate packet.Rational // frames a second
	Start     time.Time       // when frame 0 was taken and the clock in the strip stood at zero
	Code      bool            // whether the strip is in the picture
	Rasterize Rasterizer
}

// Scenes are the camera angles there are.
func Scenes() []string { return []string{"wheel", "hands", "kiln"} }

// framesKept is how many frames lie ready to be used again.
const framesKept = 8

// Source is a drawn camera; it implements capture.Source. Its methods may be
// called by several goroutines.
type Source struct {
	options Options
	stage   *stage

	mu   sync.Mutex
	free []*capture.Frame
}

// New paints the scene, which takes all cores for a few tenths of a second at
// 1920x1080.
func New(o Options) (*Source, error) {
	build := scenes()[o.Scene]
	switch {
	case build == nil:
		return nil, fmt.Errorf("drawn camera: no scene %q, there are %q", o.Scene, Scenes())
	case o.Size.Width < 64 || o.Size.Height < 64 || o.Size.Width > 8192 || o.Size.Height > 8192 || o.Size.Width%2 != 0 || o.Size.Height%2 != 0:
		return nil, fmt.Errorf("drawn camera %q: size %dx%d is not even or not within 64x64 to 8192x8192", o.Scene, o.Size.Width, o.Size.Height)
	case o.FrameRate.Num <= 0 || o.FrameRate.Den <= 0:
		return nil, fmt.Errorf("drawn camera %q: frame rate %d/%d is not above 0", o.Scene, o.FrameRate.Num, o.FrameRate.Den)
	case o.Rasterize == nil:
		return nil, errors.New("drawn camera: no Rasterize in its options")
	}
	stage, err := newStage(build, o)
	if err != nil {
		return nil, fmt.Errorf("drawn camera %q: %w", o.Scene, err)
	}
	return &Source{options: o, stage: stage}, nil
}

// Stream implements capture.Source: it puts the frame of the moment into the
// mailbox at every tick of its own clock, which never drifts from Start.
func (s *Source) Stream(ctx context.Context, out *capture.Mailbox, opened func(capture.Mode)) error {
	opened(capture.Mode{
		Format: capture.Drawn, Width: s.options.Size.Width, Height: s.options.Size.Height,
		FrameRate: s.options.FrameRate.Float(),
	})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		n := s.number(time.Since(s.options.Start))
		out.Put(s.Frame(n))
		timer.Reset(time.Until(s.taken(n + 1)))
	}
}

// number returns the number of the newest frame after elapsed.
func (s *Source) number(elapsed time.Duration) uint64 {
	if elapsed < 0 {
		return 0
	}
	rate := s.options.FrameRate
	n := uint64(elapsed.Seconds() * rate.Float())
	// floating point may be one off around a frame's exact moment
	for rate.Inverse().Duration(int64(n+1)) <= elapsed {
		n++
	}
	for n > 0 && rate.Inverse().Duration(int64(n)) > elapsed {
		n--
	}
	return n
}

func (s *Source) taken(n uint64) time.Time {
	return s.options.Start.Add(s.options.FrameRate.Inverse().Duration(int64(n)))
}

// Frame returns frame n, held once. The same number is the same picture, always.
func (s *Source) Frame(n uint64) *capture.Frame {
	s.mu.Lock()
	var f *capture.Frame
	if last := len(s.free) - 1; last >= 0 {
		f = s.free[last]
		s.free = s.free[:last]
	}
	s.mu.Unlock()
	if f == nil {
		f = capture.NewFrame(s.takeBack)
		f.Painter = &moment{stage: s.stage}
	} else {
		f.Renew()
	}
	f.Format, f.Width, f.Height, f.Colour = capture.Drawn, s.options.Size.Width, s.options.Size.Height, picture.Program
	f.Taken, f.Sequence = s.taken(n), n
	m := f.Painter.(*moment)
	m.number, m.elapsed = n, s.options.FrameRate.Inverse().Duration(int64(n))
	return f
}

func (s *Source) takeBack(f *capture.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < framesKept {
		s.free = append(s.free, f)
	}
}

// moment is the stage at the time of one frame: the frame's Painter.
type moment struct {
	stage   *stage
	number  uint64
	elapsed time.Duration
}

func (m *moment) Paint(dst picture.View) { m.stage.paint(dst, m.number, m.elapsed) }
