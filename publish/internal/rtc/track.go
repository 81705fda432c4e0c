package rtc

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"studio/media/packet"
)

const (
	videoRate = 90000 // RTP ticks a second
	audioRate = 48000
	streamID  = "studio" // one for both tracks: the receiver plays them in step
)

// track sends the packets of one codec as RTP. Its write belongs to one goroutine.
type track struct {
	codec    packet.Codec
	profiles []Profile // H.264: wanted, best first
	unwanted bool      // the other side has turned it down
	base     uint32    // RTP time of the program clock's start

	mu          sync.Mutex // guards what Bind sets from one of the library's goroutines
	out         webrtc.TrackLocalWriter
	ssrc        uint32
	payloadType uint8

	sequence      uint16
	packets       uint32 // RTP packets sent
	payloadOctets uint32 // bytes in them
}

func newTrack(codec packet.Codec, profiles []Profile) *track {
	return &track{codec: codec, profiles: profiles, base: rand.Uint32(), sequence: uint16(rand.Uint32())}
}

func (t *track) ID() string       { return t.codec.String() }
func (t *track) RID() string      { return "" }
func (t *track) StreamID() string { return streamID }

func (t *track) Kind() webrtc.RTPCodecType {
	if t.codec.Video() {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// Bind chooses the payload type among the negotiated ones. A side that takes the
// picture and not the sound is served with the picture.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	chosen, ok := t.choose(c.CodecParameters())
	if !ok && t.codec.Video() {
		return chosen, ErrNoH264
	}
	if !ok || t.unwanted {
		return chosen, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out, t.ssrc, t.payloadType = c.WriteStream(), uint32(c.SSRC()), uint8(chosen.PayloadType)
	return chosen, nil
}

func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out = nil
	return nil
}

// choose takes the wanted profile if it was agreed on, else any H.264: peers that
// echo another profile decode what they get.
func (t *track) choose(agreed []webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool) {
	mime := webrtc.MimeTypeOpus
	if t.codec.Video() {
		mime = webrtc.MimeTypeH264
	}
	var ours []webrtc.RTPCodecParameters
	for _, c := range agreed {
		if strings.EqualFold(c.MimeType, mime) {
			ours = append(ours, c)
		}
	}
	for _, want := range t.profiles {
		for _, c := range ours {
			if p, ok := profileOfLine(c.SDPFmtpLine); ok && p.same(want) {
				return c, true
			}
		}
	}
	if len(ours) == 0 {
		return webrtc.RTPCodecParameters{}, false
	}
	return ours[0], true
}

// profileOfLine reads profile-level-id from a format parameters line.
func profileOfLine(line string) (Profile, bool) {
	for parameter := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(name, "profile-level-id") {
			continue
		}
		b, err := hex.DecodeString(value)
		if err != nil || len(b) != 3 {
			return Profile{}, false
		}
		return canonical(Profile{b[0], b[1], b[2]}), true
	}
	return Profile{}, false
}

// write sends one encoded packet; a track that was not agreed on drops it.
func (t *track) write(p *packet.Packet) error {
	t.mu.Lock()
	out, ssrc, payloadType := t.out, t.ssrc, t.payloadType
	t.mu.Unlock()
	if out == nil {
		return nil
	}
	rows := [][]byte{p.Data}
	if t.codec.Video() {
		rows = payloads(p.Data, payloadSize)
	}
	for i, row := range rows {
		header := &rtp.Header{
			Version:        2,
			Marker:         t.codec.Video() && i == len(rows)-1,
			PayloadType:    payloadType,
			SequenceNumber: t.sequence,
			Timestamp:      t.time(p.PTS, p.Stream.TimeBase),
			SSRC:           ssrc,
		}
		t.sequence++
		t.packets++
		t.payloadOctets += uint32(len(row))
		if _, err := out.WriteRTP(header, row); err != nil {
			return err
		}
	}
	return nil
}

// time is the RTP time of a moment on the program clock, given in units of base.
func (t *track) time(pts int64, base packet.Rational) uint32 {
	return t.base + uint32(rescale(pts, base, t.rate()))
}

func (t *track) rate() int64 {
	if t.codec.Video() {
		return videoRate
	}
	return audioRate
}

// rescale turns n units of base into ticks of 1/rate s, rounded to nearest. Whole
// seconds are taken out first, so that nothing overflows in years.
func rescale(n int64, base packet.Rational, rate int64) int64 {
	num, den := int64(base.Num), int64(base.Den)
	whole, rest := n*num/den, n*num%den
	if rest < 0 {
		whole, rest = whole-1, rest+den
	}
	return whole*rate + (rest*rate+den/2)/den
}
