package main

import (
	"slices"
	"sync"
	"time"

	"studio/media/packet"
)

// meterSpan is how far back a line's figures look.
const meterSpan = 2 * time.Second

// lineMeter measures what leaves the encoder.
type lineMeter struct {
	mu      sync.Mutex
	packets []measured
}

type measured struct {
	at      time.Time
	bytes   int
	latency time.Duration // negative: unknown
}

// count notes a packet; latency takes how long it was under way, nil: nobody wants it.
func (m *lineMeter) count(p *packet.Packet, latency func(time.Duration)) {
	now := time.Now()
	e := measured{now, len(p.Data), -1}
	if !p.Taken.IsZero() {
		e.latency = now.Sub(p.Taken)
		if latency != nil {
			latency(e.latency)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.packets = append(m.recent(now), e)
}

// recent drops what is older than the span, in place.
func (m *lineMeter) recent(now time.Time) []measured {
	old := 0
	for old < len(m.packets) && now.Sub(m.packets[old].at) > meterSpan {
		old++
	}
	m.packets = slices.Delete(m.packets, 0, old)
	return m.packets
}

// figures returns the bit rate and the 95th percentile of the latency from camera
// to packet over the last seconds; zero when nothing was encoded.
func (m *lineMeter) figures() (bitsPerSecond float64, latency time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.recent(time.Now())
	if len(list) < 2 {
		return 0, 0
	}
	bytes := 0
	var latencies []time.Duration
	for _, e := range list[1:] {
		bytes += e.bytes
		if e.latency >= 0 {
			latencies = append(latencies, e.latency)
		}
	}
	bitsPerSecond = float64(bytes) * 8 / list[len(list)-1].at.Sub(list[0].at).Seconds()
	if len(latencies) > 0 {
		slices.Sort(latencies)
		latency = latencies[len(latencies)*95/100]
	}
	return bitsPerSecond, latency
}
