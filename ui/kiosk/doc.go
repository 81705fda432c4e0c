// Package kiosk is the artisan's touchscreen: the live programme, one big button,
// the cameras, the steps of the craft and the instruments' figures. It is a client
// of the engine's HTTP API over a local socket, in a process of its own: it may
// crash and come back without a frame lost on air.
package kiosk
