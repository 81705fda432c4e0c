package picture

// #include "pixels.h"
import "C"

import (
	"fmt"
	"image"
)

// FromRGBA writes an image of dst's size into dst, in dst.Colour. Alpha is not
// looked at; a 2×2 block's chroma is the mean of its four pixels'.
func FromRGBA(dst View, img *image.RGBA) {
	mustHold(dst)
	if got := (Size{img.Rect.Dx(), img.Rect.Dy()}); got != dst.Size() {
		panic(fmt.Sprintf("picture: an image of %d×%d for a picture of %d×%d", got.Width, got.Height, dst.Width, dst.Height))
	}
	pix := img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y):]
	Plane{pix, img.Stride, 4 * dst.Width, dst.Height}.mustHold()
	C.studio_from_rgba(bytePointer(dst.Y), bytePointer(dst.U), bytePointer(dst.V), C.ptrdiff_t(dst.StrideY), C.ptrdiff_t(dst.StrideC),
		bytePointer(pix), C.ptrdiff_t(img.Stride), C.int(dst.Width), C.int(dst.Height), dst.Colour.fromRGB().inC())
}

// ToRGBA returns an opaque image of the same size, by v.Colour. The four pixels
// of a 2×2 block share its chroma as it is, so that FromRGBA and ToRGBA are each
// other's inverse within rounding wherever colour does not change inside a block.
func ToRGBA(v View) *image.RGBA {
	mustHold(v)
	img := image.NewRGBA(image.Rect(0, 0, v.Width, v.Height))
	C.studio_to_rgba(bytePointer(img.Pix), C.ptrdiff_t(img.Stride), bytePointer(v.Y), bytePointer(v.U), bytePointer(v.V),
		C.ptrdiff_t(v.StrideY), C.ptrdiff_t(v.StrideC), C.int(v.Width), C.int(v.Height), v.Colour.toRGB().inC())
	return img
}
