package mp4

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
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

func (m *Movie) table() []byte {
	rows := make([]row, len(m.tracks))
	for i, t := range m.tracks {
		rows[i] = row{track: t, chunks: t.chunks}
	}
	return moovBox(m.moov, rows, m.Chapters, nil, m.End > math.MaxUint32)
}
