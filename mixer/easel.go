package mixer

import (
	"math"
	"time"

	"studio/media/picture"
	"studio/mixer/scene"
)

// easel holds what a canvas is composed of at one moment, and composes it. Its
// lists are used again for the next moment.
type easel struct {
	frame       scene.Frame
	under, over []hung
	main        *input // the main camera of the shot that is on or coming in
	corners     map[int]*picture.Corner
}

// hung is a tile with its picture.
type hung struct {
	tile  scene.Tile
	crop  scene.Crop
	pans  bool
	print *print
}

// hang asks the inputs for the pictures of the frame's tiles.
func (e *easel) hang(inputs map[string]*input, framings map[string]scene.Framing, at time.Duration) {
	e.under = hang(e.under[:0], e.frame.Under, inputs, framings, at)
	e.over = hang(e.over[:0], e.frame.Over, inputs, framings, at)
}

func hang(list []hung, tiles []scene.Tile, inputs map[string]*input, framings map[string]scene.Framing, at time.Duration) []hung {
	for _, t := range tiles {
		in := inputs[t.Camera]
		if in == nil {
			continue
		}
		in.look(at)
		f := framings[t.Camera]
		upright := f.Upright(in.size())
		size := f.Needed(upright, t.Ends[0], at)
		if end := f.Needed(upright, t.Ends[1], at); area(end) > area(size) {
			size = end
		}
		list = append(list, hung{
			tile:  t,
			crop:  f.Shown(upright, picture.Size{Width: t.Rect.Width, Height: t.Rect.Height}, at),
			pans:  f.Pans(at),
			print: in.want(size, picture.Turn{Degrees: f.Rotate, Mirror: f.Mirror}),
		})
	}
	return list
}

// keep holds what was shown last for the next moment that is made.
func (e *easel) keep() {
	for _, list := range [][]hung{e.under, e.over} {
		for _, h := range list {
			h.print.keep()
		}
	}
}

func (e *easel) clear() { e.under, e.over = e.under[:0], e.over[:0] }

// compose makes the picture of the moment, or nil when no picture is free.
func (e *easel) compose(size picture.Size, pool *picture.Pool) *picture.Picture {
	dst := pool.Get(size)
	if dst != nil && !e.draw(dst.View, pool) {
		dst.Release()
		return nil
	}
	return dst
}

// draw returns false when no picture was free for what comes in between.
func (e *easel) draw(dst picture.View, pool *picture.Pool) bool {
	if e.frame.Way == scene.Alone {
		return e.paint(dst, e.under, pool)
	}
	under := pool.Get(dst.Size())
	if under == nil {
		return false
	}
	defer under.Release()
	if e.frame.Way == scene.Mixed {
		if !e.paint(under.View, e.under, pool) || !e.paint(dst, e.over, pool) {
			return false
		}
		picture.Mix(dst, under.View, dst, e.frame.Weight)
		return true
	}
	over := pool.Get(dst.Size())
	if over == nil {
		return false
	}
	defer over.Release()
	if !e.paint(under.View, e.under, pool) || !e.paint(over.View, e.over, pool) {
		return false
	}
	copyPart(dst, under.View, e.frame.Parts[0])
	copyPart(dst, over.View, e.frame.Parts[1])
	return true
}

func copyPart(dst, src picture.View, p scene.Part) {
	if p.From.Width > 0 && p.From.Height > 0 {
		picture.Copy(dst.Sub(picture.Rect{X: p.X, Y: p.Y, Width: p.From.Width, Height: p.From.Height}), src.Sub(p.From))
	}
}

// paint draws the tiles one over the other. Where there is none the canvas has the
// dark ink of the overlays' panels.
func (e *easel) paint(dst picture.View, list []hung, pool *picture.Pool) bool {
	if len(list) == 0 || list[0].print.pic == nil || list[0].tile.Rect != (picture.Rect{Width: dst.Width, Height: dst.Height}) {
		y, u, v := picture.Program.Levels(0x0e, 0x15, 0x15)
		picture.Fill(dst, y, u, v)
	}
	for i := range list {
		if list[i].print.pic != nil && !e.put(dst, &list[i], pool) {
			return false
		}
	}
	return true
}

// put draws one tile: its border first, then the camera within it.
func (e *easel) put(dst picture.View, h *hung, pool *picture.Pool) bool {
	place := h.tile.Place
	if place.Border > 0 {
		y, u, v := picture.Program.Levels(place.Colour.R, place.Colour.G, place.Colour.B)
		outer := e.corner(place.Radius)
		if outer != nil {
			outer = e.corner(place.Radius + place.Border)
		}
		picture.FillRounded(dst.Sub(grown(place.Rect, place.Border, dst.Size())), y, u, v, outer)
	}
	out, corner := dst.Sub(place.Rect), e.corner(place.Radius)
	area := h.area()
	if h.exact(area) && !h.pans {
		from := picture.Rect{X: int(area.X+1) &^ 1, Y: int(area.Y+1) &^ 1, Width: place.Rect.Width, Height: place.Rect.Height}
		from.X, from.Y = min(from.X, h.print.size.Width-from.Width), min(from.Y, h.print.size.Height-from.Height)
		picture.CopyRounded(out, h.print.pic.Sub(from), corner)
		return true
	}
	if corner == nil {
		h.scale(out, area)
		return true
	}
	spare := pool.Get(dst.Size())
	if spare == nil {
		return false
	}
	defer spare.Release()
	scaled := spare.Sub(picture.Rect{Width: out.Width, Height: out.Height})
	h.scale(scaled, area)
	picture.CopyRounded(out, scaled, corner)
	return true
}

// corner returns the corner of a radius, nil for none. They are few and kept.
func (e *easel) corner(radius int) *picture.Corner {
	if radius < 1 {
		return nil
	}
	if e.corners == nil {
		e.corners = make(map[int]*picture.Corner)
	}
	if e.corners[radius] == nil {
		e.corners[radius] = picture.NewCorner(radius)
	}
	return e.corners[radius]
}

// grown widens a rectangle by its border as far as the canvas goes.
func grown(r picture.Rect, by int, canvas picture.Size) picture.Rect {
	left, top := max(0, r.X-by), max(0, r.Y-by)
	return picture.Rect{X: left, Y: top,
		Width: min(canvas.Width, r.X+r.Width+by) - left, Height: min(canvas.Height, r.Y+r.Height+by) - top}
}

// area returns the part of the print that the tile shows.
func (h *hung) area() picture.Area {
	w, height := float64(h.print.size.Width), float64(h.print.size.Height)
	return picture.Area{X: h.crop.X * w, Y: h.crop.Y * height, Width: h.crop.Width * w, Height: h.crop.Height * height}
}

// exact reports whether one pixel of the print is one of the tile, but for rounding.
func (h *hung) exact(a picture.Area) bool {
	r := h.tile.Rect
	return math.Abs(a.Width-float64(r.Width)) < 2 && math.Abs(a.Height-float64(r.Height)) < 2 &&
		h.print.size.Width >= r.Width && h.print.size.Height >= r.Height
}

// scale fills dst with the part of the print that is shown. What grows or pans goes
// by fractions of a pixel, so that it glides; what shrinks is averaged.
func (h *hung) scale(dst picture.View, a picture.Area) {
	if h.exact(a) { // a zoom of exactly 1 has no rounding to follow
		a.Width, a.Height = float64(dst.Width), float64(dst.Height)
		a.X, a.Y = min(a.X, float64(h.print.size.Width)-a.Width), min(a.Y, float64(h.print.size.Height)-a.Height)
	}
	w, height := float64(dst.Width), float64(dst.Height)
	if grows := a.Width <= w && a.Height <= height; grows || h.pans && a.Width <= picture.MostShrink*w && a.Height <= picture.MostShrink*height {
		picture.Resample(dst, h.print.pic.View, a)
		return
	}
	from := picture.Rect{X: nearestEven(a.X), Y: nearestEven(a.Y)}
	from.Width = max(2, min(nearestEven(a.Width), h.print.size.Width-from.X))
	from.Height = max(2, min(nearestEven(a.Height), h.print.size.Height-from.Y))
	from.X, from.Y = min(from.X, h.print.size.Width-from.Width), min(from.Y, h.print.size.Height-from.Height)
	picture.Scale(dst, h.print.pic.Sub(from))
}

func nearestEven(f float64) int { return 2 * int(math.Round(f/2)) }
