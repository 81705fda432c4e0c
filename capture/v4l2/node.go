package v4l2

import (
	"os"
	"unsafe"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"studio/hw/videodev"
)

// node is an open /dev/video node. The stream that opened it owns it and is the
// only one to call it; no call blocks (the node is opened non-blocking), and none
// comes after close.
type node interface {
	// ioctl asks the driver; arg points to the request's own structure.
	ioctl(request uintptr, arg unsafe.Pointer) error
	// mapBuffer maps length bytes at offset; unmap gives them back.
	mapBuffer(offset int64, length int) (data []byte, unmap func() error, err error)
	// fd is what poll(2) watches for the next frame.
	fd() int
	close() error
}

// inspector is what a camera offers and lets itself be told; *webcam.Webcam is
// one. It holds the device open until Close and its calls do not block.
type inspector interface {
	offerer
	controller
	Close() error
}

// system is the machine as the package sees it: where sysfs and the device nodes
// are, and how a node is opened.
type system struct {
	sys, dev string
	ask      func(path string) (videodev.Capability, error)
	open     func(path string) (node, error)
	inspect  func(path string) (inspector, error)
}

func linux() system {
	return system{
		sys:  "/sys",
		dev:  "/dev",
		ask:  askCapability,
		open: openNode,
		inspect: func(path string) (inspector, error) {
			cam, err := webcam.Open(path)
			if err != nil {
				return nil, err
			}
			return cam, nil
		},
	}
}

// askCapability opens path for as long as it takes to ask what it is.
func askCapability(path string) (videodev.Capability, error) {
	n, err := openNode(path)
	if err != nil {
		return videodev.Capability{}, err
	}
	defer n.close()
	var c videodev.Capability
	err = n.ioctl(videodev.QueryCap, unsafe.Pointer(&c))
	return c, err
}

type kernelNode int

func openNode(path string) (node, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch err {
		case nil:
			return kernelNode(fd), nil
		case unix.EINTR:
		default:
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

func (n kernelNode) ioctl(request uintptr, arg unsafe.Pointer) error {
	return videodev.Ioctl(int(n), request, arg)
}

func (n kernelNode) mapBuffer(offset int64, length int) ([]byte, func() error, error) {
	data, err := unix.Mmap(int(n), offset, length, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

func (n kernelNode) fd() int      { return int(n) }
func (n kernelNode) close() error { return unix.Close(int(n)) }
