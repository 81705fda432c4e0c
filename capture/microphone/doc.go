// Package microphone brings sound in: 48 kHz, stereo, whatever the microphone
// itself offers.
//
// The sound library sits in a process of its own (package reader), one a
// microphone, which writes blocks of samples into a pipe; this package starts
// that process, listens, and ends it. The reason was found by unplugging:
// miniaudio, on which mediadevices stands, never comes back from a sound card
// that was pulled. Its thread turns in a circle on a whole core, and closing the
// device waits for that thread for ever. It also lists the microphones only once,
// when the program starts. A process can be ended and started again, finds what
// is plugged in now, and a fault in a driver's library cannot take the programme
// off air.
//
//	mediadevices ─► reader process ─► pipe ─► Source ─► put
package microphone
