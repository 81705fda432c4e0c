package v4l2

import (
	"bytes"

	"studio/capture"
)

// imageBytes returns how many bytes a raw picture takes at least, 0 for MJPEG.
func imageBytes(f capture.Format, stride, height int) int {
	switch f {
	case capture.YUYV:
		return stride * height
	case capture.NV12, capture.I420:
		return stride * height * 3 / 2
	}
	return 0
}

// whole returns the picture in a buffer without what the driver put behind it,
// and whether it is all there. need is imageBytes. A JPEG must begin with SOI and
// end with EOI; zeros behind that are the padding of some cameras.
func whole(f capture.Format, data []byte, need int) ([]byte, bool) {
	if f != capture.MJPEG {
		if len(data) < need {
			return nil, false
		}
		return data[:need], true
	}
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return nil, false
	}
	data = bytes.TrimRight(data, "\x00")
	end := len(data) - 2
	return data, end >= 2 && data[end] == 0xff && data[end+1] == 0xd9
}
