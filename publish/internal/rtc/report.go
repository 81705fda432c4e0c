package rtc

import (
	"time"

	"github.com/pion/rtcp"

	"studio/media/packet"
)

const (
	reportEvery = time.Second
	// A packet's age differs from its neighbours' by encoder delay and by jitter;
	// beyond this the program clock itself has moved against the wall clock.
	clockSlack = 500 * time.Millisecond
)

// reporter ties the program clock to the wall clock and says when sender reports
// are due. Both tracks are reported against the same tie.
type reporter struct {
	origin time.Time // wall and monotonic clock at the first packet
	zero   time.Time // program time 0, on origin's clock
	next   time.Time
	seen   map[*track]bool
}

// sent notes that a packet of t went out at now; it returns true when reports are
// due: at once for a new track, then every second.
func (r *reporter) sent(t *track, p *packet.Packet, now time.Time) bool {
	zero := now.Add(-p.Time())
	if r.seen == nil {
		r.seen, r.origin, r.zero = map[*track]bool{}, now, zero
	}
	if off := zero.Sub(r.zero); off > clockSlack || off < -clockSlack {
		r.zero = zero
	}
	if r.seen[t] && now.Before(r.next) {
		return false
	}
	r.seen[t] = true
	r.next = now.Add(reportEvery)
	return true
}

// reports makes for every track that has sent one compound packet of a sender report
// (RFC 3550, 6.4.1) and the obligatory CNAME.
func (r *reporter) reports(tracks []*track, now time.Time) [][]rtcp.Packet {
	var out [][]rtcp.Packet
	for _, t := range tracks {
		t.mu.Lock()
		ssrc := t.ssrc
		t.mu.Unlock()
		if t.packets == 0 || ssrc == 0 {
			continue
		}
		position := now.Sub(r.zero)
		out = append(out, []rtcp.Packet{
			&rtcp.SenderReport{
				SSRC:        ssrc,
				NTPTime:     ntpTime(r.origin, now),
				RTPTime:     t.time(int64(position), packet.Rational{Num: 1, Den: int(time.Second)}),
				PacketCount: t.packets,
				OctetCount:  t.payloadOctets,
			},
			&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
				Source: ssrc,
				Items:  []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: streamID}},
			}}},
		})
	}
	return out
}

// ntpTime is now in NTP's 32.32 format. It goes on from origin by the monotonic
// clock, so that setting the wall clock while on air does not tear sound and picture
// apart.
func ntpTime(origin, now time.Time) uint64 {
	wall := origin.Round(0).Add(now.Sub(origin))
	const from1900To1970 = 2208988800
	seconds := uint64(wall.Unix() + from1900To1970)
	fraction := uint64(wall.Nanosecond()) << 32 / uint64(time.Second)
	return seconds<<32 | fraction
}
