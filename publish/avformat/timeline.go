package avformat

import "studio/media/packet"

// timeline moves packets' times so that the first key frame (the first packet, if
// there are only sounds) is at 0, and says which packets cannot be written: those
// before it, and those that would go back in time.
type timeline struct {
	streams []*packet.Stream
	offset  []int64 // of each stream's packets, in its time base
	next    []int64 // earliest time that may follow in each stream
	started bool
}

func newTimeline(streams []*packet.Stream) *timeline {
	return &timeline{streams: streams, offset: make([]int64, len(streams)), next: make([]int64, len(streams))}
}

// place returns the stream's index and the packet's time in it.
func (t *timeline) place(p *packet.Packet) (stream int, pts int64, ok bool) {
	stream = -1
	video := false
	for i, s := range t.streams {
		video = video || s.Codec.Video()
		if s == p.Stream {
			stream = i
		}
	}
	if stream < 0 {
		return 0, 0, false
	}
	if !t.started {
		if video && !(p.Stream.Codec.Video() && p.Key) {
			return 0, 0, false
		}
		t.started = true
		for i, s := range t.streams {
			t.offset[i] = rescale(p.PTS, p.Stream.TimeBase, s.TimeBase)
		}
	}
	pts = p.PTS - t.offset[stream]
	if pts < t.next[stream] {
		return 0, 0, false
	}
	t.next[stream] = pts + 1
	return stream, pts, true
}

// rescale turns a count of units of one time base into the nearest count of another.
func rescale(n int64, from, to packet.Rational) int64 {
	num := int64(from.Num) * int64(to.Den)
	den := int64(from.Den) * int64(to.Num)
	// Whole periods first: 8 h at 30000/1001 into 1/48000 would still fit, days not.
	whole, rest := n/den, n%den
	value := rest * num
	if value >= 0 {
		value = (value + den/2) / den
	} else {
		value = -((-value + den/2) / den)
	}
	return whole*num + value
}
