package picture

// #include <libyuv.h>
import "C"

import "fmt"

// strip is how many rows are unpacked before their levels are converted: few
// enough to be still in the cache.
const strip = 16

// FromYUYV unpacks a camera's YUYV picture (V4L2_PIX_FMT_YUYV: 4:2:2, Y0 U Y1 V)
// of dst's size into dst and takes its levels from src to dst.Colour. stride is
// in bytes, at least twice the width. Data that is too short is an error, and dst
// is then as it was.
func FromYUYV(dst View, data []byte, stride int, src Colour) error {
	mustHold(dst)
	if err := enough("YUYV", dst, data, stride, 2*dst.Width, stride*(dst.Height-1)+2*dst.Width); err != nil {
		return err
	}
	for row := 0; row < dst.Height; row += strip {
		part := dst.Sub(Rect{0, row, dst.Width, min(strip, dst.Height-row)})
		C.YUY2ToI420(bytePointer(data[row*stride:]), C.int(stride),
			bytePointer(part.Y), C.int(part.StrideY), bytePointer(part.U), C.int(part.StrideC), bytePointer(part.V), C.int(part.StrideC),
			C.int(part.Width), C.int(part.Height))
		convertInPlace(part, src)
	}
	return nil
}

// FromNV12 unpacks a camera's NV12 picture (V4L2_PIX_FMT_NV12: a luma plane, then
// a half-height plane of U and V in turn, both of the same stride in bytes) of
// dst's size into dst and takes its levels from src to dst.Colour. Data that is
// too short is an error, and dst is then as it was.
func FromNV12(dst View, data []byte, stride int, src Colour) error {
	mustHold(dst)
	if err := enough("NV12", dst, data, stride, dst.Width, stride*(dst.Height+dst.Height/2-1)+dst.Width); err != nil {
		return err
	}
	chroma := data[stride*dst.Height:]
	for row := 0; row < dst.Height; row += strip {
		part := dst.Sub(Rect{0, row, dst.Width, min(strip, dst.Height-row)})
		C.NV12ToI420(bytePointer(data[row*stride:]), C.int(stride), bytePointer(chroma[row/2*stride:]), C.int(stride),
			bytePointer(part.Y), C.int(part.StrideY), bytePointer(part.U), C.int(part.StrideC), bytePointer(part.V), C.int(part.StrideC),
			C.int(part.Width), C.int(part.Height))
		convertInPlace(part, src)
	}
	return nil
}

// FromI420 takes a camera's I420 picture (V4L2_PIX_FMT_YUV420, "YU12": three
// planes one after the other, chroma rows half a stride apart) of dst's size into
// dst and its levels from src to dst.Colour. Data that is too short is an error,
// and dst is then as it was.
func FromI420(dst View, data []byte, stride int, src Colour) error {
	mustHold(dst)
	luma, chroma := stride*dst.Height, stride/2*(dst.Height/2)
	if err := enough("I420", dst, data, stride, dst.Width, luma+chroma+stride/2*(dst.Height/2-1)+dst.Width/2); err != nil {
		return err
	}
	Convert(dst, View{
		Y: data[:luma], U: data[luma : luma+chroma], V: data[luma+chroma:],
		Width: dst.Width, Height: dst.Height, StrideY: stride, StrideC: stride / 2, Colour: src,
	})
	return nil
}

func enough(format string, dst View, data []byte, stride, row, need int) error {
	if stride < row {
		return fmt.Errorf("unpack %s %d×%d: a stride of %d bytes is less than a row's %d", format, dst.Width, dst.Height, stride, row)
	}
	if len(data) < need {
		return fmt.Errorf("unpack %s %d×%d: %d bytes where %d are needed", format, dst.Width, dst.Height, len(data), need)
	}
	return nil
}

func convertInPlace(v View, from Colour) {
	src := v
	src.Colour = from
	Convert(v, src)
}
