package iso

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/bits"
)

// Names of the elements that matter (RFC 9559).
const (
	idEBML        = 0x1A45DFA3
	idSegment     = 0x18538067
	idSeekHead    = 0x114D9B74
	idSeek        = 0x4DBB
	idSeekID      = 0x53AB
	idSeekPos     = 0x53AC
	idVoid        = 0xEC
	idInfo        = 0x1549A966
	idDuration    = 0x4489
	idTracks      = 0x1654AE6B
	idTags        = 0x1254C367
	idCluster     = 0x1F43B675
	idTime        = 0xE7
	idSimpleBlock = 0xA3
	idBlockGroup  = 0xA0
	idCues        = 0x1C53BB6B
	idCuePoint    = 0xBB
	idCueTime     = 0xB3
	idCuePlace    = 0xB7
	idCueTrack    = 0xF7
	idCueCluster  = 0xF1
)

// unknown is the size of an element that lasts to the end of the file.
const unknown = math.MaxInt64

var errTorn = errors.New("the element is not whole")

// element is where an element lies in a file.
type element struct {
	id        uint32
	at, begin int64 // of the element, of what is in it
	size      int64 // of what is in it
}

func (e element) end() int64 {
	if e.size == unknown {
		return unknown
	}
	return e.begin + e.size
}

// readElement reads an element's header.
func readElement(r io.ReaderAt, at, end int64) (element, error) {
	var b [12]byte
	n := min(int64(len(b)), end-at)
	if n < 2 {
		return element{}, errTorn
	}
	if _, err := r.ReadAt(b[:n], at); err != nil {
		return element{}, err
	}
	width := bits.LeadingZeros8(b[0]) + 1
	if width > 4 || int64(width) >= n {
		return element{}, errTorn
	}
	e := element{at: at}
	for _, c := range b[:width] {
		e.id = e.id<<8 | uint32(c)
	}
	more := bits.LeadingZeros8(b[width]) + 1
	if more > 8 || int64(width+more) > n {
		return element{}, errTorn
	}
	size := int64(b[width]) & (1<<(8-more) - 1)
	ones := size == 1<<(8-more)-1
	for _, c := range b[width+1 : width+more] {
		size = size<<8 | int64(c)
		ones = ones && c == 0xff
	}
	e.begin = at + int64(width+more)
	e.size = size
	if ones && e.id == idSegment { // no other element of ours is written so
		e.size = unknown
	} else if size > end-e.begin {
		return e, errTorn
	}
	return e, nil
}

// readNumber reads an unsigned number of up to eight bytes.
func readNumber(r io.ReaderAt, e element) (int64, error) {
	var b [8]byte
	if e.size > 8 {
		return 0, errTorn
	}
	if _, err := r.ReadAt(b[8-e.size:], e.begin); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b[:])), nil
}

// put makes an element; its size takes eight bytes.
func put(id uint32, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b := idBytes(id)
	b = binary.BigEndian.AppendUint64(b, 1<<56|uint64(size))
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func idBytes(id uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, id)
	for b[0] == 0 {
		b = b[1:]
	}
	return b
}

func number(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }
