package rtc

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"studio/media/packet"
)

// TestReports: both tracks are tied to one clock, whatever each one's delay is.
func TestReports(t *testing.T) {
	video := &track{codec: packet.H264, base: 0xfffffff0, ssrc: 1, packets: 5, payloadOctets: 5000}
	audio := &track{codec: packet.Opus, base: 7, ssrc: 2, packets: 9, payloadOctets: 900}
	picture := &packet.Stream{Codec: packet.H264, TimeBase: packet.Rational{Num: 1, Den: 30}}
	sound := &packet.Stream{Codec: packet.Opus, TimeBase: packet.Rational{Num: 1, Den: 48000}}
	start := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

	var r reporter
	for _, step := range []struct {
		track  *track
		packet *packet.Packet
		ms     int
		due    bool
	}{
		{audio, &packet.Packet{Stream: sound, PTS: 0}, 20, true},          // first: program time 0 is 20 ms
		{audio, &packet.Packet{Stream: sound, PTS: 960}, 40, false},       //
		{video, &packet.Packet{Stream: picture, PTS: 0}, 170, true},       // first of its track, 150 ms late
		{video, &packet.Packet{Stream: picture, PTS: 29}, 1130, false},    // 960 ms later
		{audio, &packet.Packet{Stream: sound, PTS: 55200}, 1170, true},    // a second after the last
		{audio, &packet.Packet{Stream: sound, PTS: 57600}, 1300, false},   // jitter moves nothing
		{video, &packet.Packet{Stream: picture, PTS: 63}, 2200, true},     // 2.1 s of the programme
		{audio, &packet.Packet{Stream: sound, PTS: 148800}, 2500, false},  // 3.1 s: the clock has jumped
		{video, &packet.Packet{Stream: picture, PTS: 120}, 3500, true},    // program time 4 s
		{video, &packet.Packet{Stream: picture, PTS: 121}, 3533, false},   //
		{video, &packet.Packet{Stream: picture, PTS: 152}, 4500, true},    // 5.07 s, within the slack
		{audio, &packet.Packet{Stream: sound, PTS: 240_000}, 4501, false}, //
	} {
		if due := r.sent(step.track, step.packet, at(step.ms)); due != step.due {
			t.Errorf("at %d ms: due %v", step.ms, due)
		}
		want := start.Add(20 * time.Millisecond)
		if step.ms >= 2500 {
			want = start.Add(-600 * time.Millisecond)
		}
		if !r.zero.Equal(want) {
			t.Fatalf("at %d ms: program time 0 at %v, want %v", step.ms, r.zero.Sub(start), want.Sub(start))
		}
	}

	reports := r.reports([]*track{video, audio, {codec: packet.Opus, ssrc: 3}}, at(4600)) // program time 5.2 s
	if len(reports) != 2 {
		t.Fatalf("%d reports, want one for each track that has sent", len(reports))
	}
	for i, want := range []rtcp.SenderReport{
		{SSRC: 1, RTPTime: 468_000 - 0x10, PacketCount: 5, OctetCount: 5000},
		{SSRC: 2, RTPTime: 249_600 + 7, PacketCount: 9, OctetCount: 900},
	} {
		got := *reports[i][0].(*rtcp.SenderReport)
		// 1 March 2026, 12:00:05.1 UTC; a tenth of a second is 0x19999999 of 2^32.
		if seconds := got.NTPTime >> 32; seconds != uint64(start.Unix())+2208988800+5 {
			t.Errorf("NTP seconds %d", seconds)
		}
		if fraction := got.NTPTime & 0xffffffff; fraction>>8 != 0x199999 {
			t.Errorf("NTP fraction %x", fraction)
		}
		got.NTPTime = 0
		if got.SSRC != want.SSRC || got.RTPTime != want.RTPTime || got.PacketCount != want.PacketCount || got.OctetCount != want.OctetCount {
			t.Errorf("%+v, want %+v", got, want)
		}
		if chunk := reports[i][1].(*rtcp.SourceDescription).Chunks[0]; chunk.Source != want.SSRC || chunk.Items[0].Text != streamID {
			t.Errorf("source description %+v", chunk)
		}
	}
}

func TestKeyLimit(t *testing.T) {
	var limit KeyLimit
	start := time.Now()
	for _, step := range []struct {
		ms    int
		allow bool
	}{{0, true}, {1, false}, {999, false}, {1000, true}, {1500, false}, {5000, true}} {
		if got := limit.Allow(start.Add(time.Duration(step.ms) * time.Millisecond)); got != step.allow {
			t.Errorf("after %d ms: %v", step.ms, got)
		}
	}
}
