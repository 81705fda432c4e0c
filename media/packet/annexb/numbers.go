package annexb

import "bytes"

// Numbers follows the frame numbers of a stream's pictures, to know of one that was
// lost on the way without a word. The zero value waits for a key frame.
type Numbers struct {
	sps  []byte // the one in use
	set  sequenceSet
	last int // number of the newest picture that others may refer to
}

// Follow reports whether the picture in data follows the one before: an IDR picture
// always does, another if it has the number of the newest reference picture or the
// next one (7.4.3). Where the stream allows gaps, or its SPS cannot be read, all do.
func (n *Numbers) Follow(data []byte) bool {
	for unit, rest := Next(data); unit != nil; unit, rest = Next(rest) {
		switch kind := unit[0] & kindMask; kind {
		case unitSPS:
			if !bytes.Equal(n.sps, unit) {
				n.sps = append(n.sps[:0], unit...)
				if set, ok := readSequence(unit); ok {
					n.set = set
				} else {
					n.set = sequenceSet{}
				}
			}
		case unitSlice, unitSlice + 1, unitIDR:
			return n.follow(unit, kind == unitIDR)
		}
	}
	return true
}

func (n *Numbers) follow(unit []byte, key bool) bool {
	if n.set.numberBits == 0 || n.set.gaps {
		return true
	}
	var room [32]byte // what stands before the number is shorter
	r := reader{data: payload(room[:0], unit[1:])}
	r.golomb() // first macroblock
	r.golomb() // kind of slice
	r.golomb() // picture parameter set
	if n.set.planes {
		r.bits(2)
	}
	number := r.bits(n.set.numberBits)
	follows := key || number == n.last || number == (n.last+1)&(1<<n.set.numberBits-1)
	if unit[0]>>5 != 0 { // a reference
		n.last = number
	}
	return follows
}
