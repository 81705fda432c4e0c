package main

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"studio/configs/wanted"
	"studio/media/picture"
	"studio/mixer"
	"studio/ui"
)

// Status implements ui.Studio.
func (e *engine) Status() ui.Status {
	canvases := e.mixer.Canvases()
	since := e.air.onAir()
	s := ui.Status{
		Time: time.Now(), Version: version, Name: e.config.Name,
		Broadcast:    ui.OnAir{On: !since.IsZero(), Since: since},
		Recording:    e.recordingStatus(),
		Canvases:     e.canvasStatus(canvases),
		Cameras:      []ui.Camera{},
		Sound:        e.voice.status(),
		Readings:     shownReadings(e.rig),
		Procedure:    e.explain.status(),
		Destinations: e.destinationStatus(),
		Director:     e.conductor.status(),
		Load:         e.loadStatus(),
		Clap:         e.claps.status(),
		Clips:        e.storage.shownClips(),
		Line:         e.lineCheck.status(),
		Box:          e.box.read(e.config.Recording.Folder, e.start),
	}
	w := e.wanted.State()
	for _, c := range e.cameras {
		onAir := slices.ContainsFunc(canvases, func(cs mixer.CanvasState) bool {
			return slices.Contains(cs.Shot.Cameras, c.Name)
		})
		shown := c.status(onAir)
		shown.Activity, shown.Kept = e.wall.Activity(c.Name), e.kept(c, w)
		s.Cameras = append(s.Cameras, shown)
	}
	s.Health = e.health(s)
	return s
}

func (e *engine) canvasStatus(states []mixer.CanvasState) []ui.Canvas {
	list := []ui.Canvas{}
	for i, c := range states {
		bits, latency := e.lines[i].main.meter.figures()
		list = append(list, ui.Canvas{
			Name: c.Name, Width: c.Size.Width, Height: c.Size.Height, FrameRate: e.config.Rate.Float(),
			Layout: c.Shot.Layout, Cameras: slices.Clone(c.Shot.Cameras),
			Frames: c.Frames, Dropped: c.Dropped,
			BitsPerSecond: bits, LatencyMS: float64(latency) / float64(time.Millisecond),
			On: c.On, Layouts: e.shownLayouts(c.Size), Preview: ui.Shot{Layout: c.Preview.Layout, Cameras: orNone(c.Preview.Cameras)},
			TakeInMS: countdown(c), Preset: e.lines[i].main.video.Preset(), Encoder: e.lines[i].main.video.Encoder(),
			Framings: e.shownFramings(c.Name),
		})
	}
	return list
}

// countdown is the time to an automatic take; a running one is never 0.
func countdown(c mixer.CanvasState) int64 {
	if !c.Counting {
		return 0
	}
	return max(1, c.Left.Milliseconds())
}

func orNone(names []string) []string {
	if names == nil {
		return []string{}
	}
	return slices.Clone(names)
}

func (e *engine) shownLayouts(canvas picture.Size) []ui.Layout {
	list := []ui.Layout{}
	for _, name := range e.layouts.Fit(canvas) {
		l, err := e.layouts.Get(name)
		if err != nil {
			continue // Fit named it
		}
		shown := ui.Layout{Name: name, Title: ui.Text(l.Title), Slots: []ui.Slot{}}
		for _, s := range l.On(canvas) {
			shown.Slots = append(shown.Slots, ui.Slot{X: s.X, Y: s.Y, Width: s.Width, Height: s.Height})
		}
		list = append(list, shown)
	}
	return list
}

func (e *engine) shownFramings(canvas string) []ui.Frame {
	list := []ui.Frame{}
	framings, err := e.mixer.Framings(canvas)
	if err != nil {
		return list
	}
	for _, c := range e.cameras {
		if f := framings[c.Name]; f.Zoom != 0 || f.Rotate != 0 || f.Mirror {
			list = append(list, ui.Frame{
				Canvas: canvas, Camera: c.Name, FocusX: f.FocusX, FocusY: f.FocusY, Zoom: f.Zoom, Rotate: f.Rotate, Mirror: f.Mirror,
				DurationMS: int(f.Over.Milliseconds()),
			})
		}
	}
	return list
}

func (e *engine) recordingStatus() ui.FileStatus {
	since := e.air.recorded()
	verdict := e.storage.look()
	s := ui.FileStatus{
		State: ui.Off, On: !since.IsZero(), Since: since,
		Microphones: len(e.voice.tracks), HoursLeft: verdict.HoursLeft, Disk: ui.Text(verdict.Text), Repaired: append([]ui.Text{}, e.storage.repaired...),
	}
	for _, p := range e.air.recordings {
		status := p.status()
		if s.On && (s.Message == ui.Text{} || status.Message != ui.Text{}) {
			s.State, s.Message = ui.State(status.State), status.Message
		}
	}
	for i, r := range e.storage.recorders {
		now := r.Status()
		if i == 0 {
			s.File = now.Path
		}
		s.Bytes += uint64(now.Bytes)
	}
	return s
}

// wants tells whether a destination goes on air with the broadcast.
func (e *engine) wants(w wanted.State, p *post) bool {
	return wanted.On(w.Destinations, p.Name, !p.Off)
}

func (e *engine) destinationStatus() []ui.Destination {
	list := []ui.Destination{}
	w := e.wanted.State()
	for _, p := range e.air.list() {
		s := p.status()
		gets, why := p.gets()
		encode := gets.String()
		if p.pictures != nil {
			encode = "" // none
		}
		list = append(list, ui.Destination{
			Name: p.Name, Kind: p.Kind, Address: p.shownAddress(), Canvas: p.Canvas,
			State: ui.State(s.State), Message: s.Message, Since: s.Since,
			QueueSeconds: s.QueueSeconds, SentBytes: s.SentBytes, Dropped: s.Dropped, Attempts: s.Attempts,
			Wanted: e.wants(w, p), HasKey: e.hasSecret(p.Name),
			Encode: encode, Notes: append(e.notes(p), why...), Need: shownNeed(p.Need), Added: e.added(p.Name), Changed: p.Need != e.configured(p.Name).Need,
		})
	}
	return list
}

// boxMeter measures what the engine uses of the machine.
type boxMeter struct {
	mu      sync.Mutex
	at      time.Time
	cpu     time.Duration
	percent float64
}

// meterPause is the shortest time over which the CPU's use is measured.
const meterPause = time.Second

func (b *boxMeter) read(folder string, start time.Time) ui.Box {
	box := ui.Box{
		CPUPercent: b.cpuPercent(), Cores: runtime.NumCPU(),
		MemoryBytes: residentBytes(), UptimeMS: time.Since(start).Milliseconds(),
	}
	var fs unix.Statfs_t
	if folder != "" && unix.Statfs(folder, &fs) == nil {
		box.DiskFree = fs.Bavail * uint64(fs.Bsize)
	}
	return box
}

func (b *boxMeter) cpuPercent() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.at) >= meterPause {
		cpu := processTime()
		if !b.at.IsZero() {
			b.percent = 100 * float64(cpu-b.cpu) / float64(now.Sub(b.at))
		}
		b.at, b.cpu = now, cpu
	}
	return b.percent
}

// processTime returns the CPU time of this process, all threads, user and system.
func processTime() time.Duration {
	var u unix.Rusage
	// It cannot fail for the calling process and a pointer of ours.
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// residentBytes returns the memory that the process has in RAM, 0 if the kernel
// does not tell.
func residentBytes() uint64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
