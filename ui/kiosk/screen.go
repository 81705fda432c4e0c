package kiosk

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"studio/ui"
)

// How long a refusal, and the word that a moment is kept, are shown.
const (
	refusalTime = 7 * time.Second
	keptTime    = 4 * time.Second
)

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
	upright   bool // is what the artisan wants to see

	air          *air
	name         *name
	health       *health
	language     *button
	live         *live
	director     *toggle
	view         *view
	reason       *reason
	start        *startButton
	steps        *steps
	previous     *button
	next         *button
	figures      *figures
	tiles        [maxTiles]*tile
	mark         *button
	privacy      *button
	retry        *button // for what was given up; hidden: nothing
	sound        *sound
	destinations *posts
	notice       *notice
	veil         *veil
}

func newScreen(words phrases, now func() time.Time, do func(ui.Command)) *screen {
	s := &screen{now: now, do: do, words: words, status: ui.Status{Procedure: ui.Procedure{Present: -1}},
		air: newAir(), name: newName(), health: newHealth(), live: newLive(), reason: newReason(), steps: newSteps(),
		figures: newFigures(), sound: newSound(), destinations: newPosts(), notice: newNotice(), veil: newVeil()}
	s.language = newButton(86, 22, s.otherLanguage)
	s.director = newToggle(func() { s.ask(&s.director.button, ui.Direct{On: !s.status.Director.On}) })
	s.view = newView(s.otherView)
	s.start = newStartButton(now, func(on bool) { do(ui.Broadcast{On: on}) })
	s.previous = newButton(88, 22, func() { do(ui.Step{To: "previous"}) })
	s.next = newButton(88, 32, func() { do(ui.Step{To: "next"}) })
	s.mark = newButton(88, 28, func() { s.ask(s.mark, ui.Mark{}) })
	s.privacy = newButton(88, 28, func() { s.ask(s.privacy, ui.Privacy{On: !s.status.Sound.Privacy}) })
	s.retry = newButton(88, 28, s.tryAgain)
	s.retry.Hide()
	objects := []fyne.CanvasObject{s.air, s.name, s.health, s.language, s.live, s.director, s.view, s.reason, s.start,
		s.steps, s.previous, s.next, s.figures, s.mark, s.privacy, s.retry, s.sound, s.destinations}
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
	DirectorSpot().on(a.director, window)
	ViewSpot().on(a.view, window)
	reasonSpot().on(a.reason, window)
	StartSpot().on(a.start, window)
	stepsSpot().on(a.steps, window)
	PreviousSpot().on(a.previous, window)
	NextSpot().on(a.next, window)
	figuresSpot().on(a.figures, window)
	MarkSpot().on(a.mark, window)
	PrivacySpot().on(a.privacy, window)
	RetrySpot().on(a.retry, window)
	beside(soundSpot(), a.retry).on(a.sound, window)
	beside(postsSpot(), a.retry).on(a.destinations, window)
	noticeSpot().on(a.notice, window)
	for i, t := range a.tiles {
		TileSpot(i, len(a.status.Cameras)).on(t, window)
	}
	Spot{0, 0, 1, 1}.on(a.veil, window)
}

// show shows a new status of the engine.
func (s *screen) show(status ui.Status) {
	cameras, retried := len(s.status.Cameras), s.retry.Visible()
	s.status, s.got, s.connected = status, s.now(), true
	s.paint()
	if len(status.Cameras) != cameras || s.retry.Visible() != retried {
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

// paint brings every part to the present state. Parts repaint only what changed.
func (s *screen) paint() {
	st, words, onAir := &s.status, s.words, s.status.Broadcast.On
	s.paintClock()
	s.name.set(words, st.Name, st.Recording)
	s.health.set(words, *st)
	s.language.set(words.other, "", plain, true)
	s.live.set(words, onAir)
	s.paintSwitches()
	s.reason.set(words, st.Director)
	s.start.set(words, onAir, s.connected)
	_, before, after := step(st.Procedure)
	s.steps.set(words, st.Procedure)
	s.previous.set(words.previous, "", plain, s.connected && before)
	s.next.set(words.next, "", strong, s.connected && after)
	s.figures.set(words, st.Readings)
	s.sound.set(words, st.Sound)
	s.destinations.set(words, st.Destinations)
	canvas := programme(*st, s.upright)
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

// paintSwitches brings the buttons to what the engine says: a touch alone changes
// none of them.
func (s *screen) paintSwitches() {
	words, connected := s.words, s.connected
	s.director.set(words, s.status.Director.On, connected)
	if s.status.Sound.Privacy {
		s.privacy.set(words.muted, words.unmute, alarm, connected)
	} else {
		s.privacy.set(words.mute, words.muteHint, plain, connected)
	}
	lost := givenUp(s.status)
	s.retry.set(words.again, strings.Join(lost, ", "), strong, connected)
	show(s.retry, len(lost) > 0)
	hint := words.markHint
	if s.mark.waiting {
		hint = words.marking
	}
	s.mark.set(words.mark, hint, plain, connected)
	canvas := programme(s.status, s.upright)
	s.view.set(words, canvas.Height > canvas.Width, connected)
	show(s.view, bothViews(s.status))
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
	if programme(s.status, s.upright).Name == name {
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
	if s.notice.Visible() && s.now().After(s.notice.until) {
		s.notice.Hide()
	}
}

// ask sends a button's command; the button takes no touch until it is answered.
func (s *screen) ask(b *button, c ui.Command) {
	b.wait(true)
	s.paintSwitches()
	s.do(c)
}

// answered takes what became of a command: the status after it, or why there is none.
func (s *screen) answered(c ui.Command, status ui.Status, err error) {
	switch c.(type) {
	case ui.Direct:
		s.director.wait(false)
	case ui.Privacy:
		s.privacy.wait(false)
	case ui.Mark:
		s.mark.wait(false)
	case ui.Send:
		s.retry.wait(false)
	}
	if err != nil {
		s.refused(c, err)
		return
	}
	if s.connected {
		s.show(status)
	}
	if _, marked := c.(ui.Mark); marked {
		s.notice.say(s.words.keptOf(status.Clips), celadon, s.now().Add(keptTime))
	}
}

func (s *screen) refused(c ui.Command, err error) {
	switch v := c.(type) {
	case ui.Broadcast:
		s.start.refused()
	case ui.Take:
		for _, t := range s.tiles {
			t.refused(v.Cameras[0])
		}
	}
	s.paintSwitches()
	words := s.words.refused
	if problem := (*Problem)(nil); errors.As(err, &problem) {
		words += s.words.colon + s.words.of(problem.said())
	}
	s.notice.say(words, amber, s.now().Add(refusalTime))
}

// keptOf says how much of the last moment was kept, of all clips, newest first.
func (p phrases) keptOf(clips []ui.Clip) string {
	seconds := 0.0
	for _, c := range clips {
		if c.Time.Equal(clips[0].Time) && c.Message == (ui.Text{}) {
			seconds = max(seconds, c.Seconds)
		}
	}
	if seconds < 1 {
		return p.kept
	}
	return fmt.Sprintf(p.keptSeconds, int(seconds+0.5))
}

// tryAgain starts what was given up.
func (s *screen) tryAgain() {
	for _, name := range givenUp(s.status) {
		s.ask(s.retry, ui.Send{Destination: name, On: true})
	}
}

// otherView shows the other canvas.
func (s *screen) otherView() {
	s.upright = !s.upright
	s.live.show(nil) // the old picture is not of this canvas
	s.paint()
}

func (s *screen) otherLanguage() {
	if s.words.chinese {
		s.words = english()
	} else {
		s.words = mandarin()
	}
	s.paint()
}
