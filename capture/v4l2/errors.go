package v4l2

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"studio/capture"
)

var (
	errBandwidth = errors.New("its USB bus has no bandwidth left for it")
	errIO        = errors.New("the device reports a fault (input/output error)")
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
	return fmt.Errorf("its driver refuses (%w)", errno)
}

func isGone(err error) bool { return errors.Is(err, capture.ErrGone) }

// failed makes the one sentence: what was tried with which camera and why it failed.
func (s *Source) failed(operation, path string, err error) error {
	if path == "" {
		return fmt.Errorf("%s camera %q: %w", operation, s.name, cause(err))
	}
	return fmt.Errorf("%s camera %q (%s): %w", operation, s.name, path, cause(err))
}
