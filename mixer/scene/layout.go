// Package scene is pure: where cameras sit on a canvas, and how one shot becomes
// the next as a function of time. It touches no pixel and asks no clock.
package scene

import (
	"fmt"
	"strings"

	"studio/media/picture"
)

// Layout is where cameras sit on a canvas of one size: slot 0 is the main camera's
// and lies lowest. Every slot has an even corner and size and lies on the canvas.
type Layout struct {
	Name  string
	Slots []picture.Rect
}

// Names of the layouts.
const (
	Full       = "full"       // one camera, the whole canvas
	PIP        = "pip"        // one camera whole, up to three insets at the right edge
	SideBySide = "sidebyside" // two cameras, each half of the canvas's width
	Quad       = "quad"       // four cameras, a quarter each
)

// Names lists the layouts.
func Names() []string { return []string{Full, PIP, SideBySide, Quad} }

// insetMargin is the space around insets as a share of the canvas's height:
// 24 pixels of 1080.
const insetMargin = 24.0 / 1080

// New returns the layout of that name for a canvas size.
func New(name string, canvas picture.Size) (Layout, error) {
	w, h := canvas.Width, canvas.Height
	switch name {
	case Full:
		return Layout{name, []picture.Rect{{Width: w, Height: h}}}, nil
	case PIP:
		return Layout{name, append([]picture.Rect{{Width: w, Height: h}}, insets(canvas, 3)...)}, nil
	case SideBySide:
		half := even(w / 2)
		return Layout{name, []picture.Rect{
			{Width: half, Height: h},
			{X: half, Width: w - half, Height: h},
		}}, nil
	case Quad:
		x, y := even(w/2), even(h/2)
		return Layout{name, []picture.Rect{
			{Width: x, Height: y},
			{X: x, Width: w - x, Height: y},
			{Y: y, Width: x, Height: h - y},
			{X: x, Y: y, Width: w - x, Height: h - y},
		}}, nil
	}
	return Layout{}, fmt.Errorf("layout %q: there is none of that name; allowed: %s", name, strings.Join(Names(), ", "))
}

// insets returns n rectangles a quarter of the canvas wide and high, stacked at
// the right edge from the top.
func insets(canvas picture.Size, n int) []picture.Rect {
	margin := even(int(insetMargin * float64(canvas.Height)))
	w, h := even(canvas.Width/4), even(canvas.Height/4)
	rects := make([]picture.Rect, n)
	for i := range rects {
		rects[i] = picture.Rect{
			X: canvas.Width - margin - w, Y: margin + i*(h+margin),
			Width: w, Height: h,
		}
	}
	return rects
}

func even(n int) int { return n &^ 1 }

// Fill returns how a camera of the given size fills a slot without distortion:
// the size to which the whole camera picture is scaled, and the part of that
// scaled picture, centred, that the slot shows. All numbers are even.
func Fill(camera picture.Size, slot picture.Rect) (scaled picture.Size, shown picture.Rect) {
	shown = picture.Rect{Width: slot.Width, Height: slot.Height}
	if camera.Width <= 0 || camera.Height <= 0 {
		return picture.Size{Width: slot.Width, Height: slot.Height}, shown
	}
	switch byWidth := slot.Width * camera.Height; {
	case byWidth > slot.Height*camera.Width: // the slot is wider: crop above and below
		scaled = picture.Size{Width: slot.Width, Height: evenUp(slot.Width * camera.Height / camera.Width)}
	case byWidth < slot.Height*camera.Width:
		scaled = picture.Size{Width: evenUp(slot.Height * camera.Width / camera.Height), Height: slot.Height}
	default:
		scaled = picture.Size{Width: slot.Width, Height: slot.Height}
	}
	scaled.Width, scaled.Height = max(scaled.Width, slot.Width), max(scaled.Height, slot.Height)
	shown.X, shown.Y = even((scaled.Width-slot.Width)/2), even((scaled.Height-slot.Height)/2)
	return scaled, shown
}

func evenUp(n int) int { return (n + 1) &^ 1 }
