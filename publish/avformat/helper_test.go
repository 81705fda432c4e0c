package avformat

import (
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tenSeconds is a programme that is made once.
var tenSeconds = filetest.Once(10, 400_000, 1)

func freePort(t testing.TB) string {
	t.Helper()
	_, port, _ := net.SplitHostPort(servertest.FreeAddress(t))
	return port
}

func dial(t testing.TB, o NetworkOptions) publish.Dial {
	t.Helper()
	d, err := Network(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// log collects what is logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// relay passes bytes between an accepted connection and the server until either
// ends; stalled connections are no longer read.
type relay struct {
	listener net.Listener
	to       string
	stall    chan struct{} // closed: nothing is read any more
	done     sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
}

func newRelay(t *testing.T, l net.Listener, to string) *relay {
	r := &relay{listener: l, to: to, stall: make(chan struct{}), open: map[net.Conn]bool{}}
	r.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.done.Go(func() { r.pass(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		r.mu.Lock()
		for c := range r.open {
			c.Close()
		}
		r.mu.Unlock()
		r.done.Wait()
	})
	return r
}

func (r *relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[c] = true
}

func (r *relay) pass(near net.Conn) {
	r.keep(near)
	defer near.Close()
	// The kernel would take megabytes for a reader that has stopped, as many as it likes.
	if plain, ok := near.(*net.TCPConn); ok {
		if err := plain.SetReadBuffer(64 << 10); err != nil {
			return
		}
	}
	if r.to == "" { // a black hole
		io.CopyN(io.Discard, near, 1)
		r.hold(near)
		return
	}
	far, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	r.keep(far)
	defer far.Close()
	r.done.Go(func() {
		io.Copy(near, far)
		near.Close()
	})
	buffer := make([]byte, 4096)
	for {
		select {
		case <-r.stall:
			r.hold(near)
			return
		default:
		}
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		if _, err := far.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// hold leaves a connection open, unread, until the test closes it.
func (r *relay) hold(c net.Conn) {
	for {
		if err := c.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *relay) port() string {
	_, port, _ := net.SplitHostPort(r.listener.Addr().String())
	return port
}
