package uitest

import (
	"slices"
	"time"

	"studio/ui"
)

// Status is the status with which New begins.
func Status() ui.Status {
	now := time.Now()
	cameras := []ui.Camera{
		{Name: "wheel", Title: ui.Text{Zh: "转盘", En: "Wheel"}, OnAir: true},
		{Name: "hands", Title: ui.Text{Zh: "双手", En: "Hands"}, OnAir: true},
		{Name: "kiln", Title: ui.Text{Zh: "窑口", En: "Kiln door"}, OnAir: true},
		{Name: "bench", Title: ui.Text{Zh: "工作台", En: "Bench"}, OnAir: true},
	}
	for i := range cameras {
		c := &cameras[i]
		c.State, c.Format, c.Width, c.Height, c.FrameRate, c.Frames = ui.Live, "MJPEG", 1920, 1080, 30, 5400
		c.Kept.State = ui.Off
	}
	return ui.Status{
		Time: now, Version: "test", Name: "景德镇 · 青瓷工坊",
		Health:    ui.Health{State: ui.Live, Faults: []ui.Text{}},
		Recording: ui.FileStatus{State: ui.Off},
		Canvases: []ui.Canvas{{
			Name: "landscape", Width: 1920, Height: 1080, FrameRate: 30,
			Layout: "pip", Cameras: []string{"wheel", "hands", "kiln", "bench"},
			Frames: 5400, Dropped: 0, BitsPerSecond: 4.48e6, LatencyMS: 87,
			On: true, Layouts: layouts("full", "pip", "sidebyside", "quad"), Preset: "veryfast", Encoder: "libx264",
			Preview: ui.Shot{Layout: "full", Cameras: []string{"hands"}}, Framings: []ui.Frame{},
		}, {
			Name: "portrait", Width: 1080, Height: 1920, FrameRate: 30,
			Layout: "stack", Cameras: []string{"wheel", "hands"},
			Frames: 5400, Dropped: 0, BitsPerSecond: 4.51e6, LatencyMS: 91,
			On: true, Layouts: layouts("full", "stack"), Preset: "superfast", Encoder: "libx264",
			Preview:  ui.Shot{Layout: "full", Cameras: []string{"kiln"}},
			Framings: []ui.Frame{{Canvas: "portrait", Camera: "wheel", FocusX: 0.42, FocusY: 0.5, Zoom: 1}},
		}},
		Cameras: cameras,
		Sound: ui.Sound{
			Name: "microphone", State: ui.Live, PeakDB: [2]float64{-12, -9},
			Loudness: ui.Loudness{Momentary: -18.2, ShortTerm: -19.5, Integrated: -20.1},
			Sources: []ui.SoundSource{
				{Name: "bench", Title: ui.Text{Zh: "工作台", En: "Bench"}, State: ui.Live, PeakDB: [2]float64{-14, -14}, HighPassHz: 80},
				{Name: "voice", Title: ui.Text{Zh: "讲解", En: "Voice"}, State: ui.Live, PeakDB: [2]float64{-16, -11}, GainDB: 3, Camera: "hands"},
			},
		},
		Readings: []ui.Reading{
			{Channel: "kiln1", Title: ui.Text{Zh: "窑温", En: "Kiln"}, Value: "1 247", Unit: "°C", Quality: "ok", Time: now},
			{Channel: "clay", Title: ui.Text{Zh: "泥料", En: "Clay"}, Value: "1.250", Unit: "kg", Quality: "ok", Time: now},
			{Channel: "wall", Title: ui.Text{Zh: "壁厚", En: "Wall"}, Value: "", Unit: "mm", Quality: "stale", Time: now.Add(-40 * time.Second)},
		},
		Procedure: ui.Procedure{
			Title: ui.Text{Zh: "拉坯成型", En: "Throwing a bowl"}, Present: 1,
			Steps: []ui.ProcedureStep{
				{Name: "wedging", Title: ui.Text{Zh: "揉泥", En: "Wedging"}, Caption: ui.Text{Zh: "排出泥中的空气", En: "Pressing the air out of the clay"}},
				{Name: "centring", Title: ui.Text{Zh: "定中心", En: "Centring"}, Caption: ui.Text{Zh: "让泥团与转盘同心", En: "Bringing the clay to the middle of the wheel"}},
				{Name: "opening", Title: ui.Text{Zh: "开孔", En: "Opening"}, Caption: ui.Text{Zh: "拇指向下压出空腔", En: "The thumbs press a hollow"}},
				{Name: "pulling", Title: ui.Text{Zh: "提拉", En: "Pulling up"}, Caption: ui.Text{Zh: "由下而上提高坯壁", En: "Raising the wall from below"}},
				{Name: "trimming", Title: ui.Text{Zh: "修坯", En: "Trimming"}, Caption: ui.Text{Zh: "半干时修整外形与圈足", En: "Turning the foot when leather-hard"}},
			},
		},
		Destinations: []ui.Destination{
			{Name: "school", Kind: "rtmp", Address: "rtmp://live.example.org/craft/***", Canvas: "landscape", State: ui.Off, Wanted: true, HasKey: true, Encode: "1920×1080 main 4000 kb/s", Notes: []ui.Text{}},
			{Name: "museum", Kind: "whip", Address: "https://museum.example.org/whip/studio", Canvas: "portrait", State: ui.Off, Wanted: true, Encode: "1080×1920 main 4000 kb/s", Notes: []ui.Text{}},
		},
		Director: ui.Director{Reason: ui.Text{Zh: "由您选择", En: "chosen by hand"}, Since: now},
		Load:     ui.Load{Steps: []ui.Text{}, LagMS: 4, Box: ui.Text{Zh: "这台设备可以胜任", En: "this box can do it"}},
		Clips:    []ui.Clip{},
		Line:     ui.LineCheck{Words: []ui.Text{}},
		Box:      ui.Box{CPUPercent: 118, Cores: 2, MemoryBytes: 412 << 20, UptimeMS: 180_000, DiskFree: 212 << 30},
	}
}

// layouts returns some of the layouts that the engine has.
func layouts(names ...string) []ui.Layout {
	all := map[string]ui.Layout{
		"full":       {Title: ui.Text{Zh: "全屏", En: "Full"}, Slots: []ui.Slot{{Width: 1, Height: 1}}},
		"pip":        {Title: ui.Text{Zh: "画中画", En: "Picture in picture"}, Slots: []ui.Slot{{Width: 1, Height: 1}, {X: 0.7375, Y: 0.0222, Width: 0.25, Height: 0.25}, {X: 0.7375, Y: 0.2944, Width: 0.25, Height: 0.25}, {X: 0.7375, Y: 0.5667, Width: 0.25, Height: 0.25}}},
		"sidebyside": {Title: ui.Text{Zh: "并排", En: "Side by side"}, Slots: []ui.Slot{{Width: 0.5, Height: 1}, {X: 0.5, Width: 0.5, Height: 1}}},
		"quad":       {Title: ui.Text{Zh: "四画面", En: "Quad"}, Slots: []ui.Slot{{Width: 0.5, Height: 0.5}, {X: 0.5, Width: 0.5, Height: 0.5}, {Y: 0.5, Width: 0.5, Height: 0.5}, {X: 0.5, Y: 0.5, Width: 0.5, Height: 0.5}}},
		"stack":      {Title: ui.Text{Zh: "上下", En: "Stack"}, Slots: []ui.Slot{{Width: 1, Height: 0.5}, {Y: 0.5, Width: 1, Height: 0.5}}},
	}
	list := make([]ui.Layout, len(names))
	for i, name := range names {
		list[i] = all[name]
		list[i].Name = name
	}
	return list
}

// clone copies a status with its lists.
func clone(s ui.Status) ui.Status {
	s.Health.Faults = slices.Clone(s.Health.Faults)
	s.Canvases = slices.Clone(s.Canvases)
	for i := range s.Canvases {
		c := &s.Canvases[i]
		c.Cameras, c.Preview.Cameras = slices.Clone(c.Cameras), slices.Clone(c.Preview.Cameras)
		c.Framings = slices.Clone(c.Framings)
	}
	s.Cameras = slices.Clone(s.Cameras)
	s.Readings = slices.Clone(s.Readings)
	s.Procedure.Steps = slices.Clone(s.Procedure.Steps)
	s.Destinations = slices.Clone(s.Destinations)
	s.Sound.Sources = slices.Clone(s.Sound.Sources)
	s.Load.Steps, s.Line.Words = slices.Clone(s.Load.Steps), slices.Clone(s.Line.Words)
	s.Clips = slices.Clone(s.Clips)
	return s
}
