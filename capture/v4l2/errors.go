package v4l2

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/words"
)

var (
	errBandwidth = words.New("its USB bus has no bandwidth left for it", "USB 带宽不够，请把它插到另一个 USB 口，或调低画面尺寸")
	errIO        = words.New("the device reports a fault (input/output error)", "摄像头报告故障，请拔下重新插上")
)

// cause puts an error of the kernel into the words that a person understands.
func cause(err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.ENODEV, unix.ENXIO, unix.ENOENT:
		return capture.ErrGone
	case unix.EBUSY:
		return capture.ErrBusy
	case unix.EACCES, unix.EPERM:
		return capture.ErrPermission
	case unix.ENOSPC:
		return errBandwidth
	case unix.EIO, unix.EPROTO, unix.EPIPE, unix.ETIMEDOUT:
		return errIO
	}
	return words.Errorf("its driver refuses (%[1]w)", "驱动程序拒绝了（错误 %[2]d），请拔下重新插上", errno, int(errno))
}

func isGone(err error) bool { return errors.Is(err, capture.ErrGone) }

// failed makes the one sentence: what was tried with which camera and why it failed.
func (s *Source) failed(operation, path string, err error) error {
	if path == "" {
		return fmt.Errorf("%s camera %q: %w", operation, s.name, cause(err))
	}
	return fmt.Errorf("%s camera %q (%s): %w", operation, s.name, path, cause(err))
}
