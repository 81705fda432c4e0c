package ui

import (
	"errors"
	"fmt"

	"studio/words"
)

var (
	ErrRefused = errors.New("refused") // the command makes no sense now; the message says why
	ErrUnknown = errors.New("unknown") // no such camera, canvas, step or viewer
)

// Refused is a refusal with what a person can do about it, in both languages; see
// words.Errorf.
func Refused(en, zh string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrRefused, words.Errorf(en, zh, args...))
}

// Unknown is a refusal because there is no such thing.
func Unknown(en, zh string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnknown, words.Errorf(en, zh, args...))
}
