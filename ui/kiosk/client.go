package kiosk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"studio/ui"
)

const (
	silence    = 5 * time.Second        // a connection that says nothing for this long is lost
	firstPause = 250 * time.Millisecond // before the first new attempt
	longPause  = 3 * time.Second        // between attempts when they keep failing
	maxStatus  = 4 << 20                // bytes of one status
)

// Client speaks the engine's HTTP API over its local socket. All methods may be
// called from several goroutines at once.
type Client struct {
	socket string
	http   *http.Client
}

// NewClient returns a client of the engine that listens on the unix socket at the
// path socket. It connects at the first call.
func NewClient(socket string) *Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		MaxIdleConnsPerHost: 2,
		IdleConnTimeout:     30 * time.Second,
	}
	return &Client{socket: socket, http: &http.Client{Transport: transport}}
}

// Close gives back idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Problem is the engine's refusal of a request (RFC 9457).
type Problem struct {
	Title  string  `json:"title"`
	Status int     `json:"status"` // the HTTP status
	Detail string  `json:"detail"` // a sentence for the person
	Words  ui.Text `json:"words"`  // the same in both languages
}

// Error returns the sentence for the person.
func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the engine answered %d", p.Status)
}

// said is the sentence for the person in both languages, of an older engine in one.
func (p *Problem) said() ui.Text {
	return ui.Text{Zh: p.Words.Zh, En: cmp.Or(p.Words.En, p.Error())}
}

// Status returns the engine's present status.
func (c *Client) Status(ctx context.Context) (ui.Status, error) {
	var s ui.Status
	body, err := c.call(ctx, http.MethodGet, "/api/status", nil)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("read the engine's status: %w", err)
	}
	return s, nil
}

// Do sends one command and returns the status after it. A refusal is a *Problem.
func (c *Client) Do(ctx context.Context, command ui.Command) (ui.Status, error) {
	var s ui.Status
	path, err := address(command)
	if err != nil {
		return s, err
	}
	body, err := json.Marshal(command)
	if err != nil {
		return s, fmt.Errorf("send %s: %w", path, err)
	}
	answer, err := c.call(ctx, http.MethodPost, path, body)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(answer, &s); err != nil {
		return s, fmt.Errorf("read the engine's status: %w", err)
	}
	return s, nil
}

// address is where the engine takes a command of this type.
func address(command ui.Command) (string, error) {
	switch command.(type) {
	case ui.Take:
		return "/api/take", nil
	case ui.Step:
		return "/api/step", nil
	case ui.Broadcast:
		return "/api/broadcast", nil
	case ui.Direct:
		return "/api/director", nil
	case ui.Privacy:
		return "/api/privacy", nil
	case ui.Mark:
		return "/api/mark", nil
	case ui.Send:
		return "/api/destination", nil
	}
	return "", fmt.Errorf("send a command: the touchscreen has no %T", command)
}

// call does one request and returns the answer's body. A refusal is a *Problem.
func (c *Client) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the engine on %s: %w", c.socket, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err != nil {
		return nil, fmt.Errorf("read the engine's answer: %w", err)
	}
	return answer, refusal(resp, answer)
}

// refusal makes an error of an answer that is not a success.
func refusal(resp *http.Response, body []byte) error {
	if resp.StatusCode < 300 {
		return nil
	}
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Detail == "" && p.Title == "" {
		p = &Problem{Title: resp.Status}
	}
	p.Status = resp.StatusCode
	return p
}

// Watch calls show with every status that the engine pushes, and lost with the
// reason whenever the connection is not there; it connects again by itself, and
// returns when ctx ends. Both are called from Watch's goroutine, never at once.
func (c *Client) Watch(ctx context.Context, show func(ui.Status), lost func(error)) {
	persist(ctx, func(ctx context.Context, alive func()) error {
		return c.watchOnce(ctx, func(s ui.Status) { alive(); show(s) })
	}, lost)
}

func (c *Client) watchOnce(ctx context.Context, show func(ui.Status)) error {
	dialling, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	conn, resp, err := websocket.Dial(dialling, "ws://localhost/api/status/live", &websocket.DialOptions{HTTPClient: c.http})
	if err != nil {
		return fmt.Errorf("watch the engine on %s: %w", c.socket, err)
	}
	if resp.Body != nil {
		defer resp.Body.Close()
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxStatus)
	for {
		s, err := nextStatus(ctx, conn)
		if err != nil {
			return err
		}
		show(s)
	}
}

func nextStatus(ctx context.Context, conn *websocket.Conn) (ui.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	var s ui.Status
	_, message, err := conn.Read(ctx)
	if err != nil {
		return s, fmt.Errorf("watch the engine: %w", err)
	}
	if err := json.Unmarshal(message, &s); err != nil {
		return s, fmt.Errorf("read the engine's status: %w", err)
	}
	return s, nil
}

// persist calls attempt again and again until ctx ends. The pause between attempts
// grows while they fail and begins anew once an attempt says that it is alive.
func persist(ctx context.Context, attempt func(ctx context.Context, alive func()) error, lost func(error)) {
	pause := firstPause
	for ctx.Err() == nil {
		err := attempt(ctx, func() { pause = firstPause })
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("the engine ended the connection")
		}
		lost(err)
		// A quarter of chance, so that many waiting connections do not knock at once.
		timer := time.NewTimer(pause*3/4 + rand.N(pause/2))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		pause = min(2*pause, longPause)
	}
}
