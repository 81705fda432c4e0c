package kiosk

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"studio/ui"
)

// tile is one camera, alive: a touch makes it the main picture.
type tile struct {
	part
	now     func() time.Time
	touched func(camera string)

	words     phrases
	camera    ui.Camera
	main      bool // the main one in the programme
	broadcast bool // which goes out: red is for that alone
	enabled   bool
	pressed   bool
	asked     time.Time // when a touch asked for it; zero: not, or already on air

	frame, badge           *canvas.Rectangle
	picture                *canvas.Image
	title, label, headline *canvas.Text
	sentence               []*canvas.Text
}

func newTile(now func() time.Time, touched func(camera string)) *tile {
	t := &tile{now: now, touched: touched,
		frame: canvas.NewRectangle(nil), badge: canvas.NewRectangle(nil),
		picture: newPicture(), title: newText(false), label: newText(true), headline: newText(true),
		sentence: []*canvas.Text{newText(false), newText(false)}}
	t.begin(t, t.arrange, t.frame, t.headline, t.sentence[0], t.sentence[1], t.picture, t.title, t.badge, t.label)
	return t
}

// set tells the tile what is; main says that it is the main picture, broadcast that
// we are on air.
func (t *tile) set(words phrases, camera ui.Camera, main, broadcast, enabled bool) {
	if main || camera.Name != t.camera.Name {
		t.asked = time.Time{}
	}
	if camera.Name != t.camera.Name {
		put(t.picture, nil)
	}
	t.words, t.camera, t.main, t.broadcast, t.enabled = words, camera, main, broadcast, enabled
	t.again()
}

// there says whether the camera gives pictures.
func (t *tile) there() bool { return t.camera.State == ui.Live || t.camera.State == ui.Troubled }

// show takes the camera's newest picture; a camera that is gone shows none, however
// late its last one comes.
func (t *tile) show(img image.Image) {
	if !t.there() {
		img = nil
	}
	put(t.picture, img)
}

// Tapped is a touch.
func (t *tile) Tapped(*fyne.PointEvent) {
	if !t.enabled || !t.there() {
		return
	}
	if !t.main {
		t.asked = t.now()
	}
	t.touched(t.camera.Name)
	t.again()
}

// MouseDown is a finger that arrives.
func (t *tile) MouseDown(*desktop.MouseEvent) { t.press(t.enabled && t.there()) }

// MouseUp is a finger that lifts.
func (t *tile) MouseUp(*desktop.MouseEvent) { t.press(false) }

// MouseIn is for Fyne.
func (t *tile) MouseIn(*desktop.MouseEvent) {}

// MouseMoved is for Fyne.
func (t *tile) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is a finger that slides off.
func (t *tile) MouseOut() { t.press(false) }

func (t *tile) press(yes bool) {
	t.pressed = yes
	t.again()
}

// refused says that the engine did not put this camera on air.
func (t *tile) refused(camera string) {
	if t.camera.Name == camera {
		t.asked = time.Time{}
		t.again()
	}
}

// tick forgets a touch that came to nothing.
func (t *tile) tick() {
	if !t.asked.IsZero() && t.now().Sub(t.asked) > patience {
		t.asked = time.Time{}
		t.again()
	}
}

func (t *tile) arrange(size fyne.Size) {
	u := size.Height / 128
	whole := box{0, 0, size.Width, size.Height}
	rim, width := uint32(line), 2*u
	used, mark := uint32(celadon), uint32(pine)
	if t.broadcast {
		used, mark = cinnabar, cinnabar
	}
	switch {
	case t.pressed || !t.asked.IsZero():
		rim, width = paper, 4*u
	case t.main:
		rim, width = used, 4*u
	case t.camera.OnAir:
		rim = used
	}
	edge(t.frame, whole, card, 12*u, rim, width)
	screen := box{4 * u, 4 * u, size.Width - 8*u, 94 * u}
	screen.put(t.picture)
	t.picture.CornerRadius = 8 * u
	if !t.there() {
		put(t.picture, nil)
	}

	headline, sentence, hue := t.words.noPicture, "", uint32(muted)
	switch t.camera.State {
	case ui.Connecting:
		headline = t.words.coming
	case ui.Waiting, ui.Failed, ui.Off:
		headline, sentence, hue = t.words.noSignal, t.words.of(t.camera.Message), amber
	}
	if sentence == "" {
		write(t.headline, screen.inset(8*u), headline, hue, 20*u, fyne.TextAlignCenter)
	} else {
		write(t.headline, box{12 * u, 8 * u, size.Width - 24*u, 30 * u}, headline, hue, 21*u, fyne.TextAlignLeading)
	}
	writeLines(t.sentence, box{12 * u, 40 * u, size.Width - 24*u, 54 * u}, sentence, paper, 17*u)

	badge := ""
	if t.camera.OnAir {
		if badge = t.words.inPicture; t.main {
			badge = t.words.mainPicture
		}
	}
	room := size.Width - 24*u
	if badge != "" {
		wide := fyne.MeasureText(badge, 15*u, t.label.TextStyle).Width + 16*u
		b := box{size.Width - wide - 10*u, 101 * u, wide, 22 * u}
		if room-wide < 60*u { // a narrow tile has it in the picture's corner
			b.x, b.y = 6*u, 8*u
			wide = 0
		}
		fill(t.badge, b, mark, 7*u)
		write(t.label, b, badge, paper, 15*u, fyne.TextAlignCenter)
		room -= wide + 4*u
	}
	show(t.badge, badge != "")
	show(t.label, badge != "")
	write(t.title, box{12 * u, 98 * u, room, 28 * u}, t.words.of(t.camera.Title), paper, 19*u, fyne.TextAlignLeading)
}
