package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"studio/ui"
)

// The status is looked at every lookPause and sent if something that a person acts
// on is different, and every sendPause in any case: counters and meters.
const (
	lookPause = 100 * time.Millisecond
	sendPause = 300 * time.Millisecond
)

// registerLive adds the status over a WebSocket, which huma can describe but not carry.
func (s *server) registerLive(api huma.API, mux *http.ServeMux) {
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "status-live", Method: http.MethodGet, Path: "/api/status/live",
		Summary:     "The status as it changes, over a WebSocket",
		Description: "Each text message is a whole Status: one at once, then at each change, at least two a second.",
		Responses:   map[string]*huma.Response{"101": {Description: "The WebSocket"}},
	})
	mux.HandleFunc("GET /api/status/live", s.live)
}

func (s *server) live(w http.ResponseWriter, r *http.Request) {
	release, ok := s.stream()
	if !ok {
		writeProblem(w, http.StatusServiceUnavailable, tooMany())
		return
	}
	defer release()
	// Accept refuses other origins by itself, and has answered when it fails.
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }() // nothing is left to say: it comes back if it wants to
	s.tell(conn.CloseRead(r.Context()), conn)
}

// tell sends the status until the viewer goes, is too slow, or the server closes.
func (s *server) tell(ctx context.Context, conn *websocket.Conn) {
	ticker := time.NewTicker(lookPause)
	defer ticker.Stop()
	var told ui.Status
	var at time.Time
	for {
		status := s.Studio.Status()
		if now := time.Now(); now.Sub(at) >= sendPause || differs(told, status) {
			if send(ctx, conn, status) != nil {
				return
			}
			told, at = status, now
		}
		select {
		case <-ticker.C:
		case <-closing(ctx):
			return
		case <-ctx.Done():
			return
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, status ui.Status) error {
	data, err := json.Marshal(status)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, data)
}

// differs reports whether something changed that a person acts on: all but the
// figures that never stand still.
func differs(a, b ui.Status) bool { return !reflect.DeepEqual(still(a), still(b)) }

// still returns the status without what never stands still.
func still(s ui.Status) ui.Status {
	s.Time, s.Box, s.Sound.PeakDB, s.Recording.Bytes = time.Time{}, ui.Box{}, [2]float64{}, 0
	s.Canvases = each(s.Canvases, func(c *ui.Canvas) { c.Frames, c.BitsPerSecond, c.LatencyMS = 0, 0, 0 })
	s.Cameras = each(s.Cameras, func(c *ui.Camera) { c.Frames, c.FrameRate = 0, 0 })
	s.Readings = each(s.Readings, func(r *ui.Reading) { r.Time = time.Time{} })
	s.Destinations = each(s.Destinations, func(d *ui.Destination) { d.QueueSeconds, d.SentBytes = 0, 0 })
	return s
}

// each returns a copy of the list with an edit made to every one.
func each[T any](list []T, edit func(*T)) []T {
	edited := make([]T, len(list))
	for i, v := range list {
		edit(&v)
		edited[i] = v
	}
	return edited
}
