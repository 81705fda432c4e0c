package mixer

import (
	"fmt"
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
	Off      bool         // at the start: nothing is made until it is switched on
	Overlays Overlays     // nil: none
	// Output takes each program picture, with the mixer's hold on it, its number on
	// the program clock and when its main camera took it (zero: unknown). It may block:
	// the mixer then falls behind its clock and says so.
	Output func(pic *picture.Picture, number int64, taken time.Time)
}

// canvas is one picture that the mixer makes.
type canvas struct {
	CanvasOptions
	layouts map[string][]scene.Place // those that suit its size
	art     easel

	mu       sync.Mutex
	desk     scene.Desk
	framings map[string]scene.Framing // by camera
	on       bool
	divider  int64            // every so manieth picture of the program clock is made
	newest   *picture.Picture // the last program picture, for previews; held
	frames   uint64
}

func newCanvas(o CanvasOptions, library *scene.Library, inputs []*input) (*canvas, error) {
	c := &canvas{CanvasOptions: o, on: !o.Off, divider: 1}
	if o.Size.Width < 2 || o.Size.Height < 2 || (o.Size.Width|o.Size.Height)&1 != 0 {
		return nil, fmt.Errorf("size %d×%d: allowed: even numbers above 0", o.Size.Width, o.Size.Height)
	}
	var err error
	if c.layouts, err = places(library, o.Size); err != nil {
		return nil, err
	}
	c.framings = make(map[string]scene.Framing)
	for _, in := range inputs {
		c.framings[in.Name] = in.Framing
	}
	c.desk = scene.NewDesk(o.Shot)
	return c, nil
}

func places(library *scene.Library, size picture.Size) (map[string][]scene.Place, error) {
	layouts := make(map[string][]scene.Place)
	for _, name := range library.Fit(size) {
		placed, err := library.Place(name, size)
		if err != nil {
			return nil, err
		}
		layouts[name] = placed
	}
	return layouts, nil
}

// plan decides what the canvas shows at this tick and asks the inputs for it. It
// returns false if the canvas is not made now.
func (c *canvas) plan(n int64, at time.Duration, inputs map[string]*input) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desk = c.desk.Tick(at)
	switch {
	case !c.on:
		c.art.clear()
		return false
	case n%c.divider != 0:
		c.art.keep()
		return false
	}
	moment := c.desk.Program().At(at)
	c.art.frame.Arrange(moment, c.layouts[moment.From.Layout], c.layouts[moment.To.Layout], c.Size)
	c.art.hang(inputs, c.framings, at)
	c.art.main = nil
	if len(moment.To.Cameras) > 0 {
		c.art.main = inputs[moment.To.Cameras[0]]
	}
	return true
}

// handOut keeps the picture for previews and gives it to the encoder.
func (c *canvas) handOut(pic *picture.Picture, number int64) {
	c.mu.Lock()
	old := c.newest
	c.newest = nil
	if c.on {
		c.newest = pic.Retain()
	}
	c.frames++
	c.mu.Unlock()
	if old != nil {
		old.Release()
	}
	var taken time.Time
	if c.art.main != nil {
		taken = c.art.main.taken()
	}
	c.Output(pic, number, taken)
}

// turn switches the canvas on or off; there is no newest picture of one that is off.
func (c *canvas) turn(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
	if !on && c.newest != nil {
		c.newest.Release()
		c.newest = nil
	}
}
