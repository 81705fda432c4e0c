package mp4

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

// File is what Finish needs of an open file.
type File interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// Finish cuts a recording behind its last whole fragment and makes a plain MP4 of
// it. Whatever the moment at which it is interrupted, the file plays, and Finish
// can be called again for what Read then finds. It returns the file's new length.
func (m *Movie) Finish(f File) (size int64, err error) {
	if m.fragments == 0 {
		return 0, errors.New("finish a recording: it holds nothing")
	}
	table := m.table()
	if err := f.Truncate(m.End); err != nil {
		return 0, err
	}
	if _, err := f.WriteAt(table, m.End); err != nil {
		return 0, errors.Join(err, f.Truncate(m.End))
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	all := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01mdat"), uint64(m.End-m.mark))
	if _, err := f.WriteAt(all, m.mark); err != nil {
		return 0, err
	}
	return m.End + int64(len(table)), f.Sync()
}

// table makes what is put behind the fragments: the titles of the chapters, if there
// are any, in a box of media data of their own, and the movie.
func (m *Movie) table() []byte {
	rows := make([]row, len(m.tracks))
	var next uint32
	for i, t := range m.tracks {
		rows[i] = row{track: t, chunks: t.chunks}
		next = max(next, t.id+1)
	}
	chapters := m.chapters()
	var titles []byte
	if len(chapters) > 0 {
		for i := range rows {
			rows[i].chapters = next
		}
		own, samples := chapterRow(chapters, next, m.Duration(), m.End+8)
		rows, titles = append(rows, own), makeBox("mdat", samples)
	}
	moov := moovBox(m.moov, rows, chapters, nil, m.End+int64(len(titles)) > math.MaxUint32)
	return slices.Concat(titles, moov)
}
