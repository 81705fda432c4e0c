package srt

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// condition is how a line is.
type condition struct {
	loss          float64       // of the packets each way
	delay         time.Duration // each way
	bitsPerSecond int           // on the way out; 0: no limit
	queue         time.Duration // that packets stand in before it, at most
	dead          bool          // nothing passes
}

// line is a relay before a listener that does to packets what a bad line does.
type line struct {
	address string
	near    *net.UDPConn
	far     *net.UDPConn
	running sync.WaitGroup

	mu     sync.Mutex
	now    condition
	random *rand.Rand
	free   time.Time // when the limited way has sent what it has
	caller *net.UDPAddr
	lost   int // on the way out
}

func newLine(t testing.TB, to string, c condition) *line {
	t.Helper()
	local, err := net.ResolveUDPAddr("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{now: c, random: rand.New(rand.NewPCG(1, 2))}
	if l.near, err = net.ListenUDP("udp", local); err != nil {
		t.Fatal(err)
	}
	if l.far, err = net.DialUDP("udp", nil, server); err != nil {
		t.Fatal(err)
	}
	l.address = l.near.LocalAddr().String()
	l.running.Go(func() {
		l.carry(true, func(b []byte) (int, error) {
			n, from, err := l.near.ReadFromUDP(b)
			if err == nil {
				l.mu.Lock()
				l.caller = from
				l.mu.Unlock()
			}
			return n, err
		}, func(b []byte) { l.far.Write(b) })
	})
	l.running.Go(func() {
		l.carry(false, l.far.Read, func(b []byte) {
			l.mu.Lock()
			to := l.caller
			l.mu.Unlock()
			if to != nil {
				l.near.WriteToUDP(b, to)
			}
		})
	})
	t.Cleanup(func() {
		l.near.Close()
		l.far.Close()
		l.running.Wait()
	})
	return l
}

func (l *line) set(c condition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = c
}

func (l *line) losses() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// carry takes packets from one side to the other until the line is closed.
func (l *line) carry(out bool, read func([]byte) (int, error), write func([]byte)) {
	type parcel struct {
		data []byte
		due  time.Time
	}
	underWay := make(chan parcel, 8192)
	var delivering sync.WaitGroup
	delivering.Go(func() {
		for p := range underWay {
			time.Sleep(time.Until(p.due)) // the delay is what is wanted
			write(p.data)
		}
	})
	defer delivering.Wait()
	defer close(underWay)
	buffer := make([]byte, 2000)
	for {
		n, err := read(buffer)
		if err != nil {
			if _, gone := err.(*net.OpError); gone && !isRefused(err) {
				return
			}
			continue // nothing listens there yet
		}
		if due, passes := l.due(n, out, time.Now()); passes {
			underWay <- parcel{append([]byte(nil), buffer[:n]...), due}
		}
	}
}

// due decides when a packet arrives, if it does.
func (l *line) due(bytes int, out bool, now time.Time) (at time.Time, passes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, at := l.now, now
	limited := out && c.bitsPerSecond > 0
	if limited && l.free.After(now) {
		at = l.free
	}
	if c.dead || l.random.Float64() < c.loss || limited && at.Sub(now) > c.queue {
		if out {
			l.lost++
		}
		return at, false
	}
	if limited {
		at = at.Add(time.Duration((bytes+28)*8) * time.Second / time.Duration(c.bitsPerSecond))
		l.free = at
	}
	return at.Add(c.delay), true
}
