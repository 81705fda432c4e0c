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
// hold EOI: what stands behind that is the padding of some cameras.
func whole(f capture.Format, data []byte, need int) ([]byte, bool) {
	if f != capture.MJPEG {
		if len(data) < need {
			return nil, false
		}
		return data[:need], true
	}
	const startOfImage, endOfImage = "\xff\xd8", "\xff\xd9"
	if !bytes.HasPrefix(data, []byte(startOfImage)) {
		return nil, false
	}
	end := bytes.LastIndex(data, []byte(endOfImage))
	if end < len(startOfImage) {
		return nil, false
	}
	return data[:end+len(endOfImage)], true
}
