package rtc

import "time"

// keyEvery is the shortest time between two requests for a key frame.
const keyEvery = time.Second

// KeyLimit lets through one request for a key frame a second at most. The zero value
// lets the first one through.
type KeyLimit struct{ last time.Time }

// Allow reports whether a request may be passed on now, and counts it if so. One
// that is held back stays wanted (Peer.KeyWanted) and gets through later.
func (l *KeyLimit) Allow(now time.Time) bool {
	if !l.last.IsZero() && now.Sub(l.last) < keyEvery {
		return false
	}
	l.last = now
	return true
}
