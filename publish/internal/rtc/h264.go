package rtc

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// NAL unit types of H.264 (table 7-1) and of its RTP payload (RFC 6184, 5.2).
const (
	nalIDR       = 5
	nalSPS       = 7
	nalDelimiter = 9
	nalFiller    = 12
	nalSTAPA     = 24
	nalFUA       = 28
)

// payloadSize is the largest RTP payload in bytes. With RTP, SRTP, UDP, IP and a
// TURN header around it, it stays below the 1280 bytes that every IPv6 path takes.
const payloadSize = 1180

// nalUnits splits Annex B into its NAL units, without start codes and without the
// zero bytes that may follow a unit. The units are parts of data, not copies.
func nalUnits(data []byte) [][]byte {
	var units [][]byte
	code := []byte{0, 0, 1}
	at := bytes.Index(data, code)
	for at >= 0 {
		begin := at + len(code)
		end := len(data)
		at = bytes.Index(data[begin:], code)
		if at >= 0 {
			at += begin
			end = at
		}
		if unit := bytes.TrimRight(data[begin:end], "\x00"); len(unit) > 0 {
			units = append(units, unit)
		}
	}
	return units
}

// payloads cuts one access unit in Annex B into RTP payloads of at most size bytes,
// in sending order (RFC 6184, packetization-mode 1). A payload may share its bytes
// with the access unit.
func payloads(accessUnit []byte, size int) [][]byte {
	var out, small [][]byte // small: units waiting to go together
	together := 1           // bytes of a STAP-A of small

	flush := func() {
		switch len(small) {
		case 0:
		case 1:
			out = append(out, small[0])
		default:
			out = append(out, stapA(small, together))
		}
		small, together = nil, 1
	}
	for _, unit := range nalUnits(accessUnit) {
		switch unit[0] & 0x1f {
		case nalDelimiter, nalFiller:
			continue
		}
		if together+2+len(unit) > size {
			flush()
		}
		if 1+2+len(unit) <= size {
			small = append(small, unit)
			together += 2 + len(unit)
		} else if len(unit) <= size {
			out = append(out, unit)
		} else {
			out = append(out, fuA(unit, size)...)
		}
	}
	flush()
	return out
}

// stapA puts several units into one payload (RFC 6184, 5.7.1). Its importance
// (nal_ref_idc) is the highest of theirs.
func stapA(units [][]byte, size int) []byte {
	out := make([]byte, 1, size)
	var importance byte
	for _, unit := range units {
		importance = max(importance, unit[0]&0x60)
		out = binary.BigEndian.AppendUint16(out, uint16(len(unit)))
		out = append(out, unit...)
	}
	out[0] = importance | nalSTAPA
	return out
}

// fuA cuts one unit into pieces of nearly equal size (RFC 6184, 5.8).
func fuA(unit []byte, size int) [][]byte {
	const header = 2
	body := unit[1:]
	pieces := (len(body) + size - header - 1) / (size - header)
	out := make([][]byte, 0, pieces)
	for i := range pieces {
		piece := body[len(body)*i/pieces : len(body)*(i+1)/pieces]
		p := make([]byte, header, header+len(piece))
		p[0] = unit[0]&0x60 | nalFUA
		p[1] = unit[0] & 0x1f
		if i == 0 {
			p[1] |= 0x80 // start
		}
		if i == pieces-1 {
			p[1] |= 0x40 // end
		}
		out = append(out, append(p, piece...))
	}
	return out
}

// Profile is an H.264 profile and level, as profile-level-id gives them (RFC 6184,
// 8.1).
type Profile struct {
	IDC   byte // profile_idc
	Flags byte // constraint flags, in the one form that browsers write
	Level byte // level_idc, ten times the level
}

// The profiles that browsers know in WebRTC. They are written in one form only,
// since many peers compare the first four digits as text: Main is 4d00, though x264
// writes 4d40 into the SPS.
var (
	constrainedBaseline = Profile{0x42, 0xe0, 31}
	baseline            = Profile{0x42, 0x00, 31}
	mainProfile         = Profile{0x4d, 0x00, 31}
	high                = Profile{0x64, 0x00, 31}
	constrainedHigh     = Profile{0x64, 0x0c, 31}
)

// AnyProfile are the profiles to answer with when the stream is not known yet, the
// most widely understood first. Decoders go by the SPS in the stream; the profile
// of the description only has to be one that both sides name.
func AnyProfile() []Profile {
	return []Profile{constrainedBaseline, mainProfile, baseline, high, constrainedHigh}
}

// Profiles are the profiles to offer for a stream with this configuration (Annex B
// with an SPS): its own, and after it constrained baseline, which is the only one
// that some servers name although they decode or pass on the others too.
func Profiles(extra []byte) ([]Profile, error) {
	own, err := ProfileOf(extra)
	if err != nil {
		return nil, err
	}
	fallback := constrainedBaseline
	fallback.Level = own.Level
	if own.same(fallback) {
		return []Profile{own}, nil
	}
	return []Profile{own, fallback}, nil
}

// ProfileOf reads the profile from the SPS in Annex B data.
func ProfileOf(extra []byte) (Profile, error) {
	for _, unit := range nalUnits(extra) {
		if unit[0]&0x1f == nalSPS && len(unit) >= 4 {
			return canonical(Profile{unit[1], unit[2], unit[3]}), nil
		}
	}
	return Profile{}, fmt.Errorf("the H.264 stream has no SPS")
}

// canonical brings the constraint flags into the form that browsers write.
func canonical(p Profile) Profile {
	form := p
	switch {
	case p.IDC == 0x42 && p.Flags&0x40 != 0, p.IDC == 0x4d && p.Flags&0x80 != 0:
		form = constrainedBaseline
	case p.IDC == 0x42:
		form = baseline
	case p.IDC == 0x4d:
		form = mainProfile
	case p.IDC == 0x64 && p.Flags&0x0c == 0x0c:
		form = constrainedHigh
	case p.IDC == 0x64:
		form = high
	}
	form.Level = p.Level
	return form
}

// same reports whether p and q are the same profile at whatever level: levels need
// not be the same on both sides (level-asymmetry-allowed).
func (p Profile) same(q Profile) bool { return p.IDC == q.IDC && p.Flags == q.Flags }

// fmtp is the format parameters line of SDP.
func (p Profile) fmtp() string {
	return fmt.Sprintf("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=%02x%02x%02x",
		p.IDC, p.Flags, p.Level)
}
