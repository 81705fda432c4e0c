package v4l2

import (
	"math"

	"github.com/blackjack/webcam"

	"studio/capture"
	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/picture"
)

// offerer says what pictures a camera offers. Lists come as the driver gives
// them; an empty list of sizes or rates means that the driver names none, and a
// size of zeros that it takes any.
type offerer interface {
	GetSupportedFormats() map[webcam.PixelFormat]string
	GetSupportedFrameSizes(webcam.PixelFormat) []webcam.FrameSize
	GetSupportedFramerates(f webcam.PixelFormat, width, height uint32) []webcam.FrameRate
}

// coding is a picture format as the driver and as we call it.
type coding struct {
	pix    uint32
	format capture.Format
}

// codings lists what we can use, what costs us least first: YU12 is I420 already,
// NV12 has its chroma to be parted, YUYV half of its chroma to be dropped, a JPEG
// has to be decoded, and so has H.264, at its whole size whatever is shown, and each
// picture for the sake of the next.
func codings() []coding {
	return []coding{
		{videodev.PixYU12, capture.I420},
		{videodev.PixNV12, capture.NV12},
		{videodev.PixYUYV, capture.YUYV},
		{videodev.PixMJPEG, capture.MJPEG},
		{videodev.PixJPEG, capture.MJPEG},
		{videodev.PixH264, capture.H264},
	}
}

// option is one way in which a camera can be set, as near to what is wanted as
// its coding and size allow.
type option struct {
	coding
	size picture.Size
	rate packet.Rational // frames a second; zero if the driver names no rates
}

// options lists the ways in which a camera can be set, one for each coding and
// size, cheapest coding first.
func options(cam offerer, size picture.Size, rate packet.Rational) []option {
	offered := cam.GetSupportedFormats()
	var list []option
	for _, c := range codings() {
		pix := webcam.PixelFormat(c.pix)
		if _, ok := offered[pix]; !ok {
			continue
		}
		sizes := cam.GetSupportedFrameSizes(pix)
		if len(sizes) == 0 {
			sizes = []webcam.FrameSize{{}}
		}
		for _, s := range sizes {
			fit, ok := fitSize(s, size)
			if !ok {
				continue
			}
			o := option{coding: c, size: fit}
			for _, r := range cam.GetSupportedFramerates(pix, uint32(fit.Width), uint32(fit.Height)) {
				if near, ok := fitRate(r, rate); ok && (o.rate.Num == 0 || rateLoss(near, rate) < rateLoss(o.rate, rate)) {
					o.rate = near
				}
			}
			list = append(list, o)
		}
	}
	return list
}

// choose returns the option that loses least against the wanted size and rate;
// of equals the cheaper coding. So raw pictures are taken when they reach size
// and rate, MJPEG when only that and H.264 do, H.264 when nothing else does, and
// otherwise, in this order of weight:
//
//   - pixels missing inside the wanted shape and frames missing a second weigh the
//     same: half of either is one point (1080p at 15 instead of 30 frames loses
//     one, 720p at 30 loses 1.2, VGA at 30 loses 3.2);
//   - pixels and frames beyond what is wanted cost a tenth and a twentieth of
//     that, as they are carried and decoded for nothing.
func choose(list []option, size picture.Size, rate packet.Rational) (option, bool) {
	best, least := option{}, math.Inf(1)
	for _, o := range list {
		if loss := sizeLoss(o.size, size) + rateLoss(o.rate, rate); loss < least {
			best, least = o, loss
		}
	}
	return best, !math.IsInf(least, 1)
}

// only returns the options of one format; all of them if it is zero or there are none.
func only(format capture.Format, list []option) (some []option, ok bool) {
	if format == 0 {
		return list, true
	}
	for _, o := range list {
		if o.format == format {
			some = append(some, o)
		}
	}
	if some == nil {
		return list, false
	}
	return some, true
}

func sizeLoss(got, want picture.Size) float64 {
	scale := min(float64(got.Width)/float64(want.Width), float64(got.Height)/float64(want.Height), 1)
	useful := scale * scale * float64(want.Width) * float64(want.Height)
	spare := float64(got.Width) * float64(got.Height) / useful
	return -2*math.Log2(scale) + 0.1*math.Log2(spare)
}

// rateLoss counts a rate within one per cent as reached (29.97 for 30), and one
// that the driver does not name as well: what it really set is known afterwards.
func rateLoss(got, want packet.Rational) float64 {
	if got.Num == 0 {
		return 0
	}
	switch ratio := got.Float() / want.Float(); {
	case ratio < 0.99:
		return -math.Log2(ratio)
	case ratio > 1.01:
		return 0.05 * math.Log2(ratio)
	}
	return 0
}

// fitSize returns the even size in s that is nearest to want: the next one that
// covers it, or the largest.
func fitSize(s webcam.FrameSize, want picture.Size) (picture.Size, bool) {
	if s == (webcam.FrameSize{}) { // any size at all (V4L2_FRMSIZE_TYPE_CONTINUOUS)
		return want, true
	}
	w, okW := fitLength(s.MinWidth, s.MaxWidth, s.StepWidth, want.Width)
	h, okH := fitLength(s.MinHeight, s.MaxHeight, s.StepHeight, want.Height)
	return picture.Size{Width: w, Height: h}, okW && okH
}

func fitLength(least, most, step uint32, want int) (int, bool) {
	lo, hi, by := int(least), int(most), max(int(step), 1)
	length := lo
	if want > lo {
		length += (want - lo + by - 1) / by * by
	}
	if length > hi {
		length = lo + (hi-lo)/by*by
	}
	for _, l := range []int{length, length + by, length - by} {
		if l%2 == 0 && l > 0 && l >= lo && l <= hi {
			return l, true
		}
	}
	return 0, false
}

// fitRate returns the rate in r that is nearest to want. Steps inside a range are
// left to the driver, which rounds.
func fitRate(r webcam.FrameRate, want packet.Rational) (packet.Rational, bool) {
	fastest := packet.Rational{Num: int(r.MinDenominator), Den: int(r.MinNumerator)}
	slowest := packet.Rational{Num: int(r.MaxDenominator), Den: int(r.MaxNumerator)}
	switch {
	case fastest.Num <= 0 || fastest.Den <= 0 || slowest.Num <= 0 || slowest.Den <= 0:
		return packet.Rational{}, false
	case want.Float() >= fastest.Float():
		return fastest, true
	case want.Float() <= slowest.Float():
		return slowest, true
	}
	return want, true
}
