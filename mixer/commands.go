package mixer

import (
	"fmt"
	"maps"
	"time"

	"studio/media/picture"
	"studio/mixer/scene"
	"studio/words"
)

// Take changes what a canvas shows, from the next tick on.
func (m *Mixer) Take(canvasName string, shot scene.Shot, by scene.Transition) error {
	if err := by.Check(); err != nil {
		return err
	}
	return m.change(canvasName, shot, func(c *canvas) { c.desk = c.desk.Take(shot, by, m.Now()) })
}

// SetPreview puts a shot on a canvas's preview.
func (m *Mixer) SetPreview(canvasName string, shot scene.Shot) error {
	return m.change(canvasName, shot, func(c *canvas) { c.desk = c.desk.Cue(shot) })
}

// change does something to a canvas with a shot that the canvas can show.
func (m *Mixer) change(canvasName string, shot scene.Shot, do func(*canvas)) error {
	c, err := m.canvas(canvasName)
	if err != nil {
		return err
	}
	if err := m.check(c, shot); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	do(c)
	return nil
}

// check says why a canvas cannot show a shot.
func (m *Mixer) check(c *canvas, shot scene.Shot) error {
	slots, ok := c.layouts[shot.Layout]
	if !ok {
		_, err := m.options.Layouts.Place(shot.Layout, c.Size)
		return err
	}
	if len(shot.Cameras) > len(slots) {
		return words.Errorf("layout %q: shows %d cameras at most, not %d", "布局“%s”最多放 %d 个机位，放不下 %d 个", shot.Layout, len(slots), len(shot.Cameras))
	}
	for _, name := range shot.Cameras {
		if m.inputs[name] == nil {
			return words.Errorf("camera %q: there is none of that name", "没有名为“%s”的机位", name)
		}
	}
	return nil
}

// TakePreview puts a canvas's preview on program and what was on program on
// preview. A running countdown ends.
func (m *Mixer) TakePreview(canvasName string, by scene.Transition) error {
	return m.cued(canvasName, by, func(c *canvas) { c.desk = c.desk.TakePreview(by, m.Now()) })
}

// AutoTake does what TakePreview does after a countdown, which replaces one that runs.
func (m *Mixer) AutoTake(canvasName string, by scene.Transition, in time.Duration) error {
	return m.cued(canvasName, by, func(c *canvas) { c.desk = c.desk.AutoTake(by, m.Now()+max(0, in)) })
}

func (m *Mixer) cued(canvasName string, by scene.Transition, do func(*canvas)) error {
	if err := by.Check(); err != nil {
		return err
	}
	c, err := m.canvas(canvasName)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.desk.Preview().Layout == "" {
		return words.Errorf("canvas %q: there is nothing on preview", "预监是空的，请先选一个机位", canvasName)
	}
	do(c)
	return nil
}

// CancelAutoTake ends a canvas's countdown; without one it does nothing.
func (m *Mixer) CancelAutoTake(canvasName string) error {
	c, err := m.canvas(canvasName)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desk = c.desk.Cancel()
	return nil
}

// SetFraming changes which part of a camera a canvas shows, from the next tick on.
func (m *Mixer) SetFraming(canvasName, camera string, f scene.Framing) error {
	c, err := m.canvas(canvasName)
	if err != nil {
		return err
	}
	if m.inputs[camera] == nil {
		return words.Errorf("camera %q: there is none of that name", "没有名为“%s”的机位", camera)
	}
	if err := f.Check(); err != nil {
		return fmt.Errorf("camera %q: %w", camera, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.framings[camera] = f.Begin(c.framings[camera], m.Now())
	return nil
}

// Switch switches a canvas on or off, from the next tick on. One that is off costs
// nothing: nothing is planned, decoded or composed for it.
func (m *Mixer) Switch(canvasName string, on bool) error {
	c, err := m.canvas(canvasName)
	if err == nil {
		c.turn(on)
	}
	return err
}

// SetDivider makes a canvas only at every so manieth tick of the program clock; 1 is
// every one. Pictures keep their number on the program clock.
func (m *Mixer) SetDivider(canvasName string, n int) error {
	c, err := m.canvas(canvasName)
	if err != nil {
		return err
	}
	if n < 1 {
		return fmt.Errorf("canvas %q: every %dth picture: allowed: 1 or more", canvasName, n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.divider = int64(n)
	return nil
}

// CanvasState is what a canvas does and did so far.
type CanvasState struct {
	Name     string
	Size     picture.Size
	On       bool
	Divider  int        // every so manieth picture is made
	Shot     scene.Shot // on air or coming in
	Preview  scene.Shot // the zero Shot: none
	Counting bool       // a countdown to taking the preview runs
	Left     time.Duration
	Frames   uint64
	Dropped  uint64 // frames of all canvases that could not be made in time
}

// Canvases returns the state of every canvas.
func (m *Mixer) Canvases() []CanvasState {
	states := make([]CanvasState, len(m.canvases))
	for i, c := range m.canvases {
		c.mu.Lock()
		states[i] = CanvasState{
			Name: c.Name, Size: c.Size, On: c.on, Divider: int(c.divider),
			Shot: c.desk.Program().Target(), Preview: c.desk.Preview(),
			Frames: c.frames, Dropped: m.dropped.Load(),
		}
		states[i].Left, states[i].Counting = c.desk.Left(m.Now())
		c.mu.Unlock()
	}
	return states
}

// Framings returns how a canvas shows each camera, by name.
func (m *Mixer) Framings(canvasName string) (map[string]scene.Framing, error) {
	c, err := m.canvas(canvasName)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.framings), nil
}

// Newest returns a canvas's last program picture with a hold for the caller, who
// only reads it; nil when there is none yet or the canvas is off.
func (m *Mixer) Newest(canvasName string) (*picture.Picture, error) {
	c, err := m.canvas(canvasName)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.newest == nil {
		return nil, nil
	}
	return c.newest.Retain(), nil
}
