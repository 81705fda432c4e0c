package h264

/*
#cgo pkg-config: libavcodec libavutil
#include "decoder.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"studio/capture"
	"studio/media/picture"
)

var errDamaged = errors.New("the picture is damaged")

// codec is libavcodec's. One goroutine at a time uses it.
type codec struct {
	c    *C.h264_decoder
	told C.h264_picture // here so that none is allocated for each picture
}

func newCodec() (*codec, error) {
	c := &codec{}
	if code := C.h264_open(&c.c); code < 0 {
		return nil, fmt.Errorf("start the H.264 decoder: libavcodec's error %d", int(code))
	}
	return c, nil
}

func (c *codec) close() { C.h264_close(c.c) }

// forget makes it ready for a key frame after a fault.
func (c *codec) forget() { C.h264_flush(c.c) }

// send decodes an access unit.
func (c *codec) send(data []byte, at time.Duration) error {
	if C.h264_send(c.c, (*C.uint8_t)(unsafe.Pointer(&data[0])), C.int(len(data)), C.int64_t(at)) < 0 {
		return errDamaged
	}
	return nil
}

// next makes the next picture ready for copy and returns when it was taken; false if
// there is none yet.
func (c *codec) next() (at time.Duration, some bool, err error) {
	switch code := C.h264_receive(c.c, &c.told); {
	case code < 0:
		return 0, false, errDamaged
	case code == 0:
		return 0, false, nil
	}
	return time.Duration(c.told.time), true, nil
}

// copy puts the picture into a frame.
func (c *codec) copy(f *capture.Frame) {
	f.Format, f.Width, f.Height, f.Stride = capture.I420, int(c.told.width), int(c.told.height), int(c.told.width)
	f.Colour = colour(c.told.full != 0, int(c.told.matrix), f.Height)
	n := f.Width * f.Height * 3 / 2
	if cap(f.Data) < n {
		f.Data = make([]byte, n)
	}
	f.Data = f.Data[:n]
	C.h264_copy(c.c, (*C.uint8_t)(unsafe.Pointer(&f.Data[0])))
}

// colour returns how the levels are coded: as the stream says in its VUI (ITU-T
// H.264, E.2.1). Where it says nothing, the range is limited, as that clause infers;
// the matrix, which it leaves open, is taken for the one that the size was made for:
// Rec. ITU-R BT.709 from 720 lines on, BT.601 below.
func colour(full bool, matrix, height int) picture.Colour {
	c := picture.Colour{Range: picture.Limited, Matrix: picture.BT601}
	if full {
		c.Range = picture.Full
	}
	if matrix == 709 || matrix == 0 && height >= 720 {
		c.Matrix = picture.BT709
	}
	return c
}
