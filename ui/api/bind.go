package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Bind opens a TCP port of this box. The address is a loopback address or localhost
// with a port, as 127.0.0.1:8080; port 0 takes a free one.
func Bind(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: an address and a port are needed, as 127.0.0.1:8080", address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("listen on %s: port %q: allowed: 0 to 65535", address, port)
	} else if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %s: only addresses of this box itself are allowed, as 127.0.0.1:%d", address, n)
	}
	if host == "localhost" {
		host = "127.0.0.1" // whatever the name may be made to mean
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: the port is in use by another program", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s: this user may not use that port; allowed: 1024 and above", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("listen on %s: this box has no such address", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// mostSocketPath is the longest path of a socket in bytes (unix(7): sun_path).
const mostSocketPath = 107

// BindSocket opens a Unix socket that only this user can connect to. A socket file
// that a dead engine left behind is replaced. Closing the listener removes the file.
func BindSocket(path string) (net.Listener, error) {
	if len(path) == 0 || len(path) > mostSocketPath {
		return nil, fmt.Errorf("listen on socket %q: the path has %d bytes; allowed: 1 to %d", path, len(path), mostSocketPath)
	}
	if err := clearSocket(path); err != nil {
		return nil, fmt.Errorf("listen on socket %s: %w", path, err)
	}
	// The kernel gives the file the mode that the socket has before it is bound
	// (unix_bind in net/unix/af_unix.c): nobody else can connect even for a moment.
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, failed)
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("listen on socket %s: its folder does not exist", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("listen on socket %s: this user may not write to its folder", path)
	case err != nil:
		return nil, fmt.Errorf("listen on socket %s: %w", path, err)
	}
	return l, nil
}

// clearSocket removes a socket file that nobody answers on.
func clearSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return errors.New("a file that is not a socket is in the way")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
		return errors.New("another engine is running on it")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}
