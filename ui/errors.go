package ui

import "errors"

var (
	ErrRefused = errors.New("refused") // the command makes no sense now; the message says why
	ErrUnknown = errors.New("unknown") // no such camera, canvas, step or viewer
)

// Refusal is an ErrRefused whose sentence there is in both languages.
type Refusal struct{ Text }

func (r *Refusal) Error() string { return r.En }

func (r *Refusal) Unwrap() error { return ErrRefused }
