package avformat

import (
	"fmt"
	"testing"

	"studio/media/packet"
)

func TestTimeline(t *testing.T) {
	video := &packet.Stream{Codec: packet.H264, TimeBase: packet.Rational{Num: 1001, Den: 30000}}
	audio := &packet.Stream{Codec: packet.AAC, TimeBase: packet.Rational{Num: 1, Den: 48000}}
	both := []*packet.Stream{video, audio}
	for _, test := range []struct {
		name    string
		streams []*packet.Stream
		in      []packet.Packet
		want    string // stream@time of each packet, - where it is left out
	}{
		{"before the first key frame", both, []packet.Packet{
			{Stream: audio, PTS: -1024, Key: true}, {Stream: video, PTS: 0}, {Stream: video, PTS: 1, Key: true}, {Stream: video, PTS: 2},
		}, "- - 0@0 0@1"},
		{"sound around it", both, []packet.Packet{
			{Stream: video, PTS: 30000, Key: true}, // 1001 s
			{Stream: audio, PTS: 1001*48000 - 1, Key: true}, {Stream: audio, PTS: 1001 * 48000, Key: true}, {Stream: audio, PTS: 1001*48000 + 1024, Key: true},
		}, "0@0 - 1@0 1@1024"},
		{"nearest sample", both, []packet.Packet{
			{Stream: video, PTS: 1, Key: true}, {Stream: audio, PTS: 1602, Key: true}, // 1/29.97 s is 1601.6 samples
		}, "0@0 1@0"},
		{"times that go back or stand", both, []packet.Packet{
			{Stream: video, PTS: 5, Key: true}, {Stream: video, PTS: 6}, {Stream: video, PTS: 6}, {Stream: video, PTS: 4}, {Stream: video, PTS: 9},
		}, "0@0 0@1 - - 0@4"},
		{"sound alone", both[1:], []packet.Packet{
			{Stream: audio, PTS: -1024, Key: true}, {Stream: audio, PTS: 0, Key: true}, {Stream: video, PTS: 0, Key: true},
		}, "0@0 0@1024 -"},
	} {
		line := newTimeline(test.streams)
		got := ""
		for _, p := range test.in {
			if got != "" {
				got += " "
			}
			if stream, pts, ok := line.place(&p); ok {
				got += fmt.Sprintf("%d@%d", stream, pts)
			} else {
				got += "-"
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestRescale(t *testing.T) {
	frames, sound := packet.Rational{Num: 1001, Den: 30000}, packet.Rational{Num: 1, Den: 48000}
	const year = 365 * 24 * 3600
	for _, test := range []struct {
		n        int64
		from, to packet.Rational
		want     int64
	}{
		{0, frames, sound, 0},
		{1, frames, sound, 1602},
		{-1, frames, sound, -1602},
		{30000 * year, frames, sound, 1001 * year * 48000},
		{48000 * year, sound, packet.Rational{Num: 1, Den: 1000}, 1000 * year},
		{24, sound, packet.Rational{Num: 1, Den: 1000}, 1},
		{23, sound, packet.Rational{Num: 1, Den: 1000}, 0},
	} {
		if got := rescale(test.n, test.from, test.to); got != test.want {
			t.Errorf("%d of %v in %v is %d, want %d", test.n, test.from, test.to, got, test.want)
		}
	}
}
