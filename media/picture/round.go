package picture

// #include "pixels.h"
import "C"

import "math"

// Corner is how much of each pixel of a rounded corner is covered, for one radius.
type Corner struct {
	size         int    // pixels that it takes from each edge, even
	luma, chroma corner // chroma of half the size
}

// corner is the coverage of a left upper corner, 0 to 255, and of a right upper
// one, row by row.
type corner struct {
	left, right []byte
	size        int
}

// NewCorner returns the corner of a radius in pixels, at least 1.
func NewCorner(radius int) *Corner {
	size := (radius + 1) &^ 1
	c := &Corner{size: size, luma: newCorner(size), chroma: newCorner(size / 2)}
	for y := range size {
		for x := range size {
			away := math.Hypot(float64(radius)-float64(x)-0.5, float64(radius)-float64(y)-0.5)
			covered := min(max(float64(radius)-away+0.5, 0), 1)
			if x >= radius || y >= radius {
				covered = 1
			}
			c.luma.set(x, y, level(255*covered))
		}
	}
	for y := range size / 2 {
		for x := range size / 2 {
			at := 2*y*size + 2*x
			sum := int(c.luma.left[at]) + int(c.luma.left[at+1]) + int(c.luma.left[at+size]) + int(c.luma.left[at+size+1])
			c.chroma.set(x, y, byte((sum+2)/4))
		}
	}
	return c
}

func newCorner(size int) corner {
	return corner{left: make([]byte, size*size), right: make([]byte, size*size), size: size}
}

func (c corner) set(x, y int, covered byte) {
	c.left[y*c.size+x] = covered
	c.right[y*c.size+c.size-1-x] = covered
}

// CopyRounded writes the pixels of src over dst, of the same size, with rounded
// corners, outside which dst stays as it is. A nil corner is a square one; one that
// is larger than half of dst is too.
func CopyRounded(dst, src View, c *Corner) {
	mustMatch(dst, src)
	if c == nil || 2*c.size > min(dst.Width, dst.Height) {
		Copy(dst, src)
		return
	}
	c.luma.round(dst.luma(), src.luma())
	c.chroma.round(dst.chroma(dst.U), src.chroma(src.U))
	c.chroma.round(dst.chroma(dst.V), src.chroma(src.V))
}

func (c corner) round(dst, src Plane) {
	C.studio_copy_rounded(bytePointer(dst.Pix), C.ptrdiff_t(dst.Stride), bytePointer(src.Pix), C.ptrdiff_t(src.Stride),
		C.int(dst.Width), C.int(dst.Height), bytePointer(c.left), bytePointer(c.right), C.int(c.size))
}

// FillRounded gives every pixel of dst the same levels, in dst's own coding, with
// corners as CopyRounded makes them.
func FillRounded(dst View, y, u, v byte, c *Corner) {
	if c == nil || 2*c.size > min(dst.Width, dst.Height) {
		Fill(dst, y, u, v)
		return
	}
	mustHold(dst)
	c.luma.fill(dst.luma(), y)
	c.chroma.fill(dst.chroma(dst.U), u)
	c.chroma.fill(dst.chroma(dst.V), v)
}

func (c corner) fill(dst Plane, level byte) {
	C.studio_fill_rounded(bytePointer(dst.Pix), C.ptrdiff_t(dst.Stride), C.uint8_t(level),
		C.int(dst.Width), C.int(dst.Height), bytePointer(c.left), bytePointer(c.right), C.int(c.size))
}
