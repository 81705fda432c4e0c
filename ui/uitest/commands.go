package uitest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"studio/ui"
)

// Do carries a command out as the engine would, in the status alone, and remembers it.
func (s *Studio) Do(ctx context.Context, c ui.Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.remember(func() { s.commands = append(s.commands, c) })
	if s.refusal != nil {
		err := s.refusal
		s.refusal = nil
		return err
	}
	switch c := c.(type) {
	case ui.Take:
		return s.take(c)
	case ui.Step:
		return s.step(c.To)
	case ui.Broadcast:
		s.broadcast(c.On)
	case ui.Recording:
		s.record(c.On)
	case ui.Cue:
		return s.onCanvas(c.Canvas, func(canvas *ui.Canvas) error { return cue(canvas, c) })
	case ui.TakeCue:
		return s.onCanvas(c.Canvas, func(canvas *ui.Canvas) error { takeCue(canvas, c); return nil })
	case ui.SwitchCanvas:
		return s.onCanvas(c.Canvas, func(canvas *ui.Canvas) error { canvas.On = c.On; return nil })
	case ui.Frame:
		return s.onCanvas(c.Canvas, func(canvas *ui.Canvas) error { frame(canvas, c); return nil })
	case ui.Direct:
		s.direct(c.On)
	case ui.Delay:
		return s.onCamera(c.Camera, func(camera *ui.Camera) { camera.DelayMS = c.DelayMS })
	case ui.Keep:
		return s.onCamera(c.Camera, func(camera *ui.Camera) { keep(camera, c.On) })
	case ui.Clap:
		s.status.Clap = ui.ClapResult{Camera: c.Camera, Microphone: cmp.Or(c.Microphone, "bench"), SkewMS: 42, Sure: true, MicrophoneDelayMS: 42,
			Words: ui.Text{Zh: "画面比声音晚 42 毫秒", En: "the picture is 42 ms later than the sound"}}
	case ui.SetSound:
		return s.setSound(c)
	case ui.Privacy:
		s.status.Sound.Privacy = c.On
	case ui.Send:
		return s.onDestination(c.Destination, func(d *ui.Destination) { s.send(d, c.On) })
	case ui.ChangeDestination:
		if _, err := check(s.status, c); err != nil {
			return err
		}
		return s.onDestination(c.Destination, func(d *ui.Destination) { change(d, c) })
	case ui.AddDestination:
		s.status.Destinations = append(s.status.Destinations, added(c, s.status.Broadcast.On))
	case ui.RemoveDestination:
		s.status.Destinations = slices.DeleteFunc(s.status.Destinations, func(d ui.Destination) bool { return d.Name == c.Destination && d.Added })
	case ui.StreamKey:
		return s.onDestination(c.Destination, func(d *ui.Destination) { d.HasKey = c.Address+c.Key+c.Bearer != "" })
	case ui.Mark:
		s.mark(c)
	case ui.CheckLine:
		s.status.Line = ui.LineCheck{Time: time.Now(), Words: []ui.Text{{Zh: "school：连接 38 毫秒", En: "school: connected in 38 ms"}}}
	}
	return nil
}

// layoutOf finds a canvas's layout; no name means the present one.
func layoutOf(canvas *ui.Canvas, name string) (ui.Layout, error) {
	if name == "" {
		name = canvas.Layout
	}
	for _, l := range canvas.Layouts {
		if l.Name == name {
			return l, nil
		}
	}
	return ui.Layout{}, ui.Unknown("layout %q: canvas %q has none of that name", "没有名为“%[1]s”的布局", name, canvas.Name)
}

func (s *Studio) take(t ui.Take) error {
	for _, name := range t.Cameras {
		if !slices.ContainsFunc(s.status.Cameras, func(c ui.Camera) bool { return c.Name == name }) {
			return ui.Unknown("camera %q: there is none of that name", "没有名为“%s”的机位", name)
		}
	}
	taken := false
	var unknown error
	for i := range s.status.Canvases {
		canvas := &s.status.Canvases[i]
		if t.Canvas != "" && t.Canvas != canvas.Name {
			continue
		}
		layout, err := layoutOf(canvas, t.Layout)
		if err != nil && t.Canvas != "" {
			return err
		}
		if err != nil { // another canvas's layout: this one keeps its own
			layout, _ = layoutOf(canvas, "")
			unknown = err
		} else {
			taken = true
		}
		canvas.Layout = layout.Name
		canvas.Cameras = slices.Clone(t.Cameras)
		for _, c := range s.status.Cameras {
			if !slices.Contains(canvas.Cameras, c.Name) {
				canvas.Cameras = append(canvas.Cameras, c.Name)
			}
		}
		canvas.Cameras = canvas.Cameras[:min(len(canvas.Cameras), len(layout.Slots))]
	}
	if !taken && unknown != nil {
		return unknown
	}
	if !taken {
		return ui.Unknown("canvas %q: there is none of that name", "没有名为“%s”的画布", t.Canvas)
	}
	for i := range s.status.Cameras {
		camera := &s.status.Cameras[i]
		camera.OnAir = slices.ContainsFunc(s.status.Canvases, func(c ui.Canvas) bool { return slices.Contains(c.Cameras, camera.Name) })
	}
	if s.status.Director.On {
		s.status.Director.HoldMS = 30_000
	}
	return nil
}

func (s *Studio) step(to string) error {
	p := &s.status.Procedure
	next := p.Present
	switch to {
	case "next":
		next++
	case "previous":
		next--
	default:
		next = slices.IndexFunc(p.Steps, func(step ui.ProcedureStep) bool { return step.Name == to })
		if next < 0 {
			return ui.Unknown("step %q: the procedure has none of that name", "没有名为“%s”的工序", to)
		}
	}
	if next < 0 || next >= len(p.Steps) {
		return ui.Refused("there is no %s step", "已经到头了，没有别的工序", to)
	}
	p.Present = next
	return nil
}

func (s *Studio) broadcast(on bool) {
	s.status.Broadcast = ui.OnAir{On: on}
	if on {
		s.status.Broadcast.Since = time.Now()
	}
	for i := range s.status.Destinations {
		d := &s.status.Destinations[i]
		d.State, d.Since, d.Attempts = ui.Off, time.Now(), 0
		if on {
			d.State, d.Attempts = ui.Live, 1
		}
	}
}

func (s *Studio) record(on bool) {
	s.status.Recording = ui.FileStatus{State: ui.Off}
	if on {
		s.status.Recording = ui.FileStatus{
			On: true, State: ui.Live, Since: time.Now(), File: "/var/lib/studio/recordings/2026-05-01 10.00.00.mp4", Bytes: 48 << 20,
		}
	}
}

func (s *Studio) onCanvas(name string, change func(*ui.Canvas) error) error {
	for i := range s.status.Canvases {
		if s.status.Canvases[i].Name == name {
			return change(&s.status.Canvases[i])
		}
	}
	return ui.Unknown("canvas %q: there is none of that name", "没有名为“%s”的画布", name)
}

func (s *Studio) onCamera(name string, change func(*ui.Camera)) error {
	for i := range s.status.Cameras {
		if s.status.Cameras[i].Name == name {
			change(&s.status.Cameras[i])
			return nil
		}
	}
	return ui.Unknown("camera %q: there is none of that name", "没有名为“%s”的机位", name)
}

func (s *Studio) onDestination(name string, change func(*ui.Destination)) error {
	for i := range s.status.Destinations {
		if s.status.Destinations[i].Name == name {
			change(&s.status.Destinations[i])
			return nil
		}
	}
	return ui.Unknown("destination %q: there is none of that name", "没有名为“%s”的直播去向", name)
}

func cue(canvas *ui.Canvas, c ui.Cue) error {
	layout, err := layoutOf(canvas, c.Layout)
	if err != nil {
		return err
	}
	canvas.Preview = ui.Shot{Layout: layout.Name, Cameras: slices.Clone(c.Cameras)}
	return nil
}

// takeCue takes at once, or lets the countdown stand for the test to end.
func takeCue(canvas *ui.Canvas, c ui.TakeCue) {
	canvas.TakeInMS = int64(c.InSeconds * 1000)
	if c.Cancel {
		canvas.TakeInMS = 0
	} else if canvas.TakeInMS == 0 {
		before := ui.Shot{Layout: canvas.Layout, Cameras: canvas.Cameras}
		canvas.Layout, canvas.Cameras, canvas.Preview = canvas.Preview.Layout, canvas.Preview.Cameras, before
	}
}

func frame(canvas *ui.Canvas, f ui.Frame) {
	canvas.Framings = slices.DeleteFunc(canvas.Framings, func(o ui.Frame) bool { return o.Camera == f.Camera })
	canvas.Framings = append(canvas.Framings, f)
}

func (s *Studio) direct(on bool) {
	s.status.Director.On, s.status.Director.HoldMS = on, 0
	s.status.Director.Reason = ui.Text{Zh: "由您选择", En: "chosen by hand"}
	if on {
		s.status.Director.Reason = ui.Text{Zh: "双手机位动作最多", En: "hands are busiest at the hands camera"}
	}
}

func keep(camera *ui.Camera, on bool) {
	camera.Kept = ui.Keeping{State: ui.Off}
	if on {
		camera.Kept = ui.Keeping{On: true, State: ui.Live, Bytes: 6 << 20}
	}
}

func (s *Studio) setSound(c ui.SetSound) error {
	for i := range s.status.Sound.Sources {
		source := &s.status.Sound.Sources[i]
		if source.Name != c.Name {
			continue
		}
		set(&source.GainDB, c.GainDB)
		set(&source.DelayMS, c.DelayMS)
		set(&source.HighPassHz, c.HighPassHz)
		set(&source.Mute, c.Mute)
		set(&source.Solo, c.Solo)
		set(&source.Follow, c.Follow)
		return nil
	}
	return ui.Unknown("sound %q: there is no source of that name", "没有名为“%s”的声源", c.Name)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (s *Studio) send(d *ui.Destination, on bool) {
	d.Wanted, d.State = on, ui.Off
	if on && s.status.Broadcast.On {
		d.State = ui.Live
	}
}

func (s *Studio) mark(m ui.Mark) {
	for _, canvas := range s.status.Canvases {
		if !canvas.On {
			continue
		}
		clip := ui.Clip{
			Name: fmt.Sprintf("clip-%s-%d.mp4", canvas.Name, len(s.status.Clips)+1), Canvas: canvas.Name, Title: m.Title,
			Time: time.Now(), Seconds: float64(cmp.Or(m.Seconds, 30)), Bytes: 15 << 20,
		}
		s.status.Clips = append([]ui.Clip{clip}, s.status.Clips...)
	}
}
