// Package annexb reads as much of H.264 as it takes to keep and to cut it without
// decoding anything: which units a piece of the byte stream holds, whether decoding
// can begin there, and the size of the pictures. The byte stream is that of Annex B
// of ITU-T H.264: units of the network abstraction layer (NAL), each behind a start
// code, an access unit being those of one picture.
package annexb

import "bytes"

// Kinds of units (table 7-1).
const (
	unitSlice  = 1 // of a picture that refers to others
	unitIDR    = 5 // of an IDR picture, before which nothing is needed
	unitSPS    = 7 // sequence parameter set (SPS)
	unitPPS    = 8 // picture parameter set (PPS)
	kindMask   = 0x1f
	startBytes = 3
)

// AccessUnit is what one picture's units are.
type AccessUnit struct {
	Picture bool // there is one: not parameter sets alone
	Key     bool // an IDR picture: decoding can begin here
	SPS     bool // it brings parameter sets of a sequence,
	PPS     bool // of pictures
}

// Look looks at the units up to the first one of the picture itself, and allocates
// nothing. ok is false if data does not begin with a start code.
func Look(data []byte) (u AccessUnit, ok bool) {
	if at := find(data); at < 0 || len(bytes.TrimLeft(data[:at], "\x00")) > 0 {
		return u, false
	}
	for unit, rest := Next(data); unit != nil; unit, rest = Next(rest) {
		switch unit[0] & kindMask {
		case unitSPS:
			u.SPS = true
		case unitPPS:
			u.PPS = true
		case unitSlice, unitSlice + 1, unitSlice + 2, unitSlice + 3, unitIDR:
			u.Picture, u.Key = true, unit[0]&kindMask == unitIDR
			return u, true
		}
	}
	return u, true
}

// Next returns the next unit, without its start code and the zeros behind it, and
// what follows; nil if there is none. A unit is never empty.
func Next(data []byte) (unit, rest []byte) {
	for {
		at := find(data)
		if at < 0 {
			return nil, nil
		}
		data = data[at+startBytes:]
		end := find(data)
		if end < 0 {
			end = len(data)
		}
		unit = bytes.TrimRight(data[:end], "\x00") // a unit never ends in 0 (7.4.1)
		data = data[end:]
		if len(unit) > 0 {
			return unit, data
		}
	}
}

func find(data []byte) int { return bytes.Index(data, []byte{0, 0, 1}) }

// AppendSets appends the parameter sets in data, each behind a start code of four
// bytes, to sets.
func AppendSets(sets, data []byte) []byte {
	for unit, rest := Next(data); unit != nil; unit, rest = Next(rest) {
		switch unit[0] & kindMask {
		case unitSPS, unitPPS:
			sets = append(append(sets, 0, 0, 0, 1), unit...)
		case unitSlice, unitSlice + 1, unitSlice + 2, unitSlice + 3, unitIDR:
			return sets // they stand before the picture (7.4.1.2.3)
		}
	}
	return sets
}
