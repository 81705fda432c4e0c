package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"studio/configs"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer/shed"
	"studio/publish/servertest"
)

// TestWhatIsLeftOutIsLeftOut carries every level of load shedding out on an engine,
// down and up again, and looks at its parts.
func TestWhatIsLeftOutIsLeftOut(t *testing.T) {
	folder := t.TempDir()
	rate := packet.Rational{Num: 30, Den: 1}
	size := picture.Size{Width: 320, Height: 180}
	e, err := newEngine(&configs.Config{
		Listen: servertest.FreeAddress(t), Socket: filepath.Join(folder, "s"), State: folder, Rate: rate, MainsHz: 50,
		Canvases: []configs.Canvas{{Name: "landscape", Encoder: "libx264", Preset: "veryfast", Size: size, BitsPerSecond: 1_000_000, LeastBits: 200_000, Layout: "full"}},
		Cameras:  []configs.Camera{{Name: "wheel", Drawn: "wheel", Size: size, Rate: rate}},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := e.Run(ctx, func() {}); err != nil {
			t.Error(err)
		}
	}()
	pic := picture.New(size)
	number := int64(0)
	levels := len(shed.Steps(7))
	look := func(level int) {
		t.Helper()
		plan := shed.At(level)
		if got := e.mixer.Canvases()[0].Divider; got != plan.RateDivisor {
			t.Errorf("level %d: every %dth picture, want every %dth", level, got, plan.RateDivisor)
		}
		// A preset changes at the next key frame, when the next encoder is open.
		until(t, 10*time.Second, "the encoder's preset is "+shed.Preset("veryfast", plan.PresetSteps), func() bool {
			e.lines[0].main.encode(programPicture{pic, number, time.Time{}})
			number++
			return e.lines[0].main.video.Preset() == shed.Preset("veryfast", plan.PresetSteps)
		})
		every := time.Duration(e.watch.every.Load())
		if want := time.Duration(float64(time.Second) / plan.PreviewPerSecond); every != want {
			t.Errorf("level %d: a preview picture every %v, want %v", level, every, want)
		}
		if s := e.Status().Load; s.Level != level || len(s.Steps) != level || s.Reason.En != "because" {
			t.Errorf("level %d is shown as %+v", level, s)
		}
	}
	step := func(level, change int) {
		t.Helper()
		e.relieveBy(shed.Decision{Level: level, Plan: shed.At(level), Change: change, Reason: shed.Text{Zh: "因为", En: "because"}}, 0)
		look(level)
	}
	for level := 1; level <= levels; level++ {
		step(level, +1)
	}
	for level := levels - 1; level >= 0; level-- {
		step(level, -1)
	}
}
