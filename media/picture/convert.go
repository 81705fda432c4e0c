package picture

// #include "pixels.h"
import "C"

import "math"

// Convert writes the pixels of src into dst, of the same size, and takes their
// levels from src.Colour to dst.Colour: range and matrix in one pass, each level
// within 1 of the exact value. The two may be the same memory (in place) or lie
// apart, but must not overlap otherwise.
//
// dst is a value: it is the caller who says with dst.Colour what is wanted, and
// who notes in the picture what it now holds.
func Convert(dst, src View) {
	if dst.Colour == src.Colour {
		Copy(dst, src)
		return
	}
	mustMatch(dst, src)
	C.studio_convert(
		bytePointer(dst.Y), bytePointer(dst.U), bytePointer(dst.V), C.ptrdiff_t(dst.StrideY), C.ptrdiff_t(dst.StrideC),
		bytePointer(src.Y), bytePointer(src.U), bytePointer(src.V), C.ptrdiff_t(src.StrideY), C.ptrdiff_t(src.StrideC),
		C.int(dst.Width), C.int(dst.Height), conversion(dst.Colour, src.Colour))
}

// conversion returns the fixed-point form of the way from one coding to another:
// gains in 1/16384, offsets in 1/64 of a level.
//
// Luma does not bear on chroma, because grey is grey in every coding; chroma
// bears on luma as soon as the matrices differ.
func conversion(to, from Colour) C.studio_conversion {
	const (
		half  = 32 // rounds what is then cut to whole levels
		floor = 1  // each product is cut to 1/64 towards minus infinity: half of that, twice
	)
	a := to.fromRGB().after(from.toRGB())
	gain := func(i, j int) C.int16_t { return C.int16_t(math.Round(a.by[i][j] * (1 << 14))) }
	// The loop takes 128 off chroma first, so put back what that takes from the sum.
	offset := func(i int) C.int16_t {
		return C.int16_t(math.Round((a.plus[i]+128*(a.by[i][1]+a.by[i][2]))*64) + half + floor)
	}
	return C.studio_conversion{
		yy: C.uint16_t(gain(0, 0)), yu: gain(0, 1), yv: gain(0, 2),
		uu: gain(1, 1), uv: gain(1, 2),
		vu: gain(2, 1), vv: gain(2, 2),
		y: offset(0), u: offset(1), v: offset(2),
	}
}
