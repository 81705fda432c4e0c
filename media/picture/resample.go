package picture

// #include "pixels.h"
import "C"

import "fmt"

// Area is a part of a picture in pixels and fractions of them.
type Area struct{ X, Y, Width, Height float64 }

// MostShrink is how much larger than dst, in each direction, an area may be for
// Resample: beyond it pixels between its samples would go unseen.
const MostShrink = 2

// Resample writes the area of src, which lies within it, into dst, interpolating
// between pixels in both directions: for pictures that move by less than a pixel
// at a time. Levels stay as they are.
func Resample(dst, src View, area Area) {
	mustHold(dst)
	mustHold(src)
	const slack = 1e-6
	if !(area.X >= -slack && area.Y >= -slack && area.X+area.Width <= float64(src.Width)+slack && area.Y+area.Height <= float64(src.Height)+slack) ||
		!(area.Width > 0 && area.Width <= MostShrink*float64(dst.Width) && area.Height > 0 && area.Height <= MostShrink*float64(dst.Height)) {
		panic(fmt.Sprintf("picture: %+v of %d×%d cannot become %d×%d", area, src.Width, src.Height, dst.Width, dst.Height))
	}
	resamplePlane(dst.luma(), src.luma(), area)
	half := Area{area.X / 2, area.Y / 2, area.Width / 2, area.Height / 2}
	resamplePlane(dst.chroma(dst.U), src.chroma(src.U), half)
	resamplePlane(dst.chroma(dst.V), src.chroma(src.V), half)
}

// resamplePlane samples at the middle of each of dst's pixels.
func resamplePlane(dst, src Plane, area Area) {
	stepX, stepY := area.Width/float64(dst.Width), area.Height/float64(dst.Height)
	fixed := func(f float64) C.int32_t { return C.int32_t(f * (1 << 16)) }
	C.studio_resample(bytePointer(dst.Pix), C.ptrdiff_t(dst.Stride), C.int(dst.Width), C.int(dst.Height),
		bytePointer(src.Pix), C.ptrdiff_t(src.Stride), C.int(src.Width), C.int(src.Height),
		fixed(area.X+stepX/2-0.5), fixed(area.Y+stepY/2-0.5), fixed(stepX), fixed(stepY))
}
