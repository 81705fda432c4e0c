package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/configs"
	"studio/configs/layouts"
	"studio/hw/reading"
	"studio/hw/rig"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/mixer/scene"
	"studio/overlay/procedure"
	"studio/ui"
	"studio/ui/api"
	"studio/ui/web"
)

// engine is the whole programme: cameras, sound and readings in, broadcast out.
type engine struct {
	config  *configs.Config
	log     *slog.Logger
	start   time.Time // program time 0
	clock   mixer.RealTime
	pool    *picture.Pool
	costs   mixer.Costs
	cameras []*camera
	rig     *rig.Rig
	explain *explanation
	lines   []*line
	watch   *watch
	voice   *voice
	layouts *scene.Library
	mixer   *mixer.Mixer
	air     *air
	file    fileProgress
	stills  *stills
	box     boxMeter
	page    net.Listener // loopback
	kiosk   net.Listener // local socket
}

// newEngine puts the parts together; nothing runs yet. What can be refused
// quickly comes before the cameras, of which drawn ones take a while to paint.
func newEngine(c *configs.Config, log *slog.Logger) (*engine, error) {
	e := &engine{config: c, log: log, start: time.Now()}
	e.clock = mixer.RealTime{Start: e.start}
	e.pool = picture.NewPool(16 + 8*len(c.Cameras) + 8*len(c.Canvases))
	if err := e.bind(); err != nil {
		return nil, err
	}
	if err := e.assemble(); err != nil {
		e.unbind()
		return nil, err
	}
	return e, nil
}

func (e *engine) assemble() (err error) {
	c := e.config
	if e.rig, err = newRig(c.Rig, e.log); err != nil {
		return err
	}
	if e.explain, err = newExplanation(c.Craft, canvasSizes(c), e.readings); err != nil {
		return err
	}
	e.explain.shoot = e.shootStep
	for _, canvas := range c.Canvases {
		l, err := newLine(canvas, c.Rate, &e.costs)
		if err != nil {
			return err
		}
		e.lines = append(e.lines, l)
	}
	if e.voice, err = newVoice(c, e.start, &e.costs, e.handOutSound, e.log); err != nil {
		return err
	}
	if e.air, err = e.newAir(); err != nil {
		return err
	}
	if e.cameras, err = newCameras(c, e.start, e.voice.clip, e.log); err != nil {
		return err
	}
	if err := e.newMixer(); err != nil {
		return err
	}
	e.stills, err = newStills()
	return err
}

// bind takes the page's address and the kiosk's socket.
func (e *engine) bind() (err error) {
	if e.page, err = api.Bind(e.config.Listen); err != nil {
		return err
	}
	if e.kiosk, err = api.BindSocket(e.config.Socket); err != nil {
		e.unbind()
	}
	return err
}

func (e *engine) unbind() {
	for _, l := range []net.Listener{e.page, e.kiosk} {
		if l != nil {
			closeQuietly(l)
		}
	}
}

func canvasSizes(c *configs.Config) map[string]picture.Size {
	sizes := make(map[string]picture.Size)
	for _, canvas := range c.Canvases {
		sizes[canvas.Name] = canvas.Size
	}
	return sizes
}

func newRig(instruments []configs.Instrument, log *slog.Logger) (*rig.Rig, error) {
	options := rig.Options{Log: log}
	for _, i := range instruments {
		options.Instruments = append(options.Instruments, instrumentOptions(i))
	}
	return rig.New(options)
}

// readings returns the rig's present readings.
func (e *engine) readings() []reading.Reading { return e.rig.Latest() }

func (e *engine) newMixer() error {
	var err error
	if e.layouts, err = layouts.Library(e.config.Layouts); err != nil {
		return err
	}
	options := mixer.Options{Rate: e.config.Rate, Clock: e.clock, Pool: e.pool, Costs: &e.costs, Layouts: e.layouts}
	for _, cam := range e.cameras {
		options.Inputs = append(options.Inputs, cam.input())
	}
	for _, l := range e.lines {
		options.Canvases = append(options.Canvases, mixer.CanvasOptions{
			Name: l.Name, Size: l.Size, Output: l.output,
			Shot:     e.complete(scene.Shot{Layout: l.Layout, Cameras: l.Cameras}, l.Size),
			Overlays: timed{e.explain.sets[l.Name], e.start},
		})
	}
	first := e.lines[0]
	if e.watch, err = newWatch(first.Size, e.config.Rate, &e.voice.opusTakers, e.log); err != nil {
		return err
	}
	first.preview = e.watch.see
	e.mixer, err = mixer.New(options)
	return err
}

// handOutSound gives a packet of sound to all destinations and viewers.
func (e *engine) handOutSound(p *packet.Packet) {
	for _, l := range e.lines {
		l.fanout.Offer(p)
	}
	e.watch.offer(p)
}

// complete fills a shot's empty slots with the other cameras.
func (e *engine) complete(s scene.Shot, size picture.Size) scene.Shot {
	slots, err := e.layouts.Place(s.Layout, size)
	if err != nil {
		return s // the mixer refuses it and says why
	}
	names := make([]string, len(e.cameras))
	for i, c := range e.cameras {
		names[i] = c.Name
	}
	return s.Complete(len(slots), names)
}

// shootStep puts a step's shot on air on every canvas. Cameras that this box does
// not have are left out.
func (e *engine) shootStep(s procedure.Shot) {
	var have []string
	for _, name := range s.Cameras {
		for _, c := range e.cameras {
			if c.Name == name {
				have = append(have, name)
			}
		}
	}
	if s.Layout == "" {
		return
	}
	for _, l := range e.lines {
		shot := e.complete(scene.Shot{Layout: s.Layout, Cameras: have}, l.Size)
		kind := scene.Kind(s.Transition)
		if kind == "" {
			kind = scene.Dissolve
		}
		if err := e.mixer.Take(l.Name, shot, scene.Transition{Kind: kind}); err != nil {
			e.log.Warn("the step's shot cannot be shown", "error", err)
		}
	}
}

// Run makes the programme until ctx ends, then ends every part in order and
// returns nil. ready is called when the page and the kiosk can connect.
func (e *engine) Run(ctx context.Context, ready func()) error {
	defer e.unbind()
	handler, err := api.New(api.Options{Studio: e, Preview: e.watch, Page: web.Files(), Version: version, Log: e.log})
	if err != nil {
		return err
	}
	tameMemory()
	parts, ctx := errgroup.WithContext(ctx)
	e.startParts(ctx, parts)
	e.startFaces(ctx, parts, handler)
	if e.explain.procedure != nil {
		e.explain.shootStep()
	}
	ready()
	err = parts.Wait()
	e.watch.drain()
	e.stills.close()
	return err
}

// gcPercent lets garbage grow to a quarter of what is in use. Most of that is
// pictures, which the collector need not look into, so collecting early costs
// little and keeps the memory flat.
const gcPercent = 25

// tameMemory gives back what only setting up needed.
func tameMemory() {
	debug.SetGCPercent(gcPercent)
	debug.FreeOSMemory()
}

// startParts starts what makes the programme, in the order in which data flows.
func (e *engine) startParts(ctx context.Context, parts *errgroup.Group) {
	for _, cam := range e.cameras {
		parts.Go(func() error { return cam.run(ctx) })
	}
	parts.Go(func() error { return watchDevices(ctx, e.cameras) })
	parts.Go(func() error { return e.voice.listen(ctx) })
	parts.Go(func() error { return e.rig.Run(ctx) })
	parts.Go(func() error { return e.explain.run(ctx) })
	parts.Go(func() error {
		defer func() {
			for _, l := range e.lines {
				close(l.pictures)
			}
		}()
		return e.mixer.Run(ctx)
	})
	for _, l := range e.lines {
		parts.Go(l.run)
	}
	parts.Go(func() error { return e.voice.run(ctx, e.clock) })
	parts.Go(func() error { return e.watch.run(ctx) })
	parts.Go(func() error { return e.air.run(ctx) })
}

func (e *engine) startFaces(ctx context.Context, parts *errgroup.Group, handler http.Handler) {
	parts.Go(func() error { return api.Serve(ctx, e.page, handler) })
	parts.Go(func() error { return api.Serve(ctx, e.kiosk, handler) })
}

// Do implements ui.Studio.
func (e *engine) Do(ctx context.Context, c ui.Command) error {
	switch c := c.(type) {
	case ui.Take:
		return e.take(c)
	case ui.Step:
		return e.explain.move(c.To)
	case ui.Broadcast:
		return e.air.broadcast(ctx, c.On)
	case ui.Recording:
		return e.air.record(ctx, c.On)
	}
	return fmt.Errorf("%w: no such command", ui.ErrUnknown)
}

func (e *engine) take(t ui.Take) error {
	kind := scene.Kind(t.Transition)
	if kind == "" {
		kind = scene.Dissolve
	}
	taken := false
	for _, state := range e.mixer.Canvases() {
		if t.Canvas != "" && t.Canvas != state.Name {
			continue
		}
		shot := scene.Shot{Layout: t.Layout, Cameras: t.Cameras}
		if shot.Layout == "" {
			shot.Layout = state.Shot.Layout
		}
		if err := e.mixer.Take(state.Name, e.complete(shot, state.Size), scene.Transition{Kind: kind}); err != nil {
			return fmt.Errorf("%w: %w", ui.ErrUnknown, err)
		}
		taken = true
	}
	if !taken {
		return fmt.Errorf("%w: canvas %q: there is none of that name", ui.ErrUnknown, t.Canvas)
	}
	return nil
}

// closeQuietly closes what may be closed already.
func closeQuietly(c io.Closer) { _ = c.Close() }
