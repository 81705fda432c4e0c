package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"studio/configs/wanted"
	"studio/media/samples"
	"studio/mixer/clap"
	"studio/ui"
)

// clapTime is how long claps are looked and listened for.
const clapTime = 10 * time.Second

// clapTest measures how far a camera and a microphone are apart.
type clapTest struct {
	wanted chan ui.Clap

	mu     sync.Mutex
	result ui.ClapResult
}

func (c *clapTest) status() ui.ClapResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.result
}

func (c *clapTest) set(r ui.ClapResult) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result = r
}

// clap begins a clap test; its result is in the status.
func (e *engine) clap(c ui.Clap) error {
	if _, err := e.camera(c.Camera); err != nil {
		return err
	}
	if len(e.voice.sources) == 0 {
		return ui.Refused("there is no sound to listen to", "没有声源，无法测试")
	}
	if c.Microphone == "" {
		c.Microphone = e.voice.sources[0].name
	}
	if _, ok := e.voice.mixer.Settings(c.Microphone); !ok {
		return ui.Unknown("sound source %q: there is none of that name", "没有名为“%s”的声源", c.Microphone)
	}
	if e.claps.status().Running {
		return ui.Refused("a clap test is under way", "拍手测试正在进行")
	}
	select {
	case e.claps.wanted <- c:
		e.claps.set(ui.ClapResult{Running: true, Camera: c.Camera, Microphone: c.Microphone})
		return nil
	default:
		return ui.Refused("a clap test is under way", "拍手测试正在进行")
	}
}

// hearClaps makes clap tests when they are wanted, until ctx ends.
func (e *engine) hearClaps(ctx context.Context) error {
	for {
		select {
		case c := <-e.claps.wanted:
			e.claps.set(e.testClaps(ctx, c))
		case <-ctx.Done():
			return nil
		}
	}
}

func (e *engine) testClaps(ctx context.Context, c ui.Clap) ui.ClapResult {
	r := ui.ClapResult{Camera: c.Camera, Microphone: c.Microphone}
	cam, err := e.camera(c.Camera)
	if err != nil {
		return r // it was there when the test was asked for, and none ever goes
	}
	var mu sync.Mutex
	var levels []clap.Level
	stop := e.voice.listenTo(func(name string, b samples.Block) {
		if name == c.Microphone {
			mu.Lock()
			levels = clap.AppendLevels(levels, samples.Duration(b.Position), b.Data)
			mu.Unlock()
		}
	})
	var moves []clap.Motion
	looking, cancel := context.WithTimeout(ctx, clapTime)
	err = e.wall.Watch(looking, c.Camera, e.config.Rate.Inverse().Duration(1), func(at time.Duration, moving float64) {
		moves = append(moves, clap.Motion{At: at, Moving: moving})
	})
	cancel()
	stop()
	if err != nil {
		r.Words = ui.Text{Zh: "机位没有画面，无法测试", En: err.Error()}
		return r
	}
	mu.Lock()
	found := clap.Measure(moves, levels)
	mu.Unlock()
	settings, _ := e.voice.mixer.Settings(c.Microphone)
	advice := found.Advise(
		clap.Part{Title: clap.Text(cam.Title), Delay: cam.delay()},
		clap.Part{Title: clap.Text(e.voice.title(c.Microphone)), Delay: settings.Delay})
	r.SkewMS, r.Sure, r.Words = float64(found.Skew)/float64(time.Millisecond), found.Sure, ui.Text(advice.Words)
	r.CameraDelayMS, r.MicrophoneDelayMS = int(advice.CameraDelay.Milliseconds()), int(advice.MicrophoneDelay.Milliseconds())
	return r
}

// camera finds a camera that a face named.
func (e *engine) camera(name string) (*camera, error) {
	i := slices.IndexFunc(e.cameras, func(c *camera) bool { return c.Name == name })
	if i < 0 {
		return nil, ui.Unknown("camera %q: there is none of that name", "没有名为“%s”的机位", name)
	}
	return e.cameras[i], nil
}

// delay makes a camera wait.
func (e *engine) delay(d ui.Delay) error {
	cam, err := e.camera(d.Camera)
	if err != nil {
		return err
	}
	if cam.supervised == nil {
		return ui.Refused("camera %q is drawn at the very time that it is shown: it cannot wait", "这个机位是绘制的画面，不能延时", d.Camera)
	}
	cam.supervised.SetDelay(time.Duration(d.DelayMS) * time.Millisecond)
	return e.wanted.Change(func(w *wanted.State) { wanted.Set(&w.DelaysMS, d.Camera, d.DelayMS) })
}

// setSound changes how a source is heard, and remembers it.
func (e *engine) setSound(c ui.SetSound) error {
	if err := e.voice.adjust(c); err != nil {
		return err
	}
	s, _ := e.voice.mixer.Settings(c.Name)
	return e.wanted.Change(func(w *wanted.State) {
		wanted.Set(&w.Sound, c.Name, wanted.Sound{
			GainDB: s.GainDB, DelayMS: int(s.Delay.Milliseconds()), HighPassHz: int(s.HighPassHz), Mute: s.Mute, Solo: s.Solo, Follow: s.Follow,
		})
	})
}

// recall brings what was set by hand before to sound and cameras. What belongs to a
// source that is no longer there is left alone.
func (e *engine) recall() {
	w := e.wanted.State()
	e.voice.mixer.Privacy(w.Privacy)
	for name, set := range w.Sound {
		s, ok := e.voice.mixer.Settings(name)
		if !ok {
			continue
		}
		s.GainDB, s.Delay, s.HighPassHz = set.GainDB, time.Duration(set.DelayMS)*time.Millisecond, float64(set.HighPassHz)
		s.Mute, s.Solo, s.Follow = set.Mute, set.Solo, set.Follow
		if err := e.voice.mixer.Set(name, s); err != nil {
			e.log.Warn("a sound setting of before does not hold any more", "error", err)
		}
	}
	for _, cam := range e.cameras {
		if ms, ok := w.DelaysMS[cam.Name]; ok && cam.supervised != nil {
			cam.supervised.SetDelay(time.Duration(ms) * time.Millisecond)
		}
	}
}
