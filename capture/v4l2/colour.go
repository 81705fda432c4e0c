package v4l2

import (
	"studio/capture"
	"studio/media/picture"
)

// enum v4l2_colorspace, v4l2_ycbcr_encoding and v4l2_quantization.
const (
	spaceSMPTE240M = 2
	spaceREC709    = 3
	spaceJPEG      = 7
	spaceBT2020    = 10
	spaceDCIP3     = 12

	encodingDefault   = 0
	encoding709       = 2
	encodingXV709     = 4
	encodingBT2020    = 6
	encodingBT2020CL  = 7
	encodingSMPTE240M = 8

	quantizationDefault = 0
	quantizationFull    = 1
)

// colour returns how the levels of a picture are coded. MJPEG is JFIF, whatever
// the driver says. Raw pictures are what the driver says; where it leaves that to
// the defaults, those of the kernel's V4L2_MAP_YCBCR_ENC_DEFAULT and
// V4L2_MAP_QUANTIZATION_DEFAULT hold: an sRGB camera's YUYV is limited-range
// BT.601. The two matrices that we do not have (BT.2020, SMPTE 240M) are nearer to
// BT.709 than to BT.601.
func colour(format capture.Format, pix pixFormat) picture.Colour {
	if format == capture.MJPEG {
		return picture.JFIF
	}
	encoding, quantization := pix.Encoding, pix.Quantization
	if pix.Priv != privMagic { // a driver from before these fields
		encoding, quantization = encodingDefault, quantizationDefault
	}

	c := picture.Colour{Range: picture.Limited, Matrix: picture.BT601}
	switch encoding {
	case encoding709, encodingXV709, encodingBT2020, encodingBT2020CL, encodingSMPTE240M:
		c.Matrix = picture.BT709
	case encodingDefault:
		switch pix.ColourSpace {
		case spaceREC709, spaceDCIP3, spaceBT2020, spaceSMPTE240M:
			c.Matrix = picture.BT709
		}
	}
	if quantization == quantizationFull || quantization == quantizationDefault && pix.ColourSpace == spaceJPEG {
		c.Range = picture.Full
	}
	return c
}
