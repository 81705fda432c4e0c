package avformat

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ten is a programme of ten seconds, made once.
var ten = sync.OnceValues(func() (filetest.Programme, error) { return filetest.Record(10, 400_000, 1) })

func tenSeconds(t *testing.T) filetest.Programme {
	t.Helper()
	p, err := ten()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// server is an nginx with its RTMP module on a loopback port, recording all it gets.
type server struct {
	port, folder string
	cmd          *exec.Cmd
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// newServer starts nginx; more are lines for its application.
func newServer(t testing.TB, more string) *server {
	t.Helper()
	s := &server{port: freePort(t), folder: t.TempDir()}
	config := fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log info;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
events { worker_connections 64; }
rtmp {
	access_log off;
	server {
		listen 127.0.0.1:%[2]s;
		application live { live on; record all; record_path %[1]s; record_suffix -%%s.flv; %[3]s }
	}
}
`, s.folder, s.port, more)
	if err := os.WriteFile(filepath.Join(s.folder, "nginx.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command("/usr/sbin/nginx", "-p", s.folder, "-c", filepath.Join(s.folder, "nginx.conf"), "-e", filepath.Join(s.folder, "error.log"))
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	polltest.Until(t, 5*time.Second, "nginx answers", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (s *server) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *server) address(key string) string { return "rtmp://127.0.0.1:" + s.port + "/live/" + key }

// recordings waits until nginx has closed its files and returns them by name.
func (s *server) recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.folder, "*.flv"))
	if err != nil || len(files) == 0 {
		log, _ := os.ReadFile(filepath.Join(s.folder, "error.log"))
		t.Fatalf("the server recorded nothing: %v\n%s", err, log)
	}
	return files
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
