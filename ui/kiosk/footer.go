package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"studio/ui"
)

// sound is the programme's sound meter: left above right, from -60 dB to full scale.
// While every microphone is muted it says that alone.
type sound struct {
	part
	words phrases
	state ui.Sound

	label         *canvas.Text
	ground, level [2]*canvas.Rectangle
	absent        *canvas.Text
	shut          *canvas.Rectangle
	muted         *canvas.Text
}

func newSound() *sound {
	s := &sound{label: newText(false), absent: newText(false), shut: canvas.NewRectangle(nil), muted: newText(true)}
	for i := range s.level {
		s.ground[i], s.level[i] = canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	}
	s.begin(s, s.arrange, s.label, s.ground[0], s.level[0], s.ground[1], s.level[1], s.absent, s.shut, s.muted)
	return s
}

func (s *sound) set(words phrases, state ui.Sound) {
	s.words, s.state = words, state
	s.again()
}

// deflection is how far a meter goes at a level in dB below full scale, from 0 to 1.
func deflection(db float64) float32 { return float32(min(max((db+60)/60, 0), 1)) }

func (s *sound) arrange(size fyne.Size) {
	u := size.Height / 40
	write(s.label, box{0, 0, 64 * u, size.Height}, s.words.sound, muted, 18*u, fyne.TextAlignLeading)
	there := (s.state.State == ui.Live || s.state.State == ui.Troubled) && !s.state.Privacy
	left := 70 * u
	wide := size.Width - left
	for i, level := range s.level {
		b := box{left, (6 + 16*float32(i)) * u, wide, 12 * u}
		fill(s.ground[i], b, raised, 5*u)
		far := deflection(s.state.PeakDB[i])
		hue := uint32(celadon)
		switch {
		case s.state.PeakDB[i] > -3:
			hue = cinnabar
		case s.state.PeakDB[i] > -9:
			hue = amber
		}
		fill(level, box{b.x, b.y, b.w * far, b.h}, hue, 5*u)
		show(s.ground[i], there)
		show(level, there && far > 0)
	}
	absent := s.words.noSound
	if message := s.words.of(s.state.Message); message != "" {
		absent += "  " + message
	}
	show(s.absent, !there && !s.state.Privacy)
	write(s.absent, box{left, 0, wide, size.Height}, absent, amber, 18*u, fyne.TextAlignLeading)
	show(s.shut, s.state.Privacy)
	show(s.muted, s.state.Privacy)
	fill(s.shut, box{left, 0, wide, size.Height}, cinnabar, 10*u)
	write(s.muted, box{left, 0, wide, size.Height}, s.words.muted, paper, 24*u, fyne.TextAlignCenter)
}

const maxPosts = 6

// posts shows where the broadcast goes, each with a dot for how it is doing.
type posts struct {
	part
	words        phrases
	destinations []ui.Destination

	dots  [maxPosts]*canvas.Circle
	names [maxPosts]*canvas.Text
	none  *canvas.Text
}

// givenUp are the names of destinations that nothing happens to any more until
// somebody tries again.
func givenUp(s ui.Status) (names []string) {
	for _, d := range s.Destinations {
		if d.Wanted && d.State == ui.Failed {
			names = append(names, d.Name)
		}
	}
	return names
}

func newPosts() *posts {
	p := &posts{none: newText(false)}
	shapes := []fyne.CanvasObject{p.none}
	for i := range p.dots {
		p.dots[i], p.names[i] = canvas.NewCircle(nil), newText(false)
		shapes = append(shapes, p.dots[i], p.names[i])
	}
	p.begin(p, p.arrange, shapes...)
	return p
}

func (p *posts) set(words phrases, destinations []ui.Destination) {
	p.words, p.destinations = words, destinations[:min(len(destinations), maxPosts)]
	p.again()
}

func (p *posts) arrange(size fyne.Size) {
	u := size.Height / 36
	n := len(p.destinations)
	wide := min(size.Width/float32(max(n, 1)), 170*u)
	for i := range p.dots {
		show(p.dots[i], i < n)
		show(p.names[i], i < n)
		if i >= n {
			continue
		}
		d := p.destinations[i]
		left := wide * float32(i)
		dot(p.dots[i], box{left + 1*u, 11 * u, 14 * u, 14 * u}, stateColour(d.State), d.State == ui.Live || d.State == ui.Failed)
		write(p.names[i], box{left + 23*u, 0, wide - 29*u, size.Height}, d.Name, muted, 18*u, fyne.TextAlignLeading)
	}
	show(p.none, n == 0)
	write(p.none, box{0, 0, size.Width, size.Height}, p.words.noDestinations, muted, 18*u, fyne.TextAlignLeading)
}
