package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"studio/publish"
	"studio/publish/adapt"
	"studio/ui"
)

// adaptInterval is how often the destinations' queues are looked at.
const adaptInterval = 500 * time.Millisecond

// ownEncodes is how many destinations of a canvas may leave its main encode for one
// of their own because their way is slow: each costs as much as the main one.
const ownEncodes = 1

// follow keeps the bit rates of all canvases within what their destinations' lines
// carry, until ctx ends.
func (e *engine) follow(ctx context.Context) error {
	controllers := make([]*adapt.Controller, len(e.lines))
	before := make([]map[string]*posted, len(e.lines))
	for i, l := range e.lines {
		controllers[i] = adapt.New(adapt.Options{
			Limits:             adapt.Limits{Min: max(1, l.LeastBits), Max: l.BitsPerSecond},
			AudioBitsPerSecond: soundBitsPerSecond, OwnEncodes: ownEncodes,
		}, 0)
	}
	ticker := time.NewTicker(adaptInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		for i, l := range e.lines {
			running := e.onMain(l)
			var samples []adapt.Sample
			for name, p := range running {
				if before[i][name] != p {
					controllers[i].Forget(name)
				}
				s := p.Status()
				samples = append(samples, adapt.Sample{
					Destination: name, Live: s.State == publish.Live || s.State == publish.Troubled,
					QueueSeconds: s.QueueSeconds, SentBytes: s.SentBytes, Dropped: s.Dropped,
					CarriesBits: int(p.room.Load()),
				})
			}
			before[i] = running
			slices.SortFunc(samples, func(a, b adapt.Sample) int { return strings.Compare(a.Destination, b.Destination) })
			e.adapt(l, running, controllers[i].Step(time.Since(e.start), samples))
		}
	}
}

// onMain returns the running destinations of a line on the network that are content
// with its main encode.
func (e *engine) onMain(l *line) map[string]*posted {
	running := make(map[string]*posted)
	for _, p := range e.air.list() {
		if now := p.running(); now != nil && now.lane != nil && p.line == l && p.need.of(l.main.need) == l.main.need {
			running[p.Name] = now
		}
	}
	return running
}

// adapt carries out a decision.
func (e *engine) adapt(l *line, running map[string]*posted, d adapt.Decision) {
	for _, reason := range d.Reasons {
		e.log.Info("the bit rate follows the network", "canvas", l.Name, "reason", reason.En)
	}
	if err := l.main.video.SetBitsPerSecond(d.BitsPerSecond); err != nil {
		e.log.Warn("the bit rate could not be changed", "canvas", l.Name, "error", err)
	}
	for name, p := range running {
		i := slices.IndexFunc(d.Own, func(o adapt.Own) bool { return o.Destination == name })
		if i < 0 {
			if p.lane.serves() != l.main {
				p.lane.change(l.main)
			}
			continue
		}
		bits := d.Own[i].BitsPerSecond
		r := p.lane.serves()
		if r == l.main {
			own, err := l.open(need{bitsPerSecond: bits, alone: name})
			if err != nil {
				e.log.Warn("a slow destination got no encode of its own", "destination", name, "error", err)
				continue
			}
			p.lane.change(own)
			r = own
		}
		if err := r.video.SetBitsPerSecond(bits); err != nil {
			e.log.Warn("the bit rate could not be changed", "destination", name, "error", err)
		}
	}
}

// gets returns the encode that a destination has, or would have if it ran, at its
// present bit rate; and a sentence if the network has made it another than was
// configured.
func (p *post) gets() (n need, why []ui.Text) {
	main := p.line.main
	configured := p.need.of(main.need)
	running := p.running()
	if running == nil || running.lane == nil || configured != main.need {
		return configured, nil
	}
	r := running.lane.serves()
	n = r.need
	n.bitsPerSecond = r.video.BitsPerSecond()
	switch {
	case r != main:
		why = append(why, ui.Text{
			Zh: fmt.Sprintf("它的网络慢：单独编码，%d kb/s；其他目的地画质不变", n.bitsPerSecond/1000),
			En: fmt.Sprintf("its way is slow: it has an encode of its own at %d kb/s, the others keep their quality", n.bitsPerSecond/1000),
		})
	case n.bitsPerSecond < configured.bitsPerSecond:
		why = append(why, ui.Text{
			Zh: fmt.Sprintf("网络慢：画面码率为 %d kb/s，原为 %d kb/s", n.bitsPerSecond/1000, configured.bitsPerSecond/1000),
			En: fmt.Sprintf("the line is slow: the picture has %d kb/s instead of %d", n.bitsPerSecond/1000, configured.bitsPerSecond/1000),
		})
	}
	return n, why
}
