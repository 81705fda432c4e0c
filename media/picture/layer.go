package picture

// #include "pixels.h"
import "C"

import (
	"fmt"
)

// Layer is a drawing to be laid over a picture: limited-range BT.709 levels that
// are not multiplied by alpha, and a full-size alpha plane, rows of StrideA
// bytes, 0 clear to 255 opaque.
type Layer struct {
	View
	A       []byte
	StrideA int

	spans  []C.studio_span // one for each pair of rows: where alpha may be above 0
	bounds Rect
}

// NewLayer returns a clear layer. The size must be positive and even.
func NewLayer(size Size) *Layer {
	l := &Layer{
		View:    New(size).View,
		StrideA: align(size.Width),
		spans:   make([]C.studio_span, size.Height/2),
		bounds:  Rect{0, 0, size.Width, size.Height},
	}
	l.A = alignedBytes(l.StrideA * size.Height)
	Fill(l.View, 16, 128, 128)
	// Somebody may draw into A by hand: without SetARGB nothing is known to be clear.
	for i := range l.spans {
		l.spans[i].end = C.int32_t(size.Width)
	}
	return l
}

// SetARGB takes over a drawing of the layer's size from Cairo: 32-bit words in
// the machine's byte order, alpha uppermost, colours multiplied by alpha
// (CAIRO_FORMAT_ARGB32), rows stride bytes apart. Chroma is averaged with alpha
// as the weight, so that what is clear does not colour the edges.
//
// From here on Blend only looks where this drawing is; whoever then writes to the
// planes by hand must stay within Bounds.
func (l *Layer) SetARGB(pix []byte, stride int) {
	Plane{pix, stride, 4 * l.Width, l.Height}.mustHold()
	if stride%4 != 0 {
		panic(fmt.Sprintf("picture: a stride of %d bytes is no whole number of ARGB words", stride))
	}
	C.studio_layer_from_argb(
		bytePointer(l.Y), bytePointer(l.U), bytePointer(l.V), bytePointer(l.A),
		C.ptrdiff_t(l.StrideY), C.ptrdiff_t(l.StrideC), C.ptrdiff_t(l.StrideA), &l.spans[0],
		bytePointer(pix), C.ptrdiff_t(stride), C.int(l.Width), C.int(l.Height), Program.fromRGB().inC())
	l.bounds = l.spanned()
}

func (l *Layer) spanned() Rect {
	left, right, top, bottom := C.int32_t(l.Width), C.int32_t(0), len(l.spans), 0
	for i, s := range l.spans {
		if s.start < s.end {
			left, right = min(left, s.start), max(right, s.end)
			top, bottom = min(top, i), i+1
		}
	}
	if bottom == 0 {
		return Rect{}
	}
	return Rect{int(left), 2 * top, int(right - left), 2 * (bottom - top)}
}

// Bounds returns the smallest rectangle with even corners outside which the last
// drawing set is clear: empty for a clear drawing, the whole layer before the
// first one.
func (l *Layer) Bounds() Rect { return l.bounds }

// Blend lays l over dst, which is limited-range BT.709, with the layer's left
// upper corner at x, y (in pixels; odd ones are taken down to even, what falls
// outside dst is left out) and its alpha scaled by opacity, 0 to 255.
func Blend(dst View, l *Layer, x, y int, opacity uint8) {
	mustHold(dst)
	mustHold(l.View)
	Plane{l.A, l.StrideA, l.Width, l.Height}.mustHold()
	x, y = x&^1, y&^1
	left, right := max(l.bounds.X, -x), min(l.bounds.X+l.bounds.Width, dst.Width-x)
	top, bottom := max(l.bounds.Y, -y), min(l.bounds.Y+l.bounds.Height, dst.Height-y)
	if left >= right || top >= bottom || opacity == 0 {
		return
	}
	to := dst.Sub(Rect{x + left, y + top, right - left, bottom - top})
	from := l.Sub(Rect{left, top, right - left, bottom - top})
	C.studio_blend(
		bytePointer(to.Y), bytePointer(to.U), bytePointer(to.V), C.ptrdiff_t(to.StrideY), C.ptrdiff_t(to.StrideC),
		bytePointer(from.Y), bytePointer(from.U), bytePointer(from.V), bytePointer(l.A[top*l.StrideA+left:]),
		C.ptrdiff_t(from.StrideY), C.ptrdiff_t(from.StrideC), C.ptrdiff_t(l.StrideA),
		&l.spans[top/2], C.int(left), C.int(right-left), C.int(bottom-top), C.int(opacity))
}

// inC returns a as the C loops take it.
func (a affine) inC() C.studio_affine {
	var c C.studio_affine
	for i := range 3 {
		for j := range 3 {
			c.by[i][j] = C.float(a.by[i][j])
		}
		c.plus[i] = C.float(a.plus[i])
	}
	return c
}
