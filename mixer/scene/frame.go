package scene

import (
	"studio/media/picture"
)

// Tile is a camera in a rectangle of the canvas, to be drawn over the tiles before
// it.
type Tile struct {
	Camera string
	Place
	// Ends are the sizes that the tile has when its way begins and when it ends: what
	// is decoded for both is enough on the way.
	Ends [2]picture.Size
}

// Way is how the two pictures of a frame become one.
type Way uint8

const (
	Alone  Way = iota // Under is all
	Mixed             // Over lies over Under with Weight
	Parted            // a part of each
)

// Frame is what has to be drawn at one moment: up to two pictures of tiles, and how
// they become one. Its lists are used again for the next moment.
type Frame struct {
	Under, Over []Tile
	Way         Way
	Weight      uint8   // Mixed: of Over, 0 to 255
	Parts       [2]Part // Parted: of Under and of Over
}

// Part is a piece of the canvas and where it comes to lie. An empty one is not
// drawn.
type Part struct {
	From picture.Rect
	X, Y int
}

// Arrange makes f the frame of a moment on a canvas. from and to are the places of
// the moment's layouts.
func (f *Frame) Arrange(m Moment, from, to []Place, canvas picture.Size) {
	f.Under, f.Over, f.Way = f.Under[:0], f.Over[:0], Alone
	switch out, in := (cast{m.From.Cameras, from}), (cast{m.To.Cameras, to}); {
	case m.Progress >= 1:
		f.Under = in.rest(f.Under)
	case m.Kind == Grow:
		f.grow(out, in, m.Progress)
	default:
		f.Under, f.Over = out.rest(f.Under), in.rest(f.Over)
		f.blend(m, canvas)
	}
}

// blend says how the shot that comes in lies over the one that goes.
func (f *Frame) blend(m Moment, canvas picture.Size) {
	w, h := canvas.Width, canvas.Height
	x := nearestEven(m.Progress * float64(w))
	switch m.Kind {
	case Wipe:
		f.Way = Parted
		f.Parts[0] = Part{From: picture.Rect{X: x, Width: w - x, Height: h}, X: x}
		f.Parts[1] = Part{From: picture.Rect{Width: x, Height: h}}
	case Push:
		f.Way = Parted
		f.Parts[0] = Part{From: picture.Rect{X: x, Width: w - x, Height: h}}
		f.Parts[1] = Part{From: picture.Rect{Width: x, Height: h}, X: w - x}
	default:
		f.Way, f.Weight = Mixed, uint8(255*m.Progress)
	}
}

// cast is a shot's cameras in their places.
type cast struct {
	cameras []string
	places  []Place
}

// size returns how many places have a camera.
func (c cast) size() int { return min(len(c.cameras), len(c.places)) }

// rest appends the shot standing still.
func (c cast) rest(list []Tile) []Tile {
	for i := range c.size() {
		list = append(list, still(c.cameras[i], c.places[i]))
	}
	return list
}

func still(camera string, p Place) Tile {
	size := picture.Size{Width: p.Rect.Width, Height: p.Rect.Height}
	return Tile{camera, p, [2]picture.Size{size, size}}
}

// find returns the camera's first place.
func (c cast) find(camera string) (slot int, ok bool) {
	for i := range c.size() {
		if c.cameras[i] == camera {
			return i, true
		}
	}
	return 0, false
}

// grows reports whether next's main camera is in c already, in a smaller place.
func (c cast) grows(next cast) bool {
	if next.size() == 0 {
		return false
	}
	i, ok := c.find(next.cameras[0])
	return ok && area(c.places[i]) < area(next.places[0])
}

func area(p Place) int { return p.Rect.Width * p.Rect.Height }

// grow swells the incoming shot out of the outgoing one. The way back, from a
// camera that is whole to one in which it is an inset, is the same the other way
// round.
func (f *Frame) grow(out, in cast, p float64) {
	if !out.grows(in) && in.grows(out) {
		out, in, p = in, out, 1-p
	}
	// Insets that have a place in the next shot too go there above; underneath they
	// would be seen twice. What stands side by side stays: nothing lies under it.
	layered := len(out.places) > 1 && overlap(out.places[0].Rect, out.places[1].Rect)
	for i := range out.size() {
		if _, stays := in.find(out.cameras[i]); i == 0 || !layered || !stays {
			f.Under = append(f.Under, still(out.cameras[i], out.places[i]))
		}
	}
	for i := range in.size() {
		end := in.places[i]
		start := end // out of nothing, where it will be
		start.Rect.X += end.Rect.Width / 2 &^ 1
		start.Rect.Y += end.Rect.Height / 2 &^ 1
		start.Rect.Width, start.Rect.Height = 0, 0
		if slot, ok := out.find(in.cameras[i]); ok && (i == 0 || slot > 0) {
			start = out.places[slot]
		}
		if t := between(start, end, p); t.Rect.Width > 0 && t.Rect.Height > 0 {
			f.Under = append(f.Under, Tile{in.cameras[i], t, [2]picture.Size{sizeOf(start), sizeOf(end)}})
		}
	}
}

func sizeOf(p Place) picture.Size { return picture.Size{Width: p.Rect.Width, Height: p.Rect.Height} }

func overlap(a, b picture.Rect) bool {
	return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
}

// between returns the place on the way from a to b; each edge goes straight. A border
// is kept to the end: around a camera that has become whole it lies off the canvas.
func between(a, b Place, p float64) Place {
	at := func(from, to int) int { return nearestEven(mix(float64(from), float64(to), p)) }
	left, right := at(a.Rect.X, b.Rect.X), at(a.Rect.X+a.Rect.Width, b.Rect.X+b.Rect.Width)
	top, bottom := at(a.Rect.Y, b.Rect.Y), at(a.Rect.Y+a.Rect.Height, b.Rect.Y+b.Rect.Height)
	m := Place{
		Rect:   picture.Rect{X: left, Y: top, Width: right - left, Height: bottom - top},
		Border: max(a.Border, b.Border), Colour: b.Colour,
	}
	if a.Border > b.Border {
		m.Colour = a.Colour
	}
	m.Radius = min(int(mix(float64(a.Radius), float64(b.Radius), p)), min(m.Rect.Width, m.Rect.Height)/2)
	return m
}
