// Package kiosk is the artisan's touchscreen: the live programme, one big button,
// the cameras, the steps of the craft and the instruments' figures. It is a client
// of the engine's HTTP API over a local socket, in a process of its own: it may
// crash and come back without a frame lost on air.
//
// The screen is laid out in fractions of the window, so that it is the same on every
// panel, and what is touched lies where [StartSpot], [TileSpot], [NextSpot],
// [PreviousSpot], [PrivacySpot], [MarkSpot], [DirectorSpot], [ViewSpot] and
// [LanguageSpot] say; a test can touch it from outside. A finger needs 64 pixels,
// which every one of them has on a panel of 1024x600.
//
// A touch changes nothing by itself: what is shown is what the engine says. That a
// microphone is muted must not be a hope.
//
// Status, pictures and answers arrive on goroutines of their own and wait in an
// inbox; ten times a second all of it is shown and the window painted once.
// Chinese is drawn with Noto Sans CJK SC from the Debian package fonts-noto-cjk.
package kiosk
