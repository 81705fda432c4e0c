package mixer

import (
	"sync"
	"time"

	"studio/media/picture"
	"studio/mixer/scene"
)

// Overlays draws what explains the picture. Blend runs on the air path once a
// frame: it must not block or allocate, and it keeps nothing of dst.
type Overlays interface {
	Blend(dst picture.View, at time.Duration)
}

// CanvasOptions describes a canvas.
type CanvasOptions struct {
	Name     string
	Size     picture.Size // even
	Shot     scene.Shot   // at the start
	Overlays Overlays     // nil: none
	// Output takes each program picture, with the mixer's hold on it, its number on
	// the program clock and when its main camera took it (zero: unknown). It may block:
	// the mixer then falls behind its clock and says so.
	Output func(pic *picture.Picture, number int64, taken time.Time)
}

// canvas is one picture that the mixer makes.
type canvas struct {
	CanvasOptions
	layouts map[string]scene.Layout

	mu      sync.Mutex
	program scene.Program
	newest  *picture.Picture // the last program picture, for previews; held
	frames  uint64

	from, to placed
	weight   uint8
}

// placed is a shot with its pictures.
type placed struct {
	shot   scene.Shot
	layout scene.Layout
	slots  []slot
}

type slot struct {
	rect  picture.Rect
	shown picture.Rect
	print *print
	input *input
}

func newCanvas(o CanvasOptions) (*canvas, error) {
	c := &canvas{CanvasOptions: o, layouts: make(map[string]scene.Layout)}
	for _, name := range scene.Names() {
		layout, err := scene.New(name, o.Size)
		if err != nil {
			return nil, err
		}
		c.layouts[name] = layout
	}
	c.program = scene.NewProgram(o.Shot)
	return c, nil
}

// plan decides what the canvas shows at this tick and asks the inputs for it.
func (c *canvas) plan(at time.Duration, inputs map[string]*input) {
	c.mu.Lock()
	from, to, weight := c.program.At(at)
	c.mu.Unlock()
	c.weight = weight
	c.to.place(to, c.layouts[to.Layout], at, inputs)
	if weight < 255 {
		c.from.place(from, c.layouts[from.Layout], at, inputs)
	}
}

func (p *placed) place(shot scene.Shot, layout scene.Layout, at time.Duration, inputs map[string]*input) {
	p.shot, p.layout = shot, layout
	p.slots = p.slots[:0]
	for i, rect := range layout.Slots {
		s := slot{rect: rect}
		if i < len(shot.Cameras) {
			if in := inputs[shot.Cameras[i]]; in != nil {
				in.look(at)
				var scaled picture.Size
				scaled, s.shown = scene.Fill(in.size(), rect)
				s.input, s.print = in, in.want(scaled)
			}
		}
		p.slots = append(p.slots, s)
	}
}

// compose makes the program picture of this tick, or nil when no picture is free.
func (c *canvas) compose(pool *picture.Pool) *picture.Picture {
	dst := pool.Get(c.Size)
	if dst == nil {
		return nil
	}
	c.to.draw(dst.View)
	if c.weight < 255 {
		outgoing := pool.Get(c.Size)
		if outgoing == nil {
			dst.Release()
			return nil
		}
		c.from.draw(outgoing.View)
		picture.Mix(dst.View, outgoing.View, dst.View, c.weight)
		outgoing.Release()
	}
	return dst
}

// border is the width in pixels of the line around an inset, per 1080 of height.
const border = 4.0 / 1080

func (p *placed) draw(dst picture.View) {
	line := max(2, int(border*float64(dst.Height))&^1)
	for i, s := range p.slots {
		inset := i > 0 && p.layout.Name == scene.PIP
		switch {
		case s.print == nil || s.print.pic == nil:
			if !inset {
				picture.Fill(dst.Sub(s.rect), black, grey, grey)
			}
			continue
		case inset:
			picture.Fill(dst.Sub(grow(s.rect, line)), frameLuma, grey, grey)
		}
		picture.Copy(dst.Sub(s.rect), s.print.pic.Sub(s.shown))
	}
}

// Levels of limited-range BT.709.
const (
	black     = 16
	grey      = 128 // chroma of anything without colour
	frameLuma = 222 // a soft white
)

// grow widens an inset's rectangle by its border; insets lie off the edges by
// more than that.
func grow(r picture.Rect, by int) picture.Rect {
	return picture.Rect{X: r.X - by, Y: r.Y - by, Width: r.Width + 2*by, Height: r.Height + 2*by}
}

// taken returns when the main camera's picture was taken.
func (c *canvas) taken() time.Time {
	if len(c.to.slots) == 0 || c.to.slots[0].input == nil {
		return time.Time{}
	}
	return c.to.slots[0].input.taken()
}

// handOut keeps the picture for previews and gives it to the encoder.
func (c *canvas) handOut(pic *picture.Picture, number int64) {
	c.mu.Lock()
	old := c.newest
	c.newest = pic.Retain()
	c.frames++
	c.mu.Unlock()
	if old != nil {
		old.Release()
	}
	c.Output(pic, number, c.taken())
}

func (c *canvas) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.newest != nil {
		c.newest.Release()
		c.newest = nil
	}
}
