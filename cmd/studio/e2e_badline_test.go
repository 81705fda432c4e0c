package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// badLine is a network of its own behind a bad line: a namespace in which servers run,
// and which the box reaches through two tunnel devices with this test between them. It
// does to every packet, of every protocol, what a kernel's netem would, and kernels
// without netem are common. Loss and delay hold for both ways, the limit for what the
// box sends.
type badLine struct {
	host string // of the servers, as the box sees them
	name string // of the namespace

	mu         sync.Mutex
	conditions lineState
	random     *rand.Rand
	free       time.Time // when the limited way has sent what it has
	passed     int
	lost       int
}

// lineState is how a line is.
type lineState struct {
	loss          float64       // of the packets each way, 0 to 1
	delay         time.Duration // there and back together
	bitsPerSecond int           // 0: no limit
	dead          bool          // nothing passes: a black hole
}

// badLineQueue is how long a packet may wait for its turn on a limited line, as in a
// router of the cheaper kind.
const badLineQueue = 300 * time.Millisecond

// newBadLine makes line number n of this test; it needs the right to do so.
func newBadLine(t *testing.T, n int) *badLine {
	t.Helper()
	l := &badLine{
		name: fmt.Sprintf("studio-test-%d-%d", os.Getpid(), n), random: rand.New(rand.NewPCG(uint64(n), 1)),
		host: fmt.Sprintf("198.18.%d.2", n), // of the block for tests of networks (RFC 2544)
	}
	near := fmt.Sprintf("198.18.%d.1", n)
	must := func(command ...string) {
		t.Helper()
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s(this test needs root, network namespaces and tunnel devices)", strings.Join(command, " "), err, out)
		}
	}
	must("ip", "netns", "add", l.name)
	t.Cleanup(func() { must("ip", "netns", "del", l.name) })
	device := fmt.Sprintf("studiobad%d", n)
	here, err := openTunnel(device)
	if err != nil {
		t.Fatalf("%v (this test needs root and tunnel devices)", err)
	}
	there, err := inNamespace(l.name, func() (*os.File, error) { return openTunnel(device) })
	if err != nil {
		here.Close()
		t.Fatalf("%v (this test needs root, network namespaces and tunnel devices)", err)
	}
	must("ip", "addr", "add", near, "peer", l.host, "dev", device)
	must("ip", "link", "set", device, "up")
	must("ip", "-n", l.name, "addr", "add", l.host, "peer", near, "dev", device)
	must("ip", "-n", l.name, "link", "set", device, "up")
	must("ip", "-n", l.name, "link", "set", "lo", "up")
	var carrying sync.WaitGroup
	carrying.Go(func() { l.carry(here, there, true) })
	carrying.Go(func() { l.carry(there, here, false) })
	t.Cleanup(func() {
		here.Close()
		there.Close()
		carrying.Wait()
	})
	return l
}

// within is what runs a command in the line's network.
func (l *badLine) within() []string { return []string{"ip", "netns", "exec", l.name} }

// set changes the line.
func (l *badLine) set(c lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conditions = c
}

// counts returns how many packets have passed, and how many have not, both ways.
func (l *badLine) counts() (passed, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed, l.lost
}

// parcel is a packet under way.
type parcel struct {
	data []byte
	due  time.Time
}

// carry takes packets from one side to the other until the tunnels are closed.
func (l *badLine) carry(in, out *os.File, limited bool) {
	underWay := make(chan parcel, 8192) // two seconds at 40 Mb/s; more are lost
	var delivering sync.WaitGroup
	delivering.Go(func() {
		for p := range underWay {
			time.Sleep(time.Until(p.due)) // the delay is what is wanted
			_, _ = out.Write(p.data)      // a network gives no notice
		}
	})
	defer delivering.Wait()
	defer close(underWay)
	buffer := make([]byte, 65536)
	for {
		n, err := in.Read(buffer)
		if err != nil {
			return
		}
		due, passes := l.due(n, limited, time.Now())
		if !passes {
			continue
		}
		select {
		case underWay <- parcel{append([]byte(nil), buffer[:n]...), due}:
		default:
		}
	}
}

// due decides when a packet arrives, if it does.
func (l *badLine) due(bytes int, limited bool, now time.Time) (at time.Time, passes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conditions
	at = now
	limited = limited && c.bitsPerSecond > 0
	if limited && l.free.After(now) {
		at = l.free
	}
	if c.dead || l.random.Float64() < c.loss || at.Sub(now) > badLineQueue {
		l.lost++
		return at, false
	}
	if limited {
		at = at.Add(time.Duration(bytes*8) * time.Second / time.Duration(c.bitsPerSecond))
		l.free = at
	}
	l.passed++
	return at.Add(c.delay / 2), true
}

// openTunnel makes a tunnel device of IP packets in the present network namespace
// (Documentation/networking/tuntap.rst of Linux).
func openTunnel(device string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	var request [40]byte // struct ifreq: the name, then the flags
	copy(request[:unix.IFNAMSIZ-1], device)
	binary.NativeEndian.PutUint16(request[unix.IFNAMSIZ:], unix.IFF_TUN|unix.IFF_NO_PI)
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(&request[0]))); e != 0 {
		unix.Close(fd)
		return nil, fmt.Errorf("make the tunnel %s: %w", device, e)
	}
	return os.NewFile(uintptr(fd), device), nil
}

// inNamespace runs f in a network namespace.
func inNamespace(name string, f func() (*os.File, error)) (file *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends here
		var fd int
		if fd, err = unix.Open("/run/netns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return
		}
		defer unix.Close(fd)
		if err = unix.Setns(fd, unix.CLONE_NEWNET); err == nil {
			file, err = f()
		}
	}()
	<-done
	return file, err
}
