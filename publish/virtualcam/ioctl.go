package virtualcam

import "unsafe"

// The kernel's interface (linux/videodev2.h) as far as feeding a device needs it,
// on 64 bits. What the box watches its cameras with is in capture/v4l2.
const _ = uint(unsafe.Sizeof(uintptr(0)) - 8)

const (
	capVideoOutput = 0x00000002
	capDeviceCaps  = 0x80000000

	bufTypeOutput = 2 // V4L2_BUF_TYPE_VIDEO_OUTPUT
	fieldNone     = 1 // progressive
	pixYU12       = 0x32315559
	privMagic     = 0xfeedcafe // the colour fields after priv are valid

	colourSpaceREC709   = 3
	encoding709         = 2
	quantizationLimited = 2
	transfer709         = 1
)

// capability is struct v4l2_capability.
type capability struct {
	Driver       [16]byte
	Card         [32]byte
	BusInfo      [32]byte
	Version      uint32
	Capabilities uint32 // of the whole device
	DeviceCaps   uint32 // of this node, when Capabilities has capDeviceCaps
	_            [3]uint32
}

// pixFormat is struct v4l2_pix_format.
type pixFormat struct {
	Width, Height, PixelFormat, Field uint32
	BytesPerLine, SizeImage           uint32
	ColourSpace                       uint32
	Priv, Flags                       uint32
	Encoding, Quantization, Transfer  uint32
}

// formatArg is struct v4l2_format with its picture member.
type formatArg struct {
	Type uint32
	_    uint32
	Pix  pixFormat
	_    [152]byte
}

// fraction is struct v4l2_fract.
type fraction struct{ Num, Den uint32 }

// streamParm is struct v4l2_streamparm with its output member.
type streamParm struct {
	Type             uint32
	Capability, Mode uint32
	TimePerFrame     fraction // seconds
	Extended         uint32
	WriteBuffers     uint32
	_                [4]uint32
	_                [160]byte
}

// Request numbers as the kernel's _IOR, _IOW and _IOWR macros make them.
const (
	write = 1 << 30
	read  = 2 << 30
	v     = 'V' << 8

	queryCap  = read | unsafe.Sizeof(capability{})<<16 | v // number 0
	setFormat = read | write | unsafe.Sizeof(formatArg{})<<16 | v | 5
	streamOn  = write | unsafe.Sizeof(uint32(0))<<16 | v | 18
	setParm   = read | write | unsafe.Sizeof(streamParm{})<<16 | v | 22
)
