package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"studio/configs/wanted"
	"studio/media/samples"
	"studio/publish"
	"studio/publish/clips"
	"studio/publish/iso"
	"studio/publish/recording"
	"studio/ui"
)

// storage is everything that is kept on the disk: the programme, cameras' own
// pictures, microphones' own sound, and clips.
type storage struct {
	folder    string                // "": nothing is kept
	recorders []*recording.Recorder // of the programme, one a recorded canvas
	recorded  []*line               // of the recorders
	cameras   map[string]*iso.Recorder
	sound     *iso.Recorder // nil: no microphones
	titles    []string      // of the microphones, in the order of their tracks
	rings     []*clips.Ring // of lines that are on air and not recorded; nil: of none
	repaired  []ui.Text     // what was found unfinished at the start

	mu      sync.Mutex
	verdict recording.Verdict
	clips   []ui.Clip // newest first
}

// reserveForProgramme is what cameras' own pictures leave to the programme, beyond
// what the programme leaves to the box.
const reserveForProgramme = 1 << 30

// clipFolder is where clips are put, below the recordings.
const clipFolder = "clips"

// openStorage finishes what a power cut left and makes what records.
func (e *engine) openStorage() error {
	s := &e.storage
	c := e.config.Recording
	s.cameras = make(map[string]*iso.Recorder)
	s.verdict = recording.Verdict{ISO: true, Programme: true} // until the guard has looked
	if c.Folder == "" {
		return nil
	}
	s.folder = c.Folder
	if err := writable(c.Folder); err != nil {
		return err
	}
	if err := writable(filepath.Join(c.Folder, clipFolder)); err != nil {
		return err
	}
	if err := s.repair(c.Folder); err != nil {
		return err
	}
	if _, err := clips.Tidy(filepath.Join(c.Folder, clipFolder)); err != nil {
		return err
	}
	for _, name := range c.Canvases {
		l := e.line(name)
		s.recorded = append(s.recorded, l)
		s.recorders = append(s.recorders, recording.New(recording.Options{
			Folder: c.Folder, Prefix: l.Name + "_", RotateAfter: c.RotateAfter, RotateBytes: c.RotateBytes,
			Reserve: c.ReserveBytes, Titles: e.voice.recordedTitles(), Tags: map[string]string{"title": e.config.Name}, Log: e.log,
		}))
	}
	own := iso.Options{Folder: c.Folder, Start: e.start, Reserve: c.ReserveBytes + reserveForProgramme, Log: e.log}
	for _, cam := range e.config.Cameras {
		if cam.Drawn == "" {
			own.Name = cam.Name
			s.cameras[cam.Name] = iso.NewCamera(own)
		}
	}
	for _, m := range e.config.Microphones {
		s.titles = append(s.titles, m.Name)
	}
	if len(s.titles) > 0 {
		own.Name = "microphones"
		s.sound = iso.NewSound(own, s.titles)
	}
	s.rings = make([]*clips.Ring, len(e.lines))
	return s.listClips()
}

// repair finishes recordings in a folder that a power cut, a crash or a full disk
// left, and notes what it found.
func (s *storage) repair(folder string) error {
	programmes, err := recording.Repair(folder)
	if err != nil {
		return err
	}
	cameras, err := iso.Repair(folder)
	if err != nil {
		return err
	}
	var words []publish.Text
	for _, f := range append(programmes, cameras...) {
		words = append(words, f.Text())
	}
	s.repaired = append(s.repaired, shown(words)...)
	return nil
}

// tap takes a camera's frames for its own recording; nil: the camera cannot be kept.
func (s *storage) tap(camera string) *iso.Recorder { return s.cameras[camera] }

// offerSound takes the microphones' own sound for their recording.
func (s *storage) offerSound(name string, b samples.Block) {
	if i := slices.Index(s.titles, name); i >= 0 {
		s.sound.OfferSound(i, b)
	}
}

// runStorage runs what writes cameras and microphones, and what watches the disk.
func (e *engine) runStorage(ctx context.Context) error {
	s := &e.storage
	if s.folder == "" {
		return nil
	}
	var writing sync.WaitGroup
	defer writing.Wait()
	own := s.own()
	if s.sound != nil {
		defer e.voice.listenTo(s.offerSound)()
	}
	for _, r := range own {
		writing.Go(func() {
			if err := r.Run(ctx); err != nil {
				e.log.Warn("a recording did not end cleanly", "error", err)
			}
		})
	}
	ticker := time.NewTicker(guardInterval)
	defer ticker.Stop()
	var guard recording.Guard
	written := make(map[*iso.Recorder]uint64)
	for {
		// A disk that cannot be asked is no full one: the recordings themselves say what
		// is wrong with it.
		if d, ok := e.disk(own, written); ok {
			e.keep(ctx, guard.Look(d))
		}
		s.expire(recording.Rule{KeepFor: e.config.Recording.KeepFor, KeepBytes: e.config.Recording.KeepBytes}, e)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// guardInterval is how often the disk is looked at.
const guardInterval = 2 * time.Second

// own lists the recorders of cameras and microphones.
func (s *storage) own() []*iso.Recorder {
	var list []*iso.Recorder
	for _, r := range s.cameras {
		list = append(list, r)
	}
	if s.sound != nil {
		list = append(list, s.sound)
	}
	return list
}

// disk measures the disk for the guard, false if it cannot be asked; written is
// what each recorder had written at the last look.
func (e *engine) disk(own []*iso.Recorder, written map[*iso.Recorder]uint64) (recording.Disk, bool) {
	var fs unix.Statfs_t
	if unix.Statfs(e.storage.folder, &fs) != nil {
		return recording.Disk{}, false
	}
	d := recording.Disk{ReserveBytes: e.config.Recording.ReserveBytes, FreeBytes: int64(fs.Bavail) * fs.Bsize}
	if e.wanted.State().Recording {
		for _, l := range e.storage.recorded {
			d.ProgrammeRate += float64(l.main.video.BitsPerSecond()+e.voice.recordedBitsPerSecond()) / 8
		}
	}
	for _, r := range own {
		now := r.Status().Bytes
		d.ISORate += float64(now-written[r]) / guardInterval.Seconds()
		written[r] = now
	}
	return d, true
}

// keep goes on with what the disk allows, and leaves off what it does not.
func (e *engine) keep(ctx context.Context, v recording.Verdict) {
	s := &e.storage
	s.mu.Lock()
	was := s.verdict
	s.verdict = v
	s.mu.Unlock()
	if v.Text != was.Text && v.Text.En != "" && v.Warn != was.Warn {
		e.log.Warn("the disk fills up", "state", v.Text.En)
	}
	e.switchOwn()
	if v.Programme != was.Programme {
		if err := e.air.wish(ctx, wish{}); err != nil && ctx.Err() == nil {
			e.log.Warn("the recording does not follow the disk", "error", err)
		}
	}
}

// roomy tells whether the programme may be recorded.
func (s *storage) roomy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verdict.Programme
}

// look returns what the guard last said.
func (s *storage) look() recording.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verdict
}

// switchOwn brings the cameras' and microphones' recordings to what is wanted.
func (e *engine) switchOwn() {
	s := &e.storage
	w := e.wanted.State()
	s.mu.Lock()
	allowed := w.Recording && s.verdict.ISO
	s.mu.Unlock()
	for _, cam := range e.config.Cameras {
		if r := s.cameras[cam.Name]; r != nil {
			if err := r.Switch(allowed && wanted.On(w.Kept, cam.Name, cam.Keep)); err != nil {
				e.log.Warn("a camera's own picture cannot be kept", "error", err)
			}
		}
	}
	if s.sound != nil {
		if err := s.sound.Switch(allowed); err != nil {
			e.log.Warn("the microphones' sound cannot be kept", "error", err)
		}
	}
}

// keepCamera switches the recording of a camera's own picture, and remembers it.
func (e *engine) keepCamera(c ui.Keep) error {
	if _, err := e.camera(c.Camera); err != nil {
		return err
	}
	switch {
	case e.storage.folder == "":
		return ui.Refused("no recording folder is configured", "没有设置录像文件夹，请联系技术人员")
	case e.storage.cameras[c.Camera] == nil:
		return ui.Refused("camera %q is drawn: nothing comes over a wire that could be kept", "这个机位是绘制的画面，没有原始画面可保留", c.Camera)
	}
	err := e.wanted.Change(func(w *wanted.State) { wanted.Set(&w.Kept, c.Camera, c.On) })
	e.switchOwn()
	return err
}

// expire deletes what the operator's rule gives up; without a rule nothing is ever
// deleted.
func (s *storage) expire(rule recording.Rule, e *engine) {
	if rule == (recording.Rule{}) {
		return
	}
	files, err := recording.List(s.folder, func() []string { return s.open(e.air.list()) })
	if err != nil {
		return // the guard says what is wrong with the disk
	}
	for _, f := range recording.Expired(files, rule, time.Now()) {
		if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			e.log.Warn("an old recording could not be deleted", "error", err)
			continue
		}
		e.log.Info("an old recording is deleted, as the rule says", "file", f.Path)
	}
}

// open lists the files that are written or not yet finished, by destinations as well:
// theirs may lie in the same folder.
func (s *storage) open(destinations []*post) (paths []string) {
	for _, p := range destinations {
		if p.file != nil {
			paths = append(paths, p.file.Open()...)
		}
	}
	for _, r := range s.recorders {
		paths = append(paths, r.Open()...)
	}
	for _, r := range s.own() {
		if now := r.Status(); now.On || now.State != publish.Off {
			paths = append(paths, now.Path)
		}
	}
	return paths
}

// chapter names a place in all recordings.
func (s *storage) chapter(title string, at time.Duration) {
	for _, r := range s.recorders {
		r.Chapter(title, at)
	}
}

// kept is how a camera's own recording does.
func (e *engine) kept(cam *camera, w wanted.State) ui.Keeping {
	r := e.storage.cameras[cam.Name]
	if r == nil {
		return ui.Keeping{State: ui.Off}
	}
	now := r.Status()
	return ui.Keeping{
		On: wanted.On(w.Kept, cam.Name, cam.Keep), State: ui.State(now.State), Message: now.Message,
		Bytes: now.Bytes, Dropped: now.Dropped,
	}
}

// ringed keeps the last minute in memory of what is on air and not recorded, for
// clips.
func (e *engine) ringed(broadcast, recorded bool) {
	s := &e.storage
	if s.folder == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range e.lines {
		want := broadcast && !(recorded && slices.Contains(s.recorded, l))
		switch {
		case want && s.rings[i] == nil:
			s.rings[i] = clips.NewRing(clips.RingOptions{
				Streams: l.streams(e.voice.aacEncode().stream), Folder: filepath.Join(s.folder, clipFolder),
			})
			l.main.fanout.Add(s.rings[i]) // it takes what is made for others, and asks for nothing
		case !want && s.rings[i] != nil:
			l.main.fanout.Remove(s.rings[i])
			s.rings[i] = nil
		}
	}
}
