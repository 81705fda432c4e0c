package rtc

import (
	"errors"
	"strings"

	"github.com/pion/sdp/v3"
)

var (
	ErrNoH264 = errors.New("the other side takes no H.264")
	ErrNoSDP  = errors.New("that is no SDP")
)

// ability is what the side that wrote a description can take.
type ability struct{ h264, opus bool }

// abilities looks for live sections with our codecs. A section with port 0 is turned down,
// whatever it lists (RFC 3264, 6).
func abilities(description string) (can ability, err error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(description); err != nil || len(d.MediaDescriptions) == 0 {
		return can, ErrNoSDP
	}
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Port.Value == 0 {
			continue
		}
		for _, a := range m.Attributes {
			_, coding, _ := strings.Cut(a.Value, " ")
			coding = strings.ToUpper(coding)
			if a.Key == "rtpmap" && m.MediaName.Media == "video" && strings.HasPrefix(coding, "H264/90000") {
				can.h264 = true
			}
			if a.Key == "rtpmap" && m.MediaName.Media == "audio" && strings.HasPrefix(coding, "OPUS/48000") {
				can.opus = true
			}
		}
	}
	return can, nil
}

// bundled adds to an offer's sections what RFC 9725, 4.4.1 asks for and the library
// leaves out: all of them go over one connection, and RTCP with them.
func bundled(offer string) string {
	return strings.ReplaceAll(offer, "a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-mux-only\r\na=bundle-only\r\n")
}
