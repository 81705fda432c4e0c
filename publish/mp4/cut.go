package mp4

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// Piece is a recording that a clip may be taken from.
type Piece struct {
	Reader io.ReaderAt
	Movie  *Movie
	Zero   time.Duration // when its own time 0 is, on the time line of all pieces
}

// Clip is what Cut made.
type Clip struct {
	From, To time.Duration // on the pieces' time line; From is that of a key frame
	Bytes    int64
}

// ErrNothing is told when no piece holds anything of the time wanted.
var ErrNothing = errors.New("nothing is recorded of that time")

// Cut writes the pieces' pictures and sound from the last key frame not after from,
// or the first there is, up to to, as an MP4 with its table first. Of several tracks
// of sound it is the one that players play. The pieces are in order; of those of
// different coders the newest count. Nothing is coded again.
func Cut(w io.Writer, pieces []Piece, from, to time.Duration, tags []Tag) (Clip, error) {
	rows, clip, err := choose(pieces, from, to)
	if err != nil {
		return Clip{}, err
	}
	var order []*taken
	var data int64
	for _, r := range rows {
		for i := range r.chunks {
			order = append(order, &r.chunks[i])
			data += r.chunks[i].bytes()
		}
	}
	slices.SortStableFunc(order, func(a, b *taken) int {
		if a.piece != b.piece {
			return a.piece - b.piece
		}
		return int(a.source - b.source)
	})
	first := pieces[clip.piece].Movie
	wide := data > math.MaxUint32-longestBox
	ftyp := makeBox("ftyp", plainType)
	// The table's length does not depend on the places that it tells.
	at := int64(len(ftyp)+len(moovBox(first.moov, plainRows(rows), nil, tags, wide))) + markBytes
	for _, c := range order {
		c.offset = at
		at += c.bytes()
	}
	clip.Bytes = at
	moov := moovBox(first.moov, plainRows(rows), nil, tags, wide)
	mdat := slices.Concat(u32(1), []byte("mdat"), u64(uint64(data+markBytes)))
	if _, err := w.Write(slices.Concat(ftyp, moov, mdat)); err != nil {
		return Clip{}, err
	}
	var buffer []byte
	for _, c := range order {
		n := int(c.bytes())
		buffer = slices.Grow(buffer[:0], n)[:n]
		if _, err := pieces[c.piece].Reader.ReadAt(buffer, c.source); err != nil {
			return Clip{}, fmt.Errorf("read the recording: %w", err)
		}
		if _, err := w.Write(buffer); err != nil {
			return Clip{}, err
		}
	}
	return clip.Clip, nil
}

// plainType is the inside of ftyp for a file that every player knows: isom, of
// which the other brands are.
var plainType = slices.Concat([]byte("isom"), u32(512), []byte("isomiso2avc1mp41"))

// taken is a chunk of a clip: part of one of a piece.
type taken struct {
	chunk
	piece  int
	source int64 // where it is in the piece
}

type takenRow struct {
	*track
	chunks []taken
	skip   int64
}

func plainRows(rows []takenRow) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{track: r.track, skip: r.skip}
		for _, c := range r.chunks {
			out[i].chunks = append(out[i].chunks, c.chunk)
		}
	}
	return out
}

type choice struct {
	Clip
	piece int // that it begins in
}

// choose finds what belongs to a clip.
func choose(pieces []Piece, from, to time.Duration) ([]takenRow, choice, error) {
	c := choice{piece: -1, Clip: Clip{From: -1, To: -1}}
	for i, p := range pieces {
		if !p.Movie.like(pieces[len(pieces)-1].Movie) {
			c.piece = -1 // only what comes of the newest coders
			continue
		}
		for at := range keys(p.Movie.main()) {
			if at += p.Zero; at < to && (c.piece < 0 || at <= from) {
				c.piece, c.From = i, at
			}
		}
	}
	if c.piece < 0 {
		return nil, c, ErrNothing
	}
	var rows []takenRow
	for n, t := range pieces[c.piece].Movie.played() {
		r := takenRow{track: t}
		for i, p := range pieces[c.piece:] {
			r.take(c.piece+i, p.Movie.played()[n], units(c.From-p.Zero, t.timescale), units(to-p.Zero, t.timescale))
		}
		if t.kind == "vide" || t == pieces[c.piece].Movie.main() {
			if len(r.chunks) == 0 {
				return nil, c, ErrNothing
			}
			_, ends := r.chunks[len(r.chunks)-1].last()
			c.To = c.From + duration(ends, t.timescale)
		}
		rows = append(rows, r)
	}
	return rows, c, nil
}

// like reports whether what is played of two recordings can stand in one file.
func (m *Movie) like(other *Movie) bool {
	return slices.EqualFunc(m.played(), other.played(), func(a, b *track) bool {
		return a.timescale == b.timescale && bytes.Equal(find(a.trak, "mdia", "minf", "stbl", "stsd"), find(b.trak, "mdia", "minf", "stbl", "stsd"))
	})
}

// keys goes through the times at which one can begin.
func keys(t *track) func(yield func(time.Duration) bool) {
	return func(yield func(time.Duration) bool) {
		for _, c := range t.chunks {
			at := c.time
			for _, s := range c.samples {
				if s.key && !yield(duration(at, t.timescale)) {
					return
				}
				at += int64(s.duration)
			}
		}
	}
}

// take adds the samples of a piece's track from one time to another, both in the
// piece's own time: sound from the sample that is heard at from, pictures from it on.
func (r *takenRow) take(piece int, t *track, from, to int64) {
	for _, c := range t.chunks {
		part := taken{piece: piece}
		at, offset := c.time, c.offset
		for _, s := range c.samples {
			ends := at + int64(s.duration)
			if at < to && (at >= from || t.kind == "soun" && ends > from && len(r.chunks) == 0) {
				if part.samples == nil {
					if at < from {
						r.skip = from - at
					}
					part.time, part.source = at-from+r.skip, offset
				}
				part.samples = append(part.samples, s)
			}
			at, offset = ends, offset+int64(s.size)
		}
		if part.samples != nil {
			r.chunks = append(r.chunks, part)
		}
	}
}
