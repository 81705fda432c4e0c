package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/configs"
	"studio/configs/layouts"
	"studio/configs/vault"
	"studio/configs/wanted"
	"studio/hw/reading"
	"studio/hw/rig"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/mixer/scene"
	"studio/mixer/wall"
	"studio/publish/platform"
	"studio/publish/preflight"
	"studio/support"
	"studio/ui"
	"studio/ui/api"
	"studio/ui/web"
)

// engine is the whole programme: cameras, sound and readings in, broadcast out.
type engine struct {
	config    *configs.Config
	log       *slog.Logger
	said      *support.Log // what log wrote of late; nil: nobody keeps it
	start     time.Time    // program time 0
	clock     mixer.RealTime
	pool      *picture.Pool
	costs     mixer.Costs
	cameras   []*camera
	rig       *rig.Rig
	explain   *explanation
	lines     []*line
	watch     *watch
	voice     *voice
	layouts   *scene.Library
	mixer     *mixer.Mixer
	vault     *vault.Vault
	locked    error // why stored keys cannot be opened; nil: they can
	wanted    *wanted.Store
	air       *air
	changing  sync.Mutex // held while a destination is changed or its secret stored
	loud      bool       // the broadcast's loudness is measured; settled's alone
	storage   storage
	conductor *conductor
	wall      *wall.Wall
	shedding  shedding
	presets   presets
	metrics   *metrics
	platforms []platform.Platform
	lineCheck lineCheck
	claps     clapTest
	stills    *stills
	box       boxMeter
	page      net.Listener // loopback
	kiosk     net.Listener // local socket
}

// newEngine puts the parts together; nothing runs yet. What can be refused
// quickly comes before the cameras, of which drawn ones take a while to paint.
func newEngine(c *configs.Config, log *slog.Logger) (*engine, error) {
	e := &engine{config: c, log: log, start: time.Now()}
	e.clock = mixer.RealTime{Start: e.start}
	e.claps.wanted = make(chan ui.Clap, 1)               // one test at a time: a second one is refused
	e.lineCheck.wanted = make(chan preflight.Options, 1) // one look at a time: a second one is refused
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
	if err := e.openState(); err != nil {
		return err
	}
	if e.platforms, err = platforms(c); err != nil {
		return err
	}
	if e.rig, err = newRig(c.Rig, e.log); err != nil {
		return err
	}
	if e.explain, err = newExplanation(c.Craft, canvasSizes(c), e.readings); err != nil {
		return err
	}
	e.explain.shoot = e.shootStep
	e.metrics = newMetrics(e.Status, &e.costs)
	if err := e.newLines(); err != nil {
		return err
	}
	if e.voice, err = newVoice(c, e.start, &e.costs, e.handOutSound, e.log); err != nil {
		return err
	}
	if err := e.openStorage(); err != nil {
		return err
	}
	if e.air, err = e.newAir(); err != nil {
		return err
	}
	if e.cameras, err = newCameras(c, e.start, e.voice.clip, e.storage.tap, e.log); err != nil {
		return err
	}
	if err := e.newMixer(); err != nil {
		return err
	}
	e.recall()
	e.wall = newWall(e.cameras, e.start)
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

// newLines makes the encoders, after a look at what the box can do.
func (e *engine) newLines() error {
	canvases, err := e.presets.choose(e.config)
	if err != nil {
		return err
	}
	for _, canvas := range canvases {
		l, err := newLine(canvas, e.config.Rate, e.presets.threads[canvas.Name], &e.costs)
		if err != nil {
			return err
		}
		l.latency, l.waited = e.metrics.latencyOf(l.Name), e.shedding.waitedFor
		e.lines = append(e.lines, l)
	}
	return nil
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
	if err := e.explain.checkLayouts(e.layouts); err != nil {
		return err
	}
	w := e.wanted.State()
	options := mixer.Options{Rate: e.config.Rate, Clock: e.clock, Pool: e.pool, Costs: &e.costs, Layouts: e.layouts}
	for _, cam := range e.cameras {
		options.Inputs = append(options.Inputs, cam.input())
	}
	for _, l := range e.lines {
		options.Canvases = append(options.Canvases, mixer.CanvasOptions{
			Name: l.Name, Size: l.Size, Output: l.output,
			Shot:     e.complete(scene.Shot{Layout: l.Layout, Cameras: l.Cameras}, l),
			Off:      !wanted.On(w.Canvases, l.Name, !l.Off),
			Overlays: timed{e.explain.sets[l.Name], e.start},
		})
	}
	first := e.lines[0]
	if e.watch, err = newWatch(first.Size, e.config.Rate, &e.voice.opusTakers, e.log); err != nil {
		return err
	}
	first.show(&viewer{e.watch.see})
	if e.mixer, err = mixer.New(options); err != nil {
		return err
	}
	if err := e.applyFramings(); err != nil {
		return err
	}
	if err := e.cueFirst(); err != nil {
		return err
	}
	on := e.config.Director.On
	if w.Director != nil {
		on = *w.Director
	}
	e.conductor, err = newConductor(e.config.Director, on, options.Canvases[0].Shot)
	return err
}

// handOutSound gives a packet of sound to all destinations and viewers.
func (e *engine) handOutSound(p *packet.Packet) {
	for _, l := range e.lines {
		l.offerSound(p)
	}
	e.watch.offer(p)
}

// Run makes the programme until ctx ends, then ends every part in order and
// returns nil. ready is called when the page and the kiosk can connect.
func (e *engine) Run(ctx context.Context, ready func()) error {
	defer e.unbind()
	handler, err := api.New(api.Options{Studio: e, Preview: e.watch, Page: web.Files(), Clips: e.storage.clipFiles(), Metrics: e.metrics, Support: e, Version: version, Log: e.log})
	if err != nil {
		return err
	}
	for _, t := range e.storage.repaired {
		e.log.Warn(t.En)
	}
	for _, found := range e.presets.found {
		e.log.Info("this box: " + found)
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
	parts.Go(func() error { return e.wall.Run(ctx) })
	parts.Go(func() error { return e.conduct(ctx) })
	parts.Go(func() error {
		defer func() {
			for _, l := range e.lines {
				l.end()
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
	parts.Go(func() error { return e.runStorage(ctx) })
	parts.Go(func() error { return e.follow(ctx) })
	parts.Go(func() error { return e.lineCheck.run(ctx) })
	parts.Go(func() error { return e.hearClaps(ctx) })
	parts.Go(func() error { return e.relieve(ctx) })
}

func (e *engine) startFaces(ctx context.Context, parts *errgroup.Group, handler http.Handler) {
	parts.Go(func() error { return api.Serve(ctx, e.page, handler) })
	parts.Go(func() error { return api.Serve(ctx, e.kiosk, handler) })
}

// closeQuietly closes what may be closed already.
func closeQuietly(c io.Closer) { _ = c.Close() }
