package serialport

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"studio/words"
)

// What a caller may want to tell apart about a port.
var (
	ErrGone       = words.New("not connected", "串口没有连接，请检查 USB 线和仪器电源")
	ErrBusy       = words.New("in use by another program", "串口正被其他程序占用，请先关掉那个程序")
	ErrPermission = words.New("no permission to open it (the user must be in the group dialout)", "没有打开串口的权限（用户须在 dialout 组），请联系技术人员")
)

// writeLimit bounds a write: an adapter that no longer takes bytes must not hold
// its goroutine. The longest thing ever sent takes 30 ms at 4800 baud.
const writeLimit = time.Second

// Conn is an open port. One goroutine reads and writes; Close may come from another.
type Conn struct {
	// file is our own non-blocking descriptor, so that reads and writes have
	// deadlines, Close ends them, and descriptors above 1023 work; the library's
	// Read uses select and its Write may block for ever.
	file *os.File
	// line is the library's hold on the same port: it set the mode and keeps the
	// port exclusive.
	line serial.Port
	name string
}

// Open opens the port of this machine that is meant and takes it for this program
// alone. What arrived before is thrown away.
func Open(s Selector, m Mode) (*Conn, error) { return ThisMachine().Open(s, m) }

// Open opens the port that is meant; see the function Open. Its error is one
// plain sentence, with ErrGone, ErrBusy or ErrPermission inside.
func (m Machine) Open(s Selector, mode Mode) (*Conn, error) {
	if err := mode.Check(); err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", s, err)
	}
	path, err := m.Find(s)
	if err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", s, err)
	}
	c, err := open(path, mode)
	if err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", describeWith(s, path), err)
	}
	return c, nil
}

func describeWith(s Selector, path string) string {
	if s.normal().Path != "" {
		return s.String()
	}
	return s.String() + " (" + path + ")"
}

func open(path string, mode Mode) (*Conn, error) {
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, plain(err)
	}
	line, err := claim(file, path, mode)
	if err != nil {
		file.Close()
		return nil, err
	}
	c := &Conn{file: file, line: line, name: path}
	if err := line.ResetInputBuffer(); err != nil {
		c.Close()
		return nil, plain(err)
	}
	return c, nil
}

// claim makes the port ours and sets its mode. The kernel's exclusive flag does not
// bind root, and two programs may look at it at the same moment; the advisory
// lock closes both gaps among programs that use it.
func claim(file *os.File, path string, mode Mode) (serial.Port, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var lockErr error
	err = raw.Control(func(fd uintptr) {
		exclusive, err := unix.IoctlGetInt(int(fd), unix.TIOCGEXCL)
		switch {
		case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL):
			lockErr = words.New("not a serial port", "配置里写的不是串口，请联系技术人员")
		case err != nil:
			lockErr = plain(err)
		case exclusive != 0:
			lockErr = ErrBusy
		default:
			if err := unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB); err != nil {
				lockErr = ErrBusy
			}
		}
	})
	if err = errors.Join(err, lockErr); err != nil {
		return nil, err
	}
	line, err := serial.Open(path, mode.library())
	if err != nil {
		return nil, plain(err)
	}
	return line, nil
}

// plain turns the kernel's and the library's errors into the words of this package.
func plain(err error) error {
	var library *serial.PortError
	if errors.As(err, &library) {
		switch library.Code() {
		case serial.PortBusy:
			return ErrBusy
		case serial.PermissionDenied:
			return ErrPermission
		case serial.PortNotFound, serial.PortClosed:
			return ErrGone
		}
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, os.ErrClosed):
		return err
	case errors.Is(err, unix.EBUSY):
		return ErrBusy
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return ErrPermission
	case errors.Is(err, io.EOF): // a hung-up tty reads as end of file
		return ErrGone
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO),
		errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		return ErrGone
	}
	return err
}

// Path returns the device file.
func (c *Conn) Path() string { return c.name }

// SetReadDeadline sets when a Read gives up with os.ErrDeadlineExceeded; the zero
// time means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.file.SetReadDeadline(t) }

// Read waits for at least one byte or the deadline. Its error is ErrGone when the
// adapter was pulled.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	if err != nil {
		return n, plain(err)
	}
	return n, nil
}

// Write hands p to the driver, within a second.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.file.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return 0, err
	}
	n, err := c.file.Write(p)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return n, words.New("the adapter takes no more bytes", "串口转接头不再接收数据，请拔下重新插上")
		}
		return n, plain(err)
	}
	return n, nil
}

// Close gives the port back.
func (c *Conn) Close() error {
	return errors.Join(c.line.Close(), c.file.Close())
}
