package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"studio/configs"
	"studio/configs/vault"
	"studio/configs/wanted"
	"studio/ui"
)

// destinations lists those of the configuration and those that were added.
func (e *engine) destinations() []configs.Destination {
	list := slices.Clone(e.config.Destinations)
	for _, a := range e.wanted.State().Added {
		if slices.ContainsFunc(list, func(d configs.Destination) bool { return d.Name == a.Name }) {
			e.log.Warn("a destination that was added is left aside: the configuration has one of that name", "destination", a.Name)
			continue
		}
		list = append(list, e.ofAdded(a))
	}
	return list
}

// ofAdded is a destination that was added as the configuration would have it. Its
// address is in the vault.
func (e *engine) ofAdded(a wanted.Added) configs.Destination {
	return configs.Destination{Name: a.Name, Kind: a.Kind, Address: e.vault.Get(a.Name).Address, Need: configs.Need{Canvas: a.Canvas}}
}

// configured is a destination before anything of it is set by hand.
func (e *engine) configured(name string) configs.Destination {
	for _, d := range e.config.Destinations {
		if d.Name == name {
			return d
		}
	}
	for _, a := range e.wanted.State().Added {
		if a.Name == name {
			return e.ofAdded(a)
		}
	}
	return configs.Destination{Name: name}
}

// added tells whether a destination does not stand in the configuration.
func (e *engine) added(name string) bool {
	return !slices.ContainsFunc(e.config.Destinations, func(d configs.Destination) bool { return d.Name == name })
}

// hasSecret tells whether more is stored of a destination than the address that one
// that was added has anyway.
func (e *engine) hasSecret(name string) bool {
	s := e.vault.Get(name)
	if e.added(name) {
		s.Address = ""
	}
	return !s.Empty()
}

// addDestination makes a destination and remembers it. On air it starts at once.
func (e *engine) addDestination(ctx context.Context, c ui.AddDestination) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	name := strings.TrimSpace(c.Name)
	if _, err := e.air.post(name); err == nil || name == "" || !e.added(name) {
		return ui.Refused("name %q: allowed: a name that no other destination has", "名称“%s”：请取一个别的去向没有用过的名称", name)
	}
	kind, err := configs.DestinationKind(c.Address, "")
	added := wanted.Added{Name: name, Kind: kind, Canvas: cmp.Or(c.Canvas, e.lines[0].Name)}
	d := configs.Destination{Name: name, Kind: kind, Address: c.Address, Key: c.Key, Bearer: c.Bearer, Need: configs.Need{Canvas: added.Canvas}}
	p := &post{Destination: d}
	if err != nil || !p.onNetwork() {
		return ui.Refused("address: allowed: one that begins with rtmp://, rtmps://, srt://, or http:// or https:// (WHIP)",
			"推流地址：须以 rtmp://、rtmps://、srt:// 或 https://（WHIP）开头")
	}
	before := e.vault.Get(name) // of one that was left aside
	if err := e.vault.Set(name, vault.Secret{Address: c.Address, Key: c.Key, Bearer: c.Bearer}); err != nil {
		return err
	}
	if p, err = e.destinationPost(d); err != nil {
		if restored := e.vault.Set(name, before); restored != nil {
			e.log.Warn("the secret of a destination that was refused stays", "destination", name, "error", restored)
		}
		return fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	return e.air.exchange(ctx, nil, p, func(w *wanted.State) {
		forget(w, name)
		w.Added = append(w.Added, added)
	})
}

// removeDestination ends a destination that was added, and forgets it.
func (e *engine) removeDestination(ctx context.Context, c ui.RemoveDestination) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	p, err := e.air.post(c.Destination)
	if err != nil {
		return err
	}
	if !e.added(c.Destination) {
		return ui.Refused("%s stands in the configuration: leave it out here, or take it out there",
			"%s 写在配置文件里：可以设为不参加，要删除请改配置文件", c.Destination)
	}
	if err := e.air.exchange(ctx, p, nil, func(w *wanted.State) { forget(w, c.Destination) }); err != nil {
		return err
	}
	return e.vault.Set(c.Destination, vault.Secret{})
}

// forget takes all that is wanted of a destination out of the state.
func forget(w *wanted.State, name string) {
	w.Added = slices.DeleteFunc(w.Added, func(a wanted.Added) bool { return a.Name == name })
	delete(w.Needs, name)
	delete(w.Destinations, name)
}
