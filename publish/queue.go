package publish

import (
	"slices"
	"time"

	"studio/media/packet"
)

// queue is the row of packets in front of a destination, and the policy of what
// is dropped when it gets too long: coded pictures from the oldest through to the
// next key frame with the sound that goes with them, and sound alone from the
// oldest. It knows neither threads nor clocks; the packets' own times count.
type queue struct {
	limit      time.Duration // between the oldest and the newest packet
	limitBytes int

	packets []*packet.Packet
	bytes   int
	waitKey bool // pictures are dropped until a key frame comes; sound goes on
	held    bool // nothing goes out until a key frame comes, which will be the first
}

// push takes a packet and returns how many packets were dropped for it, the
// packet itself included.
func (q *queue) push(p *packet.Packet) (dropped int) {
	if p.Stream.Codec.Video() && q.waitKey && !p.Key {
		return 1
	}
	q.packets = append(q.packets, p)
	q.bytes += len(p.Data)
	if p.Stream.Codec.Video() && q.waitKey {
		q.waitKey = false
		if q.held {
			dropped = q.beginWith(p)
		}
	}
	for q.length() > q.limit || q.bytes > q.limitBytes {
		dropped += q.shorten()
	}
	return dropped
}

// pop returns the packet to be sent next, nil if there is none.
func (q *queue) pop() *packet.Packet {
	if q.held || len(q.packets) == 0 {
		return nil
	}
	return q.take()
}

func (q *queue) take() *packet.Packet {
	p := q.packets[0]
	q.packets[0] = nil
	q.packets = q.packets[1:]
	q.bytes -= len(p.Data)
	return p
}

// length is the time from the oldest packet to the newest.
func (q *queue) length() time.Duration {
	if len(q.packets) < 2 {
		return 0
	}
	return max(0, q.packets[len(q.packets)-1].Time()-q.packets[0].Time())
}

// shorten drops the least that leaves a decodable row.
func (q *queue) shorten() (dropped int) {
	first := -1
	for i, p := range q.packets {
		if !p.Stream.Codec.Video() {
			continue
		}
		if first < 0 {
			first = i
			continue
		}
		if p.Key {
			return q.dropBefore(p)
		}
	}
	if first < 0 {
		q.take()
		return 1
	}
	q.waitKey = true
	return q.keep(func(p *packet.Packet) bool { return !p.Stream.Codec.Video() })
}

// restart makes the row fit for a new connection, which must begin with a key
// frame: the newest one in the row, or the oldest if all is to be kept, or the
// next to come; without pictures, with anything. It returns how many packets it
// dropped.
func (q *queue) restart(pictures, newest bool) (dropped int) {
	if !pictures {
		return 0
	}
	var key *packet.Packet
	for _, p := range q.packets {
		if p.Stream.Codec.Video() && p.Key && (newest || key == nil) {
			key = p
		}
	}
	if key != nil {
		return q.beginWith(key)
	}
	q.waitKey, q.held = true, true
	return q.keep(func(p *packet.Packet) bool { return !p.Stream.Codec.Video() })
}

// beginWith drops what is older than a key frame in the row, and puts it first:
// sound of its time may have come before it.
func (q *queue) beginWith(key *packet.Packet) (dropped int) {
	q.held = false
	dropped = q.dropBefore(key)
	i := slices.Index(q.packets, key)
	copy(q.packets[1:i+1], q.packets[:i])
	q.packets[0] = key
	return dropped
}

// dropBefore drops the pictures that stand before a key frame and the sound that
// is earlier than it.
func (q *queue) dropBefore(key *packet.Packet) (dropped int) {
	reached, from := false, key.Time()
	return q.keep(func(p *packet.Packet) bool {
		reached = reached || p == key
		if p.Stream.Codec.Video() {
			return reached
		}
		return p.Time() >= from
	})
}

// clear drops everything; nothing is held back for what comes next.
func (q *queue) clear() (dropped int) {
	dropped = len(q.packets)
	q.packets, q.bytes = nil, 0
	return dropped
}

func (q *queue) keep(wanted func(*packet.Packet) bool) (dropped int) {
	kept := make([]*packet.Packet, 0, len(q.packets))
	q.bytes = 0
	for _, p := range q.packets {
		if wanted(p) {
			kept = append(kept, p)
			q.bytes += len(p.Data)
		}
	}
	dropped = len(q.packets) - len(kept)
	q.packets = kept
	return dropped
}
