// Package encode turns the program's pictures and sound into packets: H.264
// through libx264 or a device of the box, AAC-LC and Opus, all behind libavcodec.
// Each canvas is encoded once; every destination shares the packets.
//
// An encoder belongs to one goroutine. Only Video.RequestKey, SetBitsPerSecond and
// SetPreset, and what says how it stands, may be called from any other at any time.
//
// Which encoder and which preset suit the box is tried out at the start: Probe
// tries the devices in a process of its own each, since a driver may hang or crash;
// Measure times libx264; ChooseEncoder and Box.Choose decide, and say why.
//
// Times are positions on the program clock: frame numbers for pictures, sample
// numbers for sound, both counted from the clock's start. So a picture and the
// sound that belongs to it carry the same time, whenever the encoders were made.
//
// libavcodec's own log lines are silenced in the whole process; what went wrong
// is in the returned error.
package encode

/*
#cgo pkg-config: libavcodec libavutil
#include "libav.h"
*/
import "C"

import (
	"errors"
	"fmt"
)

// libavError is the text of a negative libavcodec return value.
func libavError(code C.int) error {
	var text [128]C.char
	C.encode_error_text(code, &text[0], C.int(len(text)))
	return errors.New(C.GoString(&text[0]))
}

// ErrFlushed is returned for pictures or sound after Flush: a fresh encoder is needed.
var ErrFlushed = errors.New("the encoder was flushed and takes nothing more")

func failed(what string, code C.int) error {
	return fmt.Errorf("%s: %w", what, libavError(code))
}
