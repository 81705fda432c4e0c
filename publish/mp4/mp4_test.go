package mp4

import (
	"bytes"
	"io"
	"math"
	"testing"
	"time"
)

func TestUnits(t *testing.T) {
	for _, test := range []struct {
		d         time.Duration
		timescale uint32
		want      int64
	}{
		{0, 48000, 0},
		{time.Second / 30, 15360, 512},
		{-time.Second / 30, 15360, -512},
		{24 * 365 * time.Hour, 90000, 365 * 24 * 3600 * 90000},
		{duration(1001*7, 30000), 30000, 1001 * 7},
	} {
		if got := units(test.d, test.timescale); got != test.want {
			t.Errorf("%v is %d of 1/%d s, want %d", test.d, got, test.timescale, test.want)
		}
	}
}

func TestLongHeadersBecomeWide(t *testing.T) {
	body := append(u32(0, 1, 2, 3, 0), 9, 9)
	if got := withDuration("mdhd", body, 16, 77); !bytes.Equal(got, append(append(u32(8+22), "mdhd"...), append(u32(0, 1, 2, 3, 77), 9, 9)...)) {
		t.Errorf("short: % x", got)
	}
	want := makeBox("mdhd", u32(1<<24), u64(1), u64(2), u32(3), u64(math.MaxUint32+1), []byte{9, 9})
	if got := withDuration("mdhd", body, 16, math.MaxUint32+1); !bytes.Equal(got, want) {
		t.Errorf("long: % x, want % x", got, want)
	}
}

// TestTablesSpanGaps: a sample lasts up to the next, also where some are missing.
func TestTablesSpanGaps(t *testing.T) {
	pictures := func(n int) (list []sample) {
		for i := range n {
			list = append(list, sample{size: 10, duration: 512, key: i == 0})
		}
		return list
	}
	r := row{track: &track{timescale: 15360}, chunks: []chunk{{offset: 100, samples: pictures(3)}, {offset: 200, time: 5 * 512, samples: pictures(2)}}}
	tables := makeBox("stbl", r.tables([]byte("stsd"), false)[8:])
	for path, want := range map[string][]byte{
		"stts": u32(0, 3, 2, 512, 1, 3*512, 2, 512),
		"stsc": u32(0, 2, 1, 3, 1, 2, 2, 1),
		"stsz": u32(0, 0, 5, 10, 10, 10, 10, 10),
		"stco": u32(0, 2, 100, 200),
		"stss": u32(0, 2, 1, 4),
	} {
		if got := find(tables, "stbl", path); !bytes.Equal(got, want) {
			t.Errorf("%s: % x, want % x", path, got, want)
		}
	}
}

func TestChapterList(t *testing.T) {
	var many []Chapter
	for i := range 300 {
		many = append(many, Chapter{At: time.Duration(300-i) * time.Second, Title: "a"})
	}
	m := &Movie{Chapters: append(many, Chapter{At: time.Hour, Title: "behind the end"}), tracks: []*track{{timescale: 1, chunks: []chunk{{samples: []sample{{duration: 1000}}}}}}}
	if got := m.chapters(); len(got) != 301 || got[0] != (Chapter{Title: "0:00"}) || got[300] != many[0] {
		t.Errorf("%d chapters from %v to %v", len(got), got[0], got[len(got)-1])
	}
	list := chapterList(m.chapters()[1:])
	if n := list[8+8]; n != 255 {
		t.Errorf("%d chapters", n)
	}
	if first := list[17:25]; !bytes.Equal(first, u64(10_000_000)) {
		t.Errorf("the first begins at % x", first)
	}
	if got := cut("ab长", 4); got != "ab" {
		t.Errorf("cut to %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	head := bytes.Join([][]byte{makeBox("ftyp", []byte("isom")), makeBox("free", mark)}, nil)
	f.Add(head)
	trak := makeBox("trak", makeBox("tkhd", make([]byte, 84)), makeBox("mdia", makeBox("mdhd", append(u32(0, 0, 0, 1, 0), 0, 0, 0, 0)),
		makeBox("hdlr", make([]byte, 24)), makeBox("minf", makeBox("stbl", makeBox("stsd", make([]byte, 8))))))
	moof := makeBox("moof", makeBox("traf", makeBox("tfhd", u32(0x20000, 0)), makeBox("tfdt", u32(0, 0)), makeBox("trun", u32(0x301, 1, 92, 1, 1))))
	f.Add(bytes.Join([][]byte{head, makeBox("moov", trak), moof, makeBox("mdat", []byte{1})}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		m, err := Read(r, int64(len(b)))
		if err != nil {
			return
		}
		if m.End > int64(len(b)) {
			t.Fatalf("ends at %d of %d", m.End, len(b))
		}
		_ = m.Check(r) // must not fall over
		m.table()
		_, _ = Cut(io.Discard, []Piece{{Reader: r, Movie: m}}, 0, time.Second, nil)
	})
}
