package rtc

import (
	"errors"
	"strings"

	"github.com/pion/sdp/v3"
)

// ErrNoH264 says that the other side's description has no H.264.
var ErrNoH264 = errNoH264

// ErrNoSDP says that the text is no session description.
var ErrNoSDP = errors.New("that is no SDP")

// takesH264 looks whether a description has a live video section with H.264.
func takesH264(description string) error {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(description); err != nil || len(d.MediaDescriptions) == 0 {
		return ErrNoSDP
	}
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Media != "video" || m.MediaName.Port.Value == 0 {
			continue
		}
		for _, a := range m.Attributes {
			_, coding, _ := strings.Cut(a.Value, " ")
			if a.Key == "rtpmap" && strings.HasPrefix(strings.ToUpper(coding), "H264/") {
				return nil
			}
		}
	}
	return ErrNoH264
}
