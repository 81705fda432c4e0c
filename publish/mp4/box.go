package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

var errTorn = errors.New("the box is not whole")

// box is one box in memory: its four letters and what is inside.
type box struct {
	kind string
	body []byte
}

// boxes goes through the boxes in a stretch of memory, until one is not whole.
func boxes(b []byte) iter.Seq[box] {
	return func(yield func(box) bool) {
		for len(b) >= 8 {
			size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
			if size == 1 && len(b) >= 16 {
				size, head = binary.BigEndian.Uint64(b[8:]), 16
			}
			if size < head || size > uint64(len(b)) || !yield(box{string(b[4:8]), b[head:size]}) {
				return
			}
			b = b[size:]
		}
	}
}

// find returns the inside of the box at a path such as "mdia", "minf", nil if
// there is none.
func find(b []byte, path ...string) []byte {
	for _, kind := range path {
		var inside []byte
		for child := range boxes(b) {
			if child.kind == kind {
				inside = child.body
				break
			}
		}
		if inside == nil {
			return nil
		}
		b = inside
	}
	return b
}

// make puts parts into a box.
func makeBox(kind string, parts ...[]byte) []byte {
	size := 8
	for _, p := range parts {
		size += len(p)
	}
	b := make([]byte, 0, size)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = append(b, kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func u32(values ...uint32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// header reads a box's header in a file.
func header(r io.ReaderAt, at, end int64) (kind string, head, size int64, err error) {
	var b [16]byte
	if at+8 > end {
		return "", 0, 0, errTorn
	}
	n := min(int64(len(b)), end-at)
	if _, err := r.ReadAt(b[:n], at); err != nil {
		return "", 0, 0, err
	}
	head, size = 8, int64(binary.BigEndian.Uint32(b[:]))
	if size == 1 && n == 16 {
		head, size = 16, int64(binary.BigEndian.Uint64(b[8:]))
	}
	if size < head || size > end-at {
		return "", 0, 0, errTorn
	}
	return string(b[4:8]), head, size, nil
}

// longestBox bounds the boxes that are read into memory: a fragment's table of
// contents is a few kilobytes.
const longestBox = 16 << 20

// body reads the inside of the box at a place in a file.
func body(r io.ReaderAt, at, head, size int64) ([]byte, error) {
	if size > longestBox {
		return nil, fmt.Errorf("a box of %d bytes is too big", size)
	}
	b := make([]byte, size-head)
	_, err := r.ReadAt(b, at+head)
	return b, err
}

// reader takes big-endian numbers from a box; past its end it gives zeros and
// remembers that it did.
type reader struct {
	b    []byte
	torn bool
}

func (r *reader) u32() uint32 {
	if len(r.b) < 4 {
		r.torn, r.b = true, nil
		return 0
	}
	v := binary.BigEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *reader) u64() uint64 { return uint64(r.u32())<<32 | uint64(r.u32()) }

// optional reads a number that is there if any of the flags is set.
func (r *reader) optional(flags, mask, otherwise uint32) uint32 {
	if flags&mask == 0 {
		return otherwise
	}
	return r.u32()
}
