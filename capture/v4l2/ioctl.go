package v4l2

import "unsafe"

// Layouts below are those of 64-bit Linux (amd64, arm64, riscv64, loong64), where
// they are the same. On 32 bits this does not compile.
const _ = uint(unsafe.Sizeof(uintptr(0)) - 8)

const (
	capVideoCapture   = 0x00000001
	capCaptureMPlane  = 0x00001000
	capVideoM2M       = 0x00008000
	capVideoM2MMPlane = 0x00004000
	capMetaCapture    = 0x00800000
	capStreaming      = 0x04000000
	capDeviceCaps     = 0x80000000

	bufTypeCapture = 1 // V4L2_BUF_TYPE_VIDEO_CAPTURE
	memoryMMap     = 1 // V4L2_MEMORY_MMAP
	fieldNone      = 1 // V4L2_FIELD_NONE: progressive
	bufFlagError   = 0x40
	privMagic      = 0xfeedcafe // the colour fields after priv are valid

	pixYUYV  = 0x56595559
	pixNV12  = 0x3231564e
	pixYU12  = 0x32315559
	pixMJPEG = 0x47504a4d
	pixJPEG  = 0x4745504a
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

// streamParm is struct v4l2_streamparm with its capture member.
type streamParm struct {
	Type             uint32
	Capability, Mode uint32
	TimePerFrame     fraction // seconds
	Extended         uint32
	ReadBuffers      uint32
	_                [4]uint32
	_                [160]byte
}

// requestBuffers is struct v4l2_requestbuffers.
type requestBuffers struct {
	Count, Type, Memory, Capabilities uint32
	Flags                             uint8
	_                                 [3]uint8
}

// buffer is struct v4l2_buffer with the mmap member of its union.
type buffer struct {
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

	queryCap  = read | unsafe.Sizeof(capability{})<<16 | v // number 0
	setFormat = read | write | unsafe.Sizeof(formatArg{})<<16 | v | 5
	reqBufs   = read | write | unsafe.Sizeof(requestBuffers{})<<16 | v | 8
	queryBuf  = read | write | unsafe.Sizeof(buffer{})<<16 | v | 9
	qBuf      = read | write | unsafe.Sizeof(buffer{})<<16 | v | 15
	dqBuf     = read | write | unsafe.Sizeof(buffer{})<<16 | v | 17
	streamOn  = write | unsafe.Sizeof(uint32(0))<<16 | v | 18
	streamOff = write | unsafe.Sizeof(uint32(0))<<16 | v | 19
	getParm   = read | write | unsafe.Sizeof(streamParm{})<<16 | v | 21
	setParm   = read | write | unsafe.Sizeof(streamParm{})<<16 | v | 22
)
