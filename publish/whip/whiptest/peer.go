package whiptest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed page.html
var page []byte

// Stats are what a browser has received, from getStats and from the picture showing.
type Stats struct {
	Connection              string // RTCPeerConnection.connectionState
	VideoWidth, VideoHeight int    // pixels of the picture showing; 0 before the first
	CurrentTime             float64

	FramesDecoded, KeyFramesDecoded, FramesDropped, FreezeCount int
	VideoPackets, VideoLost                                     int
	VideoCodec                                                  string // MIME type and format parameters agreed on
	Decoder                                                     string

	AudioPackets, AudioLost      int
	AudioEnergy                  float64 // of all sound so far; above 0 if anything was to be heard
	AudioSamples, AudioConcealed int     // played; of these made up for want of packets
	AudioCodec                   string

	// VideoPlayout and AudioPlayout are the sender's time, in ms, of what is playing:
	// their difference is how far sound and picture are apart. 0 before the first
	// sender report.
	VideoPlayout, AudioPlayout float64

	LumaMean, LumaLow, LumaHigh float64 // of the picture showing, 0 to 255

	// Of the WHIP server: sessions opened and deleted, and the key of the last POST.
	Sessions, Deleted int
	Authorization     string
}

// Viewer is a Chromium page that plays what a WebRTC sender sends.
type Viewer struct{ tab context.Context }

// NewViewer starts Chromium with a page that plays. It ends with the test.
func NewViewer(tb testing.TB) *Viewer {
	tb.Helper()
	tab, stop := Chromium(tb)
	server := httptest.NewServer(http.HandlerFunc(servePage))
	tb.Cleanup(func() {
		stop()
		server.Close()
	})
	ctx, cancel := context.WithTimeout(tab, startTimeout)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Navigate(server.URL)); err != nil {
		tb.Fatalf("open the page in Chromium: %v", err)
	}
	return &Viewer{tab: tab}
}

func servePage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page)
}

// Offer returns the browser's offer to receive picture and sound (WHEP).
func (v *Viewer) Offer() (sdp string, err error) { return sdp, v.evaluate("offer()", &sdp) }

// Accept gives the browser the answer to its offer.
func (v *Viewer) Accept(answer string) error {
	return v.evaluate("accept("+quote(answer)+")", nil)
}

// Answer gives the browser an offer and returns its answer (WHIP).
func (v *Viewer) Answer(offer string) (answer string, err error) {
	return answer, v.evaluate("answer("+quote(offer)+")", &answer)
}

// HangUp closes the browser's connection.
func (v *Viewer) HangUp() error { return v.evaluate("close()", nil) }

// Stats reads what has arrived so far.
func (v *Viewer) Stats() (s Stats, err error) { return s, v.evaluate("stats()", &s) }

func (v *Viewer) evaluate(script string, result any) error {
	ctx, cancel := context.WithTimeout(v.tab, 20*time.Second)
	defer cancel()
	return Evaluate(ctx, script, result)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(b)
}

// StartChromiumPeer starts a WHIP server whose peer is a headless Chromium: it plays
// what is published to url, one session at a time, 409 for a second one. stats reads
// what has arrived. stop ends it; so does the end of the test.
func StartChromiumPeer(tb testing.TB) (url string, stats func() (Stats, error), stop func()) {
	tb.Helper()
	p := &whipPeer{viewer: NewViewer(tb)}
	server := httptest.NewServer(p)
	tb.Cleanup(server.Close)
	return server.URL + "/whip/workshop", p.stats, server.Close
}

// whipPeer is the HTTP half of the WHIP server.
type whipPeer struct {
	viewer *Viewer

	mu                sync.Mutex
	sessions, deleted int
	authorization     string
}

func (p *whipPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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

func (p *whipPeer) open(w http.ResponseWriter, r *http.Request) {
	p.authorization = r.Header.Get("Authorization")
	offer, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || r.Header.Get("Content-Type") != "application/sdp" {
		http.Error(w, "an offer, please", http.StatusBadRequest)
		return
	}
	answer, err := p.viewer.Answer(string(offer))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.sessions++
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", fmt.Sprintf("/session/%d", p.sessions))
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer)
}

func (p *whipPeer) stats() (Stats, error) {
	s, err := p.viewer.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Sessions, s.Deleted, s.Authorization = p.sessions, p.deleted, p.authorization
	return s, err
}
