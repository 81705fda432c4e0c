package whiptest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	FreezeSeconds, JitterSeconds, BufferSeconds                 float64 // all freezes; of arrival; the mean time in the jitter buffer
	VideoPackets, VideoLost                                     int     // lost: not replaced by one sent again
	NackCount, PLICount, FIRCount                               int     // sent by the browser
	VideoCodec                                                  string  // MIME type and format parameters agreed on
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

// Sighting is one decoded picture.
type Sighting struct {
	At  time.Time // when it came out of the decoder
	Row []byte    // luma of one row
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

// Seen returns what has been decoded since the last call, and keeps from now on the row
// of each picture that is fromBottom pixels above its lower edge; 0: nothing.
func (v *Viewer) Seen(fromBottom int) ([]Sighting, error) {
	var rows []struct {
		At  float64 // ms since 1970
		Row []byte
	}
	err := v.evaluate(fmt.Sprintf("seen(%d)", fromBottom), &rows)
	var seen []Sighting
	for _, r := range rows {
		seen = append(seen, Sighting{At: time.UnixMicro(int64(r.At * 1000)), Row: r.Row})
	}
	return seen, err
}

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
