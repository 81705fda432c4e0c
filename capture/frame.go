package capture

import (
	"sync/atomic"
	"time"

	"studio/media/picture"
)

// Format says what the bytes of a Frame are.
type Format uint8

const (
	MJPEG Format = iota + 1 // one JPEG picture, 4:2:0, 4:2:2, 4:4:4 or grey
	YUYV                    // packed 4:2:2, Stride bytes a row (V4L2 YUYV)
	NV12                    // luma plane, then interleaved chroma (V4L2 NV12)
	I420                    // three planes (V4L2 YU12)
	Drawn                   // no bytes: Painter draws it at any size
	H264                    // one access unit, Annex B; a key frame begins with its parameter sets
)

func (f Format) String() string {
	return [...]string{"none", "MJPEG", "YUYV", "NV12", "YU12", "drawn", "H.264"}[f]
}

// Painter draws a frame when somebody wants to see it, at the size at which it
// is wanted, in limited-range BT.709. It may be called by several goroutines.
type Painter interface {
	Paint(dst picture.View)
}

// Frame is one picture as it came from the wire: still compressed, or raw. It is
// reference counted like a picture.Picture: who passes it on gives it away,
// Retain to share, every holder calls Release once, and nobody writes to it.
type Frame struct {
	Format        Format
	Width, Height int    // pixels, as the driver set them
	Stride        int    // bytes a row of the first plane; 0 for MJPEG, H264 and Drawn
	Data          []byte // nil for Drawn
	Key           bool   // of H264: decoding can begin here
	Painter       Painter
	Colour        picture.Colour
	Taken         time.Time // when the picture was taken (monotonic)
	Sequence      uint64    // the source's own count of pictures, gaps included

	refs    atomic.Int32
	recycle func(*Frame)
}

// NewFrame returns a frame held once. recycle, which may be nil, is called with
// the frame after its last Release.
func NewFrame(recycle func(*Frame)) *Frame {
	f := &Frame{recycle: recycle}
	f.refs.Store(1)
	return f
}

// Renew makes a recycled frame one that is held once again. Only the owner that
// got it back through recycle may call it.
func (f *Frame) Renew() { f.refs.Store(1) }

// Retain adds a holder and returns the frame itself.
func (f *Frame) Retain() *Frame {
	if f.refs.Add(1) <= 1 {
		panic("capture: frame retained after its last release")
	}
	return f
}

// Release gives one hold back.
func (f *Frame) Release() {
	switch n := f.refs.Add(-1); {
	case n == 0:
		if f.recycle != nil {
			f.recycle(f)
		}
	case n < 0:
		panic("capture: frame released more often than held")
	}
}
