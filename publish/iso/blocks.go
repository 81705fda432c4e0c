package iso

import (
	"bytes"
	"encoding/binary"
	"io"
)

// find returns the element of one kind and whole length in another; an empty one if
// there is none.
func find(r io.ReaderAt, in element, id uint32, length int64) (element, error) {
	for at := in.begin; at < in.end(); {
		e, err := readElement(r, at, in.end())
		if err != nil {
			return element{}, err
		}
		if e.id == id && e.end()-e.at == length {
			return e, nil
		}
		at = e.end()
	}
	return element{}, nil
}

// holds reports whether a small element has some bytes in it.
func holds(r io.ReaderAt, e element, what string) (bool, error) {
	data := make([]byte, min(e.size, 1<<16))
	if _, err := r.ReadAt(data, e.begin); err != nil {
		return false, err
	}
	return bytes.Contains(data, []byte(what)), nil
}

// opening returns when a cluster begins, in milliseconds, and whether its first block is
// a place to begin at, or errTorn.
func opening(r io.ReaderAt, c element) (begins int64, key bool, err error) {
	for at := c.begin; at < c.end(); {
		e, err := readElement(r, at, c.end())
		if err != nil {
			return 0, false, err
		}
		at = e.end()
		switch e.id {
		case idTime:
			if begins, err = readNumber(r, e); err != nil {
				return 0, false, err
			}
		case idBlockGroup: // libavformat writes what is none as simple blocks
			return begins, true, nil
		case idSimpleBlock:
			flags, err := readBlock(r, e)
			return begins, flags.key, err
		}
	}
	return 0, false, errTorn
}

// times returns when the last block of a cluster begins, in milliseconds, or errTorn if
// the cluster's elements do not fill it, or its last picture has no end.
func (m *matroska) times(r io.ReaderAt, c element) (ends int64, err error) {
	var begins int64
	var last element
	for at := c.begin; at < c.end(); {
		e, err := readElement(r, at, c.end())
		if err != nil {
			return 0, err
		}
		at = e.end()
		switch e.id {
		case idTime:
			if begins, err = readNumber(r, e); err != nil {
				return 0, err
			}
			ends = begins
		case idSimpleBlock, idBlockGroup:
			if e.id == idBlockGroup { // a block comes first in it
				if e, err = readElement(r, e.begin, e.end()); err != nil {
					return 0, err
				}
			}
			block, err := readBlock(r, e)
			if err != nil {
				return 0, err
			}
			ends = max(ends, begins+block.after)
			last = e
		}
	}
	if c.size == 0 {
		return 0, errTorn // no time in it
	}
	return ends, m.picture(r, last)
}

// block is what a block's header says.
type block struct {
	after int64 // milliseconds since the cluster's beginning
	key   bool
}

// blockHead is how long it is: the track's number, time and flags.
const blockHead = 4

func readBlock(r io.ReaderAt, e element) (block, error) {
	if e.size < blockHead {
		return block{}, errTorn
	}
	var b [3]byte // behind the track's number, which is one byte
	if _, err := r.ReadAt(b[:], e.begin+1); err != nil {
		return block{}, err
	}
	return block{int64(int16(binary.BigEndian.Uint16(b[:]))), b[2]&0x80 != 0}, nil
}

// picture returns errTorn if a block holds a picture without its end.
func (m *matroska) picture(r io.ReaderAt, block element) error {
	if block.size < blockHead || block.size > 64<<20 {
		return errTorn
	}
	data := make([]byte, block.size-blockHead)
	if _, err := r.ReadAt(data, block.begin+blockHead); err != nil {
		return err
	}
	switch {
	case m.avc:
		return units(data)
	case bytes.HasPrefix(data, []byte{0xff, 0xd8}) && !bytes.Contains(data, []byte{0xff, 0xd9}):
		return errTorn
	}
	return nil
}

// units returns errTorn if H.264's units, each behind its length of four bytes, do not
// fill data, or the last ends in a zero, as none does (ITU-T H.264, 7.4.1).
func units(data []byte) error {
	if len(data) == 0 || data[len(data)-1] == 0 {
		return errTorn
	}
	for len(data) > 0 {
		if len(data) < 4 {
			return errTorn
		}
		size := int64(binary.BigEndian.Uint32(data))
		if data = data[4:]; size > int64(len(data)) {
			return errTorn
		}
		data = data[size:]
	}
	return nil
}
