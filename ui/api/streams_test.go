package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/jpeg"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"studio/ui"
)

func TestPictures(t *testing.T) {
	e := start(t)
	code, header, answer := e.ask(t, "GET", "/api/pictures/landscape.jpg?width=640", "")
	if code != 200 || header.Get("Content-Type") != "image/jpeg" || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", code, header)
	}
	if size, err := jpeg.DecodeConfig(strings.NewReader(answer)); err != nil || size.Width != 640 || size.Height != 360 {
		t.Errorf("%+v %v", size, err)
	}
}

func TestRunningPicture(t *testing.T) {
	e := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	response := e.open(t, ctx, "/api/pictures/wheel.mjpg?width=128&rate=15")
	defer response.Body.Close()
	kind, params, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/x-mixed-replace" {
		t.Fatalf("%q %v", kind, err)
	}
	parts := multipart.NewReader(response.Body, params["boundary"])
	begin := time.Now()
	for range 4 {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		var data bytes.Buffer
		if _, err := data.ReadFrom(part); err != nil {
			t.Fatal(err)
		}
		if size, err := jpeg.DecodeConfig(&data); err != nil || size.Width != 128 {
			t.Fatalf("%+v %v", size, err)
		}
	}
	if took := time.Since(begin); took < 3*time.Second/15-20*time.Millisecond {
		t.Errorf("four pictures in %v: faster than 15 a second", took)
	}
	e.stop()
	if _, err := parts.NextPart(); err == nil {
		t.Error("the running picture outlives its server")
	}
}

func TestTooManyStreams(t *testing.T) {
	e := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range 49 {
		response := e.open(t, ctx, "/api/pictures/wheel.mjpg?width=64&rate=0.2")
		defer response.Body.Close()
		if want := map[bool]int{true: 200, false: 503}[i < 48]; response.StatusCode != want {
			t.Fatalf("stream %d: %d, want %d", i+1, response.StatusCode, want)
		}
	}
	// Places come back when viewers go.
	cancel()
	for deadline := time.Now().Add(5 * time.Second); ; {
		one, end := context.WithTimeout(t.Context(), 5*time.Second)
		response := e.open(t, one, "/api/pictures/wheel.mjpg?width=64&rate=0.2")
		_ = response.Body.Close()
		end()
		if response.StatusCode == 200 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no place came back")
		}
	}
}

func (e *engine) open(t *testing.T, ctx context.Context, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", e.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: e.client.Transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestLiveStatusOverSocket(t *testing.T) {
	e := start(t)
	e.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", e.socket)
	}}
	defer transport.CloseIdleConnections()
	conn, _, err := websocket.Dial(ctx, "ws://localhost/api/status/live", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	read := func() (s ui.Status) {
		t.Helper()
		_, data, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := read(); s.Name == "" || len(s.Cameras) != 4 {
		t.Fatalf("first status %+v", s)
	}
	begin := time.Now()
	read() // nothing has changed: it comes all the same
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a status after %v, want two a second", took)
	}
	e.Change(func(s *ui.Status) {
		s.Cameras[2].State, s.Cameras[2].Message = ui.Waiting, ui.Text{Zh: "没有连接", En: "unplugged"}
	})
	for read().Cameras[2].Message.En != "unplugged" {
	}
	e.stop()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		t.Error("the live status outlives its server")
	}
}

// TestSlowViewer opens a live status and a running picture and never reads them:
// closing the server is not held up by either.
func TestSlowViewer(t *testing.T) {
	e := start(t)
	address := strings.TrimPrefix(e.url, "http://")
	for _, request := range []string{
		"GET /api/pictures/wheel.mjpg?width=1280&rate=15 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /api/status/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
		"GET /api/sta", // never finished
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(request, "\r\n") {
			if _, err := conn.Read(make([]byte, 16)); err != nil {
				t.Fatal(err)
			}
		}
	}
	begin := time.Now()
	e.stop()
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
}
