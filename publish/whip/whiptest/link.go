package whiptest

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Conditions are those of a network.
type Conditions struct {
	Loss          float64       // of the packets each way, 0 to 1, each by itself
	Delay         time.Duration // each way
	BitsPerSecond int           // of what the client sends; beyond it, a queue of linkQueue and then loss; 0: no limit
	Dead          bool          // nothing passes
}

// linkQueue is how long a packet may wait for its turn on a limited link.
const linkQueue = 300 * time.Millisecond

// Link is a bad network between a WHIP client and a WebRTC peer on the same machine. It
// needs no rights and nothing of the kernel: media goes by way of its two sockets, one
// that the client takes for the server and one that the server takes for the client.
type Link struct {
	toClient, toServer *net.UDPConn

	mu             sync.Mutex
	conditions     Conditions
	client, server netip.AddrPort // client: from its offer; server: where it was heard of first
	random         *rand.Rand
	free           time.Time // when the limited link has sent what it has
	passed, lost   int
}

// NewLink makes a Link with conditions that are always the same for the same seed, but
// for the packets' own times. It ends with the test.
func NewLink(tb testing.TB, seed uint64, c Conditions) *Link {
	tb.Helper()
	l := &Link{conditions: c, random: rand.New(rand.NewPCG(seed, 0))}
	for _, conn := range []**net.UDPConn{&l.toClient, &l.toServer} {
		var err error
		if *conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			tb.Fatal(err)
		}
	}
	var running sync.WaitGroup
	running.Go(func() { l.carry(l.toClient, l.toServer, &l.client, &l.server, true) })
	running.Go(func() { l.carry(l.toServer, l.toClient, &l.server, &l.client, false) })
	tb.Cleanup(func() {
		_ = l.toClient.Close()
		_ = l.toServer.Close()
		running.Wait()
	})
	return l
}

// Set changes the conditions of what comes from now on.
func (l *Link) Set(c Conditions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conditions = c
}

// Counts returns how many packets have passed, and how many have not, both ways.
func (l *Link) Counts() (passed, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed, l.lost
}

var (
	candidateLine = regexp.MustCompile(`a=candidate:.*\r\n`)
	loopback      = regexp.MustCompile(`(?i)a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host`)
)

// Offer returns the client's offer as the server is to see it, with the link's address
// for the client's.
func (l *Link) Offer(offer string) string {
	if found := loopback.FindStringSubmatch(offer); found != nil {
		l.mu.Lock()
		l.client, _ = netip.ParseAddrPort("127.0.0.1:" + found[1])
		l.server = netip.AddrPort{}
		l.mu.Unlock()
	}
	_, port, _ := net.SplitHostPort(l.toServer.LocalAddr().String())
	ours := "a=candidate:1 1 udp 2130706431 127.0.0.1 " + port + " typ host\r\n"
	first := true
	return candidateLine.ReplaceAllStringFunc(offer, func(string) string {
		if !first {
			return ""
		}
		first = false
		return ours
	})
}

// Answer returns the server's answer as the client is to see it: without addresses. The
// client is called.
func (l *Link) Answer(answer string) string {
	return strings.ReplaceAll(candidateLine.ReplaceAllString(answer, ""), "a=end-of-candidates\r\n", "")
}

// parcel is a packet under way.
type parcel struct {
	data []byte
	due  time.Time
}

// carry takes packets from one side to the other until the sockets are closed.
func (l *Link) carry(in, out *net.UDPConn, from, to *netip.AddrPort, limited bool) {
	// As many as come in a second at 40 Mb/s; more are lost.
	underWay := make(chan parcel, 4096)
	var delivering sync.WaitGroup
	delivering.Go(func() {
		for p := range underWay {
			time.Sleep(time.Until(p.due)) // the delay is what is wanted
			l.mu.Lock()
			address := *to
			l.mu.Unlock()
			if address.IsValid() {
				_, _ = out.WriteToUDPAddrPort(p.data, address) // a network gives no notice
			}
		}
	})
	defer delivering.Wait()
	defer close(underWay)
	buffer := make([]byte, 2048)
	for {
		n, address, err := in.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		l.mu.Lock()
		if !from.IsValid() {
			*from = address
		}
		// Each side tries with all its addresses; one is enough.
		known := *from == address
		var due time.Time
		passes := false
		if known {
			due, passes = l.due(n, limited, time.Now())
		}
		l.mu.Unlock()
		if !passes {
			continue
		}
		select {
		case underWay <- parcel{append([]byte(nil), buffer[:n]...), due}:
		default:
		}
	}
}

// due decides when a packet arrives, if it does. l.mu is held.
func (l *Link) due(bytes int, limited bool, now time.Time) (at time.Time, passes bool) {
	c := l.conditions
	at = now
	if limited && c.BitsPerSecond > 0 && l.free.After(now) {
		at = l.free
	}
	if c.Dead || l.random.Float64() < c.Loss || at.Sub(now) > linkQueue {
		l.lost++
		return at, false
	}
	if limited && c.BitsPerSecond > 0 {
		at = at.Add(time.Duration(bytes*8) * time.Second / time.Duration(c.BitsPerSecond))
		l.free = at
	}
	l.passed++
	return at.Add(c.Delay), true
}
