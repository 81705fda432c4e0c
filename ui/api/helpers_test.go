package api_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"studio/ui/api"
	"studio/ui/uitest"
)

// engine is an API that is served over TCP and over a socket, with a studio
// without an engine behind it.
type engine struct {
	*uitest.Studio
	url    string // http://127.0.0.1:port
	socket string
	client *http.Client
	stop   func() // ends serving and waits for it
}

func start(t *testing.T) *engine {
	t.Helper()
	goleak.VerifyNone(t)
	e := &engine{Studio: uitest.New(), socket: filepath.Join(t.TempDir(), "studio.sock")}
	handler, err := api.New(api.Options{
		Studio: e.Studio, Preview: e.Studio, Version: "test",
		Page: fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>studio</title>")}, "page.js": {Data: []byte("1")}, ".keep": {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := api.Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := api.BindSocket(e.socket)
	if err != nil {
		t.Fatal(err)
	}
	e.url = "http://" + tcp.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	for _, l := range []net.Listener{tcp, socket} {
		go func() { ended <- api.Serve(ctx, l, handler) }()
	}
	transport := &http.Transport{}
	e.client = &http.Client{Transport: transport, Timeout: 10 * time.Second}
	stopped := false
	e.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("serve: %v", err)
			}
		}
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		e.stop()
		goleak.VerifyNone(t)
	})
	return e
}

// ask sends a request; headers are written as "Name: value", Host among them.
func (e *engine) ask(t *testing.T, method, path, body string, headers ...string) (status int, header http.Header, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	response, err := e.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(data)
}
