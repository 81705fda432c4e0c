package encode

/*
#include "libav.h"
*/
import "C"

import (
	"bytes"
	"errors"
	"fmt"

	"studio/media/packet"
)

// successor is an encoder that is ready to take over at a key frame. Its parameter
// sets are those of the stream, so that receivers notice nothing.
type successor struct {
	encoder *C.encoder
	preset  string
}

// ErrFixed is returned for changes that the encoder cannot make while it runs.
var ErrFixed = errors.New("cannot be changed while this encoder runs")

// SetBitsPerSecond changes the bit rate: with libx264 from the next picture on and
// without a key frame, with others at the next key frame, which it asks for. Any
// goroutine may call it. The error is ErrFixed if the encoder would need another
// stream for it.
func (v *Video) SetBitsPerSecond(n int) error {
	if err := badBits(n); err != nil {
		return err
	}
	if v.options.Encoder == X264 {
		v.bits.Store(int64(n))
		return nil
	}
	o := v.options
	o.BitsPerSecond = n
	if err := v.replace(o); err != nil {
		return fmt.Errorf("bit rate %d b/s: %w", n, err)
	}
	v.bits.Store(int64(n))
	v.RequestKey()
	return nil
}

// BitsPerSecond returns the bit rate that is wanted.
func (v *Video) BitsPerSecond() int { return int(v.bits.Load()) }

// SetPreset changes x264's preset at the next key frame. No picture is lost, and
// the stream stays the same to its receivers. It takes as long as opening an
// encoder does, a few milliseconds, in which Encode goes on; any goroutine may
// call it. A later call takes back an earlier one that has not come to pass. The
// error is ErrFixed if the encoder has no presets.
func (v *Video) SetPreset(name string) error {
	if err := badPreset(name); err != nil {
		return err
	}
	if v.options.Encoder != X264 {
		return fmt.Errorf("preset %q: %s has none: %w", name, v.options.Encoder, ErrFixed)
	}
	o := v.options
	o.Preset = name
	if err := v.replace(o); err != nil {
		return fmt.Errorf("preset %q: %w", name, err)
	}
	return nil
}

// Preset returns the preset in use.
func (v *Video) Preset() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.preset
}

// Encoder returns libavcodec's name of the encoder.
func (v *Video) Encoder() string { return v.options.Encoder }

// replace makes the encoder that takes over at the next key frame.
func (v *Video) replace(o VideoOptions) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	v.mu.Lock()
	wanted := v.next
	same := o.Encoder == X264 && (wanted == nil && v.preset == o.Preset || wanted != nil && wanted.preset == o.Preset)
	v.mu.Unlock()
	if same {
		return nil
	}
	encoder, err := open(o, v.level(), successorParams(v.options.Preset, o.Preset, o.Profile))
	if err != nil {
		return err
	}
	sets := extra(encoder)
	if len(sets) == 0 {
		if sets, err = firstParameterSets(o); err != nil {
			C.encode_free(encoder)
			return err
		}
	}
	if !bytes.Equal(sets, v.stream.Extra) {
		C.encode_free(encoder)
		return fmt.Errorf("needs parameter sets % x, the stream has % x: %w", sets, v.stream.Extra, ErrFixed)
	}
	v.put(&successor{encoder, o.Preset})
	return nil
}

// level is the stream's level_idc: the fourth byte of its SPS (H.264, 7.3.2.1.1).
func (v *Video) level() int {
	at := bytes.Index(v.stream.Extra, startCode) + len(startCode)
	return int(v.stream.Extra[at+3])
}

// put has s take over, instead of whoever was to.
func (v *Video) put(s *successor) {
	v.mu.Lock()
	before := v.next
	v.next = s
	if v.closed {
		before, v.next = s, nil
	}
	v.mu.Unlock()
	if before != nil {
		C.encode_free(before.encoder)
	}
}

// handOver goes on with the successor, if there is one, after the last picture of
// the present encoder.
func (v *Video) handOver(emit func(*packet.Packet)) error {
	v.mu.Lock()
	next := v.next
	v.next = nil
	v.mu.Unlock()
	if next == nil {
		return nil
	}
	err := v.finish(emit)
	C.encode_free(v.encoder)
	v.encoder = next.encoder
	v.mu.Lock()
	v.preset = next.preset
	v.mu.Unlock()
	return err
}
