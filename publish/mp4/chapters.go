package mp4

import (
	"encoding/binary"
	"slices"
	"time"
)

// Chapters are told twice, because no way is known to all players: in the list that
// Nero began, and as the titles of a text track that the other tracks refer to, as
// Apple's players have it (QuickTime File Format, "Chapter Lists" and "Text Media").

// chapterKind is the kind of the text track.
const chapterKind = "text"

// longestTitle is how many bytes of a chapter's title are kept: what the list holds.
const longestTitle = 255

// chapters returns those that are within the file, in order. The first one begins
// with the file, as players and libavformat expect: what comes before is "0:00".
func (m *Movie) chapters() []Chapter {
	ends := m.Duration()
	list := slices.DeleteFunc(slices.Clone(m.Chapters), func(c Chapter) bool { return c.At >= ends })
	slices.SortStableFunc(list, func(a, b Chapter) int { return int(a.At - b.At) })
	if len(list) > 0 && list[0].At > 0 {
		list = slices.Insert(list, 0, Chapter{Title: "0:00"})
	}
	for i := range list {
		list[i].Title = cut(list[i].Title, longestTitle)
	}
	return list
}

// chapterList makes Nero's box of chapters, which libavformat reads, too: start in
// units of 100 ns, title, at most 255 of them.
func chapterList(chapters []Chapter) []byte {
	chapters = chapters[:min(len(chapters), 255)]
	b := append(u32(1<<24, 0), byte(len(chapters)))
	for _, c := range chapters {
		b = append(b, u64(uint64(c.At/(100*time.Nanosecond)))...)
		b = append(b, byte(len(c.Title)))
		b = append(b, c.Title...)
	}
	return makeBox("chpl", b)
}

// chapterText is a sample of the text track: the title with its length, and what it
// is written in, UTF-8.
func chapterText(c Chapter) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(c.Title)))
	return slices.Concat(b, []byte(c.Title), makeBox("encd", u32(0x100)))
}

// chapterRow makes the text track of a movie of a length, each chapter up to the
// next, the first from 0 on, and its samples, which lie at a place in the file.
func chapterRow(chapters []Chapter, id uint32, length time.Duration, at int64) (r row, samples []byte) {
	c := chunk{offset: at}
	for i, begins := 0, int64(0); i < len(chapters); i++ {
		ends := units(length, movieTimescale)
		if i+1 < len(chapters) {
			ends = units(chapters[i+1].At, movieTimescale)
		}
		ends = max(ends, begins+1) // of two at the same moment the second is that little later
		text := chapterText(chapters[i])
		samples = append(samples, text...)
		c.samples = append(c.samples, sample{size: uint32(len(text)), duration: uint32(ends - begins), key: true})
		begins = ends
	}
	t := &track{id: id, timescale: movieTimescale, kind: chapterKind, trak: chapterTrack(id)}
	return row{track: t, chunks: []chunk{c}}, samples
}

// chapterTrack makes the inside of the text track's trak, without its lengths and the
// tables of its samples. It is part of the movie, but not played.
func chapterTrack(id uint32) []byte {
	const inMovie, unknownLanguage = 2, 0x55c4
	same := u32(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30) // the matrix that changes nothing
	tkhd := slices.Concat(u32(inMovie, 0, 0, id, 0, 0, 0, 0, 0, 0), same, u32(0, 0))
	mdhd := u32(0, 0, 0, movieTimescale, 0, unknownLanguage<<16)
	// Copied with dither, as the format has it for want of a reason.
	gmin := u32(0, 0x40<<16|0x8000, 0x8000<<16|0x8000, 0)
	// Black, centred, in no box and in the system's font: it is never drawn.
	description := slices.Concat(u32(0, 1), u32(0, 1), make([]byte, 6+8+8+2+2+1+2+6+1))
	minf := slices.Concat(
		makeBox("gmhd", makeBox("gmin", gmin), makeBox("text", same)),
		makeBox("dinf", makeBox("dref", u32(0, 1), makeBox("url ", u32(1)))), // in this file
		makeBox("stbl", makeBox("stsd", u32(0, 1), makeBox("text", description))),
	)
	return slices.Concat(makeBox("tkhd", tkhd),
		makeBox("mdia", makeBox("mdhd", mdhd), handler(chapterKind), makeBox("minf", minf)))
}

// cut shortens a text to so many bytes, between two characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := 0
	for i := range s {
		if i > most {
			break
		}
		end = i
	}
	return s[:end]
}
