package v4l2

import (
	"testing"

	"github.com/blackjack/webcam"

	"studio/capture"
	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/picture"
)

// offer is a camera's list of formats: for each coding sizes, for each size rates.
type offer map[webcam.PixelFormat][]offeredSize

type offeredSize struct {
	size  webcam.FrameSize
	rates []webcam.FrameRate
}

func (o offer) GetSupportedFormats() map[webcam.PixelFormat]string {
	list := map[webcam.PixelFormat]string{0x43564548: "HEVC"}
	for f := range o {
		list[f] = "some format"
	}
	return list
}

func (o offer) GetSupportedFrameSizes(f webcam.PixelFormat) []webcam.FrameSize {
	var list []webcam.FrameSize
	for _, s := range o[f] {
		list = append(list, s.size)
	}
	return list
}

func (o offer) GetSupportedFramerates(f webcam.PixelFormat, w, h uint32) []webcam.FrameRate {
	for _, s := range o[f] {
		if w >= s.size.MinWidth && w <= s.size.MaxWidth && h >= s.size.MinHeight && h <= s.size.MaxHeight {
			return s.rates
		}
	}
	return nil
}

func at(w, h uint32, rates ...uint32) offeredSize {
	s := offeredSize{size: discrete(w, h)}
	for _, r := range rates {
		s.rates = append(s.rates, perSecond(r))
	}
	return s
}

func TestFormatChoice(t *testing.T) {
	full, small := picture.Size{Width: 1920, Height: 1080}, picture.Size{Width: 640, Height: 480}
	thirty, ntsc := packet.Rational{Num: 30, Den: 1}, packet.Rational{Num: 30000, Den: 1001}
	steps := webcam.FrameSize{MinWidth: 320, MaxWidth: 1920, StepWidth: 2, MinHeight: 180, MaxHeight: 1080, StepHeight: 2}
	// A common webcam on USB 2: raw is slow at full size.
	c920 := offer{
		videodev.PixYUYV:  {at(640, 480, 30, 24, 15), at(1280, 720, 10, 5), at(1920, 1080, 5)},
		videodev.PixMJPEG: {at(640, 480, 60, 30, 24), at(1280, 720, 60, 30), at(1920, 1080, 30, 24, 15)},
	}
	for _, test := range []struct {
		name   string
		cam    offer
		size   picture.Size
		rate   packet.Rational
		format capture.Format
		want   picture.Size
		fps    packet.Rational
	}{
		{"raw too slow, MJPEG reaches it", c920, full, thirty, capture.MJPEG, full, thirty},
		{"raw reaches it", c920, small, thirty, capture.YUYV, small, thirty},
		{"raw reaches a low rate", c920, full, packet.Rational{Num: 5, Den: 1}, capture.YUYV, full, packet.Rational{Num: 5, Den: 1}},
		{"30 is 29.97", c920, full, ntsc, capture.MJPEG, full, thirty},
		{"a rate between two", c920, full, packet.Rational{Num: 20, Den: 1}, capture.MJPEG, full, packet.Rational{Num: 24, Den: 1}},
		{"faster than all", c920, full, packet.Rational{Num: 60, Den: 1}, capture.MJPEG, full, thirty},
		{"half the pixels lose less than a sixth of the frames", offer{videodev.PixYUYV: {at(1920, 1080, 5), at(1280, 720, 30)}}, full, thirty,
			capture.YUYV, picture.Size{Width: 1280, Height: 720}, thirty},
		{"half the frames lose less than a seventh of the pixels", offer{videodev.PixYUYV: {at(640, 480, 30), at(1920, 1080, 15)}}, full, thirty,
			capture.YUYV, full, packet.Rational{Num: 15, Den: 1}},
		{"larger rather than smaller", offer{videodev.PixMJPEG: {at(1280, 720, 30), at(2560, 1440, 30), at(3840, 2160, 30)}}, full, thirty,
			capture.MJPEG, picture.Size{Width: 2560, Height: 1440}, thirty},
		{"the wanted shape rather than more pixels", offer{videodev.PixMJPEG: {at(1280, 960, 30), at(1280, 720, 30)}}, picture.Size{Width: 1280, Height: 720}, thirty,
			capture.MJPEG, picture.Size{Width: 1280, Height: 720}, thirty},
		{"not faster than wanted", offer{videodev.PixMJPEG: {at(1920, 1080, 120, 60, 30)}}, full, thirty, capture.MJPEG, full, thirty},
		{"cheapest raw first", offer{videodev.PixYUYV: {at(640, 480, 30)}, videodev.PixNV12: {at(640, 480, 30)}, videodev.PixYU12: {at(640, 480, 30)}}, small, thirty,
			capture.I420, small, thirty},
		{"sizes in steps", offer{videodev.PixNV12: {{steps, []webcam.FrameRate{perSecond(30)}}}}, picture.Size{Width: 1000, Height: 562}, thirty,
			capture.NV12, picture.Size{Width: 1000, Height: 562}, thirty},
		{"beyond the steps", offer{videodev.PixNV12: {{steps, []webcam.FrameRate{perSecond(30)}}}}, picture.Size{Width: 3840, Height: 2160}, thirty,
			capture.NV12, full, thirty},
		{"any size, no rates named", offer{videodev.PixYUYV: {{}}}, full, thirty, capture.YUYV, full, packet.Rational{}},
		{"no sizes named", offer{videodev.PixMJPEG: nil}, full, thirty, capture.MJPEG, full, packet.Rational{}},
		{"rates as a range", offer{videodev.PixYUYV: {{discrete(1920, 1080), []webcam.FrameRate{{
			MinNumerator: 1, MinDenominator: 60, MaxNumerator: 1, MaxDenominator: 1, StepNumerator: 1, StepDenominator: 1000}}}}}, full, ntsc,
			capture.YUYV, full, ntsc},
		{"odd sizes are of no use", offer{videodev.PixYUYV: {at(641, 481, 30)}, videodev.PixMJPEG: {at(320, 240, 30)}}, small, thirty,
			capture.MJPEG, picture.Size{Width: 320, Height: 240}, thirty},
		{"H.264 only where MJPEG does not reach it", offer{videodev.PixMJPEG: {at(1920, 1080, 5), at(640, 480, 30)}, videodev.PixH264: {at(1920, 1080, 30), at(640, 480, 30)}}, full, thirty,
			capture.H264, full, thirty},
		{"MJPEG of equals", offer{videodev.PixMJPEG: {at(1920, 1080, 30)}, videodev.PixH264: {at(1920, 1080, 30)}}, full, thirty, capture.MJPEG, full, thirty},
		{"nothing but H.264", offer{videodev.PixH264: {at(1920, 1080, 30)}}, full, thirty, capture.H264, full, thirty},
		{"nothing we can use", offer{}, full, thirty, 0, picture.Size{}, packet.Rational{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := choose(options(test.cam, test.size, test.rate), test.size, test.rate)
			if ok != (test.format != 0) {
				t.Fatalf("found one: %v", ok)
			}
			if got.format != test.format || got.size != test.want || got.rate != test.fps {
				t.Errorf("chose %v %v at %v, want %v %v at %v", got.format, got.size, got.rate, test.format, test.want, test.fps)
			}
		})
	}
}

func TestFitLength(t *testing.T) {
	for _, test := range []struct {
		least, most, step uint32
		want, got         int
		ok                bool
	}{
		{640, 640, 0, 1920, 640, true},
		{641, 641, 0, 641, 0, false},
		{16, 1920, 16, 1080, 1088, true},
		{16, 1080, 16, 1080, 1072, true}, // 1072 is the last step
		{1, 1000, 1, 999, 1000, true},
		{1, 999, 1, 999, 998, true},
		{48, 3840, 2, 10, 48, true},
	} {
		if got, ok := fitLength(test.least, test.most, test.step, test.want); got != test.got || ok != test.ok {
			t.Errorf("fitLength(%d, %d, %d, %d) = %d, %v, want %d, %v", test.least, test.most, test.step, test.want, got, ok, test.got, test.ok)
		}
	}
}

func TestColour(t *testing.T) {
	limited := func(m picture.Matrix) picture.Colour { return picture.Colour{Range: picture.Limited, Matrix: m} }
	const sRGB, smpte170m = 8, 1
	for _, test := range []struct {
		name   string
		format capture.Format
		pix    videodev.PixFormat
		want   picture.Colour
	}{
		{"MJPEG is JFIF", capture.MJPEG, videodev.PixFormat{ColourSpace: sRGB, Encoding: videodev.Encoding709, Quantization: 2, Priv: videodev.PrivMagic}, picture.JFIF},
		{"sRGB by default", capture.YUYV, videodev.PixFormat{ColourSpace: sRGB, Priv: videodev.PrivMagic}, limited(picture.BT601)},
		{"SMPTE 170M", capture.YUYV, videodev.PixFormat{ColourSpace: smpte170m, Priv: videodev.PrivMagic}, limited(picture.BT601)},
		{"Rec. 709 by default", capture.NV12, videodev.PixFormat{ColourSpace: videodev.SpaceREC709, Priv: videodev.PrivMagic}, limited(picture.BT709)},
		{"Rec. 709 with 601", capture.NV12, videodev.PixFormat{ColourSpace: videodev.SpaceREC709, Encoding: 1, Priv: videodev.PrivMagic}, limited(picture.BT601)},
		{"sRGB with 709, full", capture.I420, videodev.PixFormat{ColourSpace: sRGB, Encoding: videodev.Encoding709, Quantization: videodev.QuantizationFull, Priv: videodev.PrivMagic},
			picture.Colour{Range: picture.Full, Matrix: picture.BT709}},
		{"JPEG is full", capture.I420, videodev.PixFormat{ColourSpace: videodev.SpaceJPEG, Priv: videodev.PrivMagic}, picture.JFIF},
		{"JPEG said to be limited", capture.I420, videodev.PixFormat{ColourSpace: videodev.SpaceJPEG, Quantization: 2, Priv: videodev.PrivMagic}, limited(picture.BT601)},
		{"BT.2020", capture.I420, videodev.PixFormat{ColourSpace: videodev.SpaceBT2020, Priv: videodev.PrivMagic}, limited(picture.BT709)},
		{"an old driver's rubbish", capture.YUYV, videodev.PixFormat{ColourSpace: sRGB, Encoding: videodev.Encoding709, Quantization: videodev.QuantizationFull}, limited(picture.BT601)},
	} {
		if got := colour(test.format, test.pix); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestWantedFormat(t *testing.T) {
	size, rate := picture.Size{Width: 1280, Height: 720}, packet.Rational{Num: 30, Den: 1}
	cam := offer{videodev.PixYUYV: {at(1280, 720, 30)}, videodev.PixMJPEG: {at(1280, 720, 30)}, videodev.PixH264: {at(640, 480, 30), at(1280, 720, 30)}}
	for _, test := range []struct {
		wanted, got capture.Format
		offered     bool
	}{
		{0, capture.YUYV, true}, {capture.MJPEG, capture.MJPEG, true}, {capture.H264, capture.H264, true}, {capture.NV12, capture.YUYV, false},
	} {
		list, offered := only(test.wanted, options(cam, size, rate))
		got, _ := choose(list, size, rate)
		if got.format != test.got || got.size != size || offered != test.offered {
			t.Errorf("wanted %v: %v %v, offered: %v", test.wanted, got.format, got.size, offered)
		}
	}
}
