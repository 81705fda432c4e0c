package window

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/picture"
	"studio/publish"
)

// Options describe a clean window.
type Options struct {
	Display string       // its number from 0, its name, or where it is: 1920x1080+1920+0
	Size    picture.Size // of the pictures; others are scaled
	Command []string     // that becomes the process which draws; nil is this program with Command
	Log     *slog.Logger // nil is slog.Default()
}

// Dial returns what starts the process and waits until its window is there.
func Dial(o Options) publish.PictureDial {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return func(ctx context.Context) (publish.PictureSink, error) { return open(ctx, o) }
}

func open(ctx context.Context, o Options) (publish.PictureSink, error) {
	slots, memory, err := newSlots(o.Size)
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	ours, theirs, err := pair()
	if err != nil {
		slots.unmap()
		return nil, err
	}
	defer theirs.Close()
	stop, err := start(o, theirs, memory)
	if err == nil {
		if err = await(ctx, ours); err == nil {
			return newWall(slots, ours, stop), nil
		}
	}
	ours.Close()
	if stop != nil {
		stop()
	}
	slots.unmap()
	return nil, err
}

// pair makes a socket with two ends, which keeps packets apart.
func pair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socket for the window: %w", err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil { // so that its reads have a deadline
		return nil, nil, errors.Join(fmt.Errorf("socket for the window: %w", err), unix.Close(fds[0]), unix.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "window"), os.NewFile(uintptr(fds[1]), "engine"), nil
}

// closeLimit is how long the process may take to end by itself, so that it leaves
// the display as it found it.
const closeLimit = time.Second

// start starts the process, which ends by itself when the socket is closed; stop
// returns when it has.
func start(o Options, socket, memory *os.File) (stop func(), err error) {
	command := o.Command
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		// A test's program would run its tests instead, which start it again.
		if filepath.Ext(self) == ".test" {
			return nil, errors.New("a test must say which command draws windows")
		}
		command = []string{self, Command}
	}
	args := append(command[1:len(command):len(command)], o.Display, strconv.Itoa(o.Size.Width), strconv.Itoa(o.Size.Height))
	cmd := exec.Command(command[0], args...)
	cmd.ExtraFiles = []*os.File{socketFile - 3: socket, memoryFile - 3: memory}
	cmd.Stderr = lines{o.Log}
	cmd.WaitDelay = closeLimit // a driver's helper may hold our pipe open
	// A Ctrl-C in the terminal is for us; the process follows when we close the socket.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the window's process: %w", err)
	}
	return func() {
		late := time.AfterFunc(closeLimit, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_ = cmd.Wait() // however it ended
	}, nil
}

// lines logs what the process says on standard error.
type lines struct{ log *slog.Logger }

func (l lines) Write(p []byte) (int, error) {
	l.log.Debug("window: " + string(bytes.TrimSpace(p)))
	return len(p), nil
}
