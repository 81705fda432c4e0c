package v4l2

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
	"studio/words"
)

// Options says which camera is meant and how it is wanted.
type Options struct {
	Name      string // as the configuration calls it
	Select    Selector
	Size      picture.Size    // wanted, pixels; zero means 1920×1080
	FrameRate packet.Rational // wanted, frames a second; zero means 30
	Format    capture.Format  // wanted; zero means what serves size and rate best
	MainsHz   int             // 50 or 60, against flicker; zero means 50
	// Controls are values by the names that v4l2-ctl gives them. They are set at
	// every open; power_line_frequency here goes before MainsHz.
	Controls map[string]int
	Log      *slog.Logger // nil: no log
}

// Source is a camera that Linux knows; it implements capture.Source.
type Source struct {
	name     string
	selector Selector
	size     picture.Size
	rate     packet.Rational
	format   capture.Format
	mainsHz  int
	controls map[string]int
	log      *slog.Logger

	system system
	frames *frames
	number numbering
}

var _ capture.Source = (*Source)(nil)

// New returns a source that looks for its camera when it is streamed; the camera
// need not be there yet. An impossible size, rate or mains frequency is an error.
func New(o Options) (*Source, error) {
	if o.Size == (picture.Size{}) {
		o.Size = picture.Size{Width: 1920, Height: 1080}
	}
	if o.FrameRate == (packet.Rational{}) {
		o.FrameRate = packet.Rational{Num: 30, Den: 1}
	}
	if o.MainsHz == 0 {
		o.MainsHz = 50
	}
	switch {
	case o.Size.Width <= 0 || o.Size.Height <= 0 || o.Size.Width%2 != 0 || o.Size.Height%2 != 0:
		return nil, fmt.Errorf("camera %q: size %d×%d: width and height must be even and positive", o.Name, o.Size.Width, o.Size.Height)
	case o.FrameRate.Num <= 0 || o.FrameRate.Den <= 0:
		return nil, fmt.Errorf("camera %q: frame rate %v: must be positive", o.Name, o.FrameRate)
	case o.MainsHz != 50 && o.MainsHz != 60:
		return nil, fmt.Errorf("camera %q: mains frequency %d Hz: must be 50 or 60", o.Name, o.MainsHz)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Source{
		name:     o.Name,
		selector: o.Select,
		size:     o.Size,
		rate:     o.FrameRate,
		format:   o.Format,
		mainsHz:  o.MainsHz,
		controls: maps.Clone(o.Controls),
		log:      o.Log.With("camera", o.Name),
		system:   linux(),
		frames:   newFrames(),
	}, nil
}

// Stream finds the camera, sets it up and puts its frames into out until ctx ends
// or the camera fails. The error wraps capture.ErrGone, ErrBusy, ErrPermission or
// ErrNoFormat where one of these is the reason. Calls must not overlap.
func (s *Source) Stream(ctx context.Context, out *capture.Mailbox, opened func(capture.Mode)) error {
	nodes, err := s.system.nodes(s.selector)
	if err != nil {
		return s.failed("open", "", err)
	}
	device, err := s.selector.Find(nodes)
	if err != nil {
		return s.failed("open", "", err)
	}
	node, err := s.system.open(device.Path)
	if err != nil {
		return s.failed("open", device.Path, err)
	}
	defer node.close()
	wanted, warnings, err := s.prepare(device.Path)
	if err != nil {
		return s.failed("open", device.Path, err)
	}
	stream, err := start(node, wanted)
	if err != nil {
		return s.failed("open", device.Path, err)
	}
	defer stream.stop()

	mode := stream.mode
	mode.Warning = together(warnings)
	opened(mode)
	s.log.Debug("camera opened", "path", device.Path, "card", device.Card, "serial", device.Identity.Serial,
		"port", device.Identity.Port, "format", mode.Format, "width", mode.Width, "height", mode.Height)

	s.number.begin()
	stream.frames, stream.number = s.frames, &s.number
	if mode.Format == capture.H264 {
		stop, err := stream.decode(out)
		if err != nil {
			return s.failed("open", device.Path, err)
		}
		defer stop()
	}
	if err := stream.run(ctx, out); err != nil {
		return s.failed("read", device.Path, err)
	}
	return nil
}

// together makes one sentence of several.
func together(warnings []words.Text) words.Text {
	en, zh := make([]string, len(warnings)), make([]string, len(warnings))
	for i, w := range warnings {
		en[i], zh[i] = w.En, w.Zh
	}
	return words.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}
}

// prepare chooses the format and applies the controls, both through a handle of
// their own that is closed again.
func (s *Source) prepare(path string) (option, []words.Text, error) {
	cam, err := s.system.inspect(path)
	if err != nil {
		return option{}, nil, err
	}
	defer cam.Close()
	list, offered := only(s.format, options(cam, s.size, s.rate))
	best, ok := choose(list, s.size, s.rate)
	if !ok {
		return option{}, nil, capture.ErrNoFormat
	}
	if best.rate.Num == 0 {
		best.rate = s.rate
	}
	if best.format == capture.H264 {
		shortGroups(cam, best.rate)
	}
	warnings := applyControls(cam, s.controls, s.mainsHz)
	if !offered {
		warnings = append(warnings, words.Textf("format %v: the camera does not offer it", "摄像头不提供 %v 格式", s.format))
	}
	return best, warnings, nil
}
