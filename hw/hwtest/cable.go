// Package hwtest simulates instruments: a kiln that fires and cools, and a scale on
// which clay is laid and cut away. Each speaks its real protocol over a
// pseudo-terminal, so that the demonstration and the tests go through the same
// ports and drivers as real instruments do. Tests can pull a cable and plug it
// in again, freeze an instrument, overload it and put garbage on its line.
package hwtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Cable is the instrument's end of a simulated serial cable.
type Cable struct {
	link   string
	device string // of a real cable

	mu      sync.Mutex
	near    *os.File // the instrument's end; nil while pulled
	far     *os.File // held open so that the port outlives its readers; nil on a real cable
	plugged chan struct{}
	closed  bool
}

// unread is how many bytes may wait for a program to read them before new ones are
// lost, as they are on a real cable that nobody listens to.
const unread = 1024

// NewCable makes a plugged-in cable. link, if it is not empty, is a path that
// always leads to the port while it is plugged in, as /dev/serial/by-id does.
func NewCable(link string) (*Cable, error) {
	c := &Cable{link: link, plugged: make(chan struct{})}
	if err := c.Plug(); err != nil {
		return nil, err
	}
	return c, nil
}

// NewCableAt speaks on a serial port that exists, such as the far end of a USB gadget
// (/dev/ttyGS0) or of a null-modem cable. When that hangs up, as a gadget's end
// does while it is unplugged from its host, it is opened again. Pulled, it cannot
// be plugged in again.
func NewCableAt(device string) (*Cable, error) {
	f, err := openRaw(device)
	if err != nil {
		return nil, fmt.Errorf("simulate an instrument: %w", err)
	}
	c := &Cable{device: device, near: f, plugged: make(chan struct{})}
	close(c.plugged)
	return c, nil
}

func openRaw(device string) (*os.File, error) {
	f, err := os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := raw(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", device, err)
	}
	return f, nil
}

// reopen replaces the end of a real cable that hung up. The caller holds the lock.
func (c *Cable) reopen(hungUp *os.File) {
	if c.device == "" || c.near != hungUp {
		return
	}
	f, err := openRaw(c.device)
	if err != nil {
		return // not yet
	}
	c.near.Close()
	c.near = f
}

func newCable(link, device string) (*Cable, error) {
	if device != "" {
		return NewCableAt(device)
	}
	return NewCable(link)
}

// Plug plugs a pulled cable in again; as with a real adapter it may become
// another device file, to which only the link still leads.
func (c *Cable) Plug() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errors.New("plug a simulated cable: closed")
	}
	if c.near != nil {
		return nil
	}
	near, far, err := pty.Open()
	if err != nil {
		return fmt.Errorf("make a simulated serial port: %w", err)
	}
	near, err = nonblocking(near)
	if err = errors.Join(err, raw(far), c.relink(far.Name())); err != nil {
		near.Close()
		far.Close()
		return fmt.Errorf("make a simulated serial port: %w", err)
	}
	c.near, c.far = near, far
	close(c.plugged)
	return nil
}

// nonblocking returns the file with working deadlines in exchange for one that the
// pty package made blocking when it asked for its number.
func nonblocking(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// raw keeps the terminal from echoing what the instrument says back at it before a
// program has opened the port.
func raw(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = conn.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			set = err
			return
		}
		t.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
		t.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.ISIG | unix.IEXTEN
		t.Oflag &^= unix.OPOST
		set = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, set)
}

func (c *Cable) relink(to string) error {
	if c.link == "" {
		return nil
	}
	fresh := filepath.Join(filepath.Dir(c.link), "."+filepath.Base(c.link)+".new")
	os.Remove(fresh)
	if err := os.Symlink(to, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, c.link)
}

// Path is what a program opens: the link if there is one. "" while pulled.
func (c *Cable) Path() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.link != "":
		return c.link
	case c.far != nil:
		return c.far.Name()
	}
	return ""
}

// Pull pulls the cable: whoever has the port open sees it hang up.
func (c *Cable) Pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.near == nil {
		return
	}
	if c.link != "" {
		os.Remove(c.link)
	}
	c.near.Close()
	if c.far != nil {
		c.far.Close()
	} else {
		c.closed = true
	}
	c.near, c.far = nil, nil
	c.plugged = make(chan struct{})
}

// Close pulls the cable for good.
func (c *Cable) Close() {
	c.Pull()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// Send puts bytes on the cable. They are lost when it is pulled or nobody reads.
func (c *Cable) Send(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.near == nil {
		return
	}
	if c.far != nil {
		if waiting, err := waitingBytes(c.far); err != nil || waiting+len(p) > unread {
			return
		}
	}
	c.near.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.near.Write(p); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.reopen(c.near) // these bytes are lost
	}
}

func waitingBytes(f *os.File) (n int, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var asked error
	err = conn.Control(func(fd uintptr) { n, asked = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n, errors.Join(err, asked)
}

// Receive calls take with what programs send, until ctx ends. It goes on through
// pulls.
func (c *Cable) Receive(ctx context.Context, take func([]byte)) {
	buf := make([]byte, 256)
	for ctx.Err() == nil {
		c.mu.Lock()
		near, plugged := c.near, c.plugged
		c.mu.Unlock()
		if near == nil {
			select {
			case <-ctx.Done():
				return
			case <-plugged:
			}
			continue
		}
		near.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		n, err := near.Read(buf)
		if n > 0 {
			take(buf[:n])
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			// Pulled, or hung up from the other end for a moment.
			select {
			case <-ctx.Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
			c.mu.Lock()
			c.reopen(near)
			c.mu.Unlock()
		}
	}
}
