package srt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/avformat"
)

// Options describe a listener to send to.
type Options struct {
	// Address is srt://SERVER:PORT with what else is to be said in its query, which
	// holds secrets.
	Address string

	Resolver       *net.Resolver // looks the server's name up; nil is the system's
	ConnectTimeout time.Duration // 0 is 5 s; connect_timeout in the address goes before it
	WriteTimeout   time.Duration // for one packet; 0 is 5 s
}

const (
	// closeWithin is for the end of the stream to arrive.
	closeWithin = 2 * time.Second
	// pause is between two looks at a line that something is awaited of.
	pause = 5 * time.Millisecond
	// unknown is what streams that say nothing of it are taken for, in bytes a second.
	unknown = 500_000
)

// target is a parsed address.
type target struct {
	options  Options
	settings settings
	server   *publish.Server
	port     uint16
	shown    string
}

// connection is one open connection.
type connection struct {
	target  *target
	done    <-chan struct{} // closed when the connection's context has ended
	stream  *avformat.TransportStream
	socket  socket
	window  *window
	latency time.Duration // as agreed with the server
	began   time.Time
	sent    time.Time // when the newest packet was handed over
	acked   time.Time // when something was acknowledged, or nothing was left to be
	nudged  time.Time
	failed  bool
}

func (t *target) dial(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
	address, err := t.server.Address(ctx, t.options.ConnectTimeout)
	var said *publish.Error
	switch {
	case errors.As(err, &said):
		return nil, t.fault(said.Fault, said.Text)
	case err != nil:
		return nil, t.ended(connecting)
	}
	stream, err := avformat.NewTransportStream(streams)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.shown, err)
	}
	bits := 0
	for _, s := range streams {
		bits += s.BitsPerSecond
	}
	c := &connection{target: t, done: ctx.Done(), stream: stream}
	if err := c.connect(address, float64(bits)/8); err != nil {
		t.server.Failed()
		stream.Close()
		return nil, err
	}
	return c, nil
}

// connect opens the connection for so many bytes a second.
func (c *connection) connect(address string, rate float64) error {
	t := c.target
	to, err := endpoint(address, t.port)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", t.shown, connecting, err)
	}
	if err := t.reachable(to.String()); err != nil {
		return err
	}
	if rate == 0 {
		rate = unknown
	}
	s := t.settings
	if s.maxBandwidth == 0 && s.inputBandwidth == 0 && s.overhead == 0 {
		s.maxBandwidth = -1 // the window bounds what is sent at a time; spreading it out costs half as much again
	}
	limit := t.options.ConnectTimeout
	// Ours is the shorter limit of each: libsrt's would come without a reason.
	if c.socket, err = newSocket(s, 2*limit, 2*t.options.WriteTimeout); err != nil {
		return fmt.Errorf("%s: %w", t.shown, err)
	}
	begin := time.Now()
	if err := c.socket.connect(to); err != nil {
		c.socket.close()
		return fmt.Errorf("%s: %w", t.shown, err)
	}
	// For a moment before it is open libsrt calls it broken, without a reason.
	state := c.socket.state()
	for state != open && c.socket.reason() == 0 && time.Since(begin) < limit && c.wait() {
		state = c.socket.state()
	}
	now := time.Now()
	switch {
	case state == open:
	case c.stopped():
		err = t.ended(connecting)
	default:
		err = t.refused(c.socket.reason(), limit)
	}
	if err != nil {
		c.socket.close()
		return err
	}
	c.began, c.sent, c.acked = now, now, now
	if l, ok := c.socket.look(); ok {
		c.latency = l.latency
	}
	c.window = newWindow(rate, c.latency, now.Sub(begin)/2) // the greeting goes there and back twice
	return nil
}

// wait waits a moment; false: the context has ended.
func (c *connection) wait() bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.done:
		return false
	}
}

func (c *connection) stopped() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Write implements publish.Sink.
func (c *connection) Write(p *packet.Packet) error {
	data, err := c.stream.Write(p)
	if err != nil {
		c.failed = true
		return fmt.Errorf("%s: %s: %w", c.target.shown, sending, err)
	}
	limit := c.target.options.WriteTimeout
	err = c.sendAll(data, limit, time.Now().Add(limit))
	c.failed = err != nil
	return err
}

// sendAll hands everything over, in packets of the network.
func (c *connection) sendAll(data []byte, limit time.Duration, until time.Time) error {
	if err := c.look(time.Now()); err != nil {
		return err
	}
	for len(data) > 0 {
		part := data[:min(len(data), c.target.settings.payload)]
		if err := c.send(part, limit, until); err != nil {
			return err
		}
		data = data[len(part):]
	}
	return nil
}

// send hands a packet over as soon as the line has room for it.
func (c *connection) send(part []byte, limit time.Duration, until time.Time) error {
	for {
		now := time.Now()
		if c.window.room(now.Sub(c.began)) >= len(part) {
			full, err := c.socket.send(part)
			if err != nil {
				return c.broke(now)
			}
			if !full {
				c.window.handed(len(part), now.Sub(c.began))
				c.sent = now
				return nil
			}
		}
		if now.After(until) {
			return c.target.stalled(limit)
		}
		if err := c.await(); err != nil {
			return err
		}
	}
}

// await waits a moment for the line, and looks at it.
func (c *connection) await() error {
	if !c.wait() {
		return c.target.ended(sending)
	}
	now := time.Now()
	if err := c.look(now); err != nil {
		return err
	}
	return c.nudge(now)
}

// look reads how the line is doing.
func (c *connection) look(now time.Time) error {
	l, ok := c.socket.look()
	if !ok || c.socket.state() == broken {
		return c.broke(now)
	}
	if l.unacked < c.window.unacked || l.unacked == 0 {
		c.acked = now
	}
	r := reading{unacked: l.unacked, rtt: l.rtt, packets: l.packets, lost: l.lost}
	if r.unacked > 0 {
		r.age = l.span + now.Sub(latest(c.sent, c.nudged))
	}
	c.window.look(r, now.Sub(c.began))
	return nil
}

// nudge sends an empty packet when nothing goes on: that the last packets were lost
// the receiver notices only when another one comes after them.
func (c *connection) nudge(now time.Time) error {
	silent := now.Sub(latest(c.acked, c.sent, c.nudged))
	if rtt := c.window.rtt; c.window.unacked == 0 || silent < rtt+max(rtt/4, 4*acknowledging) {
		return nil
	}
	full, err := c.socket.send(filler)
	if err != nil {
		return c.broke(now)
	}
	if !full {
		c.nudged = now
		c.window.handed(len(filler), now.Sub(c.began))
	}
	return nil
}

// filler is a packet of a transport stream that carries nothing (PID 0x1fff).
var filler = append([]byte{0x47, 0x1f, 0xff, 0x10}, make([]byte, tsPacket-4)...)

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// Close implements publish.Sink. It takes at most 2 s: for the end of the stream to
// be acknowledged, and then for as long as the receiver holds it back, because what
// it has not handed out when it hears of the end is lost.
func (c *connection) Close() error {
	defer c.stream.Close()
	defer c.socket.close()
	if c.failed {
		return nil
	}
	until := time.Now().Add(closeWithin)
	rest, err := c.stream.End()
	if err != nil {
		return fmt.Errorf("%s: %s: %w", c.target.shown, closing, err)
	}
	if err := c.sendAll(rest, closeWithin, until); err != nil {
		return err
	}
	sent := c.sent
	for c.window.unacked > 0 {
		if time.Now().After(until) {
			return c.target.stalled(closeWithin)
		}
		if err := c.await(); err != nil {
			return err
		}
	}
	heard := sent.Add(c.latency + c.window.base + 4*acknowledging)
	for time.Now().Before(heard) && time.Now().Before(until) && c.socket.state() == open && c.wait() {
	}
	return nil
}
