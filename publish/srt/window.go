package srt

import "time"

const (
	// acknowledging is how often a receiver acknowledges (COMM_SYN_INTERVAL).
	acknowledging = 10 * time.Millisecond
	// settled is how long libsrt's way there and back may be wrong: it smooths it,
	// from 100 ms on.
	settled = time.Second
	// remembered is how far back the delivery is measured.
	remembered = time.Second
	// patient is how old a packet may get in the line, beside its way, however much
	// later the receiver would still take it: a narrow line is to be felt soon.
	patient = 150 * time.Millisecond
	// trust is how much more than the streams need a line is taken to deliver, before
	// it shows what it does.
	trust = 1.1
	// regained is by how much a line is trusted more in each second in which it was
	// not too narrow.
	regained = 0.05
	// tooMany is the share of packets that a line which is wide enough never loses.
	tooMany = 0.25
	// fewest is how many packets may be under way on any line.
	fewest = 4
	// suspected is how long a line that is new, or was too narrow, gets no more than
	// it needs.
	suspected = 10 * time.Second
)

// reading is what libsrt says of a line.
type reading struct {
	unacked int           // bytes
	age     time.Duration // of the oldest of them; 0 if there is none
	rtt     time.Duration // there and back, smoothed
	packets int           // sent in all, those that were sent again among them
	lost    int           // packets that the receiver missed, in all
}

// window decides how much may be under way on a line. It keeps it to what the line
// delivers in the time that a packet should take: its way there and back, and a part
// of the latency. What is beyond that would stand in some queue of the line until
// that is full, and be lost; and a packet that gets older than its latency is of no
// use to the receiver any more.
//
// A line that only loses or is only far is not held back: while it is repaired, and
// while it is on its way, a packet stays younger than that.
type window struct {
	nominal float64       // bytes a second that the streams are said to have
	latency time.Duration // as agreed with the receiver

	base    time.Duration // the shortest way there and back
	trusted float64       // bytes a second that the line is taken to deliver at least
	cut     time.Duration // when it was last found to be too narrow; at first, the beginning
	drains  bool          // nothing is sent until all is acknowledged: the next packet tells how long the way is
	looked  time.Duration

	reading
	history []delivered // of the time remembered, oldest first; at least one
	sent    int64       // bytes in all

	lone   int64            // sent up to the first packet after everything was acknowledged; 0: it has come
	loneAt time.Duration    // when that was sent
	ways   [2]time.Duration // that such packets took at least, lately
}

// delivered is how many bytes had been acknowledged at a time, and what had been lost.
type delivered struct {
	at            time.Duration
	bytes         int64
	packets, lost int
}

// newWindow takes the way there and back as the greeting had it. Its times count
// from then on.
func newWindow(nominal float64, latency, way time.Duration) *window {
	return &window{nominal: nominal, latency: latency, base: way, trusted: trust * nominal, history: make([]delivered, 1, 128)}
}

// handed says that so many bytes were handed over.
func (w *window) handed(bytes int, now time.Duration) {
	w.sent += int64(bytes)
	if w.unacked == 0 {
		w.loneAt, w.lone = now, w.sent
	}
	w.unacked += bytes
}

// look takes what libsrt says.
func (w *window) look(r reading, now time.Duration) {
	w.reading = r
	acked := w.sent - int64(r.unacked)
	w.measureWay(acked, now)
	if last := w.history[len(w.history)-1]; now-last.at >= acknowledging {
		w.history = append(w.history, delivered{now, acked, r.packets, r.lost})
		drop := 0
		for now-w.history[drop].at > remembered && drop < len(w.history)-2 {
			drop++
		}
		w.history = append(w.history[:0], w.history[drop:]...)
	}
	w.drains = w.drains && r.unacked > 0
	if w.narrow() && now-w.cut > w.oldest() {
		w.cut, w.drains = now, true
		w.trusted = max(w.delivery(now), w.nominal/8)
	} else if !w.narrow() {
		w.trusted = min(trust*w.nominal, w.trusted*(1+regained*(now-w.looked).Seconds()))
	}
	w.looked = now
}

// measureWay follows the shortest way there and back. It has become longer when even
// packets that were alone on the line take longer; then it is as if the line were new.
func (w *window) measureWay(acked int64, now time.Duration) {
	if now >= settled {
		w.base = min(w.base, w.rtt)
	}
	if w.lone > 0 && acked >= w.lone {
		// It had not come back when last looked.
		w.ways = [2]time.Duration{w.ways[1], max(0, w.looked-w.loneAt-acknowledging)}
		w.base = min(w.base, now-w.loneAt)
		w.lone = 0
	}
	if least := min(w.ways[0], w.ways[1]); least > w.base {
		if least > w.base+patient/2 {
			w.trusted, w.cut = trust*w.nominal, 0
		}
		w.base = least
	}
}

// reach is how much longer than its way a packet may take.
func (w *window) reach() time.Duration {
	if w.latency < 2*w.base { // too short for repairs: what is lost is left out by the receiver
		return w.latency + 50*time.Millisecond
	}
	return min(w.latency*7/10, max(patient, 5*w.base))
}

// oldest is the age beyond which a packet says that something is wrong.
func (w *window) oldest() time.Duration { return w.base + acknowledging + w.reach() }

// narrow tells whether the line is given more than it carries: packets get old
// because they stand in a queue, or because many are lost. On a line that only loses
// some now and then one gets old, too: it was lost several times.
func (w *window) narrow() bool {
	if w.age <= w.oldest() {
		return false
	}
	first := w.history[0]
	return w.rtt > w.base+max(3*acknowledging, w.base/4) || float64(w.lost-first.lost) > tooMany*float64(w.packets-first.packets)
}

// delivery is how many bytes a second were acknowledged lately.
func (w *window) delivery(now time.Duration) float64 {
	first := w.history[0]
	span := now - first.at
	if span < remembered/4 {
		return w.nominal
	}
	return float64(w.sent-int64(w.unacked)-first.bytes) / span.Seconds()
}

// room returns how many bytes may be handed over now.
func (w *window) room(now time.Duration) int {
	switch {
	case w.unacked == 0:
		return mostPayload
	case w.drains || w.narrow():
		return 0
	}
	spare := w.reach() / 2
	switch { // what a far line loses keeps the rest from being acknowledged until it is repaired
	case now-w.cut > suspected:
		spare += 2 * w.base
	case w.cut == 0: // it is new
		spare = min(spare, patient) + w.base
	default:
		spare = min(spare, patient)
	}
	should := w.base + acknowledging + spare
	return max(fewest*mostPayload, int(max(w.delivery(now), w.trusted)*should.Seconds())) - w.unacked
}
