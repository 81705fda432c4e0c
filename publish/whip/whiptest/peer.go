package whiptest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Peer is a WHIP server whose peer is a headless Chromium: it plays what is published to
// URL, one session at a time, 409 for a second one.
type Peer struct {
	URL    string
	viewer *Viewer
	link   *Link // nil: the network as it is
	server *httptest.Server

	mu                sync.Mutex
	sessions, deleted int
	authorization     string
}

// NewPeer starts a Peer, behind link if there is one. It ends with the test.
func NewPeer(tb testing.TB, link *Link) *Peer {
	tb.Helper()
	p := &Peer{viewer: NewViewer(tb), link: link}
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL + "/whip/workshop"
	tb.Cleanup(p.server.Close)
	return p
}

// StartChromiumPeer starts a Peer. stats reads what has arrived. stop ends it; so does
// the end of the test.
func StartChromiumPeer(tb testing.TB) (url string, stats func() (Stats, error), stop func()) {
	tb.Helper()
	p := NewPeer(tb, nil)
	return p.URL, p.Stats, p.server.Close
}

func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	session := fmt.Sprintf("/session/%d", p.sessions)
	switch {
	case r.Method == http.MethodPost && p.sessions > p.deleted:
		http.Error(w, "busy", http.StatusConflict)
	case r.Method == http.MethodPost:
		p.open(w, r)
	case r.Method == http.MethodDelete && r.URL.Path == session && p.sessions > p.deleted:
		p.deleted++
		if err := p.viewer.HangUp(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	default:
		http.NotFound(w, r)
	}
}

func (p *Peer) open(w http.ResponseWriter, r *http.Request) {
	p.authorization = r.Header.Get("Authorization")
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || r.Header.Get("Content-Type") != "application/sdp" {
		http.Error(w, "an offer, please", http.StatusBadRequest)
		return
	}
	offer := string(body)
	if p.link != nil {
		offer = p.link.Offer(offer)
	}
	answer, err := p.viewer.Answer(offer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if p.link != nil {
		answer = p.link.Answer(answer)
	}
	p.sessions++
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", fmt.Sprintf("/session/%d", p.sessions))
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer)
}

// Stats reads what has arrived so far.
func (p *Peer) Stats() (Stats, error) {
	s, err := p.viewer.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Sessions, s.Deleted, s.Authorization = p.sessions, p.deleted, p.authorization
	return s, err
}

// Seen is Viewer.Seen.
func (p *Peer) Seen(fromBottom int) ([]Sighting, error) { return p.viewer.Seen(fromBottom) }
