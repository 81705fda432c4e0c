package window

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"studio/media/picture"
	"studio/publish"
)

// silent is how long the process may take to open its window, and to draw a picture.
const silent = 8 * time.Second

// wall is the engine's end: it implements publish.PictureSink.
type wall struct {
	slots  *slots
	socket *os.File
	free   chan int   // slots that may be written to; capacity slotCount, nothing is dropped
	failed chan error // why there will be no more; capacity 1
	done   chan struct{}
	stop   func()
	timer  *time.Timer
	word   [1]byte // that is sent
}

// await waits until the window is there.
func await(ctx context.Context, socket *os.File) error {
	if err := socket.SetReadDeadline(time.Now().Add(silent)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	message := make([]byte, mostBytes)
	n, err := socket.Read(message)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || n == 0:
		return ended(err)
	case message[0] == isReady:
		return socket.SetReadDeadline(time.Time{})
	}
	return faultIn(message[:n])
}

// newWall begins to listen for slots that are free; stop ends the process.
func newWall(s *slots, socket *os.File, stop func()) *wall {
	w := &wall{
		slots: s, socket: socket, stop: stop, timer: time.NewTimer(silent),
		free: make(chan int, slotCount), failed: make(chan error, 1), done: make(chan struct{}),
	}
	for n := range slotCount {
		w.free <- n
	}
	go w.listen()
	return w
}

func (w *wall) listen() {
	defer close(w.done)
	var message [mostBytes]byte
	for {
		n, err := w.socket.Read(message[:])
		if err != nil || n == 0 {
			w.failed <- ended(err)
			return
		}
		slot, ok := slotIn(message[:n])
		if !ok {
			w.failed <- faultIn(message[:n])
			return
		}
		select {
		case w.free <- slot:
		default: // it gives back what it has not got
			w.failed <- ended(nil)
			return
		}
	}
}

// Show implements publish.PictureSink: it copies the picture into a free slot, for
// which it waits.
func (w *wall) Show(v picture.View) error {
	w.timer.Reset(silent)
	select {
	case slot := <-w.free:
		picture.Scale(w.slots.view(slot), v) // copies, if the size is the same
		w.word[0] = byte(isSlot + slot)
		if _, err := w.socket.Write(w.word[:]); err != nil {
			return w.reason(err)
		}
		return nil
	case err := <-w.failed:
		return err
	case <-w.timer.C:
		return text(fmt.Sprintf("the window does not answer: nothing drawn for %v", silent), fmt.Sprintf("窗口没有响应：已有 %v 未绘制", silent), nil)
	}
}

// reason is what the process said last, rather than that it cannot be written to.
func (w *wall) reason(err error) error {
	<-w.done
	select {
	case said := <-w.failed:
		return said
	default:
		return ended(err)
	}
}

// Close implements publish.PictureSink.
func (w *wall) Close() error {
	w.timer.Stop()
	w.socket.Close()
	w.stop()
	<-w.done
	w.slots.unmap()
	return nil
}

func ended(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return text("the window does not open: it did not answer in time", "窗口没有打开：超时无响应", err)
	}
	return text("the window's process has ended", "窗口进程已结束", err)
}

func text(en, zh string, err error) error {
	return &publish.Error{Fault: publish.DeviceFault, Text: publish.Text{En: en, Zh: zh}, Err: err}
}
