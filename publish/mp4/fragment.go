package mp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Advance reads on from End: whole fragments and chapters, until there are no
// more within the first size bytes or one is torn. Only reading itself is an error.
func (m *Movie) Advance(r io.ReaderAt, size int64) error {
	for {
		kind, head, length, err := header(r, m.End, size)
		if err == errTorn {
			return nil
		} else if err != nil {
			return err
		}
		switch kind {
		case "free":
			inside, err := body(r, m.End, head, length)
			if err != nil {
				return err
			}
			if c, ok := readChapter(inside); ok {
				m.Chapters = append(m.Chapters, c)
			}
			m.End += length
		case "moof":
			inside, err := body(r, m.End, head, length)
			if err != nil {
				return err
			}
			kind, _, data, err := header(r, m.End+length, size)
			if err == errTorn || kind != "mdat" && err == nil {
				return nil
			} else if err != nil {
				return err
			}
			end := m.End + length + data
			if !m.add(inside, m.End, m.End+length, end) {
				return nil
			}
			m.lastFragment, m.End = m.End, end
			m.fragments++
		default:
			return nil
		}
	}
}

// add takes a fragment's samples, if they all lie in its data, and reports whether
// they do.
func (m *Movie) add(moof []byte, at, from, end int64) bool {
	added := make([][]chunk, len(m.tracks))
	for b := range boxes(moof) {
		if b.kind != "traf" {
			continue
		}
		tfhd := reader{b: find(b.body, "tfhd")}
		flags := tfhd.u32()
		id := tfhd.u32()
		which := -1
		for i, t := range m.tracks {
			if t.id == id {
				which = i
			}
		}
		// default-base-is-moof, as our recordings have it: no other base of offsets.
		if which < 0 || flags&0x1 != 0 || flags&0x20000 == 0 {
			return false
		}
		t := *m.tracks[which]
		tfhd.optional(flags, 0x2, 0)
		t.duration = tfhd.optional(flags, 0x8, t.duration)
		t.size = tfhd.optional(flags, 0x10, t.size)
		t.flags = tfhd.optional(flags, 0x20, t.flags)
		tfdt := reader{b: find(b.body, "tfdt")}
		var time int64
		if version := tfdt.u32() >> 24; version == 1 {
			time = int64(tfdt.u64())
		} else {
			time = int64(tfdt.u32())
		}
		if tfhd.torn || tfdt.torn {
			return false
		}
		for run := range boxes(b.body) {
			if run.kind != "trun" {
				continue
			}
			c, ok := t.run(run.body, at, time)
			if !ok || c.offset < from || c.offset+c.bytes() > end {
				return false
			}
			_, time = c.last()
			added[which] = append(added[which], c)
		}
	}
	for i, chunks := range added {
		m.tracks[i].chunks = append(m.tracks[i].chunks, chunks...)
	}
	return true
}

// notKey is the flag sample_is_non_sync_sample.
const notKey = 0x10000

func (t *track) run(trun []byte, at, time int64) (chunk, bool) {
	r := reader{b: trun}
	flags := r.u32()
	count := r.u32()
	c := chunk{offset: at + int64(int32(r.optional(flags, 0x1, 0))), time: time}
	first := r.optional(flags, 0x4, t.flags)
	if flags&0x1 == 0 || count == 0 || int64(count) > int64(len(trun)) && flags&0xf00 != 0 || count > 1<<20 {
		return c, false
	}
	c.samples = make([]sample, count)
	for i := range c.samples {
		own := t.flags
		if i == 0 {
			own = first
		}
		c.samples[i].duration = r.optional(flags, 0x100, t.duration)
		c.samples[i].size = r.optional(flags, 0x200, t.size)
		c.samples[i].key = r.optional(flags, 0x400, own)&notKey == 0
		r.optional(flags, 0x800, 0) // decoded in the order in which it is shown
	}
	return c, !r.torn
}

// A chapter stands between two fragments, in a box that players pass over.
var chapterMark = []byte("chapter:")

// ChapterBox returns a chapter as it is appended to a recording being written.
func ChapterBox(c Chapter) []byte {
	return makeBox("free", chapterMark, u64(uint64(c.At)), []byte(c.Title))
}

func readChapter(b []byte) (Chapter, bool) {
	b, ok := bytes.CutPrefix(b, chapterMark)
	if !ok || len(b) < 8 {
		return Chapter{}, false
	}
	return Chapter{At: time.Duration(binary.BigEndian.Uint64(b)), Title: string(b[8:])}, true
}

// Check reads the samples of the last fragment and reports an error if they are not
// what the tables say: a power cut may leave a file with its length but not its
// data. Reading again up to LastFragment leaves such a fragment out.
func (m *Movie) Check(r io.ReaderAt) error {
	for _, t := range m.tracks {
		if len(t.chunks) == 0 {
			continue
		}
		c := t.chunks[len(t.chunks)-1]
		data := make([]byte, c.bytes())
		if _, err := r.ReadAt(data, c.offset); err != nil {
			return err
		}
		for i, s := range c.samples {
			if !whole(data[:s.size], t.kind == "vide") {
				return fmt.Errorf("sample %d of the last fragment is damaged", i)
			}
			data = data[s.size:]
		}
	}
	return nil
}

// whole reports whether a sample can be one: coded sound and NAL units end with a
// bit that is set, and the lengths before NAL units fill a picture.
func whole(data []byte, picture bool) bool {
	if len(data) == 0 || data[len(data)-1] == 0 {
		return false
	}
	for picture && len(data) > 0 {
		if len(data) < 5 {
			return false
		}
		n := 4 + int64(binary.BigEndian.Uint32(data))
		if n == 4 || n > int64(len(data)) {
			return false
		}
		data = data[n:]
	}
	return true
}
