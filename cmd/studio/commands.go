package main

import (
	"context"

	"studio/configs/wanted"
	"studio/ui"
)

// Do implements ui.Studio.
func (e *engine) Do(ctx context.Context, c ui.Command) error {
	switch c := c.(type) {
	case ui.Take:
		return e.take(c)
	case ui.Cue:
		return e.cue(c)
	case ui.TakeCue:
		return e.takeCue(c)
	case ui.Frame:
		return e.frame(c)
	case ui.SwitchCanvas:
		return e.switchCanvas(ctx, c)
	case ui.Direct:
		return e.direct(c.On)
	case ui.Step:
		return e.explain.move(c.To)
	case ui.Delay:
		return e.delay(c)
	case ui.Clap:
		return e.clap(c)
	case ui.SetSound:
		return e.setSound(c)
	case ui.Privacy:
		return e.setPrivacy(c.On)
	case ui.Broadcast:
		return e.air.broadcast(ctx, c.On)
	case ui.Recording:
		return e.air.record(ctx, c.On)
	case ui.Send:
		return e.air.send(ctx, c.Destination, c.On)
	case ui.Mark:
		return e.mark(ctx, c)
	case ui.Keep:
		return e.keepCamera(c)
	case ui.CheckLine:
		return e.checkLine()
	case ui.ChangeDestination:
		return e.changeDestination(ctx, c)
	case ui.AddDestination:
		return e.addDestination(ctx, c)
	case ui.RemoveDestination:
		return e.removeDestination(ctx, c)
	case ui.StreamKey:
		return e.storeKey(ctx, c)
	}
	return ui.Unknown("no such command", "没有这个命令")
}

// setPrivacy mutes every microphone at every output, and remembers it: after a
// power cut nobody is heard who asked not to be.
func (e *engine) setPrivacy(on bool) error {
	e.voice.mixer.Privacy(on)
	return e.wanted.Change(func(w *wanted.State) { w.Privacy = on })
}
