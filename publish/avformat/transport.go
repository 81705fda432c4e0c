package avformat

/*
#include "mux.h"
*/
import "C"

import (
	"context"
	"time"
	"unsafe"

	"studio/media/packet"
)

// TransportStream makes an MPEG transport stream (ISO/IEC 13818-1) of packets, in
// memory. What it returns is whole packets of 188 bytes, and holds until its next
// call.
type TransportStream struct {
	muxer *muxer
	ended bool
}

// inMemory bounds what cannot wait.
const inMemory = time.Second

// NewTransportStream makes one that carries H.264, AAC and Opus.
func NewTransportStream(streams []*packet.Stream) (*TransportStream, error) {
	m, err := newMuxer(context.Background(), "mpegts", streams)
	if err != nil {
		return nil, err
	}
	t := &TransportStream{muxer: m}
	if err = m.check(C.mux_memory(m.c)); err == nil {
		err = m.header(inMemory)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Write returns what is to be sent for a packet; nothing, if others have to come
// first or it lies before the first key frame.
func (t *TransportStream) Write(p *packet.Packet) ([]byte, error) {
	if err := t.muxer.write(p, inMemory); err != nil {
		return nil, err
	}
	return t.made(), nil
}

// End returns what was held back; only Close follows.
func (t *TransportStream) End() ([]byte, error) {
	t.ended = true
	if err := t.muxer.close(true, inMemory); err != nil {
		return nil, err
	}
	return t.made(), nil
}

func (t *TransportStream) made() []byte {
	var data *C.uint8_t
	n := C.mux_take(t.muxer.c, &data)
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), int(n))
}

// Close lets go of everything.
func (t *TransportStream) Close() {
	if !t.ended {
		_ = t.muxer.close(false, inMemory) // there is nothing left to be told
	}
	t.muxer.free()
}
