package window

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/picture"
	"studio/publish"
)

// Feed is the drawing process's end: what it shall draw. It belongs to one
// goroutine.
type Feed struct {
	slots  *slots
	socket int
	now    int     // slot that is drawn; -1: none
	word   [1]byte // that is sent
	watch  [1]unix.PollFd
	buffer [mostBytes]byte
}

// The files that the process finds open.
const (
	socketFile = 3
	memoryFile = 4
)

// Attach finds what the engine has left open for this process: pictures of size.
func Attach(size picture.Size) (*Feed, error) {
	slots, err := mapSlots(memoryFile, size)
	if err != nil {
		return nil, fmt.Errorf("there is no engine at the other end (people do not call this): %w", err)
	}
	_ = unix.Close(memoryFile) // the mapping stays
	unix.CloseOnExec(socketFile)
	return newFeed(slots, socketFile), nil
}

func newFeed(s *slots, socket int) *Feed { return &Feed{slots: s, socket: socket, now: -1} }

// Ready says that the window is there.
func (f *Feed) Ready() error { return f.say([]byte{isReady}) }

// Fail says why there will be no window; it is the last message.
func (f *Feed) Fail(t publish.Text) {
	if text, err := json.Marshal(t); err == nil && len(text) < mostBytes {
		_ = f.say(append([]byte{isFault}, text...)) // nobody is left to tell
	}
}

// Next waits up to limit for a picture and returns the newest; its pixels stay as
// they are until the next call that returns one. Found is false when none came;
// io.EOF: the engine wants no window any more.
func (f *Feed) Next(limit time.Duration) (v picture.View, found bool, err error) {
	newest := -1
	for ; ; limit = 0 { // whether there is a newer one is asked without waiting
		there, err := f.arrived(limit)
		if err != nil {
			return v, false, err
		}
		if !there {
			break
		}
		n, err := unix.Read(f.socket, f.buffer[:])
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case err == unix.ECONNRESET, err == nil && n == 0:
			return v, false, io.EOF
		case err != nil:
			return v, false, fmt.Errorf("listen to the engine: %w", err)
		}
		slot, ok := slotIn(f.buffer[:n])
		if !ok {
			return v, false, fmt.Errorf("the engine sent %q, which is no slot", f.buffer[:n])
		}
		if err := f.free(newest); err != nil {
			return v, false, err
		}
		newest = slot
	}
	if newest < 0 {
		return v, false, nil
	}
	if err := f.free(f.now); err != nil {
		return v, false, err
	}
	f.now = newest
	return f.slots.view(newest), true, nil
}

// arrived waits up to limit for a message, or the end of the engine.
func (f *Feed) arrived(limit time.Duration) (bool, error) {
	f.watch[0] = unix.PollFd{Fd: int32(f.socket), Events: unix.POLLIN}
	n, err := unix.Poll(f.watch[:], int(limit.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return false, fmt.Errorf("listen to the engine: %w", err)
	}
	return n > 0, nil
}

func (f *Feed) free(slot int) error {
	if slot < 0 {
		return nil
	}
	f.word[0] = byte(isSlot + slot)
	return f.say(f.word[:])
}

func (f *Feed) say(message []byte) error {
	_, err := unix.Write(f.socket, message)
	if err == unix.EPIPE || err == unix.ECONNRESET {
		return io.EOF
	}
	return err
}

// Close gives the memory and the socket back.
func (f *Feed) Close() {
	f.slots.unmap()
	_ = unix.Close(f.socket)
}
