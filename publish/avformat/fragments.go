package avformat

import (
	"context"
	"os"
	"time"

	"studio/media/packet"
)

// FragmentOptions describe a fragmented MP4 file.
type FragmentOptions struct {
	Streams []*packet.Stream
	Titles  []string          // of the streams, as players show them; may be shorter
	Tags    map[string]string // what the file says of itself, such as "title"
}

// longestFragment in microseconds. A group of pictures of 2 s makes two fragments,
// so that a power cut costs little more than a second.
const longestFragment = "1200000"

// diskTimeout bounds nothing but the muxer's own waiting: a write to a file cannot
// be interrupted.
const diskTimeout = time.Minute

// Fragments writes a fragmented MP4 file. A fragment begins at each key frame and
// at the latest 1.2 s after the one before. The file is only appended to, at its
// own place of writing, and between two calls it ends with a whole fragment.
type Fragments struct {
	muxer *muxer
}

// NewFragments writes the head of the file: ftyp and a moov without samples. The
// caller keeps the file open until Close, and closes it.
func NewFragments(file *os.File, o FragmentOptions) (*Fragments, error) {
	m, err := newMuxer(context.Background(), "mp4", o.Streams, o.Titles...)
	if err != nil {
		return nil, err
	}
	if err := m.file(file.Fd(), false); err != nil {
		m.free()
		return nil, err
	}
	flags := "frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer"
	for name, value := range o.Tags {
		m.tag(name, value)
		flags += "+use_metadata_tags"
	}
	m.option("movflags", flags)
	m.option("frag_duration", longestFragment)
	if err := m.header(diskTimeout); err != nil {
		_ = m.close(false, diskTimeout) // the head's own error is told
		m.free()
		return nil, err
	}
	return &Fragments{m}, nil
}

// Write writes a packet. Its time in the file is counted from the first key frame;
// what lies before that is left out.
func (f *Fragments) Write(p *packet.Packet) error {
	return f.muxer.write(p, diskTimeout)
}

// Count returns how many fragments are in the file.
func (f *Fragments) Count() int64 { return f.muxer.fragments() }

// Close writes what is held back as a last fragment, if that is wanted. It is
// called once.
func (f *Fragments) Close(flush bool) error {
	err := f.muxer.close(flush, diskTimeout)
	f.muxer.free()
	return err
}
