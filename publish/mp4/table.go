package mp4

import (
	"encoding/binary"
	"math"
	"slices"
)

// movieTimescale is that of a finished file's overall times: sound's, so that
// tracks are put in place to the sample.
const movieTimescale = 48000

// row is a track as a table of samples describes it.
type row struct {
	*track
	chunks   []chunk // where and when the samples are in this file
	skip     int64   // what of the first sample is not played, in the track's units
	chapters uint32  // the track that names its chapters; 0 for none
}

// ends is when the row's last sample ends, in the movie's time scale.
func (r row) ends() int64 {
	if len(r.chunks) == 0 {
		return 0
	}
	_, ends := r.chunks[len(r.chunks)-1].last()
	return r.movieTime(ends - r.skip)
}

func (r row) movieTime(n int64) int64 {
	return (n*movieTimescale + int64(r.timescale)/2) / int64(r.timescale)
}

// moovBox makes the box moov of a file that has these rows; tracks of the head that
// have none are left out. head is the inside of the fragmented file's.
func moovBox(head []byte, rows []row, chapters []Chapter, metadata []Tag, wide bool) []byte {
	var longest int64
	var newest uint32
	for _, r := range rows {
		longest, newest = max(longest, r.ends()), max(newest, r.id)
	}
	var parts, own, udta []byte
	for _, r := range rows {
		if r.kind == chapterKind {
			own = append(own, r.box(wide)...)
		}
	}
	for b := range boxes(head) {
		switch b.kind {
		case "mvhd":
			parts = append(parts, mvhd(b.body, longest, newest+1)...)
		case "trak":
			for _, r := range rows {
				if &r.trak[0] == &b.body[0] {
					parts = append(parts, r.box(wide)...)
				}
			}
		case "mvex", "meta":
		case "udta":
			if metadata == nil {
				udta = b.body
			}
		default:
			parts = append(parts, makeBox(b.kind, b.body)...)
		}
	}
	parts = append(parts, own...)
	if metadata != nil {
		udta = userData(metadata)
		parts = append(parts, keyed(metadata)...)
	} else if b := find(head, "meta"); b != nil {
		parts = append(parts, makeBox("meta", b)...)
	}
	if len(chapters) > 0 {
		udta = slices.Concat(udta, chapterList(chapters))
	}
	if len(udta) > 0 {
		parts = append(parts, makeBox("udta", udta)...)
	}
	return makeBox("moov", parts)
}

// withDuration rewrites a header box (mvhd, tkhd, mdhd) of version 0. The duration
// stands at a place in it; past 32 bits the box becomes one of version 1, where the
// two times before it are wide, too.
func withDuration(kind string, b []byte, at int, length int64) []byte {
	b = slices.Clone(b)
	if length <= math.MaxUint32 {
		binary.BigEndian.PutUint32(b[at:], uint32(length))
		return makeBox(kind, b)
	}
	b[0] = 1
	made, changed := u64(uint64(binary.BigEndian.Uint32(b[4:]))), u64(uint64(binary.BigEndian.Uint32(b[8:])))
	return makeBox(kind, b[:4], made, changed, b[12:at], u64(uint64(length)), b[at+4:])
}

// mvhd rewrites the movie's header; next is the number of a track to come.
func mvhd(b []byte, length int64, next uint32) []byte {
	b = slices.Clone(b)
	binary.BigEndian.PutUint32(b[12:], movieTimescale)
	binary.BigEndian.PutUint32(b[len(b)-4:], next)
	return withDuration("mvhd", b, 16, length)
}

// box makes the row's trak: its own description, and the tables of its samples.
func (r row) box(wide bool) []byte {
	var begins, ends int64
	if len(r.chunks) > 0 {
		begins = r.chunks[0].time
		_, ends = r.chunks[len(r.chunks)-1].last()
	}
	// The media begin with their first sample; the edit list says when that is.
	var edits []byte
	count := uint32(1)
	if begins > 0 {
		count++
		edits = append(edits, edit(r.movieTime(begins), -1)...)
	}
	played := r.movieTime(ends) - r.movieTime(begins+r.skip)
	edits = append(edits, edit(played, r.skip)...)
	edts := makeBox("edts", makeBox("elst", u32(1<<24, count), edits))

	var parts []byte
	for b := range boxes(r.trak) {
		switch b.kind {
		case "tkhd":
			parts = append(parts, withDuration("tkhd", b.body, 20, r.movieTime(begins)+played)...)
			parts = append(parts, edts...)
			if r.chapters != 0 {
				parts = append(parts, makeBox("tref", makeBox("chap", u32(r.chapters)))...)
			}
		case "edts":
		case "mdia":
			parts = append(parts, r.mdia(b.body, ends-begins, wide)...)
		default:
			parts = append(parts, makeBox(b.kind, b.body)...)
		}
	}
	return makeBox("trak", parts)
}

func edit(length, mediaTime int64) []byte {
	return slices.Concat(u64(uint64(length)), u64(uint64(mediaTime)), u32(1<<16))
}

func (r row) mdia(b []byte, length int64, wide bool) []byte {
	var parts []byte
	for b := range boxes(b) {
		switch b.kind {
		case "mdhd":
			parts = append(parts, withDuration("mdhd", b.body, 16, length)...)
		case "minf":
			var inside []byte
			for b := range boxes(b.body) {
				if b.kind == "stbl" {
					inside = append(inside, r.tables(find(b.body, "stsd"), wide)...)
				} else {
					inside = append(inside, makeBox(b.kind, b.body)...)
				}
			}
			parts = append(parts, makeBox("minf", inside)...)
		default:
			parts = append(parts, makeBox(b.kind, b.body)...)
		}
	}
	return makeBox("mdia", parts)
}

// tables makes the box stbl: how long, how big and where each sample is.
func (r row) tables(stsd []byte, wide bool) []byte {
	stts, stsc, stsz, offsets, stss := list{unit: 2}, list{unit: 3}, list{unit: 1}, list{unit: 1}, list{unit: 1}
	number, perChunk := uint32(0), -1
	var last uint32 // duration in the last entry of stts
	for i, c := range r.chunks {
		if len(c.samples) != perChunk {
			perChunk = len(c.samples)
			stsc.add(uint32(i+1), uint32(perChunk), 1)
		}
		if wide {
			offsets.b = append(offsets.b, u64(uint64(c.offset))...)
		} else {
			offsets.add(uint32(c.offset))
		}
		time := c.time
		for j, s := range c.samples {
			number++
			length := s.duration
			time += int64(length)
			if j == len(c.samples)-1 && i+1 < len(r.chunks) {
				// Up to where the next run begins: a gap is a sample that is held.
				length = uint32(max(0, int64(length)+r.chunks[i+1].time-time))
			}
			if number > 1 && length == last {
				stts.again()
			} else {
				stts.add(1, length)
				last = length
			}
			stsz.add(s.size)
			if s.key {
				stss.add(number)
			}
		}
	}
	parts := [][]byte{
		makeBox("stsd", stsd),
		makeBox("stts", u32(0, stts.count()), stts.b),
		makeBox("stsc", u32(0, stsc.count()), stsc.b),
		makeBox("stsz", u32(0, 0, number), stsz.b),
	}
	if wide {
		parts = append(parts, makeBox("co64", u32(0, uint32(len(r.chunks))), offsets.b))
	} else {
		parts = append(parts, makeBox("stco", u32(0, uint32(len(r.chunks))), offsets.b))
	}
	if stss.count() < number {
		parts = append(parts, makeBox("stss", u32(0, stss.count()), stss.b))
	}
	return makeBox("stbl", parts...)
}

// list is a table of entries of so many 32-bit numbers each.
type list struct {
	unit int
	b    []byte
}

func (l *list) add(values ...uint32) {
	for _, v := range values {
		l.b = binary.BigEndian.AppendUint32(l.b, v)
	}
}

// again counts one more in the last entry.
func (l *list) again() {
	at := len(l.b) - 4*l.unit
	binary.BigEndian.PutUint32(l.b[at:], binary.BigEndian.Uint32(l.b[at:])+1)
}

func (l *list) count() uint32 { return uint32(len(l.b) / (4 * l.unit)) }
