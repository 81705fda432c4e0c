package v4l2

import (
	"context"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// waker makes the end of a context something that poll(2) sees.
type waker struct {
	fd    int
	stop  func() bool
	ended chan struct{} // closed once the context's end has been written
}

func newWaker(ctx context.Context) (*waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, err
	}
	w := &waker{fd: fd, ended: make(chan struct{})}
	w.stop = context.AfterFunc(ctx, func() {
		defer close(w.ended)
		one := binary.NativeEndian.AppendUint64(nil, 1)
		unix.Write(fd, one) // an eventfd that was never written takes a one
	})
	return w, nil
}

func (w *waker) close() {
	if !w.stop() {
		<-w.ended
	}
	unix.Close(w.fd)
}
