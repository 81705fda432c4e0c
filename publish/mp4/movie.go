package mp4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ErrForeign is told of files that are no recordings of ours.
var ErrForeign = errors.New("not a recording of this program")

// Movie is what a recording holds up to End. It is not safe for concurrent use;
// Snapshot returns a copy for another goroutine.
type Movie struct {
	End      int64 // where the last whole fragment ends, in bytes
	Chapters []Chapter

	moov         []byte // inside of the box at the head
	mark         int64  // where the reserved bytes are
	tracks       []*track
	fragments    int
	lastFragment int64
}

// Chapter is a place with a name, in the file's own time.
type Chapter struct {
	At    time.Duration
	Title string
}

// track is one row of samples.
type track struct {
	id, timescale         uint32
	kind                  string // vide, soun
	enabled               bool   // players play it unless they are told otherwise
	trak                  []byte // inside of its box at the head
	duration, size, flags uint32 // what the head says of samples that say nothing
	chunks                []chunk
}

// chunk is a run of samples that lie one after the other in the file.
type chunk struct {
	offset  int64 // in bytes
	time    int64 // of the first sample, in units of 1/timescale s
	samples []sample
}

// sample is a coded picture or stretch of sound.
type sample struct {
	size     uint32
	duration uint32
	key      bool
}

func (c chunk) bytes() (n int64) {
	for _, s := range c.samples {
		n += int64(s.size)
	}
	return n
}

// last returns when the last sample begins, and when it ends.
func (c chunk) last() (begins, ends int64) {
	ends = c.time
	for _, s := range c.samples {
		begins, ends = ends, ends+int64(s.duration)
	}
	return begins, ends
}

// markBytes is the size of the reserved bytes: the header of a 64-bit box. The
// mark inside tells our unfinished recordings from other files.
const markBytes = 16

var mark = []byte("studio-1")

// Begin makes the head that a muxer wrote into a new file, ftyp and a moov without
// samples, the head of a recording. It leaves the file's place of writing behind it.
func Begin(f interface {
	io.ReaderAt
	io.WriterAt
	io.Seeker
}) (*Movie, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	head := make([]byte, size)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	kind, _, length, err := header(f, 0, size)
	if err != nil || kind != "ftyp" {
		return nil, errors.Join(errors.New("the muxer wrote no file type first"), err)
	}
	if _, err := f.WriteAt(slices.Concat(makeBox("free", mark), head[length:]), length); err != nil {
		return nil, err
	}
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	return Read(f, size)
}

// State is whether a recording was finished.
type State int

const (
	Unfinished State = iota + 1 // fragments, without a table of samples
	Finished                    // a plain MP4
)

// Look reads a file's first bytes. The error is ErrForeign for other files.
func Look(r io.ReaderAt, size int64) (State, error) {
	state, _, err := look(r, size)
	return state, err
}

// look returns where the mark is, too.
func look(r io.ReaderAt, size int64) (State, int64, error) {
	kind, _, length, err := header(r, 0, size)
	if err != nil && err != errTorn {
		return 0, 0, err
	}
	if kind != "ftyp" || length > 1024 || length+markBytes > size {
		return 0, 0, ErrForeign
	}
	var b [markBytes]byte
	if _, err := r.ReadAt(b[:], length); err != nil {
		return 0, 0, err
	}
	switch {
	case bytes.Equal(b[:], makeBox("free", mark)):
		return Unfinished, length, nil
	case string(b[:8]) == "\x00\x00\x00\x01mdat":
		return Finished, length, nil
	}
	return 0, 0, ErrForeign
}

// Read reads what the first size bytes of a recording hold, finished or not, up to
// where it is torn. The error is ErrForeign for other files.
func Read(r io.ReaderAt, size int64) (*Movie, error) {
	_, at, err := look(r, size)
	if err != nil {
		return nil, err
	}
	m := &Movie{mark: at}
	at += markBytes
	kind, head, length, err := header(r, at, size)
	if err == errTorn || err == nil && kind != "moov" {
		return nil, ErrForeign
	} else if err != nil {
		return nil, err
	}
	if m.moov, err = body(r, at, head, length); err != nil {
		return nil, err
	}
	if err := m.readTracks(); err != nil {
		return nil, err
	}
	m.End = at + length
	return m, m.Advance(r, size)
}

func (m *Movie) readTracks() error {
	for b := range boxes(m.moov) {
		if b.kind != "trak" {
			continue
		}
		tkhd, mdhd, hdlr := find(b.body, "tkhd"), find(b.body, "mdia", "mdhd"), find(b.body, "mdia", "hdlr")
		if len(tkhd) < 24 || len(mdhd) < 24 || len(hdlr) < 12 || tkhd[0] != 0 || mdhd[0] != 0 || find(b.body, "mdia", "minf", "stbl", "stsd") == nil {
			return fmt.Errorf("%w: a track says too little of itself", ErrForeign)
		}
		t := &track{
			id: binary.BigEndian.Uint32(tkhd[12:]), timescale: binary.BigEndian.Uint32(mdhd[12:]),
			kind: string(hdlr[8:12]), enabled: tkhd[3]&1 != 0, trak: b.body,
		}
		if t.timescale == 0 {
			return fmt.Errorf("%w: a track has no time scale", ErrForeign)
		}
		m.tracks = append(m.tracks, t)
	}
	for b := range boxes(find(m.moov, "mvex")) {
		r := reader{b: b.body}
		r.u32()
		if t := m.track(r.u32()); b.kind == "trex" && t != nil {
			r.u32()
			t.duration, t.size, t.flags = r.u32(), r.u32(), r.u32()
		}
	}
	if len(m.tracks) == 0 {
		return fmt.Errorf("%w: it has no tracks", ErrForeign)
	}
	return nil
}

func (m *Movie) track(id uint32) *track {
	for _, t := range m.tracks {
		if t.id == id {
			return t
		}
	}
	return nil
}

// Fragments returns how many whole fragments there are.
func (m *Movie) Fragments() int { return m.fragments }

// LastFragment returns where the last whole fragment begins, in bytes.
func (m *Movie) LastFragment() int64 { return m.lastFragment }

// Snapshot returns a copy that stays as it is while the movie grows.
func (m *Movie) Snapshot() *Movie {
	c := *m
	c.Chapters = slices.Clone(m.Chapters)
	c.tracks = make([]*track, len(m.tracks))
	for i, t := range m.tracks {
		copied := *t // chunks are only ever appended to
		c.tracks[i] = &copied
	}
	return &c
}

// Duration returns how long the pictures are; without pictures, the first sound.
func (m *Movie) Duration() time.Duration {
	t := m.main()
	if len(t.chunks) == 0 {
		return 0
	}
	_, ends := t.chunks[len(t.chunks)-1].last()
	return duration(ends, t.timescale)
}

// main is the track that says where one can begin.
func (m *Movie) main() *track {
	for _, t := range m.tracks {
		if t.kind == "vide" {
			return t
		}
	}
	return m.tracks[0]
}

// played are the tracks that players play: of several sounds, the first.
func (m *Movie) played() []*track {
	main := m.main()
	return slices.DeleteFunc(slices.Clone(m.tracks), func(t *track) bool { return t != main && !t.enabled })
}

func duration(n int64, timescale uint32) time.Duration {
	whole, rest := n/int64(timescale), n%int64(timescale)
	return time.Duration(whole)*time.Second + time.Duration(rest*int64(time.Second)/int64(timescale))
}

// units is the nearest count of 1/timescale s.
func units(d time.Duration, timescale uint32) int64 {
	whole, rest := int64(d/time.Second), int64(d%time.Second)
	half := int64(time.Second) / 2
	if rest < 0 {
		half = -half
	}
	return whole*int64(timescale) + (rest*int64(timescale)+half)/int64(time.Second)
}
