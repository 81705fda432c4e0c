package kiosk

import "fyne.io/fyne/v2"

// Spot is a place on the screen in fractions of the window: 0,0 is its upper left
// corner and 1,1 its lower right one.
type Spot struct{ X, Y, Width, Height float32 }

// Centre returns the spot's middle in pixels of a window of this size, where a
// finger goes.
func (s Spot) Centre(width, height int) (x, y int) {
	return int((s.X + s.Width/2) * float32(width)), int((s.Y + s.Height/2) * float32(height))
}

// The screen is drawn for these many units and scales with the window.
const (
	unitsWide = 1280
	unitsHigh = 800
	maxTiles  = 8 // more cameras than that are taken on the technician's page
)

func spot(x, y, width, height float32) Spot {
	return Spot{x / unitsWide, y / unitsHigh, width / unitsWide, height / unitsHigh}
}

// StartSpot is where the big button lies that starts and ends the broadcast.
func StartSpot() Spot { return spot(892, 104, 372, 144) }

// NextSpot is where the button lies that goes to the next step.
func NextSpot() Spot { return spot(1010, 440, 240, 88) }

// PreviousSpot is where the button lies that goes one step back.
func PreviousSpot() Spot { return spot(906, 440, 92, 88) }

// LanguageSpot is where the button lies that changes the language.
func LanguageSpot() Spot { return spot(1168, 6, 96, 86) }

// LiveSpot is where the programme is shown.
func LiveSpot() Spot { return spot(16, 104, 754, 424) }

// DirectorSpot is where the button lies that lets the director choose the shots.
func DirectorSpot() Spot { return spot(782, 104, 94, 206) }

// ViewSpot is where the button lies that shows the other canvas, if there are two.
func ViewSpot() Spot { return spot(782, 322, 94, 206) }

// TileSpot is where the camera of this index lies, of the cameras in the order of
// the status.
func TileSpot(index, cameras int) Spot {
	columns := float32(min(max(cameras, 4), maxTiles))
	const left, wide, gap = 16, 860, 12
	width := (wide - (columns-1)*gap) / columns
	return spot(left+float32(index)*(width+gap), 564, width, 128)
}

// MarkSpot is where the button lies that keeps the last moments.
func MarkSpot() Spot { return spot(432, 704, 216, 88) }

// PrivacySpot is where the button lies that mutes every microphone.
func PrivacySpot() Spot { return spot(660, 704, 216, 88) }

// RetrySpot is where the button lies that tries again what was given up, if there is
// such a destination; the sound and the destinations make room for it.
func RetrySpot() Spot { return spot(252, 704, 168, 88) }

// beside is a spot that ends before another object where that is shown.
func beside(s Spot, o fyne.CanvasObject) Spot {
	if o.Visible() {
		s.Width = RetrySpot().X - 12.0/unitsWide - s.X
	}
	return s
}

func airSpot() Spot     { return spot(16, 16, 300, 68) }
func nameSpot() Spot    { return spot(332, 16, 240, 68) }
func healthSpot() Spot  { return spot(588, 16, 564, 68) }
func reasonSpot() Spot  { return spot(16, 531, 860, 30) }
func soundSpot() Spot   { return spot(16, 706, 404, 40) }
func postsSpot() Spot   { return spot(16, 752, 404, 36) }
func stepsSpot() Spot   { return spot(892, 260, 372, 282) }
func figuresSpot() Spot { return spot(892, 554, 372, 238) }
func noticeSpot() Spot  { return spot(46, 436, 694, 80) }

// on places an object at the spot in a window of this size.
func (s Spot) on(o fyne.CanvasObject, window fyne.Size) {
	o.Move(fyne.NewPos(s.X*window.Width, s.Y*window.Height))
	o.Resize(fyne.NewSize(s.Width*window.Width, s.Height*window.Height))
}
