// Package picture holds what the cameras see and the box makes: I420 pictures
// from a bounded pool, and the few operations on pixels that the air path
// needs (convert, scale, copy, blend), each done once and fused where it can be.
package picture

import "sync/atomic"

// Range says how luma levels are coded.
type Range uint8

// Matrix says how RGB was turned into luma and chroma.
type Matrix uint8

const (
	Limited Range = iota // luma 16 to 235, chroma 16 to 240 (ITU-R BT.601, BT.709)
	Full                 // luma and chroma 0 to 255 (JFIF)
)

const (
	BT709 Matrix = iota
	BT601
)

// Colour is the coding of a picture's levels. The zero value is what every
// program picture has: limited-range BT.709.
type Colour struct {
	Range  Range
	Matrix Matrix
}

// Program is the coding of every picture the box makes: limited-range BT.709.
var Program = Colour{Range: Limited, Matrix: BT709}

// JFIF is the coding of USB cameras' Motion JPEG: full-range BT.601.
var JFIF = Colour{Range: Full, Matrix: BT601}

// View is 8-bit I420 pixels in somebody's memory: a full-size luma plane and two
// chroma planes of half width and half height. Width and Height are in pixels
// and even; strides are in bytes. A View holds nothing: it is valid as long as
// the picture that it looks at is held.
type View struct {
	Y, U, V          []byte
	Width, Height    int
	StrideY, StrideC int
	Colour           Colour
}

// Picture is a View with memory of its own and a reference count; rows of a
// pooled picture are 64-byte aligned.
//
// Who passes a picture on gives it away; Retain to share it; every holder calls
// Release once. A picture that somebody else also holds must not be written to.
type Picture struct {
	View
	refs atomic.Int32
	pool *Pool
}

// Retain adds a holder and returns the picture itself.
func (p *Picture) Retain() *Picture {
	if p.refs.Add(1) <= 1 {
		panic("picture: retained after its last release")
	}
	return p
}

// Release gives one hold back; the last one returns the picture to its pool.
func (p *Picture) Release() {
	switch n := p.refs.Add(-1); {
	case n == 0:
		if p.pool != nil {
			p.pool.put(p)
		}
	case n < 0:
		panic("picture: released more often than held")
	}
}

// Size is a width and a height in pixels.
type Size struct {
	Width, Height int
}

// Size returns the view's size in pixels.
func (v View) Size() Size { return Size{v.Width, v.Height} }

// Rect is a rectangle in pixels, its left upper corner included.
type Rect struct {
	X, Y, Width, Height int
}

// Sub returns the pixels of v inside r, which must lie within v and have an
// even corner and an even size.
func (v View) Sub(r Rect) View {
	y := r.Y*v.StrideY + r.X
	c := r.Y/2*v.StrideC + r.X/2
	return View{
		Y: v.Y[y:], U: v.U[c:], V: v.V[c:],
		Width: r.Width, Height: r.Height,
		StrideY: v.StrideY, StrideC: v.StrideC,
		Colour: v.Colour,
	}
}
