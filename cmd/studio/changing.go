package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"studio/configs"
	"studio/configs/wanted"
	"studio/media/picture"
	"studio/publish"
	"studio/ui"
)

// changeDestination changes what a destination is sent, and remembers it. On air it
// alone begins anew: it has hung up before it connects again, and what it needs is
// there before it hangs up.
func (e *engine) changeDestination(ctx context.Context, c ui.ChangeDestination) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	present, next, set, err := e.prospect(c)
	if err != nil {
		return err
	}
	if next.pictures == nil {
		held, err := next.line.open(next.need)
		if err != nil {
			return ui.Refused("destination %q: %w", "直播去向“%s”：%w", c.Destination, err)
		}
		defer next.line.close(held)
	}
	return e.air.exchange(ctx, present, next, func(w *wanted.State) {
		if set == (wanted.Need{}) {
			delete(w.Needs, c.Destination)
			return
		}
		wanted.Set(&w.Needs, c.Destination, set)
	})
}

// CheckDestination implements ui.Studio.
func (e *engine) CheckDestination(c ui.ChangeDestination) (ui.DestinationCheck, error) {
	_, next, _, err := e.prospect(c)
	if err != nil {
		return ui.DestinationCheck{}, err
	}
	limits, err := e.limits(next.Destination)
	if err != nil {
		return ui.DestinationCheck{}, err
	}
	found := ui.DestinationCheck{
		Notes: e.notes(next), Fit: shownNeed(next.Need), Sizes: smaller(next.line.Size), Platforms: []ui.Platform{},
	}
	if next.pictures == nil {
		found.Encode = next.need.of(next.line.main.need).String()
		encode := e.encodeOf(next.line, next.need)
		fit := limits.Fit(encode)
		if fit.Size != encode.Size {
			found.Fit.Size = sizeText(fit.Size)
		}
		if fit.Profile != encode.Profile {
			found.Fit.Profile = fit.Profile
		}
		if fit.VideoBitsPerSecond != encode.VideoBitsPerSecond {
			found.Fit.BitsPerSecond = fit.VideoBitsPerSecond
		}
	}
	for _, p := range e.platforms {
		found.Platforms = append(found.Platforms, ui.Platform{Name: p.Name, Title: ui.Text(p.Title), Notes: shown(p.Notes)})
	}
	return found, nil
}

// prospect makes the form that a destination would have after a change, with all that
// is set by hand of it then. The error is a refusal.
func (e *engine) prospect(c ui.ChangeDestination) (present, next *post, set wanted.Need, err error) {
	if present, err = e.air.post(c.Destination); err != nil {
		return nil, nil, set, err
	}
	configured := e.configured(c.Destination)
	if !c.Configured && present.Need != configured.Need { // else what is stored does not hold
		set = e.wanted.State().Needs[c.Destination]
	}
	set.Canvas, set.Platform = cmp.Or(c.Canvas, set.Canvas), cmp.Or(c.Platform, set.Platform)
	set.Size, set.Profile = cmp.Or(c.Size, set.Size), cmp.Or(c.Profile, set.Profile)
	set.BitsPerSecond = cmp.Or(c.BitsPerSecond, set.BitsPerSecond)
	if next, err = e.changedPost(configured, set); err != nil {
		return nil, nil, set, fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	if next.Need == configured.Need {
		set = wanted.Need{}
	}
	return present, next, set, nil
}

// wantedPost makes a destination as it is wanted. What was set by hand and does not
// fit the configuration any more is left aside.
func (e *engine) wantedPost(d configs.Destination) (*post, error) {
	set, found := e.wanted.State().Needs[d.Name]
	if found {
		p, err := e.changedPost(d, set)
		if err == nil {
			return p, nil
		}
		e.log.Warn("what was set by hand of a destination does not fit the configuration any more: the configuration holds",
			"destination", d.Name, "error", err)
	}
	return e.destinationPost(d)
}

// changedPost makes a destination with what is set by hand; it is held against the
// rules of the configuration.
func (e *engine) changedPost(d configs.Destination, set wanted.Need) (*post, error) {
	var err error
	if set.Canvas != nil {
		d.Canvas = *set.Canvas
	}
	if set.Platform != nil {
		d.Platform = *set.Platform
	}
	if set.Size != nil {
		if d.Size, err = sizeOf(*set.Size); err != nil {
			return nil, err
		}
	}
	if set.Profile != nil {
		if d.Profile = *set.Profile; d.Profile != "" && !slices.Contains(configs.Profiles(), d.Profile) {
			return nil, noneOf("H.264 档次", "profile", d.Profile, configs.Profiles())
		}
	}
	if set.BitsPerSecond != nil {
		if d.BitsPerSecond, err = bitsOf(*set.BitsPerSecond); err != nil {
			return nil, err
		}
	}
	return e.destinationPost(d)
}

func sizeOf(s string) (picture.Size, error) {
	if s == "" {
		return picture.Size{}, nil
	}
	size, err := configs.ParseSize(s)
	if err != nil {
		return size, &publish.Error{Text: publish.Text{
			Zh: fmt.Sprintf("画面尺寸 %q：请写成 宽x高（像素），都是偶数，从 64x64 到 4096x4096，例如 1280x720", s), En: err.Error(),
		}}
	}
	return size, nil
}

func bitsOf(bitsPerSecond int) (int, error) {
	if bitsPerSecond == 0 {
		return 0, nil
	}
	bits, err := configs.ParseBitrate(strconv.Itoa(bitsPerSecond))
	if err != nil {
		return 0, &publish.Error{Text: publish.Text{
			Zh: fmt.Sprintf("码率 %d：请在 64 kb/s 到 50 Mb/s 之间选择", bitsPerSecond), En: err.Error(),
		}}
	}
	return bits, nil
}

func (e *engine) noCanvas(name string) error {
	var names []string
	for _, l := range e.lines {
		names = append(names, l.Name)
	}
	return noneOf("画布", "canvas", name, names)
}

// noneOf says that a list has no such name.
func noneOf(zh, en, name string, allowed []string) error {
	return &publish.Error{Text: publish.Text{
		Zh: fmt.Sprintf("%s %q：没有这个名称；可以选：%s", zh, name, strings.Join(allowed, "、")),
		En: fmt.Sprintf("%s %q: there is none of that name; allowed: %s", en, name, strings.Join(allowed, ", ")),
	}}
}

func shownNeed(n configs.Need) ui.Need {
	return ui.Need{Platform: n.Platform, Size: sizeText(n.Size), Profile: n.Profile, BitsPerSecond: n.BitsPerSecond}
}

// sizeText is a size as the configuration writes it; none is "".
func sizeText(s picture.Size) string {
	if s == (picture.Size{}) {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.Width, s.Height)
}

// smaller lists the usual sizes of a canvas's shape that are smaller than it.
func smaller(canvas picture.Size) []string {
	list := []string{}
	short := min(canvas.Width, canvas.Height)
	for _, lines := range []int{1440, 1080, 720, 540, 480, 360, 180} {
		w, h := canvas.Width*lines, canvas.Height*lines
		if lines < short && w%(2*short) == 0 && h%(2*short) == 0 {
			list = append(list, sizeText(picture.Size{Width: w / short, Height: h / short}))
		}
	}
	return list
}
