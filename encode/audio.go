package encode

/*
#include "libav.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"studio/media/packet"
	"studio/media/samples"
)

// AudioOptions say what coded sound is wanted.
type AudioOptions struct {
	Codec         packet.Codec // packet.AAC (AAC-LC) or packet.Opus
	BitsPerSecond int          // 0 is 128000
}

// jump is the longest gap that is filled with silence, in samples; past it the
// sound starts afresh at its new position.
const jump = 10 * samples.Rate

// Audio encodes the program's sound, 48 kHz stereo. Blocks may be of any length:
// it frames them by 1024 samples (AAC) or 960, which is 20 ms (Opus).
//
// A codec's decoder puts out Stream.Preskip samples before the first real one.
// Packet times are corrected for it: what a decoder makes of a packet belongs at
// the packet's PTS, so sound that begins at position 0 has a first packet with
// the PTS -1024 (AAC) or -312 (Opus). Muxers drop or declare what lies before 0.
type Audio struct {
	encoder *C.encoder
	stream  *packet.Stream
	flushed bool

	frame   []float32 // interleaved samples gathered so far, capacity one frame
	started bool
	next    int64 // position of the sample after the gathered ones
}

// NewAudio returns an encoder for sound; the caller closes it.
func NewAudio(o AudioOptions) (*Audio, error) {
	if o.BitsPerSecond == 0 {
		o.BitsPerSecond = 128_000
	}
	if o.Codec != packet.AAC && o.Codec != packet.Opus {
		return nil, fmt.Errorf("make the sound encoder: %v is neither AAC nor Opus", o.Codec)
	}
	if o.BitsPerSecond < 16_000 || o.BitsPerSecond > 510_000 {
		return nil, fmt.Errorf("make the %v encoder: bit rate %d b/s: must be from 16 to 510 kb/s", o.Codec, o.BitsPerSecond)
	}
	a := &Audio{}
	if code := C.encode_audio_open(&a.encoder, C.int(bit(o.Codec == packet.Opus)), C.int64_t(o.BitsPerSecond)); code < 0 {
		return nil, failed(fmt.Sprintf("make the %v encoder (%d b/s)", o.Codec, o.BitsPerSecond), code)
	}
	codec := a.encoder.codec
	a.frame = make([]float32, 0, int(codec.frame_size)*samples.Channels)
	a.stream = &packet.Stream{
		Codec:         o.Codec,
		TimeBase:      packet.Rational{Num: 1, Den: samples.Rate},
		BitsPerSecond: o.BitsPerSecond,
		Extra:         C.GoBytes(unsafe.Pointer(codec.extradata), codec.extradata_size),
		SampleRate:    samples.Rate,
		Channels:      samples.Channels,
		Preskip:       int(codec.initial_padding),
	}
	return a, nil
}

// Stream describes the packets.
func (a *Audio) Stream() *packet.Stream { return a.stream }

// Encode encodes a block that follows the one before. A gap of up to 10 s is
// filled with silence; samples at positions already encoded are left out. emit is
// called before Encode returns with each packet that is ready, none or several.
// The block is not held.
func (a *Audio) Encode(b samples.Block, emit func(*packet.Packet)) error {
	if a.flushed {
		return fmt.Errorf("encode sound at %d: %w", b.Position, ErrFlushed)
	}
	if len(b.Data)%samples.Channels != 0 {
		return fmt.Errorf("encode sound at %d: %d values are not whole stereo samples", b.Position, len(b.Data))
	}
	if !a.started {
		a.started, a.next = true, b.Position
	}
	data := b.Data
	switch gap := b.Position - a.next; {
	case gap > jump:
		if err := a.silence(a.missing(), emit); err != nil {
			return err
		}
		a.next = b.Position
	case gap > 0:
		if err := a.silence(gap, emit); err != nil {
			return err
		}
	case gap < 0:
		if -gap >= int64(b.Frames()) {
			return nil
		}
		data = data[-gap*samples.Channels:]
	}
	return a.gather(data, emit)
}

// missing is how many samples fill the frame begun, 0 if none is begun.
func (a *Audio) missing() int64 {
	if len(a.frame) == 0 {
		return 0
	}
	return int64((cap(a.frame) - len(a.frame)) / samples.Channels)
}

func (a *Audio) silence(n int64, emit func(*packet.Packet)) error {
	var zeros [480 * samples.Channels]float32
	for n > 0 {
		part := min(n, int64(len(zeros)/samples.Channels))
		if err := a.gather(zeros[:part*samples.Channels], emit); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

// gather cuts the sound into frames and encodes each that is full.
func (a *Audio) gather(data []float32, emit func(*packet.Packet)) error {
	for len(data) > 0 {
		n := min(len(data), cap(a.frame)-len(a.frame))
		a.frame = append(a.frame, data[:n]...)
		data = data[n:]
		a.next += int64(n / samples.Channels)
		if len(a.frame) == cap(a.frame) {
			if err := a.send(emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Audio) send(emit func(*packet.Packet)) error {
	n := len(a.frame) / samples.Channels
	position := a.next - int64(n)
	code := C.encode_audio_send(a.encoder, (*C.float)(&a.frame[0]), C.int(n), C.int64_t(position))
	a.frame = a.frame[:0]
	if code < 0 {
		return failed(fmt.Sprintf("encode sound at %d", position), code)
	}
	return drain(a.encoder, "encoded sound", a.finished, emit)
}

// finished makes a packet of encoded sound.
func (a *Audio) finished(from *C.AVPacket) *packet.Packet {
	return &packet.Packet{
		Stream:   a.stream,
		PTS:      int64(from.pts),
		Duration: int64(from.duration),
		Key:      true,
		Data:     C.GoBytes(unsafe.Pointer(from.data), from.size),
	}
}

// Flush encodes the frame begun and emits what the encoder still holds.
// Afterwards only Close may be called.
func (a *Audio) Flush(emit func(*packet.Packet)) error {
	if a.flushed {
		return nil
	}
	a.flushed = true
	if len(a.frame) > 0 {
		if err := a.send(emit); err != nil {
			return err
		}
	}
	if code := C.encode_finish(a.encoder); code < 0 {
		return failed("finish the encoded sound", code)
	}
	return drain(a.encoder, "encoded sound", a.finished, emit)
}

// Close frees the encoder; the packets stay valid. It may be called again.
func (a *Audio) Close() error {
	C.encode_free(a.encoder)
	a.encoder = nil
	a.flushed = true
	return nil
}
