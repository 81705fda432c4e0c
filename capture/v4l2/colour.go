package v4l2

import (
	"studio/capture"
	"studio/hw/videodev"
	"studio/media/picture"
)

// colour returns how the levels of a picture are coded. MJPEG is JFIF, whatever
// the driver says. Raw pictures are what the driver says; where it leaves that to
// the defaults, those of the kernel's V4L2_MAP_YCBCR_ENC_DEFAULT and
// V4L2_MAP_QUANTIZATION_DEFAULT hold: an sRGB camera's YUYV is limited-range
// BT.601. The two matrices that we do not have (BT.2020, SMPTE 240M) are nearer to
// BT.709 than to BT.601.
func colour(format capture.Format, pix videodev.PixFormat) picture.Colour {
	if format == capture.MJPEG {
		return picture.JFIF
	}
	encoding, quantization := pix.Encoding, pix.Quantization
	if pix.Priv != videodev.PrivMagic { // a driver from before these fields
		encoding, quantization = videodev.EncodingDefault, videodev.QuantizationDefault
	}

	c := picture.Colour{Range: picture.Limited, Matrix: picture.BT601}
	switch encoding {
	case videodev.Encoding709, videodev.EncodingXV709, videodev.EncodingBT2020, videodev.EncodingBT2020CL, videodev.EncodingSMPTE240M:
		c.Matrix = picture.BT709
	case videodev.EncodingDefault:
		switch pix.ColourSpace {
		case videodev.SpaceREC709, videodev.SpaceDCIP3, videodev.SpaceBT2020, videodev.SpaceSMPTE240M:
			c.Matrix = picture.BT709
		}
	}
	if quantization == videodev.QuantizationFull || quantization == videodev.QuantizationDefault && pix.ColourSpace == videodev.SpaceJPEG {
		c.Range = picture.Full
	}
	return c
}
