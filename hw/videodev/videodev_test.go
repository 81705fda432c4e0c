package videodev

import (
	"testing"
	"unsafe"
)

// The numbers are those that a C compiler prints from linux/videodev2.h on amd64
// and arm64. The kernel refuses a request whose structure has another size.
func TestLayouts(t *testing.T) {
	var b Buffer
	var f Format
	for _, test := range []struct {
		what      string
		got, want uintptr
	}{
		{"v4l2_capability", unsafe.Sizeof(Capability{}), 104},
		{"v4l2_format", unsafe.Sizeof(f), 208},
		{"v4l2_pix_format", unsafe.Sizeof(PixFormat{}), 48},
		{"v4l2_streamparm", unsafe.Sizeof(StreamParm{}), 204},
		{"v4l2_requestbuffers", unsafe.Sizeof(RequestBuffers{}), 20},
		{"v4l2_buffer", unsafe.Sizeof(b), 88},
		{"v4l2_format.fmt", unsafe.Offsetof(f.Pix), 8},
		{"v4l2_buffer.timestamp", unsafe.Offsetof(b.Seconds), 24},
		{"v4l2_buffer.sequence", unsafe.Offsetof(b.Sequence), 56},
		{"v4l2_buffer.m", unsafe.Offsetof(b.Offset), 64},
		{"v4l2_buffer.length", unsafe.Offsetof(b.Length), 72},
		{"VIDIOC_QUERYCAP", QueryCap, 0x80685600},
		{"VIDIOC_S_FMT", SetFormat, 0xc0d05605},
		{"VIDIOC_REQBUFS", ReqBufs, 0xc0145608},
		{"VIDIOC_QUERYBUF", QueryBuf, 0xc0585609},
		{"VIDIOC_QBUF", QBuf, 0xc058560f},
		{"VIDIOC_DQBUF", DQBuf, 0xc0585611},
		{"VIDIOC_STREAMON", StreamOn, 0x40045612},
		{"VIDIOC_STREAMOFF", StreamOff, 0x40045613},
		{"VIDIOC_G_PARM", GetParm, 0xc0cc5615},
		{"VIDIOC_S_PARM", SetParm, 0xc0cc5616},
	} {
		if test.got != test.want {
			t.Errorf("%s is %#x, want %#x", test.what, test.got, test.want)
		}
	}
}
