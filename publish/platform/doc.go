// Package platform knows the places that broadcasts go to: how each is reached
// and what it takes. What a canvas sends is held against a platform's limits
// before anybody goes on air, with a sentence that says what to change.
//
// The presets are data, in platforms.yaml; a workshop's own stand in a file of
// the same form. Nothing here does anything: files come in as bytes, findings go
// out as text.
package platform
