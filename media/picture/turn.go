package picture

// #include <libyuv.h>
import "C"

import "fmt"

// Turn is how a camera's picture is brought upright: turned clockwise by Degrees
// (0, 90, 180, 270), then with left and right changed if Mirror is set.
type Turn struct {
	Degrees int
	Mirror  bool
}

// Size returns the size of what a picture of the given size becomes, and just as
// well that of what becomes the given size.
func (t Turn) Size(s Size) Size {
	if t.Degrees == 90 || t.Degrees == 270 {
		return Size{s.Height, s.Width}
	}
	return s
}

// Apply writes src into dst, whose size is t.Size(src.Size()), turned.
func (t Turn) Apply(dst, src View) {
	mustHold(dst)
	mustHold(src)
	if dst.Size() != t.Size(src.Size()) {
		panic(fmt.Sprintf("picture: %d×%d does not take %d×%d turned by %d", dst.Width, dst.Height, src.Width, src.Height, t.Degrees))
	}
	degrees, height := t.Degrees, src.Height
	if t.Mirror {
		// libyuv turns a picture upside down on its way in when the height is negative.
		// What is turned over top to bottom and then by 180° less the turn is the
		// turned picture with left and right changed: one pass for both.
		degrees, height = (540-degrees)%360, -height
	}
	C.I420Rotate(
		bytePointer(src.Y), C.int(src.StrideY), bytePointer(src.U), C.int(src.StrideC), bytePointer(src.V), C.int(src.StrideC),
		bytePointer(dst.Y), C.int(dst.StrideY), bytePointer(dst.U), C.int(dst.StrideC), bytePointer(dst.V), C.int(dst.StrideC),
		C.int(src.Width), C.int(height), C.enum_RotationMode(degrees))
}
