package rtc

import (
	"net"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"
)

// keepResend is how many RTP packets are kept for NACK: 2 s at 10 Mb/s.
const keepResend = 2048

// agreeable lists what may be agreed on.
func agreeable(o Options) (*webrtc.MediaEngine, error) {
	media := &webrtc.MediaEngine{}
	for i, profile := range o.Profiles {
		if err := media.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeH264, ClockRate: videoRate, SDPFmtpLine: profile.fmtp(),
				RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}},
			},
			PayloadType: webrtc.PayloadType(102 + i),
		}, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, err
		}
	}
	if o.Sound {
		if err := media.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeOpus, ClockRate: audioRate, Channels: 2,
				SDPFmtpLine: "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",
			},
			PayloadType: 111,
		}, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	if o.Estimate == (BitRates{}) {
		return media, nil
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		media.RegisterFeedback(webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC}, kind)
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}, kind); err != nil {
			return nil, err
		}
	}
	return media, nil
}

// feedback makes what answers the other side's reports. Of the chain, the first to be
// added is the nearest to the wire: what is sent again passes congestion control, too.
func feedback(o Options) (*interceptor.Registry, *congestion, error) {
	chain := &interceptor.Registry{}
	var control *congestion
	if o.Estimate != (BitRates{}) {
		var err error
		if control, err = newCongestion(o.Estimate); err != nil {
			return nil, nil, err
		}
		chain.Add(control)
	}
	chain.Add(&resends{})
	responder, err := nack.NewResponderInterceptor(nack.ResponderSize(keepResend))
	if err != nil {
		return nil, nil, err
	}
	chain.Add(responder)
	return chain, control, nil
}

// settings choose addresses and time-outs. Multicast DNS is off: a browser that
// hides its addresses behind .local names calls us, and is found by that call.
func settings(o Options) webrtc.SettingEngine {
	s := webrtc.SettingEngine{LoggerFactory: loggers{o.Log}}
	lost := o.Lost
	if lost == 0 {
		lost = 4500 * time.Millisecond
	}
	// The library counts as disconnected first and as failed after both times. Anything
	// that comes is a sign of life, and after a keep-alive time without any it asks for
	// one: eight questions unanswered, or a hundred reports not come, are no accident
	// where one packet in twenty is lost.
	s.SetICETimeouts(lost/2, lost/2, lost/9)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(o.Loopback || o.LoopbackOnly)
	if o.LoopbackOnly {
		s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	}
	return s
}

func iceServers(servers []Server) []webrtc.ICEServer {
	var out []webrtc.ICEServer
	for _, s := range servers {
		out = append(out, webrtc.ICEServer{URLs: []string{s.URL}, Username: s.Username, Credential: s.Credential})
	}
	return out
}
