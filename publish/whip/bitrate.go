package whip

import (
	"time"

	"studio/media/packet"
	"studio/publish/internal/rtc"
)

const (
	leastBitsPerSecond = 150_000 // below this no picture explains anything
	slowestDown        = 250 * time.Millisecond
	slowestUp          = time.Second

	// soundOverhead is what 50 packets of sound a second have in headers: RTP, its
	// extension and SRTP's tag, of which the estimate counts most.
	soundOverhead = 50 * 8 * 30
)

// bitrate turns estimates of what the way carries into what a picture encoder should
// make of it. It knows no clock.
type bitrate struct {
	min, max int // of the pictures, bits a second
	sound    int // of the sound with its headers
	told     int // to the encoder
	at       time.Time
}

func newBitrate(video, sound *packet.Stream) *bitrate {
	b := &bitrate{max: video.BitsPerSecond, told: video.BitsPerSecond}
	b.min = min(max(leastBitsPerSecond, b.max/10), b.max)
	if sound != nil {
		b.sound = sound.BitsPerSecond + soundOverhead
	}
	return b
}

// bounds are what the estimator may go to. There is room above what is ever sent, so
// that one moment of congestion does not cost quality at once.
func (b *bitrate) bounds() rtc.BitRates {
	all := b.max + b.sound
	return rtc.BitRates{Start: all * 5 / 4, Min: b.min, Max: all * 3 / 2}
}

// next says what to tell the encoder now that the way carries estimate bits a second
// (0: not known), and whether it is worth telling. A twentieth is left for headers and
// for packets that are sent again.
func (b *bitrate) next(estimate int, now time.Time) (bitsPerSecond int, changed bool) {
	if estimate == 0 {
		return b.told, false
	}
	room := min(max(b.min, (estimate-b.sound)*19/20), b.max)
	wait, step := slowestDown, b.told-room
	if step < 0 {
		wait, step = slowestUp, -step
	}
	little := step < b.told/20 && room != b.min && room != b.max
	if step == 0 || little || now.Sub(b.at) < wait {
		return b.told, false
	}
	b.told, b.at = room, now
	return room, true
}
