package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"studio/configs/vault"
	"studio/configs/wanted"
	"studio/publish"
	"studio/ui"
)

// openState opens what the box keeps for itself: stored keys and what is wanted.
func (e *engine) openState() (err error) {
	e.vault, err = vault.Open(e.config.State, os.Getenv("CREDENTIALS_DIRECTORY"))
	if errors.Is(err, vault.ErrLocked) {
		e.log.Warn("stream keys are lost", "error", err)
		e.locked = err
	} else if err != nil {
		return err
	}
	if err := e.lockAway(); err != nil {
		return err
	}
	var note string
	if e.wanted, note, err = wanted.Open(e.config.State); note != "" {
		e.log.Warn(note)
	}
	return err
}

// lockAway takes keys out of a secrets' file, which everybody who copies the disk
// could read, into the vault.
func (e *engine) lockAway() error {
	if e.config.SecretsFile == "" {
		return nil
	}
	for i := range e.config.Destinations {
		d := &e.config.Destinations[i]
		if s := (vault.Secret{Key: d.Key, Bearer: d.Bearer}); !s.Empty() {
			if err := e.vault.Set(d.Name, s); err != nil {
				return err
			}
			d.Key, d.Bearer = "", "" // from here on the vault has it, or nobody
		}
	}
	if err := os.Remove(e.config.SecretsFile); err != nil {
		return fmt.Errorf("the stream keys are stored encrypted now, but the plain file stays: %w", err)
	}
	e.log.Info("stream keys are stored encrypted now, the plain file is removed", "file", e.config.SecretsFile)
	return nil
}

// storeKey stores a destination's secret, or deletes it; if the destination runs it
// begins anew with what is stored then.
func (e *engine) storeKey(ctx context.Context, c ui.StreamKey) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	p, err := e.air.post(c.Destination)
	if err != nil {
		return err
	}
	secret := vault.Secret{Address: c.Address, Key: c.Key, Bearer: c.Bearer}
	deleted := secret.Empty()
	if e.added(c.Destination) && secret.Address == "" {
		secret.Address = p.server() // it has no other place
	}
	if err := p.secure(secret); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	if err := e.vault.Set(c.Destination, secret); err != nil {
		return err
	}
	if p.status().State == publish.Off {
		return nil
	}
	err = e.air.renew(ctx, c.Destination)
	if deleted && errors.Is(err, ui.ErrRefused) {
		return nil // it cannot go on without its key, and says so itself
	}
	return err
}
