package ui

import "errors"

var (
	ErrRefused = errors.New("refused") // the command makes no sense now; the message says why
	ErrUnknown = errors.New("unknown") // no such camera, canvas, step or viewer
)
