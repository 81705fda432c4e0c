package rtc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"
)

// GatherFor bounds the wait for candidates: a STUN server that does not answer must
// not hold up the ones that are there.
const GatherFor = 2 * time.Second

// candidates are the addresses found so far at which we may be reached.
type candidates struct {
	more chan struct{} // capacity 1: something is new; a second mark is dropped

	mu       sync.Mutex
	fresh    []string // not told to the other side yet, as SDP attributes
	complete bool     // there will be no more
	told     bool     // the other side knows that
}

// add takes what the library finds; nil is the end.
func (c *candidates) add(found *webrtc.ICECandidate) {
	c.mu.Lock()
	if found == nil {
		c.complete = true
	} else {
		c.fresh = append(c.fresh, found.ToJSON().Candidate)
	}
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// describe sets the local description and waits until it has its candidates, or as
// many as come within patience.
func (p *Peer) describe(ctx context.Context, d webrtc.SessionDescription, patience time.Duration) (string, error) {
	complete := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		return "", err
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-complete:
	case <-limit.C:
	case <-ctx.Done():
		return "", fmt.Errorf("gather addresses: %w", ctx.Err())
	}
	described := p.pc.LocalDescription().SDP
	p.candidates.mu.Lock()
	defer p.candidates.mu.Unlock()
	p.candidates.fresh = slices.DeleteFunc(p.candidates.fresh, func(c string) bool { return strings.Contains(described, c) })
	p.candidates.told = strings.Contains(described, endOfCandidates)
	return described, nil
}

const endOfCandidates = "a=end-of-candidates"

// More receives a mark when Trickle has something to say. Some marks are for nothing.
func (p *Peer) More() <-chan struct{} { return p.candidates.more }

// Trickle returns the candidates that the other side has not been told of yet, as an
// SDP fragment (RFC 8840, 9), and whether they are the last. An empty fragment: there
// are none.
func (p *Peer) Trickle() (fragment string, last bool) {
	c := &p.candidates
	c.mu.Lock()
	fresh, complete, told := c.fresh, c.complete, c.told
	c.fresh, c.told = nil, told || complete
	c.mu.Unlock()
	if local := p.pc.LocalDescription(); local != nil && (len(fresh) > 0 || complete && !told) {
		fragment = fragmentOf(local.SDP, fresh, complete)
	}
	return fragment, complete
}

// fragmentOf writes candidates for the first section of a description, which in a
// bundle stands for all.
func fragmentOf(description string, fresh []string, complete bool) string {
	value := func(prefix string) string {
		_, after, _ := strings.Cut(description, prefix)
		line, _, _ := strings.Cut(after, "\r\n")
		return line
	}
	kind, _, _ := strings.Cut(value("\r\nm="), " ")
	lines := []string{
		"a=ice-ufrag:" + value("\r\na=ice-ufrag:"),
		"a=ice-pwd:" + value("\r\na=ice-pwd:"),
		"m=" + kind + " 9 RTP/AVP 0",
		"a=mid:" + value("\r\na=mid:"),
	}
	for _, candidate := range fresh {
		lines = append(lines, "a="+candidate)
	}
	if complete {
		lines = append(lines, endOfCandidates)
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}
