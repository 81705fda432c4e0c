package jpeg

// #include "baseline.h"
import "C"

// readBaseline reads the headers of a JPEG of the kind that cameras send, into
// frame. It returns false for whatever else there is, which the library reads:
// progressive or arithmetic coding, several scans, tables of 16 bits, stray bytes.
func readBaseline(frame *C.studio_frame, data []byte) bool {
	*frame = C.studio_frame{}
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return false
	}
	var b headers
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		length := int(data[at+2])<<8 + int(data[at+3])
		end := at + 2 + length
		if length < 2 || end > len(data) {
			return false
		}
		marker, from := data[at+1], at+4
		at = end
		switch {
		case marker == markerDQT:
			if !b.readQuantisation(data[:end], from) {
				return false
			}
		case marker == markerDHT:
			if !b.readHuffman(data[:end], from) {
				return false
			}
		case marker == markerDRI:
			if end-from != 2 {
				return false
			}
			frame.restart = C.int32_t(int(data[from])<<8 + int(data[from+1]))
		case marker == markerSOF0:
			if !b.readFrame(frame, data[from:end]) {
				return false
			}
		case marker == markerSOS:
			frame.scan = C.int32_t(end)
			return b.readScan(frame, data[from:end])
		case marker >= markerAPP0 && marker <= markerAPP0+15, marker == markerCOM:
		default:
			return false
		}
	}
	return false
}

// headers is what has been read of a JPEG's segments: where its tables are.
type headers struct {
	quantisation [4]int // where the 64 steps begin, 0 for none
	dc, ac       [2]C.studio_table
	huffman      bool // any at all
	id, steps    [3]byte
}

// readQuantisation reads the segment that is the end of data: T.81 section B.2.4.1.
func (b *headers) readQuantisation(data []byte, at int) bool {
	for ; at < len(data); at += 1 + 64 {
		if data[at] >= 4 || at+1+64 > len(data) { // the upper half: 16 bits
			return false
		}
		b.quantisation[data[at]] = at + 1
	}
	return true
}

// readHuffman reads the segment that is the end of data: T.81 section B.2.4.2.
func (b *headers) readHuffman(data []byte, at int) bool {
	for at < len(data) {
		class, id := data[at]>>4, data[at]&15
		if class > 1 || id > 1 || at+1+16 > len(data) {
			return false
		}
		values := 0
		for _, n := range data[at+1 : at+1+16] {
			values += int(n)
		}
		if values == 0 || values > 256 || at+1+16+values > len(data) {
			return false
		}
		table := C.studio_table{at: C.int32_t(at + 1), values: C.int32_t(values)}
		if class == 0 {
			b.dc[id] = table
		} else {
			b.ac[id] = table
		}
		b.huffman = true
		at += 1 + 16 + values
	}
	return true
}

// readFrame reads the frame header: T.81 section B.2.2.
func (b *headers) readFrame(frame *C.studio_frame, segment []byte) bool {
	if frame.components != 0 || len(segment) < 6 || segment[0] != 8 {
		return false
	}
	n := int(segment[5])
	if n != 1 && n != 3 || len(segment) != 6+3*n {
		return false
	}
	frame.components = C.int32_t(n)
	frame.height = C.int32_t(int(segment[1])<<8 + int(segment[2]))
	frame.width = C.int32_t(int(segment[3])<<8 + int(segment[4]))
	for i := range n {
		one := segment[6+3*i:]
		c := &frame.component[i]
		c.across, c.down = C.int32_t(one[1]>>4), C.int32_t(one[1]&15)
		if n == 1 {
			c.across, c.down = 1, 1 // alone in its scan: no interleaving, section A.2.2
		}
		if c.across < 1 || c.across > 2 || c.down < 1 || c.down > 2 || one[2] > 3 {
			return false
		}
		b.id[i], b.steps[i] = one[0], one[2]
	}
	return true
}

// readScan reads the scan header, T.81 section B.2.3, and looks whether all tables
// are there: all Huffman tables that are needed, or none, which are the standard ones.
func (b *headers) readScan(frame *C.studio_frame, segment []byte) bool {
	n := int(frame.components)
	if n == 0 || len(segment) != 1+2*n+3 || int(segment[0]) != n {
		return false
	}
	for i := range n {
		one := segment[1+2*i:]
		dc, ac := one[1]>>4, one[1]&15
		steps := b.quantisation[b.steps[i]]
		if one[0] != b.id[i] || dc > 1 || ac > 1 || steps == 0 {
			return false
		}
		if b.huffman && (b.dc[dc].values == 0 || b.ac[ac].values == 0) {
			return false
		}
		c := &frame.component[i]
		c.dc, c.ac, c.steps = C.int32_t(dc), C.int32_t(ac), C.int32_t(steps)
	}
	frame.dc, frame.ac = b.dc, b.ac
	rest := segment[1+2*n:]
	return rest[0] == 0 && rest[1] == 63 && rest[2] == 0
}

// scale says to what size the blocks of a frame are brought so that luma is
// 1/denominator of the whole and chroma half of that each way, and returns false
// when blocks cannot be brought to that. Only where a block would be less than one
// sample high chroma stays higher than it should be.
func scale(frame *C.studio_frame, denominator int) bool {
	n := C.int32_t(8 / denominator)
	luma := &frame.component[0]
	luma.block_width, luma.block_height = n, n
	for i := 1; i < int(frame.components); i++ {
		c := &frame.component[i]
		if luma.across%c.across != 0 || luma.down%c.down != 0 {
			return false
		}
		c.block_width = n * (luma.across / c.across) / 2
		c.block_height = max(1, n*(luma.down/c.down)/2)
		if c.block_width == 0 {
			return false
		}
	}
	return true
}
