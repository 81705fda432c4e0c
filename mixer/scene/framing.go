package scene

import (
	"math"
	"time"

	"studio/media/picture"
	"studio/words"
)

// MostZoom is how far a camera may be magnified.
const MostZoom = 8

// Framing says which part of a camera's picture a canvas shows. The zero value
// shows as much of it as fills the slot, from the middle.
type Framing struct {
	// FocusX and FocusY, 0 to 1, are what stays in the picture when it is cropped, from
	// the left and from the top of the picture as it is seen, turned and mirrored.
	// They are in the middle of what is shown as long as that stays on the picture.
	FocusX, FocusY float64
	Zoom           float64       // 1 to MostZoom; 0 means 1 and the focus in the middle
	Rotate         int           // degrees clockwise: 0, 90, 180, 270
	Mirror         bool          // left and right change places, after turning
	Over           time.Duration // a slow pan there; 0: at once

	before *Framing // what the pan leaves, at start; nil: nothing
	start  time.Duration
}

// lens is where a framing looks.
type lens struct{ x, y, zoom float64 }

// Check says what is wrong with the framing.
func (f Framing) Check() error {
	switch inside := func(v float64) bool { return v >= 0 && v <= 1 }; {
	case !inside(f.FocusX) || !inside(f.FocusY):
		return words.Errorf("focus %v, %v: allowed: 0 to 1 each", "取景焦点 %v，%v：应在 0 到 1 之间", f.FocusX, f.FocusY)
	case f.Zoom != 0 && !(f.Zoom >= 1 && f.Zoom <= MostZoom):
		return words.Errorf("zoom %v: allowed: 1 to %d", "放大 %v 倍：应在 1 到 %d 倍之间", f.Zoom, MostZoom)
	case f.Rotate != 0 && f.Rotate != 90 && f.Rotate != 180 && f.Rotate != 270:
		return words.Errorf("rotate %d: allowed: 0, 90, 180, 270", "旋转 %d 度：只能是 0、90、180、270", f.Rotate)
	case f.Over < 0:
		return words.New("a pan cannot take less than no time", "移动用时不能小于 0")
	}
	return nil
}

// Begin returns the framing as it takes the place of the present one at a time:
// its pan starts where the present one looks then.
func (f Framing) Begin(present Framing, at time.Duration) Framing {
	if !present.Pans(at) {
		present.before = nil
	}
	f.before, f.start = &present, at
	return f
}

// Pans reports whether what is shown moves at a time.
func (f Framing) Pans(now time.Duration) bool {
	return f.before != nil && f.Over > 0 && now < f.start+f.Over
}

func (f Framing) target() lens {
	if f.Zoom == 0 {
		return lens{0.5, 0.5, 1}
	}
	return lens{f.FocusX, f.FocusY, f.Zoom}
}

// Upright returns the size of a camera's picture as it is seen.
func (f Framing) Upright(camera picture.Size) picture.Size {
	if f.Rotate == 90 || f.Rotate == 270 {
		return picture.Size{Width: camera.Height, Height: camera.Width}
	}
	return camera
}

// Crop is a part of a picture in fractions of it.
type Crop struct{ X, Y, Width, Height float64 }

// Shown returns the part of an upright picture of the given size that fills a slot
// without distortion. A picture without a size (a slate) fits any slot.
func (f Framing) Shown(upright, slot picture.Size, now time.Duration) Crop {
	to := crop(upright, slot, f.target())
	if !f.Pans(now) {
		return to
	}
	from := f.before.Shown(upright, slot, f.start)
	p := eased(now-f.start, f.Over)
	if from.Width != to.Width {
		// A zoom is felt as a ratio: in equal times it grows by equal factors.
		width := from.Width * math.Pow(to.Width/from.Width, p)
		p = (width - from.Width) / (to.Width - from.Width)
	}
	// Both ends lie on the picture and have the slot's shape, so what is between them
	// does too.
	return Crop{mix(from.X, to.X, p), mix(from.Y, to.Y, p), mix(from.Width, to.Width, p), mix(from.Height, to.Height, p)}
}

func crop(upright, slot picture.Size, l lens) Crop {
	if upright.Width <= 0 || upright.Height <= 0 {
		return Crop{Width: 1, Height: 1}
	}
	c := Crop{Width: 1 / l.zoom, Height: 1 / l.zoom}
	// How wide the slot is against the picture's own shape.
	wide := float64(slot.Width) * float64(upright.Height) / (float64(slot.Height) * float64(upright.Width))
	if wide > 1 {
		c.Height /= wide
	} else {
		c.Width *= wide
	}
	c.X = min(max(l.x-c.Width/2, 0), 1-c.Width)
	c.Y = min(max(l.y-c.Height/2, 0), 1-c.Height)
	return c
}

// Needed returns the even size at which the whole upright picture is to be had so
// that a slot shows one of its pixels as one, or the picture's own size when that
// is smaller: what the camera did not see need not be made up. During a pan it is
// what the closest look will need, so that it stays the same.
func (f Framing) Needed(upright, slot picture.Size, now time.Duration) picture.Size {
	if upright.Width <= 0 || upright.Height <= 0 {
		return slot
	}
	c := crop(upright, slot, f.target())
	if f.Pans(now) {
		if from := f.before.Shown(upright, slot, f.start); from.Width < c.Width {
			c = from
		}
	}
	// What is a hair above an even number comes of the fractions, not of the picture.
	up := func(n float64) int { return 2 * int(math.Ceil(n/2-1e-6)) }
	need := picture.Size{Width: up(float64(slot.Width) / c.Width), Height: up(float64(slot.Height) / c.Height)}
	if need.Width > upright.Width || need.Height > upright.Height {
		return picture.Size{Width: max(2, upright.Width&^1), Height: max(2, upright.Height&^1)}
	}
	return need
}

func mix(a, b, p float64) float64 { return a + (b-a)*p }

// eased rises from 0 to 1 with the time gone of a whole, slowly at both ends.
func eased(gone, whole time.Duration) float64 {
	switch {
	case gone >= whole:
		return 1
	case gone <= 0:
		return 0
	}
	x := float64(gone) / float64(whole)
	return x * x * (3 - 2*x)
}
