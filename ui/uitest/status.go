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
	}
	return ui.Status{
		Time: now, Version: "test", Name: "景德镇 · 青瓷工坊",
		Health:    ui.Health{State: ui.Live, Faults: []string{}},
		Recording: ui.FileStatus{State: ui.Off},
		Canvases: []ui.Canvas{{
			Name: "landscape", Width: 1920, Height: 1080, FrameRate: 30,
			Layout: "pip", Cameras: []string{"wheel", "hands", "kiln", "bench"},
			Frames: 5400, Dropped: 0, BitsPerSecond: 4.48e6, LatencyMS: 87,
		}},
		Cameras: cameras,
		Sound:   ui.Sound{Name: "microphone", State: ui.Live, PeakDB: [2]float64{-12, -9}},
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
			{Name: "school", Kind: "rtmp", Address: "rtmp://live.example.org/craft/***", Canvas: "landscape", State: ui.Off},
			{Name: "museum", Kind: "whip", Address: "https://museum.example.org/whip/studio", Canvas: "landscape", State: ui.Off},
		},
		Box: ui.Box{CPUPercent: 118, Cores: 2, MemoryBytes: 412 << 20, UptimeMS: 180_000, DiskFree: 212 << 30},
	}
}

// clone copies a status with its lists.
func clone(s ui.Status) ui.Status {
	s.Health.Faults = slices.Clone(s.Health.Faults)
	s.Canvases = slices.Clone(s.Canvases)
	for i := range s.Canvases {
		s.Canvases[i].Cameras = slices.Clone(s.Canvases[i].Cameras)
	}
	s.Cameras = slices.Clone(s.Cameras)
	s.Readings = slices.Clone(s.Readings)
	s.Procedure.Steps = slices.Clone(s.Procedure.Steps)
	s.Destinations = slices.Clone(s.Destinations)
	return s
}
