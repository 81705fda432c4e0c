package picture

// #cgo CFLAGS: -O3
// #cgo LDFLAGS: -lyuv
// #include <libyuv.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// Copy writes the pixels of src into dst, of the same size, as they are.
func Copy(dst, src View) {
	mustMatch(dst, src)
	if &dst.Y[0] == &src.Y[0] {
		return
	}
	C.I420Copy(
		bytePointer(src.Y), C.int(src.StrideY), bytePointer(src.U), C.int(src.StrideC), bytePointer(src.V), C.int(src.StrideC),
		bytePointer(dst.Y), C.int(dst.StrideY), bytePointer(dst.U), C.int(dst.StrideC), bytePointer(dst.V), C.int(dst.StrideC),
		C.int(dst.Width), C.int(dst.Height))
}

// Fill gives every pixel of dst the same levels, in dst's own coding.
func Fill(dst View, y, u, v byte) {
	mustHold(dst)
	fillPlane(dst.luma(), y)
	fillPlane(dst.chroma(dst.U), u)
	fillPlane(dst.chroma(dst.V), v)
}

func fillPlane(dst Plane, level byte) {
	C.SetPlane(bytePointer(dst.Pix), C.int(dst.Stride), C.int(dst.Width), C.int(dst.Height), C.uint32_t(level))
}

// Plane is one plane of a picture: rows of Width bytes, Stride bytes apart.
type Plane struct {
	Pix           []byte
	Stride        int
	Width, Height int
}

func (v View) luma() Plane { return Plane{v.Y, v.StrideY, v.Width, v.Height} }

func (v View) chroma(pix []byte) Plane { return Plane{pix, v.StrideC, v.Width / 2, v.Height / 2} }

// Scale writes the pixels of src into dst at dst's size, whatever the shapes of
// the two; levels stay as they are, so both have the same Colour. Shrinking
// averages over what becomes one pixel, growing interpolates.
func Scale(dst, src View) {
	if dst.Size() == src.Size() {
		Copy(dst, src)
		return
	}
	mustHold(dst)
	mustHold(src)
	ScalePlane(dst.luma(), src.luma())
	ScalePlane(dst.chroma(dst.U), src.chroma(src.U))
	ScalePlane(dst.chroma(dst.V), src.chroma(src.V))
}

// ScalePlane writes one plane into another of any size, as Scale does.
func ScalePlane(dst, src Plane) {
	dst.mustHold()
	src.mustHold()
	filter := C.enum_FilterMode(C.kFilterBox)
	if dst.Width >= src.Width && dst.Height >= src.Height {
		filter = C.kFilterBilinear
	}
	C.ScalePlane(bytePointer(src.Pix), C.int(src.Stride), C.int(src.Width), C.int(src.Height),
		bytePointer(dst.Pix), C.int(dst.Stride), C.int(dst.Width), C.int(dst.Height), filter)
}

// Mix writes a dissolve from a to b, all three of the same size and coding, into
// dst: weight 0 is a alone, 255 is b alone. dst may be a or b.
func Mix(dst, a, b View, weight uint8) {
	mustMatch(dst, a)
	mustMatch(dst, b)
	switch weight {
	case 0:
		Copy(dst, a)
		return
	case 255:
		Copy(dst, b)
		return
	}
	// libyuv's fraction is of 256: 1 more from the middle on keeps the way even.
	fraction := C.int(weight) + C.int(weight>>7)
	mixPlane(dst.luma(), a.luma(), b.luma(), fraction)
	mixPlane(dst.chroma(dst.U), a.chroma(a.U), b.chroma(b.U), fraction)
	mixPlane(dst.chroma(dst.V), a.chroma(a.V), b.chroma(b.V), fraction)
}

func mixPlane(dst, a, b Plane, fraction C.int) {
	C.InterpolatePlane(bytePointer(a.Pix), C.int(a.Stride), bytePointer(b.Pix), C.int(b.Stride),
		bytePointer(dst.Pix), C.int(dst.Stride), C.int(dst.Width), C.int(dst.Height), fraction)
}

func bytePointer(pix []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&pix[0])) }

// C does not check bounds, so these do, before every call.

func mustMatch(a, b View) {
	if a.Size() != b.Size() {
		panic(fmt.Sprintf("picture: %d×%d and %d×%d where one size is wanted", a.Width, a.Height, b.Width, b.Height))
	}
	mustHold(a)
	mustHold(b)
}

func mustHold(v View) {
	if v.Width%2 != 0 || v.Height%2 != 0 {
		panic(fmt.Sprintf("picture: %d×%d is not even", v.Width, v.Height))
	}
	v.luma().mustHold()
	v.chroma(v.U).mustHold()
	v.chroma(v.V).mustHold()
}

func (p Plane) mustHold() {
	if p.Width <= 0 || p.Height <= 0 || p.Stride < p.Width || len(p.Pix) < p.Stride*(p.Height-1)+p.Width {
		panic(fmt.Sprintf("picture: %d bytes with stride %d do not hold %d×%d", len(p.Pix), p.Stride, p.Width, p.Height))
	}
}
