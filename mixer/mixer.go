package mixer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer/scene"
	"studio/words"
)

// catchUp is how far the mixer may fall behind its clock and still make every
// frame. It is longer than a hiccup of the box and short enough that nobody sees
// the programme run late; beyond it frames are dropped and counted.
const catchUp = time.Second

// Options describes a mixer.
type Options struct {
	Rate     packet.Rational // of every canvas, frames a second
	Clock    Clock
	Frames   int64 // make so many and return; 0: until ctx ends
	Layouts  *scene.Library
	Inputs   []Input
	Canvases []CanvasOptions
	Pool     *picture.Pool
	Costs    *Costs // nil: not wanted
}

// Mixer makes the pictures of all canvases on one program clock.
type Mixer struct {
	options  Options
	inputs   map[string]*input
	order    []*input
	canvases []*canvas
	now      atomic.Int64 // program time of the newest tick
	dropped  atomic.Uint64
	due      []*canvas // of this tick
	jobs     []*job
}

// New checks the options and returns a mixer that is not running yet.
func New(o Options) (*Mixer, error) {
	if o.Rate.Num <= 0 || o.Rate.Den <= 0 {
		return nil, fmt.Errorf("frame rate %v: must be above 0", o.Rate)
	}
	if len(o.Canvases) == 0 {
		return nil, errors.New("no canvas to mix on")
	}
	if o.Layouts == nil {
		return nil, errors.New("no layouts to mix by")
	}
	if o.Costs == nil {
		o.Costs = &Costs{}
	}
	m := &Mixer{options: o, inputs: make(map[string]*input)}
	for _, in := range o.Inputs {
		if m.inputs[in.Name] != nil {
			return nil, fmt.Errorf("camera %q: named twice", in.Name)
		}
		if err := in.Framing.Check(); err != nil {
			return nil, fmt.Errorf("camera %q: %w", in.Name, err)
		}
		m.inputs[in.Name] = newInput(in)
		m.order = append(m.order, m.inputs[in.Name])
	}
	for _, co := range o.Canvases {
		c, err := newCanvas(co, o.Layouts, m.order)
		if err != nil {
			return nil, fmt.Errorf("canvas %q: %w", co.Name, err)
		}
		if err := m.check(c, co.Shot); err != nil {
			return nil, fmt.Errorf("canvas %q: %w", co.Name, err)
		}
		m.canvases = append(m.canvases, c)
	}
	return m, nil
}

// Run makes pictures until ctx ends or Options.Frames are made, and then returns
// nil with every picture and goroutine of its own given back.
func (m *Mixer) Run(ctx context.Context) error {
	room, err := newDarkroom(m.options.Pool, m.options.Costs)
	if err != nil {
		return err
	}
	defer m.giveBack()
	defer room.close()
	period := m.options.Rate.Inverse()
	for n := int64(0); m.options.Frames == 0 || n < m.options.Frames; n++ {
		due := period.Duration(n)
		late, err := m.options.Clock.Wait(ctx, due)
		if err != nil {
			return nil // ctx ended, as it was asked to
		}
		if late > catchUp {
			skip := int64(late.Seconds() * m.options.Rate.Float())
			if n > 0 { // the program clock may have started before the mixer: no frame was promised yet
				m.dropped.Add(uint64(skip))
			}
			n += skip
			due = period.Duration(n)
		}
		m.tick(n, due, room)
	}
	return nil
}

// tick is a frame's way through the mixer.
func (m *Mixer) tick(n int64, at time.Duration, room *darkroom) {
	m.now.Store(int64(at))
	m.due = m.due[:0]
	for _, c := range m.canvases {
		if c.plan(n, at, m.inputs) {
			m.due = append(m.due, c)
		}
	}
	m.develop(room)
	for _, c := range m.due {
		m.make(c, n, at)
	}
	for _, in := range m.order {
		in.forget()
	}
}

// develop turns what the canvases asked for into pictures.
func (m *Mixer) develop(room *darkroom) {
	m.jobs = m.jobs[:0]
	for _, in := range m.order {
		m.jobs = in.jobs(m.jobs)
	}
	for len(m.jobs) > 0 { // first what cameras brought, then what is made from that or in its place
		room.develop(m.jobs)
		m.jobs = m.jobs[:0]
		for _, in := range m.order {
			m.jobs = in.settle(m.jobs)
		}
	}
}

func (m *Mixer) make(c *canvas, n int64, at time.Duration) {
	var pic *picture.Picture
	m.options.Costs.Measure(Compose, func() { pic = c.art.compose(c.Size, m.options.Pool) })
	if pic == nil {
		m.dropped.Add(1)
		return
	}
	if c.Overlays != nil {
		m.options.Costs.Measure(Overlay, func() { c.Overlays.Blend(pic.View, at) })
	}
	c.handOut(pic, n)
}

func (m *Mixer) giveBack() {
	for _, in := range m.order {
		in.forget() // keeps what the last tick wanted
		in.forget()
	}
	for _, c := range m.canvases {
		c.turn(false)
	}
}

func (m *Mixer) canvas(name string) (*canvas, error) {
	for _, c := range m.canvases {
		if c.Name == name {
			return c, nil
		}
	}
	return nil, words.Errorf("canvas %q: there is none of that name", "没有名为“%s”的画布", name)
}

// Now returns the program time of the newest tick.
func (m *Mixer) Now() time.Duration { return time.Duration(m.now.Load()) }
