package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/publish"
)

// line carries one canvas's pictures through its one encoder to everything that
// takes its packets.
type line struct {
	configs.Canvas
	video    *encode.Video
	pictures chan programPicture
	fanout   publish.Fanout
	takers   atomic.Int32
	costs    *mixer.Costs
	preview  func(programPicture) // sees every picture, never blocks; nil: none
	meter    lineMeter
	failed   atomic.Pointer[error]
}

// programPicture is a finished program picture, held by whoever has it.
type programPicture struct {
	pic    *picture.Picture
	number int64
	taken  time.Time
}

func newLine(c configs.Canvas, rate packet.Rational, costs *mixer.Costs) (*line, error) {
	video, err := encode.NewVideo(encode.VideoOptions{
		Size: c.Size, Rate: rate, Preset: c.Preset, BitsPerSecond: c.BitsPerSecond,
	})
	if err != nil {
		return nil, fmt.Errorf("canvas %q: %w", c.Name, err)
	}
	return &line{
		Canvas: c, video: video, costs: costs,
		pictures: make(chan programPicture, 1), // the mixer composes one picture while the one before is encoded; nothing is dropped
	}, nil
}

// output takes a picture from the mixer.
func (l *line) output(pic *picture.Picture, number int64, taken time.Time) {
	p := programPicture{pic, number, taken}
	if l.preview != nil {
		l.preview(programPicture{pic.Retain(), number, taken})
	}
	l.pictures <- p
}

// run encodes until the mixer closes pictures. A canvas that nobody takes is not
// encoded: it costs nothing.
func (l *line) run() error {
	defer l.video.Close()
	for p := range l.pictures {
		if l.takers.Load() > 0 {
			l.encode(p)
		}
		p.pic.Release()
	}
	return nil
}

func (l *line) encode(p programPicture) {
	var err error
	l.costs.Measure(mixer.Encode, func() {
		err = l.video.Encode(p.pic.View, p.number, p.taken, l.handOut)
	})
	if err != nil {
		err = fmt.Errorf("canvas %q: %w", l.Name, err)
		l.failed.Store(&err)
	}
}

// handOut gives a packet to every taker.
func (l *line) handOut(p *packet.Packet) {
	l.fanout.Offer(p)
	l.meter.count(p)
}

// join adds a taker, which begins with a key frame of its own.
func (l *line) join(t publish.Taker) {
	l.fanout.Add(t)
	l.takers.Add(1)
	l.video.RequestKey()
}

func (l *line) leave(t publish.Taker) {
	l.fanout.Remove(t)
	l.takers.Add(-1)
}

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

func (m *lineMeter) count(p *packet.Packet) {
	now := time.Now()
	e := measured{now, len(p.Data), -1}
	if !p.Taken.IsZero() {
		e.latency = now.Sub(p.Taken)
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
