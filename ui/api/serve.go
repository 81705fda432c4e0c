package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"studio/ui"
)

// When the server closes, streams end at once and commands may take commandGrace;
// answers that are still on their way to the viewer may take answerGrace.
const (
	commandGrace = 3 * time.Second
	answerGrace  = 500 * time.Millisecond
)

// Serve answers requests until ctx ends, then closes the listener and every
// connection and returns nil, within about four seconds whatever the viewers do.
func Serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	g := &gate{empty: make(chan struct{})}
	base, cancel := context.WithCancel(context.WithValue(context.Background(), closingKey{}, ctx.Done()))
	defer cancel()
	server := &http.Server{
		Handler:           g.handler(handler),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	ended := make(chan error, 1) // one result, also when nobody waits any more
	go func() { ended <- server.Serve(l) }()
	var failure error
	select {
	case err := <-ended:
		failure = fmt.Errorf("serve on %s: %w", l.Addr(), err)
		ended <- err
	case <-ctx.Done():
		_ = l.Close() // no new viewers; its error says that it is closed already
	}
	g.close()
	g.wait(commandGrace)
	cancel()
	shut, stop := context.WithTimeout(context.Background(), answerGrace)
	defer stop()
	if server.Shutdown(shut) != nil {
		_ = server.Close() // what has not ended by now is cut off
	}
	<-ended
	g.wait(answerGrace)
	if errors.Is(failure, http.ErrServerClosed) {
		return nil
	}
	return failure
}

// closingKey carries, in the context of each request, the channel that is closed
// when the server begins to close: streams end then, commands run on.
type closingKey struct{}

// closing returns that channel; nil, which never ends, outside Serve.
func closing(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(closingKey{}).(<-chan struct{})
	return done
}

// gate counts the requests under way, WebSockets too, which http.Server forgets.
type gate struct {
	mu     sync.Mutex
	inside int
	closed bool
	empty  chan struct{} // closed when closed and nobody is inside
}

func (g *gate) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter() {
			writeProblem(w, http.StatusServiceUnavailable, ending())
			return
		}
		defer g.leave()
		next.ServeHTTP(w, r)
	})
}

func ending() ui.Text { return ui.Text{En: "the engine is ending", Zh: "程序正在退出"} }

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.closed && g.inside == 0 {
		close(g.empty)
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		if g.inside == 0 {
			close(g.empty)
		}
	}
}

// wait returns when nobody is inside, or after the longest time.
func (g *gate) wait(longest time.Duration) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-g.empty:
	case <-timer.C:
	}
}
