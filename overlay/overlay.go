package overlay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"studio/hw/reading"
	"studio/media/picture"
	"studio/overlay/procedure"
	"studio/overlay/template"
	"studio/words"
)

// Options is what a Set is made of.
type Options struct {
	Canvas    picture.Size // pixels, even
	Templates fs.FS        // *.svg, each parsed once by New
	// Fade is how long an overlay takes to appear, to change and to go; 0 means
	// 250 ms, less than 0 means that there is no fading.
	Fade time.Duration
	// Interval is how soon a changed number may be drawn again; 0 means 100 ms. A
	// reading that may no longer be believed is never held back.
	Interval time.Duration
}

// State is everything that a canvas's overlays depend on. The Set keeps what it
// is given: the caller makes new maps and slices rather than changing these.
type State struct {
	Overlays  []procedure.Overlay        // what to show, in the order in which they find their places
	Readings  map[string]reading.Reading // by channel; a channel that is missing shows as stale
	Procedure *procedure.Procedure       // nil: none
	Present   int                        // index of the present step
	Clock     time.Time                  // wall clock, for templates that show it
}

// Counts is what a Set did since it was made.
type Counts struct {
	Drawn   uint64 `json:"drawn" doc:"overlays drawn anew because they looked different"`
	Blended uint64 `json:"blended" doc:"overlays laid over a picture, counted per picture"`
	Failed  uint64 `json:"failed" doc:"drawings that failed; the last one stays on air"`
}

// Set is the overlays of one canvas. Update, Draw, Counts and Fault may be called
// from anywhere; Blend from one goroutine at a time.
type Set struct {
	options   Options
	templates map[string]*template.Template

	newest  atomic.Pointer[State]
	changed chan struct{} // length 1: drops the signal when one is waiting already

	drawing sync.Mutex // held while drawing; guards painter
	painter painter

	air     atomic.Pointer[[]placed] // never changed once published
	drawn   atomic.Uint64
	blended atomic.Uint64
	failed  atomic.Uint64
	fault   atomic.Pointer[words.Text]
}

// New parses the templates; a bad one is an error that names its file and line.
func New(o Options) (*Set, error) {
	if o.Canvas.Width < 16 || o.Canvas.Height < 16 || o.Canvas.Width%2 != 0 || o.Canvas.Height%2 != 0 {
		return nil, fmt.Errorf("overlay: canvas %dx%d; allowed: even sizes from 16x16", o.Canvas.Width, o.Canvas.Height)
	}
	templates, err := template.LoadAll(o.Templates)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	if o.Fade == 0 {
		o.Fade = 250 * time.Millisecond
	}
	if o.Interval == 0 {
		o.Interval = 100 * time.Millisecond
	}
	return &Set{options: o, templates: templates, changed: make(chan struct{}, 1)}, nil
}

// Check says in one line whether every overlay of a step can be drawn: its
// template exists, has the parameters that are set, and is told a channel if it
// shows a reading.
func (s *Set) Check(overlays []procedure.Overlay) error {
	for _, o := range overlays {
		t := s.templates[o.Template]
		if t == nil {
			return words.Errorf("no template %[1]q; there are: %[2]s", "没有名为“%[1]s”的图层模板，请联系技术人员", o.Template, strings.Join(slices.Sorted(maps.Keys(s.templates)), ", "))
		}
		if err := t.Check(o.Set); err != nil {
			return err
		}
		if t.Has(template.Reading) != (o.Channel != "") {
			if o.Channel == "" {
				return words.Errorf("template %s shows a reading: it needs a channel", "图层“%s”要显示读数，但没有指定哪个仪器通道", o.Template)
			}
			return words.Errorf("template %s shows no reading: channel %q has no use", "图层“%s”不显示读数，不需要通道“%s”", o.Template, o.Channel)
		}
	}
	return nil
}

// CheckProcedure is Check for every step.
func (s *Set) CheckProcedure(p *procedure.Procedure) error {
	for _, step := range p.Steps {
		if err := s.Check(step.Overlays); err != nil {
			return fmt.Errorf("procedure %s, step %s: %w", p.Name, step.Name, err)
		}
	}
	return nil
}

// Update hands over what is true now. It never waits; of several before Run
// comes round, the last counts.
func (s *Set) Update(state State) {
	s.newest.Store(&state)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Run draws what Update brings until ctx ends, which is no error.
func (s *Set) Run(ctx context.Context) error {
	// Pango keeps its fonts per thread; stay on one.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	held := time.NewTimer(time.Hour)
	defer held.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
		case <-held.C:
		}
		if state := s.newest.Load(); state != nil {
			again, err := s.paint(state, time.Now(), s.options.Interval)
			s.note(err)
			if again > 0 {
				held.Reset(again)
			}
		}
	}
}

// Draw draws a state at once, in the calling goroutine and whatever the interval:
// for work that is not live, and for tests. Nothing else is needed, not even Run.
func (s *Set) Draw(state State) error {
	s.newest.Store(&state)
	_, err := s.paint(&state, time.Now(), 0)
	s.note(err)
	return err
}

func (s *Set) note(err error) {
	text := words.Of(err)
	s.fault.Store(&text)
}

// Fault is what is wrong with the last state's overlays in one line, empty if
// nothing is.
func (s *Set) Fault() words.Text {
	if text := s.fault.Load(); text != nil {
		return *text
	}
	return words.Text{}
}

// Counts returns what the set did so far.
func (s *Set) Counts() Counts {
	return Counts{Drawn: s.drawn.Load(), Blended: s.blended.Load(), Failed: s.failed.Load()}
}

// paint draws what looks different and publishes the whole set. It returns how
// long from now something that was held back may be drawn, 0 if nothing was.
func (s *Set) paint(state *State, now time.Time, interval time.Duration) (again time.Duration, err error) {
	s.drawing.Lock()
	defer s.drawing.Unlock()
	var faults []error
	wanted := s.bind(state, &faults)
	again = s.painter.draw(s, wanted, now, interval, &faults)
	s.publish()
	return again, errors.Join(faults...)
}
