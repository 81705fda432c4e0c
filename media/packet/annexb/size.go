package annexb

// Size returns the size of the pictures, cropped, as the first SPS in data says;
// false if there is none that can be read.
func Size(data []byte) (width, height int, ok bool) {
	for unit, rest := Next(data); unit != nil; unit, rest = Next(rest) {
		if unit[0]&kindMask == unitSPS {
			s, ok := readSequence(unit)
			return s.width, s.height, ok
		}
	}
	return 0, 0, false
}

// sequenceSet is what an SPS says, as far as it matters here.
type sequenceSet struct {
	width, height int
	planes        bool // each is coded as if it were grey
	numberBits    int  // of the frame number
	gaps          bool // are allowed in the frame numbers
}

// readSequence reads an SPS (7.3.2.1.1).
func readSequence(unit []byte) (s sequenceSet, ok bool) {
	r := &reader{data: payload(make([]byte, 0, len(unit)), unit[1:])}
	profile := r.bits(8)
	r.bits(16) // constraints, level
	r.golomb() // its number
	chroma := 1
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		if chroma = r.golomb(); chroma == 3 {
			s.planes = r.bits(1) == 1
		}
		r.golomb() // depth of luma
		r.golomb() // depth of chroma
		r.bits(1)  // without transform
		if r.bits(1) == 1 {
			r.scalingLists(chroma)
		}
	}
	s.numberBits = r.golomb() + 4
	switch r.golomb() { // how the order of pictures is told
	case 0:
		r.golomb()
	case 1:
		r.bits(1)
		r.golomb()
		r.golomb()
		for range min(r.golomb(), 255) {
			r.golomb()
		}
	}
	r.golomb() // reference pictures
	s.gaps = r.bits(1) == 1
	s.width, s.height = 16*(r.golomb()+1), 16*(r.golomb()+1)
	whole := r.bits(1) // 0: of two fields
	if whole == 0 {
		s.height *= 2
		r.bits(1)
	}
	r.bits(1)
	if r.bits(1) == 1 {
		unitX, unitY := 1, 2-whole
		if chroma == 1 || chroma == 2 {
			unitX = 2
		}
		if chroma == 1 {
			unitY *= 2
		}
		s.width -= unitX * (r.golomb() + r.golomb())
		s.height -= unitY * (r.golomb() + r.golomb())
	}
	return s, !r.short && s.width > 0 && s.height > 0 && s.width <= 1<<14 && s.height <= 1<<14 && s.numberBits <= 16
}

// payload appends a unit to out, without the bytes that keep it from holding a start
// code (7.4.1.1), as far as there is room.
func payload(out, unit []byte) []byte {
	zeros := 0
	for _, b := range unit {
		switch {
		case len(out) == cap(out):
			return out
		case zeros >= 2 && b == 3:
			zeros = 0
			continue
		case b == 0:
			zeros++
		default:
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// reader reads bits, most significant first. Behind the end there are zeros.
type reader struct {
	data  []byte
	at    int // bits read
	short bool
}

func (r *reader) bits(n int) (v int) {
	for range n {
		v <<= 1
		if r.at>>3 >= len(r.data) {
			r.short = true
		} else {
			v |= int(r.data[r.at>>3]>>(7-r.at&7)) & 1
		}
		r.at++
	}
	return v
}

// golomb reads a number in the Exp-Golomb code (9.1), of up to 32 bits.
func (r *reader) golomb() int {
	zeros := 0
	for r.bits(1) == 0 {
		if zeros++; zeros > 32 {
			r.short = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// scalingLists passes over the lists (7.3.2.1.1.1).
func (r *reader) scalingLists(chroma int) {
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if r.bits(1) == 0 {
			continue
		}
		values := 16
		if i >= 6 {
			values = 64
		}
		for last, n := 8, 0; n < values; n++ {
			k := r.golomb() // signed: 0, 1, -1, 2, -2 … (9.1.1)
			if k%2 == 0 {
				k = -k / 2
			} else {
				k = (k + 1) / 2
			}
			if last = (last + k) & 0xff; last == 0 {
				break // the rest is as the value before
			}
		}
	}
}
