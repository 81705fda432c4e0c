package encode

/*
#include "libav.h"
*/
import "C"

import (
	"bytes"

	"studio/media/packet"
)

// drain emits every packet that the encoder has ready. finished makes a packet of
// the encoder's, which is valid during the call only.
func drain(e *C.encoder, what string, finished func(*C.AVPacket) *packet.Packet, emit func(*packet.Packet)) error {
	for {
		code := C.encode_receive(e)
		if code == 0 {
			return nil
		}
		if code < 0 {
			return failed("take "+what, code)
		}
		emit(finished(e.packet))
	}
}

// Kinds of NAL units (H.264, table 7-1) that are parameter sets.
const (
	nalSPS = 7
	nalPPS = 8
)

var startCode = []byte{0, 0, 1}

// parameterSets returns the SPS and PPS of a key frame in Annex B, each behind a
// start code of four bytes; nil if not both are there.
func parameterSets(data []byte) []byte {
	var sets []byte
	var sps, pps bool
	for {
		i := bytes.Index(data, startCode)
		if i < 0 || i+3 >= len(data) {
			break
		}
		data = data[i+3:]
		end := bytes.Index(data, startCode)
		if end < 0 {
			end = len(data)
		}
		kind := data[0] & 0x1f
		sps, pps = sps || kind == nalSPS, pps || kind == nalPPS
		if kind == nalSPS || kind == nalPPS {
			unit := bytes.TrimRight(data[:end], "\x00") // a unit never ends in 0; what does belongs to the next start code
			sets = append(append(append(sets, 0), startCode...), unit...)
		}
	}
	if !sps || !pps {
		return nil
	}
	return sets
}

// beginWith returns a copy of a key frame that begins with the parameter sets.
// libavcodec puts x264's greeting before the very first ones, where receivers look
// for the sets themselves: it is left out. Encoders that write them once only get
// them here.
func beginWith(sets, data []byte) []byte {
	if at := bytes.Index(data, sets); at >= 0 {
		return bytes.Clone(data[at:])
	}
	return append(bytes.Clone(sets), data...)
}
