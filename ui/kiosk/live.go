package kiosk

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// newPicture returns the shape of a live picture. The graphics driver scales it:
// scaling in software would cost more than decoding.
func newPicture() *canvas.Image {
	img := &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
	img.Hide()
	return img
}

// put shows a new picture in its shape, or none.
func put(shape *canvas.Image, img image.Image) {
	if img == nil {
		shape.Image = nil
		show(shape, false)
		return
	}
	shape.Image = img
	show(shape, true)
	shape.Refresh()
}

// live is the programme as it goes out.
type live struct {
	part
	words phrases
	onAir bool

	frame   *canvas.Rectangle
	picture *canvas.Image
	absent  *canvas.Text
}

func newLive() *live {
	l := &live{frame: canvas.NewRectangle(nil), picture: newPicture(), absent: newText(false)}
	l.begin(l, l.arrange, l.frame, l.absent, l.picture)
	return l
}

func (l *live) set(words phrases, onAir bool) {
	l.words, l.onAir = words, onAir
	l.again()
}

func (l *live) show(img image.Image) { put(l.picture, img) }

func (l *live) arrange(size fyne.Size) {
	u := size.Height / 424
	whole := box{0, 0, size.Width, size.Height}
	rim := uint32(line)
	if l.onAir {
		rim = cinnabar
	}
	edge(l.frame, whole, 0x0a0e0f, 6*u, rim, 4*u)
	whole.inset(4 * u).put(l.picture)
	write(l.absent, whole.inset(40*u), l.words.noPicture, muted, 30*u, fyne.TextAlignCenter)
}
