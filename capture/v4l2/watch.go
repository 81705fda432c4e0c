package v4l2

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lookEvery is how often the list of nodes is compared when the kernel says
// nothing: containers get no kernel messages, and are not told so.
const lookEvery = 500 * time.Millisecond

// Watch calls changed whenever a video device may have come, gone or become
// readable, until ctx ends; then it returns nil. It listens to the kernel's and
// udev's messages (netlink, NETLINK_KOBJECT_UEVENT) and compares the list of
// nodes twice a second, which alone is enough where messages do not come. changed
// must not block.
func Watch(ctx context.Context, changed func()) error { return linux().watch(ctx, changed) }

func (y system) watch(ctx context.Context, changed func()) error {
	wake, err := newWaker(ctx)
	if err != nil {
		return fmt.Errorf("watch for cameras: %w", err)
	}
	defer wake.close()
	fds := []unix.PollFd{{Fd: int32(wake.fd), Events: unix.POLLIN}}
	if events, err := ueventSocket(); err == nil {
		defer unix.Close(events)
		fds = append(fds, unix.PollFd{Fd: int32(events), Events: unix.POLLIN})
	}

	message := make([]byte, 64<<10)
	seen := y.nodeList()
	for {
		if _, err := unix.Poll(fds, int(lookEvery.Milliseconds())); err != nil && err != unix.EINTR {
			return fmt.Errorf("watch for cameras: %w", err)
		}
		if ctx.Err() != nil {
			return nil
		}
		told := len(fds) > 1 && fds[1].Revents != 0 && aboutCameras(int(fds[1].Fd), message)
		if now := y.nodeList(); told || now != seen {
			seen = now
			changed()
		}
	}
}

// ueventSocket joins both groups: 1 is the kernel's own message, 2 is udev's,
// which comes once the node has its owner and rights.
func ueventSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return -1, err
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1 | 2}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// aboutCameras reads all waiting messages and reports whether one speaks of a
// video device, or some were lost.
func aboutCameras(fd int, message []byte) bool {
	about := false
	for {
		n, _, err := unix.Recvfrom(fd, message, 0)
		switch err {
		case nil:
			about = about || speaksOfVideo(message[:n])
		case unix.EINTR:
		case unix.ENOBUFS: // the kernel had more to say than the socket holds
			about = true
		default:
			return about
		}
	}
}

// speaksOfVideo reports whether a message carries the property of the video
// subsystem. Properties are NUL-terminated in both kinds of message.
func speaksOfVideo(message []byte) bool {
	return bytes.Contains(message, []byte("SUBSYSTEM=video4linux\x00"))
}

// nodeList describes all video nodes: name, device and the time at which owner or
// rights of the node changed last.
func (y system) nodeList() string {
	class := filepath.Join(y.sys, "class/video4linux")
	entries, _ := os.ReadDir(class) // unreadable is the same as empty: no cameras
	var list strings.Builder
	for _, e := range entries {
		target, _ := os.Readlink(filepath.Join(class, e.Name()))
		var st unix.Stat_t
		unix.Stat(filepath.Join(y.dev, e.Name()), &st) // zero while udev has not made it
		fmt.Fprintln(&list, e.Name(), target, st.Ino, st.Ctim.Sec, st.Ctim.Nsec)
	}
	return list.String()
}
