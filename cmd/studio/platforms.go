package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"studio/configs"
	"studio/publish"
	"studio/publish/platform"
	"studio/publish/preflight"
	"studio/publish/rendition"
	"studio/ui"
)

// platforms reads the platforms' limits: those that are built in and the
// workshop's own.
func platforms(c *configs.Config) ([]platform.Platform, error) {
	var own []byte
	if c.Platforms != "" {
		var err error
		if own, err = os.ReadFile(c.Platforms); err != nil {
			return nil, fmt.Errorf("read platforms: %w", err)
		}
	}
	return platform.Presets(c.Platforms, own)
}

// limits returns what the platform of a destination takes; a destination without
// one has no known limits.
func (e *engine) limits(d configs.Destination) (platform.Limits, error) {
	if d.Platform == "" {
		return platform.Limits{}, nil
	}
	names := make([]string, len(e.platforms))
	for i, p := range e.platforms {
		if names[i] = p.Name; p.Name == d.Platform {
			return p.Limits, nil
		}
	}
	return platform.Limits{}, noneOf("平台", "platform", d.Platform, names)
}

// encodeOf describes an encode of a line.
func (e *engine) encodeOf(l *line, n need) platform.Encode {
	n = n.of(l.main.need)
	return platform.Encode{
		Size: n.size, Rate: e.config.Rate, VideoBitsPerSecond: n.bitsPerSecond, AudioBitsPerSecond: soundBitsPerSecond,
		KeySeconds: keySeconds, Profile: n.profile, Preset: l.Preset,
	}
}

// keySeconds is the time from key frame to key frame of every encode.
const keySeconds = 2

// notes says what a person should know of a destination before it starts: limits
// that are not kept, and what an encode of its own costs.
func (e *engine) notes(p *post) []ui.Text {
	notes := []ui.Text{}
	if !e.state(p.line).On {
		notes = append(notes, ui.Text{Zh: "它的画布已关闭：没有画面", En: "its canvas is off: nothing is sent"})
	}
	if p.pictures != nil {
		return notes // no encode
	}
	limits, err := e.limits(p.Destination)
	if err != nil {
		return notes // refused at the start
	}
	for _, finding := range limits.Check(e.encodeOf(p.line, p.need)) {
		notes = append(notes, ui.Text(finding.Text))
	}
	if p.need.of(p.line.main.need) == p.line.main.need {
		return notes
	}
	for _, r := range rendition.Plan(e.encodeOf(p.line, need{}), e.places(p), 0) {
		if !r.Canvas && slices.Contains(r.Destinations, p.Name) {
			notes = append(notes, ui.Text(r.Says))
		}
	}
	return notes
}

// places are a destination and those that are wanted beside it on its canvas, which
// may need the same.
func (e *engine) places(p *post) []rendition.Place {
	w := e.wanted.State()
	var places []rendition.Place
	for _, o := range e.air.list() {
		if o.Name == p.Name {
			o = p
		}
		if o.line == p.line && o.pictures == nil && (o == p || e.wants(w, o)) {
			places = append(places, rendition.Place{Destination: o.Name, Need: e.encodeOf(o.line, o.need), Alone: o.need.alone != ""})
		}
	}
	return places
}

// lineCheck looks at the network before a broadcast.
type lineCheck struct {
	wanted chan preflight.Options

	mu     sync.Mutex
	result ui.LineCheck
}

func (c *lineCheck) status() ui.LineCheck {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.result
	s.Words = append([]ui.Text{}, s.Words...)
	return s
}

// checkTime bounds a look at the network.
const checkTime = 30 * time.Second

// run looks whenever it is wanted, until ctx ends.
func (c *lineCheck) run(ctx context.Context) error {
	for {
		select {
		case o := <-c.wanted:
			looking, cancel := context.WithTimeout(ctx, checkTime)
			found := preflight.Check(looking, o)
			cancel()
			c.set(ui.LineCheck{Time: time.Now(), Words: shown(found.Words)})
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *lineCheck) set(r ui.LineCheck) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result = r
}

// checkLine begins to look whether the network can carry the broadcast; what was
// found is in the status.
func (e *engine) checkLine() error {
	o := preflight.Options{UploadURL: e.config.UploadTest}
	w := e.wanted.State()
	for _, p := range e.air.list() {
		if p.onNetwork() && e.wants(w, p) {
			o.Places = append(o.Places, preflight.Place{
				Destination: p.Name, Address: p.server(), BitsPerSecond: p.need.of(p.line.main.need).bitsPerSecond + soundBitsPerSecond,
			})
		}
	}
	if len(o.Places) == 0 {
		return ui.Refused("no destination on the network is wanted", "没有要参加直播的网络去向，不用检测")
	}
	if e.lineCheck.status().Running {
		return ui.Refused("a check is under way", "正在检测网络")
	}
	e.lineCheck.set(ui.LineCheck{Running: true})
	select {
	case e.lineCheck.wanted <- o:
		return nil
	default:
		return ui.Refused("a check is under way", "正在检测网络")
	}
}

func shown(words []publish.Text) []ui.Text {
	list := []ui.Text{}
	for _, t := range words {
		list = append(list, ui.Text(t))
	}
	return list
}
