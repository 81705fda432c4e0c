// Package jpeg reads cameras' Motion JPEG frames straight into program pictures,
// at the size at which they are shown, and writes pictures as JPEG.
//
// What is not shown is not decoded: the inverse transform makes a half, a quarter
// or an eighth of the picture, only the rest of the way is scaled, and the levels
// are converted last, on the fewest pixels. JPEG here is JFIF (Rec. ITU-T T.871):
// full-range BT.601.
//
// Decoding is most of what a programme costs beside its encoder, so what nearly
// all cameras send, baseline JPEG in one scan, has a decoder of its own (baseline.h):
//
//   - Entropy coding (entropy.c, huffman.c). One look-up by the next 10 bits gives
//     up to two coefficients and the block's end, one by 12 bits passes over as many
//     as there are. A block of a quarter-size picture needs its four lowest
//     coefficients, one of an eighth a single one; the others are passed over. What
//     is left is the wait from one look-up to the next.
//   - Transform (inverse.c). 32 blocks at a time, so that plain C is vectors.
//   - Chroma is made as 4:2:0, whatever its sampling: of a 4:2:2 block 8 by 4.
//
// A 1080p frame of 4:2:2 and 200 KB, in ms of one core of a server CPU:
//
//	              whole  half  quarter  eighth
//	this one        2.2   1.8      1.2     1.0
//	libturbojpeg    4.9   3.8      3.0     2.6
//
// Whole and half size are within 1 level of libturbojpeg's. A quarter there is the
// average of all pixels, of which the four coefficients are all but a little: the
// mean square of the difference is 0.2 to 0.4, at hard edges it is some levels. An
// eighth is the same. Where chroma is averaged on the way, that comes before it is
// cut to 0 to 255 here and after it there, which shows at hard edges in low quality.
//
// Everything else (progressive, arithmetic, several scans, odd sampling) is
// libturbojpeg's, and so is everything that is damaged: the decoder of our own only
// says that a frame is not whole, what is wrong with it is the library's to tell.
package jpeg

// #cgo CFLAGS: -O3
// #cgo pkg-config: libturbojpeg
// #include "turbo.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"studio/media/picture"
)

var (
	// ErrDamaged is for data that is no JPEG, or not a whole one: empty, cut short,
	// with a bit turned over where the decoder can tell.
	ErrDamaged = errors.New("damaged JPEG")
	// ErrNoPicture is for a pool with no free picture: drop the frame and count it.
	ErrNoPicture = errors.New("no free picture")
)

// mostPixels bounds what a header of a few bytes can make the decoder allocate:
// 8K and a little more.
const mostPixels = 40 << 20

// subsamplings are the names of turbojpeg's TJSAMP values, in its order.
var subsamplings = [...]string{"4:4:4", "4:2:2", "4:2:0", "grey", "4:4:0", "4:1:1"}

// header is what is known of a JPEG before it is decoded.
type header struct {
	width, height int
	subsampling   C.int
}

// Info returns a JPEG's size in pixels and how its chroma is sampled ("4:2:0",
// "4:2:2", "4:4:4", "4:4:0", "4:1:1" or "grey") without decoding it.
func Info(data []byte) (width, height int, subsampling string, err error) {
	handle := C.tjInitDecompress()
	if handle == nil {
		return 0, 0, "", errors.New("read JPEG header: out of memory")
	}
	defer C.tjDestroy(handle)
	h, err := readHeader(handle, data)
	if err != nil {
		return 0, 0, "", err
	}
	return h.width, h.height, subsamplings[h.subsampling], nil
}

func readHeader(handle C.tjhandle, data []byte) (header, error) {
	if len(data) == 0 {
		return header{}, fmt.Errorf("%w: no data", ErrDamaged)
	}
	h := C.studio_read_header(handle, bytePointer(data), C.size_t(len(data)))
	switch {
	case h.failed != 0:
		return header{}, fmt.Errorf("%w: read header: %s", ErrDamaged, reason(handle))
	case h.width == 0:
		return header{}, fmt.Errorf("%w: tables only, no picture", ErrDamaged)
	case h.subsampling < 0 || int(h.subsampling) >= len(subsamplings):
		return header{}, fmt.Errorf("decode JPEG: unknown chroma sampling %d", int(h.subsampling))
	case h.colourspace != C.TJCS_YCbCr && h.colourspace != C.TJCS_GRAY:
		return header{}, errors.New("decode JPEG: neither YCbCr nor grey")
	case h.width < 2 || h.height < 2:
		return header{}, fmt.Errorf("decode JPEG: %d×%d is smaller than 2×2", int(h.width), int(h.height))
	case int(h.width)*int(h.height) > mostPixels:
		return header{}, fmt.Errorf("decode JPEG: %d×%d is more than %d megapixels", int(h.width), int(h.height), mostPixels>>20)
	}
	return header{int(h.width), int(h.height), h.subsampling}, nil
}

func reason(handle C.tjhandle) string { return C.GoString(C.tjGetErrorStr2(handle)) }

func bytePointer(pix []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(pix))) }

// Encode writes a picture as a 4:2:0 JFIF JPEG; quality is 1 to 100. The levels
// are taken from v.Colour to JFIF's first.
func Encode(v picture.View, quality int) ([]byte, error) {
	if v.Colour != picture.JFIF {
		full := picture.New(v.Size())
		full.Colour = picture.JFIF
		picture.Convert(full.View, v)
		v = full.View
	}
	return compressSampled(v.Y, v.U, v.V, v.StrideY, v.StrideC, v.Width, v.Height, int(C.TJSAMP_420), quality, 0)
}

// compressSampled writes planes in JFIF levels, sampled as turbojpeg's TJSAMP
// values say, with its TJFLAG values. The planes are not checked.
func compressSampled(y, u, v []byte, strideY, strideC, width, height, subsampling, quality, flags int) ([]byte, error) {
	if quality < 1 || quality > 100 {
		return nil, fmt.Errorf("encode JPEG %d×%d: quality %d is not within 1 and 100", width, height, quality)
	}
	handle := C.tjInitCompress()
	if handle == nil {
		return nil, fmt.Errorf("encode JPEG %d×%d: out of memory", width, height)
	}
	defer C.tjDestroy(handle)
	out := make([]byte, C.tjBufSize(C.int(width), C.int(height), C.int(subsampling)))
	n := C.studio_encode(handle, bytePointer(out), C.size_t(len(out)), bytePointer(y), bytePointer(u), bytePointer(v),
		C.int(strideY), C.int(strideC), C.int(width), C.int(height), C.int(subsampling), C.int(quality), C.int(flags))
	if n == 0 {
		return nil, fmt.Errorf("encode JPEG %d×%d: %s", width, height, reason(handle))
	}
	return append([]byte(nil), out[:n]...), nil
}
