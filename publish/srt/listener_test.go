package srt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/polltest"
)

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// listener is an FFmpeg that keeps what it is sent.
type listener struct {
	address string // host and port
	file    string
	cmd     *exec.Cmd
	ended   chan struct{}
}

func listen(t testing.TB, host, query string) *listener {
	t.Helper()
	free, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{address: free.LocalAddr().String(), file: filepath.Join(t.TempDir(), "arrived.ts"), ended: make(chan struct{})}
	free.Close()
	l.cmd = exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", "srt://"+l.address+"?mode=listener"+query, "-c", "copy", "-y", l.file)
	var said bytes.Buffer
	l.cmd.Stderr = &said
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.ended)
		_ = l.cmd.Wait() // it ends with the stream, not always with 0
	}()
	t.Cleanup(func() {
		l.kill()
		if t.Failed() {
			t.Logf("the listener said: %s", said.String())
		}
	})
	_, port, _ := net.SplitHostPort(l.address)
	number, _ := strconv.Atoi(port)
	bound := fmt.Sprintf(":%04X ", number)
	polltest.Until(t, 10*time.Second, "something listens", func() bool {
		v4, _ := os.ReadFile("/proc/net/udp")
		v6, _ := os.ReadFile("/proc/net/udp6")
		return strings.Contains(string(v4)+string(v6), bound)
	})
	return l
}

func (l *listener) kill() {
	_ = l.cmd.Process.Kill() // it may have ended
	<-l.ended
}

// hangUp lets it end as it does when somebody ends it.
func (l *listener) hangUp() { _ = l.cmd.Process.Signal(syscall.SIGINT) }

// finish waits until everything is in the file.
func (l *listener) finish(t testing.TB) string {
	t.Helper()
	select {
	case <-l.ended:
	case <-time.After(15 * time.Second):
		t.Fatal("the listener does not end")
	}
	return l.file
}

// complaints counts the lines that a decoder has to say about a file.
func complaints(t testing.TB, path string) int {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Errorf("decoding %s: %v", path, err)
	}
	return bytes.Count(out, []byte("\n"))
}

// refuser answers every call with a reason, as a listener does that does not like the
// stream id (draft-sharabayko-srt-01, sections 3.2.1 and 4.3.1): first the induction
// with a cookie, then the conclusion with 1000 and the reason as the handshake's type.
func refuser(t testing.TB, reason uint32) (address string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2000)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			const head, kind, id, cookie = 16, 16 + 20, 16 + 24, 16 + 28
			if n < 64 || binary.BigEndian.Uint32(b) != 0x8000_0000 {
				continue
			}
			answer := append([]byte(nil), b[:64]...)
			copy(answer[12:16], b[id:]) // to the socket that calls
			binary.BigEndian.PutUint32(answer[id:], 77)
			if binary.BigEndian.Uint32(b[kind:]) == 1 {
				binary.BigEndian.PutUint32(answer[head:], 5)
				binary.BigEndian.PutUint16(answer[head+6:], 0x4a17)
				binary.BigEndian.PutUint32(answer[cookie:], 4711)
			} else {
				binary.BigEndian.PutUint32(answer[kind:], 1000+reason)
			}
			c.WriteTo(answer, from)
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return c.LocalAddr().String()
}

// bothLoopbacks is a resolver for which every name is 127.0.0.1 and ::1 (RFC 1035,
// section 4.1).
func bothLoopbacks(t testing.TB) *net.Resolver {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1500)
		for {
			_, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			end := 12 // behind the head: labels, their end, type and class
			for b[end] != 0 {
				end += int(b[end]) + 1
			}
			end += 5
			answer := append([]byte{b[0], b[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, b[12:end]...)
			ip := net.IPv4(127, 0, 0, 1).To4()
			if b[end-3] == 28 { // type AAAA
				ip = net.IPv6loopback
			}
			answer = append(answer, 0xc0, 12, 0, b[end-3], 0, 1, 0, 0, 0, 60, 0, byte(len(ip)))
			c.WriteTo(append(answer, ip...), from)
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}
