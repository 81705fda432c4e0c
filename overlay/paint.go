package overlay

import (
	"fmt"
	"math"
	"time"

	"studio/hw/reading"
	"studio/media/picture"
	"studio/overlay/procedure"
	"studio/overlay/svg"
	"studio/overlay/template"
	"studio/words"
)

// wanted is an overlay of the present state with its parameters filled in.
type wanted struct {
	identity  string // template and channel: what stays the same overlay from state to state
	template  *template.Template
	bound     *template.Bound
	key       string
	numbered  bool // shows a reading: changes often, so it is swapped and not faded
	believed  bool // that reading has a number to show
	size      picture.Size
	rectangle picture.Rect
}

// painter remembers what was drawn last. Only the goroutine that draws has it.
type painter struct {
	shown   []*shown
	leaving []placed
	pix     []byte // drawing space, used again and again
}

// shown is an overlay that is on air or appearing.
type shown struct {
	identity string
	key      string
	believed bool
	at       time.Time // when it was drawn
	placed   placed
}

// bind fills in the templates of a state's overlays and finds their places. An
// overlay that cannot be filled in is a fault and is left out.
func (s *Set) bind(state *State, faults *[]error) []wanted {
	all := make([]wanted, 0, len(state.Overlays))
	seen := map[string]int{}
	for _, o := range state.Overlays {
		if err := s.Check([]procedure.Overlay{o}); err != nil {
			*faults = append(*faults, err)
			s.failed.Add(1)
			continue
		}
		t := s.templates[o.Template]
		in := input(t, o, state)
		bound, err := t.Bind(in)
		if err != nil {
			*faults = append(*faults, err)
			s.failed.Add(1)
			continue
		}
		identity := o.Template + " " + o.Channel
		seen[identity]++
		w := wanted{
			identity: fmt.Sprintf("%s %d", identity, seen[identity]),
			template: t, bound: bound, key: bound.Key(),
			numbered: o.Channel != "",
			size:     drawnSize(t, s.options.Canvas),
		}
		if r, ok := state.Readings[o.Channel]; ok {
			_, w.believed = r.Shown()
		}
		all = append(all, w)
	}
	arrange(all, s.options.Canvas)
	return all
}

// input gives a template what it asks for: each words parameter the overlay's
// title, each reading parameter the overlay's channel.
func input(t *template.Template, o procedure.Overlay, state *State) template.Input {
	in := template.Input{Set: o.Set, Procedure: state.Procedure, Present: state.Present, Clock: state.Clock}
	for _, p := range t.Parameters() {
		switch p.Kind {
		case template.Words:
			if in.Words == nil {
				in.Words = map[string]procedure.Text{}
			}
			in.Words[p.Name] = o.Title
		case template.Reading:
			if r, ok := state.Readings[o.Channel]; ok {
				if in.Readings == nil {
					in.Readings = map[string]reading.Reading{}
				}
				in.Readings[p.Name] = r
			}
		}
	}
	return in
}

// draw brings what is shown to what is wanted.
func (p *painter) draw(s *Set, all []wanted, now time.Time, interval time.Duration, faults *[]error) (again time.Duration) {
	next := make([]*shown, 0, len(all))
	for i := range all {
		w := &all[i]
		old := p.take(w.identity)
		switch {
		case old == nil:
		case old.key == w.key && old.placed.at(w.rectangle):
			next = append(next, old)
			continue
		case w.numbered && w.believed == old.believed && old.placed.at(w.rectangle) && now.Sub(old.at) < interval:
			next = append(next, old)
			if rest := interval - now.Sub(old.at); again == 0 || rest < again {
				again = rest
			}
			continue
		}
		layer, err := p.layer(w)
		if err != nil {
			*faults = append(*faults, words.Errorf("overlay %s: %w", "图层“%[1]s”画不出来，请联系技术人员", w.template.Name(), err))
			s.failed.Add(1)
			if old != nil {
				next = append(next, old)
			}
			continue
		}
		s.drawn.Add(1)
		fresh := &shown{identity: w.identity, key: w.key, believed: w.believed, at: now,
			placed: placed{layer: layer, x: w.rectangle.X, y: w.rectangle.Y, fade: new(fade)}}
		switch {
		case old == nil:
		case w.numbered && old.placed.at(w.rectangle):
			fresh.placed.fade = old.placed.fade // a number changes at once
		default:
			p.leave(old)
		}
		next = append(next, fresh)
	}
	for _, old := range p.shown {
		p.leave(old)
	}
	p.shown = next
	return again
}

// take removes and returns what is shown under an identity, nil if nothing is.
func (p *painter) take(identity string) *shown {
	for i, one := range p.shown {
		if one.identity == identity {
			p.shown = append(p.shown[:i], p.shown[i+1:]...)
			return one
		}
	}
	return nil
}

// leave lets an overlay fade out. When nobody blends, nothing ever has: the
// oldest go at once, so that leaving ones never pile up.
func (p *painter) leave(old *shown) {
	const most = 16
	if len(p.leaving) == most {
		p.leaving = append(p.leaving[:0], p.leaving[1:]...)
	}
	gone := old.placed
	gone.leaving = true
	p.leaving = append(p.leaving, gone)
}

// layer draws one overlay.
func (p *painter) layer(w *wanted) (*picture.Layer, error) {
	doc, err := svg.NewDocument(w.bound.SVG())
	if err != nil {
		return nil, err
	}
	defer doc.Close()
	stride := 4 * w.size.Width
	if n := stride * w.size.Height; len(p.pix) < n {
		p.pix = make([]byte, n)
	}
	if err := doc.DrawInto(p.pix, stride, w.size); err != nil {
		return nil, err
	}
	layer := picture.NewLayer(w.size)
	layer.SetARGB(p.pix[:stride*w.size.Height], stride)
	return layer, nil
}

// drawnSize is a template's size on a canvas: in proportion to the canvas's
// shorter side, smaller if it would not fit between the margins; even.
func drawnSize(t *template.Template, canvas picture.Size) picture.Size {
	width, height := t.Size()
	x, y := margins(canvas)
	scale := float64(min(canvas.Width, canvas.Height)) / 1080
	scale = min(scale, float64(canvas.Width-2*x)/width, float64(canvas.Height-2*y)/height)
	even := func(v float64) int { return max(2, int(math.Round(v*scale/2))*2) }
	return picture.Size{Width: even(width), Height: even(height)}
}
