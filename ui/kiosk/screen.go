package kiosk

import (
	"errors"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"studio/ui"
)

const noticeTime = 7 * time.Second

// screen is everything that is seen and touched. All its methods are called on the
// interface's thread.
type screen struct {
	root *fyne.Container
	now  func() time.Time
	do   func(ui.Command) // sends a command; must not block

	words     phrases
	status    ui.Status
	got       time.Time // when the status came
	connected bool
	noticed   time.Time

	air          *air
	name         *name
	health       *health
	language     *button
	live         *live
	start        *startButton
	steps        *steps
	previous     *button
	next         *button
	figures      *figures
	tiles        [maxTiles]*tile
	sound        *sound
	destinations *posts
	notice       *notice
	veil         *veil
}

func newScreen(words phrases, now func() time.Time, do func(ui.Command)) *screen {
	s := &screen{now: now, do: do, words: words, status: ui.Status{Procedure: ui.Procedure{Present: -1}},
		air: newAir(), name: newName(), health: newHealth(), live: newLive(), steps: newSteps(),
		figures: newFigures(), sound: newSound(), destinations: newPosts(), notice: newNotice(), veil: newVeil()}
	s.language = newButton(false, s.otherLanguage)
	s.start = newStartButton(now, func(on bool) { do(ui.Broadcast{On: on}) })
	s.previous = newButton(false, func() { do(ui.Step{To: "previous"}) })
	s.next = newButton(true, func() { do(ui.Step{To: "next"}) })
	objects := []fyne.CanvasObject{s.air, s.name, s.health, s.language, s.live, s.start, s.steps, s.previous, s.next,
		s.figures, s.sound, s.destinations}
	for i := range s.tiles {
		s.tiles[i] = newTile(now, func(camera string) { do(ui.Take{Cameras: []string{camera}}) })
		s.tiles[i].Hide()
		objects = append(objects, s.tiles[i])
	}
	s.root = container.New(arrangement{s}, append(objects, s.notice, s.veil)...)
	s.paint()
	return s
}

// arrangement places the parts in the window.
type arrangement struct{ *screen }

// MinSize is for Fyne: the window decides.
func (arrangement) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 200) }

// Layout is for Fyne.
func (a arrangement) Layout(_ []fyne.CanvasObject, window fyne.Size) {
	airSpot().on(a.air, window)
	nameSpot().on(a.name, window)
	healthSpot().on(a.health, window)
	LanguageSpot().on(a.language, window)
	LiveSpot().on(a.live, window)
	StartSpot().on(a.start, window)
	stepsSpot().on(a.steps, window)
	PreviousSpot().on(a.previous, window)
	NextSpot().on(a.next, window)
	figuresSpot().on(a.figures, window)
	soundSpot().on(a.sound, window)
	postsSpot().on(a.destinations, window)
	noticeSpot().on(a.notice, window)
	for i, t := range a.tiles {
		TileSpot(i, len(a.status.Cameras)).on(t, window)
	}
	Spot{0, 0, 1, 1}.on(a.veil, window)
}

// show shows a new status of the engine.
func (s *screen) show(status ui.Status) {
	moved := len(status.Cameras) != len(s.status.Cameras)
	s.status, s.got, s.connected = status, s.now(), true
	s.paint()
	if moved {
		s.root.Refresh()
	}
}

// lost says that the engine is not there.
func (s *screen) lost() {
	s.connected = false
	s.live.show(nil)
	for _, t := range s.tiles {
		t.show(nil)
	}
	s.paint()
}

// programme is the canvas that the artisan watches: the first lying one, or simply
// the first. Empty without any.
func programme(s ui.Status) (canvas ui.Canvas) {
	for _, c := range s.Canvases {
		if c.Width >= c.Height {
			return c
		}
	}
	if len(s.Canvases) > 0 {
		return s.Canvases[0]
	}
	return ui.Canvas{}
}

// paint brings every part to the present state. Parts repaint only what changed.
func (s *screen) paint() {
	st, words, onAir := &s.status, s.words, s.status.Broadcast.On
	s.paintClock()
	s.name.set(words, st.Name, st.Recording)
	s.health.set(words, st.Health)
	s.language.set(words.other, true)
	s.live.set(words, onAir)
	s.start.set(words, onAir, s.connected)
	_, before, after := step(st.Procedure)
	s.steps.set(words, st.Procedure)
	s.previous.set(words.previous, s.connected && before)
	s.next.set(words.next, s.connected && after)
	s.figures.set(words, st.Readings)
	s.sound.set(words, st.Sound)
	s.destinations.set(words, st.Destinations)
	canvas := programme(*st)
	for i, t := range s.tiles {
		show(t, i < len(st.Cameras))
		if i < len(st.Cameras) {
			c := st.Cameras[i]
			main := len(canvas.Cameras) > 0 && canvas.Cameras[0] == c.Name
			t.set(words, c, main, onAir, s.connected)
		}
	}
	s.veil.set(words, !s.got.IsZero())
	show(s.veil, !s.connected)
}

func (s *screen) paintClock() {
	elapsed := s.status.Time.Sub(s.status.Broadcast.Since)
	if s.connected {
		elapsed += s.now().Sub(s.got)
	}
	s.air.set(s.words, s.status.Broadcast.On, elapsed)
}

// picture shows a new picture of the programme or of a camera, or none when img is
// nil.
func (s *screen) picture(name string, img image.Image) {
	if programme(s.status).Name == name {
		s.live.show(img)
	}
	for i, c := range s.status.Cameras[:min(len(s.status.Cameras), maxTiles)] {
		if c.Name == name {
			s.tiles[i].show(img)
		}
	}
}

// tick lets the time pass.
func (s *screen) tick() {
	s.start.tick()
	for _, t := range s.tiles {
		t.tick()
	}
	if s.connected {
		s.paintClock()
	}
	if s.notice.Visible() && s.now().Sub(s.noticed) > noticeTime {
		s.notice.Hide()
	}
}

// answered takes what became of a command.
func (s *screen) answered(c ui.Command, err error) {
	if err == nil {
		return
	}
	switch v := c.(type) {
	case ui.Broadcast:
		s.start.refused()
	case ui.Take:
		for _, t := range s.tiles {
			t.refused(v.Cameras[0])
		}
	}
	words := s.words.refused
	if problem := (*Problem)(nil); errors.As(err, &problem) {
		words += ": " + problem.Error()
	}
	s.noticed = s.now()
	s.notice.say(words)
}

func (s *screen) otherLanguage() {
	if s.words.chinese {
		s.words = english()
	} else {
		s.words = mandarin()
	}
	s.paint()
}
