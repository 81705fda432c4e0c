// Package videodev is the kernel's interface to video devices (linux/videodev2.h),
// as far as cameras are read and virtual ones are fed: the layout of what is asked,
// and the asking.
package videodev

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Layouts below are those of 64-bit Linux (amd64, arm64, riscv64, loong64), where
// they are the same. On 32 bits this does not compile.
const _ = uint(unsafe.Sizeof(uintptr(0)) - 8)

// What a device can do.
const (
	CapVideoCapture   = 0x00000001
	CapVideoOutput    = 0x00000002
	CapCaptureMPlane  = 0x00001000
	CapVideoM2MMPlane = 0x00004000
	CapVideoM2M       = 0x00008000
	CapMetaCapture    = 0x00800000
	CapStreaming      = 0x04000000
	CapDeviceCaps     = 0x80000000
)

const (
	BufTypeCapture = 1 // V4L2_BUF_TYPE_VIDEO_CAPTURE
	BufTypeOutput  = 2 // V4L2_BUF_TYPE_VIDEO_OUTPUT
	MemoryMMap     = 1 // V4L2_MEMORY_MMAP
	FieldNone      = 1 // V4L2_FIELD_NONE: progressive
	BufFlagError   = 0x40
	PrivMagic      = 0xfeedcafe // the colour fields after Priv are valid
)

// Pixel formats.
const (
	PixYUYV  = 0x56595559
	PixNV12  = 0x3231564e
	PixYU12  = 0x32315559
	PixMJPEG = 0x47504a4d
	PixJPEG  = 0x4745504a
	PixH264  = 0x34363248 // access units, with start codes
)

// enum v4l2_colorspace, v4l2_ycbcr_encoding, v4l2_quantization and v4l2_xfer_func.
const (
	SpaceSMPTE240M = 2
	SpaceREC709    = 3
	SpaceJPEG      = 7
	SpaceBT2020    = 10
	SpaceDCIP3     = 12

	EncodingDefault   = 0
	Encoding709       = 2
	EncodingXV709     = 4
	EncodingBT2020    = 6
	EncodingBT2020CL  = 7
	EncodingSMPTE240M = 8

	QuantizationDefault = 0
	QuantizationFull    = 1
	QuantizationLimited = 2

	Transfer709 = 1
)

// Capability is struct v4l2_capability.
type Capability struct {
	Driver       [16]byte
	Card         [32]byte
	BusInfo      [32]byte
	Version      uint32
	Capabilities uint32 // of the whole device
	DeviceCaps   uint32 // of this node, when Capabilities has CapDeviceCaps
	_            [3]uint32
}

// Node returns what this node can do, or where the driver does not say that, what
// the whole device can.
func (c Capability) Node() uint32 {
	if c.Capabilities&CapDeviceCaps != 0 {
		return c.DeviceCaps
	}
	return c.Capabilities
}

// PixFormat is struct v4l2_pix_format.
type PixFormat struct {
	Width, Height, PixelFormat, Field uint32
	BytesPerLine, SizeImage           uint32
	ColourSpace                       uint32
	Priv, Flags                       uint32
	Encoding, Quantization, Transfer  uint32
}

// Format is struct v4l2_format with its picture member.
type Format struct {
	Type uint32
	_    uint32
	Pix  PixFormat
	_    [152]byte
}

// Fraction is struct v4l2_fract.
type Fraction struct{ Num, Den uint32 }

// StreamParm is struct v4l2_streamparm with its capture or output member, which
// have the same layout.
type StreamParm struct {
	Type             uint32
	Capability, Mode uint32
	TimePerFrame     Fraction // seconds
	Extended         uint32
	Buffers          uint32
	_                [4]uint32
	_                [160]byte
}

// RequestBuffers is struct v4l2_requestbuffers.
type RequestBuffers struct {
	Count, Type, Memory, Capabilities uint32
	Flags                             uint8
	_                                 [3]uint8
}

// Buffer is struct v4l2_buffer with the mmap member of its union.
type Buffer struct {
	Index, Type, BytesUsed, Flags, Field uint32
	_                                    uint32
	Seconds, Microseconds                int64
	Timecode                             [16]byte
	Sequence, Memory                     uint32
	Offset                               uint32
	_                                    uint32
	Length                               uint32
	_                                    uint32
	RequestFD                            uint32
	_                                    uint32
}

// Request numbers as the kernel's _IOR, _IOW and _IOWR macros make them: two bits
// of direction, 14 of size, the letter V, the number.
const (
	write = 1 << 30
	read  = 2 << 30
	v     = 'V' << 8

	QueryCap  = read | unsafe.Sizeof(Capability{})<<16 | v // number 0
	SetFormat = read | write | unsafe.Sizeof(Format{})<<16 | v | 5
	ReqBufs   = read | write | unsafe.Sizeof(RequestBuffers{})<<16 | v | 8
	QueryBuf  = read | write | unsafe.Sizeof(Buffer{})<<16 | v | 9
	QBuf      = read | write | unsafe.Sizeof(Buffer{})<<16 | v | 15
	DQBuf     = read | write | unsafe.Sizeof(Buffer{})<<16 | v | 17
	StreamOn  = write | unsafe.Sizeof(uint32(0))<<16 | v | 18
	StreamOff = write | unsafe.Sizeof(uint32(0))<<16 | v | 19
	GetParm   = read | write | unsafe.Sizeof(StreamParm{})<<16 | v | 21
	SetParm   = read | write | unsafe.Sizeof(StreamParm{})<<16 | v | 22
)

// Ioctl asks the driver of an open device; arg points to the request's own
// structure. The error is a unix.Errno.
func Ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}
