package srt

import (
	"math/rand/v2"
	"testing"
	"time"
)

// nature is what a simulated line is like.
type nature struct {
	way   time.Duration // there and back
	bytes float64       // a second that it carries
	queue time.Duration // that may wait before it; more is lost
	loss  float64
}

// passage is what became of a programme on a simulated line.
type passage struct {
	waits   float64       // seconds of programme that wait at the end
	longest float64       // that waited at any time
	lost    int           // packets, because the queue was full
	lately  int           // of those, in the second half
	queued  time.Duration // the longest that a packet stood in the line's queue
	late    int           // packets that came later than the receiver takes them
}

// pass sends a programme of so many bytes a second, a quarter of which are key frames
// every two seconds, and looks each millisecond. A packet that is lost is sent again
// when the receiver has told, before anything else.
func pass(w *window, rate float64, seconds int, at func(time.Duration) nature) (out passage) {
	type sent struct{ at, acked time.Duration }
	random := rand.New(rand.NewPCG(1, 1))
	var underWay []sent
	var free, rtt time.Duration
	var resends []time.Duration // when they are due
	waiting, packets, lost := 0.0, 0, 0
	way := at(0).way
	for now := time.Duration(0); now < time.Duration(seconds)*time.Second; now += time.Millisecond {
		n := at(now)
		waiting += 0.75 * rate / 1000
		if now%(2*time.Second) == 0 {
			waiting += 0.25 * 2 * rate
		}
		send := func() (acked time.Duration) { // when, if it arrives; 0 if it does not
			packets++
			free = max(free, now)
			if free-now > n.queue || random.Float64() < n.loss {
				if free-now > n.queue {
					out.lost++
					if now > time.Duration(seconds)*time.Second/2 {
						out.lately++
					}
				}
				lost++
				return 0
			}
			free += time.Duration(mostPayload / n.bytes * float64(time.Second))
			out.queued = max(out.queued, free-now)
			rtt += (free - now + n.way - rtt) / 8
			return free + n.way
		}
		for i := 0; i < len(resends); i++ {
			if resends[i] > now {
				continue
			}
			for j := range underWay {
				if p := &underWay[j]; p.acked < 0 && -p.acked == resends[i] {
					resends[i] = now + n.way + 20*time.Millisecond
					if p.acked = send(); p.acked == 0 {
						p.acked = -resends[i]
						break
					}
					if p.acked-p.at > way+w.latency {
						out.late++
					}
					resends = append(resends[:i], resends[i+1:]...)
					i--
					break
				}
			}
		}
		r := reading{rtt: rtt, packets: packets, lost: lost}
		if now%acknowledging == 0 {
			for len(underWay) > 0 && underWay[0].acked > 0 && underWay[0].acked <= now {
				underWay = underWay[1:]
			}
		}
		if r.unacked = mostPayload * len(underWay); len(underWay) > 0 {
			r.age = now - underWay[0].at
		}
		w.look(r, now)
		for waiting >= mostPayload && w.room(now) >= mostPayload {
			p := sent{now, send()}
			if p.acked == 0 {
				p.acked = -(now + n.way + 20*time.Millisecond + time.Duration(len(resends)))
				resends = append(resends, -p.acked)
			}
			underWay = append(underWay, p)
			w.handed(mostPayload, now)
			waiting -= mostPayload
		}
		out.longest = max(out.longest, waiting/rate)
	}
	out.waits = waiting / rate
	return out
}

// TestWindow has lines that are wide enough, which never hold a programme back for
// long, and lines that are not: they are told by what waits, not by what is lost.
func TestWindow(t *testing.T) {
	const rate = 250_000 // 2 Mb/s
	const wide = 1_250_000
	same := func(n nature) func(time.Duration) nature { return func(time.Duration) nature { return n } }
	router := 300 * time.Millisecond
	for _, c := range []struct {
		name         string
		latency      time.Duration
		line         func(time.Duration) nature
		waits, least float64 // seconds of programme that wait at the end: at most, at least
		lost         int     // packets in the line's queue in the second half, at most
	}{
		{"near", 500 * time.Millisecond, same(nature{2 * time.Millisecond, wide, router, 0}), 0.2, 0, 0},
		{"5 % on a near one", 500 * time.Millisecond, same(nature{10 * time.Millisecond, wide, router, 0.05}), 0.2, 0, 0},
		{"far", 500 * time.Millisecond, same(nature{200 * time.Millisecond, wide, router, 0}), 0.2, 0, 0},
		{"far, and too little latency", 120 * time.Millisecond, same(nature{400 * time.Millisecond, wide, router, 0}), 0.2, 0, 0},
		{"5 % and 100 ms", 500 * time.Millisecond, same(nature{100 * time.Millisecond, wide, router, 0.05}), 0.2, 0, 0},
		{"5 % and 200 ms", time.Second, same(nature{200 * time.Millisecond, wide, router, 0.05}), 0.3, 0, 0},
		{"just wide enough", 500 * time.Millisecond, same(nature{20 * time.Millisecond, 1.15 * rate, router, 0}), 0.6, 0, 0},
		{"half", 500 * time.Millisecond, same(nature{2 * time.Millisecond, rate / 2, router, 0}), 11, 9, 0},
		{"half, for much latency", 4 * time.Second, same(nature{2 * time.Millisecond, rate / 2, router, 0}), 11, 9, 0},
		{"half, far", time.Second, same(nature{100 * time.Millisecond, rate / 2, router, 0}), 11.5, 9, 150},
		{"half, and 2 % lost", 500 * time.Millisecond, same(nature{20 * time.Millisecond, rate / 2, router, 0.02}), 12, 9, 20},
		{"a tenth", 500 * time.Millisecond, same(nature{2 * time.Millisecond, rate / 10, router, 0}), 19, 17, 0},
		{"becomes far", 500 * time.Millisecond, func(now time.Duration) nature {
			if now < 5*time.Second {
				return nature{2 * time.Millisecond, wide, router, 0}
			}
			return nature{200 * time.Millisecond, wide, router, 0}
		}, 0.3, 0, 0},
		{"becomes wide again", 500 * time.Millisecond, func(now time.Duration) nature {
			if now < 5*time.Second {
				return nature{20 * time.Millisecond, rate / 2, router, 0}
			}
			return nature{20 * time.Millisecond, wide, router, 0}
		}, 0.2, 0, 0},
		{"one outage", time.Second, func(now time.Duration) nature {
			if now > 5*time.Second && now < 8*time.Second {
				return nature{50 * time.Millisecond, wide, router, 1}
			}
			return nature{50 * time.Millisecond, wide, router, 0}
		}, 0.2, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWindow(rate, c.latency, c.line(0).way+5*time.Millisecond)
			got := pass(w, rate, 20, c.line)
			t.Logf("%+v; way %v, trusted %.0f", got, w.base, w.trusted)
			if got.waits > c.waits || got.waits < c.least {
				t.Errorf("%.2f s of programme wait, want %.2f to %.2f", got.waits, c.least, c.waits)
			}
			if got.lately > c.lost {
				t.Errorf("%d packets were lost in the line's queue in the end, want %d at most", got.lately, c.lost)
			}
		})
	}
}
