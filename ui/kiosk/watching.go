package kiosk

import (
	"fyne.io/fyne/v2"

	"studio/ui"
)

// programme is the canvas that the artisan watches, of those that are made: the
// first lying or the first upright one, or simply the first. Empty without any.
func programme(s ui.Status, upright bool) (canvas ui.Canvas) {
	for _, c := range s.Canvases {
		switch {
		case !c.On:
		case (c.Height > c.Width) == upright:
			return c
		case canvas.Name == "":
			canvas = c
		}
	}
	return canvas
}

// bothViews says whether there are a lying and an upright canvas to choose from.
func bothViews(s ui.Status) bool {
	return programme(s, true).Name != programme(s, false).Name
}

// wish is a stream of pictures that the screen shows.
type wish struct {
	name        string
	width, rate int // pixels, pictures a second
}

// Pictures are asked for no larger than they are shown: what they cost is decoding
// and painting.
const (
	liveRate  = 10 // pictures a second, and so the window's repaints
	tileRate  = 5
	mostWidth = 1280 // pixels
)

// wishes lists the pictures that the screen shows, the programme first.
func (s *screen) wishes() (list []wish) {
	if c := programme(s.status, s.upright); c.Name != "" {
		room := s.live.picture.Size()
		wide := min(room.Width, room.Height*float32(c.Width)/float32(max(c.Height, 1)))
		list = append(list, wish{c.Name, s.pixels(wide), liveRate})
	}
	for i, c := range s.status.Cameras[:min(len(s.status.Cameras), maxTiles)] {
		list = append(list, wish{c.Name, s.pixels(s.tiles[i].picture.Size().Width), tileRate})
	}
	return list
}

// pixels is how many pixels of the panel a width takes, up to a multiple of 32: a
// window that changes its size a little needs no other pictures.
func (s *screen) pixels(width float32) int {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s.root); c != nil {
		width *= c.Scale()
	}
	return min(max((int(width)+31)/32*32, 64), mostWidth)
}
