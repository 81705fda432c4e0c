// Package servertest is what tests broadcast to: an nginx with its RTMP module, and
// an authority that signs certificates for servers.
package servertest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"studio/polltest"
)

// RTMP is an nginx that records all it gets.
type RTMP struct {
	Address string // host and port
	Folder  string // its recordings and its log
	within  []string
	cmd     *exec.Cmd
}

// NewRTMP starts a server on a loopback port until the test ends; more are lines for
// its application, which is called live.
func NewRTMP(t testing.TB, more string) *RTMP {
	t.Helper()
	return NewRTMPWithin(t, FreeAddress(t), more)
}

// NewRTMPWithin has an address, and a command that starts another one in some other
// place, such as a network namespace.
func NewRTMPWithin(t testing.TB, address, more string, within ...string) *RTMP {
	t.Helper()
	s := &RTMP{Address: address, Folder: t.TempDir(), within: within}
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
		listen %[2]s;
		application live { live on; record all; record_path %[1]s; record_suffix -%%s.flv; %[3]s }
	}
}
`, s.Folder, address, more)
	if err := os.WriteFile(filepath.Join(s.Folder, "nginx.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

// Start starts the server again after Kill.
func (s *RTMP) Start(t testing.TB) {
	t.Helper()
	command := append(slices.Clone(s.within), "/usr/sbin/nginx", "-p", s.Folder,
		"-c", filepath.Join(s.Folder, "nginx.conf"), "-e", filepath.Join(s.Folder, "error.log"))
	s.cmd = exec.Command(command[0], command[1:]...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	polltest.Until(t, 10*time.Second, "nginx answers", func() bool {
		c, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Kill ends the server as a power cut would.
func (s *RTMP) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it was killed
		s.cmd = nil
	}
}

// To returns the URL for a stream key.
func (s *RTMP) To(key string) string { return "rtmp://" + s.Address + "/live/" + key }

// Recordings returns the paths of the server's files, oldest first; a server without
// any fails the test. nginx writes on while a stream is there.
func (s *RTMP) Recordings(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Folder, "*.flv"))
	if err != nil || len(files) == 0 {
		log, _ := os.ReadFile(filepath.Join(s.Folder, "error.log"))
		t.Fatalf("the server recorded nothing: %v\n%s", err, log)
	}
	return files
}

// FreeAddress returns a loopback host and port that nothing listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
