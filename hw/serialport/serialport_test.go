package serialport

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bus builds a sysfs tree as Linux lays it out.
type bus struct {
	t    *testing.T
	root string
}

func newBus(t *testing.T) bus {
	b := bus{t, t.TempDir()}
	b.dir("class/tty")
	return b
}

func (b bus) machine() Machine { return Machine{Sysfs: b.root, Dev: "/dev"} }

func (b bus) dir(path string) string {
	b.t.Helper()
	path = filepath.Join(b.root, path)
	if err := os.MkdirAll(path, 0o755); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b bus) file(path, text string) {
	b.t.Helper()
	b.dir(filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(b.root, path), []byte(text+"\n"), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b bus) link(at, to string) {
	b.t.Helper()
	b.dir(filepath.Dir(at))
	if err := os.Symlink(filepath.Join(b.root, to), filepath.Join(b.root, at)); err != nil {
		b.t.Fatal(err)
	}
}

// usb adds a USB device with its identity at a place on the tree.
func (b bus) usb(device, vendor, product, serial string) {
	b.file(device+"/idVendor", vendor)
	b.file(device+"/idProduct", product)
	if serial != "" {
		b.file(device+"/serial", serial)
	}
	b.file(device+"/manufacturer", "Maker")
	b.file(device+"/product", "Adapter")
}

// usbSerial adds a port of a usb-serial adapter: interface, then port, then tty.
func (b bus) usbSerial(device, intf, name string) {
	port := device + "/" + filepath.Base(device) + ":" + intf + "/" + name
	b.dir(port + "/tty/" + name)
	b.link(port+"/tty/"+name+"/device", port)
	b.link("class/tty/"+name, port+"/tty/"+name)
}

// cdc adds a port of a CDC-ACM device: the tty hangs on the interface.
func (b bus) cdc(device, intf, name string) {
	i := device + "/" + filepath.Base(device) + ":" + intf
	b.dir(i + "/tty/" + name)
	b.link(i+"/tty/"+name+"/device", i)
	b.link("class/tty/"+name, i+"/tty/"+name)
}

func workshop(t *testing.T) bus {
	b := newBus(t)
	const hub = "devices/pci0000:00/0000:00:14.0/usb1/1-2"
	b.usb("devices/pci0000:00/0000:00:14.0/usb1", "1d6b", "0002", "0000:00:14.0")
	b.usb(hub, "05e3", "0608", "")
	b.usb(hub+"/1-2.1", "0403", "6001", "A50285BI")
	b.usbSerial(hub+"/1-2.1", "1.0", "ttyUSB0")
	b.usb(hub+"/1-2.3", "1a86", "7523", "") // two of the kind without a serial number
	b.usbSerial(hub+"/1-2.3", "1.0", "ttyUSB1")
	b.usb(hub+"/1-2.4", "1a86", "7523", "")
	b.usbSerial(hub+"/1-2.4", "1.0", "ttyUSB2")
	b.usb(hub+"/1-2.2", "0403", "6011", "FT4") // one with several ports
	b.usbSerial(hub+"/1-2.2", "1.0", "ttyUSB3")
	b.usbSerial(hub+"/1-2.2", "1.1", "ttyUSB4")
	b.usb("devices/pci0000:00/0000:00:14.0/usb1/1-7", "2341", "0043", "85439")
	b.cdc("devices/pci0000:00/0000:00:14.0/usb1/1-7", "1.0", "ttyACM0")

	b.dir("devices/pnp0/00:05/tty/ttyS0")
	b.link("devices/pnp0/00:05/tty/ttyS0/device", "devices/pnp0/00:05")
	b.file("devices/pnp0/00:05/tty/ttyS0/type", "4")
	b.link("class/tty/ttyS0", "devices/pnp0/00:05/tty/ttyS0")
	b.dir("devices/platform/serial8250/tty/ttyS1")
	b.link("devices/platform/serial8250/tty/ttyS1/device", "devices/platform/serial8250")
	b.file("devices/platform/serial8250/tty/ttyS1/type", "0") // a slot without a chip
	b.link("class/tty/ttyS1", "devices/platform/serial8250/tty/ttyS1")
	b.dir("devices/virtual/tty/tty1") // a console
	b.link("class/tty/tty1", "devices/virtual/tty/tty1")
	return b
}

func TestList(t *testing.T) {
	ports, err := workshop(t).machine().List()
	if err != nil {
		t.Fatal(err)
	}
	want := []Port{
		{"/dev/ttyACM0", "2341", "0043", "85439", "1-7", "1.0", "Maker", "Adapter"},
		{Path: "/dev/ttyS0"},
		{"/dev/ttyUSB0", "0403", "6001", "A50285BI", "1-2.1", "1.0", "Maker", "Adapter"},
		{"/dev/ttyUSB1", "1a86", "7523", "", "1-2.3", "1.0", "Maker", "Adapter"},
		{"/dev/ttyUSB2", "1a86", "7523", "", "1-2.4", "1.0", "Maker", "Adapter"},
		{"/dev/ttyUSB3", "0403", "6011", "FT4", "1-2.2", "1.0", "Maker", "Adapter"},
		{"/dev/ttyUSB4", "0403", "6011", "FT4", "1-2.2", "1.1", "Maker", "Adapter"},
	}
	if fmt.Sprint(ports) != fmt.Sprint(want) {
		t.Errorf("got\n%+v\nwant\n%+v", ports, want)
	}
	if ports, err := (Machine{Sysfs: t.TempDir(), Dev: "/dev"}).List(); err != nil || len(ports) != 0 {
		t.Errorf("no tty class: %v, %v", ports, err)
	}
}

func TestFind(t *testing.T) {
	m := workshop(t).machine()
	cases := []struct {
		name string
		s    Selector
		path string
		err  string
	}{
		{"vendor and product", Selector{Vendor: "0403", Product: "6001"}, "/dev/ttyUSB0", ""},
		{"as others write them", Selector{Vendor: "0x403", Product: "6001"}, "/dev/ttyUSB0", ""},
		{"serial number", Selector{Serial: "85439"}, "/dev/ttyACM0", ""},
		{"place on the tree", Selector{PortPath: "1-2.4"}, "/dev/ttyUSB2", ""},
		{"place in the path", Selector{Vendor: "1a86", Product: "7523", Path: "1-2.3"}, "/dev/ttyUSB1", ""},
		{"second port of an adapter", Selector{Serial: "FT4", PortPath: "1-2.2:1.1"}, "/dev/ttyUSB4", ""},
		{"device file", Selector{Path: "/dev/ttyS7"}, "/dev/ttyS7", ""},
		{"device file of that adapter", Selector{Path: "/dev/ttyUSB0", Vendor: "0403"}, "/dev/ttyUSB0", ""},
		{"device file of another adapter", Selector{Path: "/dev/ttyUSB1", Vendor: "0403"}, "", "not connected"},
		{"twins", Selector{Vendor: "1a86", Product: "7523"}, "", "2 ports fit, say which by serial number or path: " +
			"/dev/ttyUSB1 at USB port 1-2.3:1.0, /dev/ttyUSB2 at USB port 1-2.4:1.0"},
		{"not there", Selector{Vendor: "dead", Product: "beef"}, "", "not connected"},
		{"nothing asked", Selector{}, "", "port: empty: give vendor and product, a serial number or a path"},
		{"not hexadecimal", Selector{Vendor: "FTDI"}, "", `vendor "ftdi": must be up to four hexadecimal digits`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path, err := m.Find(c.s)
			if path != c.path || err == nil && c.err != "" || err != nil && err.Error() != c.err {
				t.Errorf("got %q, %v", path, err)
			}
		})
	}
}

func TestMode(t *testing.T) {
	cases := []struct {
		m    Mode
		want string
	}{
		{Mode{}, "9600 8N1"},
		{Mode{Baud: 2400, DataBits: 7, Parity: "even"}, "2400 7E1"},
		{Mode{StopBits: 2}.Or(Mode{Baud: 1200}), "1200 8N2"},
		{Mode{Baud: 5}, "baud 5: must be 50 to 4000000"},
		{Mode{DataBits: 9}, "data bits 9: must be 5, 6, 7 or 8"},
		{Mode{Parity: "E"}, `parity "E": must be none, even, odd, mark or space`},
		{Mode{StopBits: 3}, "stop bits 3: must be 1 or 2"},
	}
	for _, c := range cases {
		got := ""
		if err := c.m.Check(); err != nil {
			got = err.Error()
		} else {
			got = c.m.String()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.m, got, c.want)
		}
	}
}

// pair returns an open port and the far end of its cable.
func pair(t *testing.T) (*Conn, *os.File) {
	t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	path := near.Name()
	c, err := Open(Selector{Path: path}, Mode{Baud: 115200})
	near.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); far.Close() })
	return c, far
}

func TestConnCarriesBytesAsTheyAre(t *testing.T) {
	c, far := pair(t)
	sent := "S S\r\n\x00\x03\x04\x11\x13\x7f\xff\x1a\n"
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, len(sent))
	if _, err := far.WriteString(sent); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != sent {
		t.Errorf("read %q, %v", buf, err)
	}
	if _, err := c.Write([]byte(sent)); err != nil {
		t.Fatal(err)
	}
	far.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadFull(far, buf); err != nil || string(buf) != sent {
		t.Errorf("the far end read %q, %v", buf, err)
	}
}

func TestConnReadDeadline(t *testing.T) {
	c, _ := pair(t)
	began := time.Now()
	c.SetReadDeadline(began.Add(30 * time.Millisecond))
	n, err := c.Read(make([]byte, 8))
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > 3*time.Second {
		t.Errorf("%d bytes, %v after %s", n, err, time.Since(began))
	}
}

func TestConnPulled(t *testing.T) {
	c, far := pair(t)
	failed := make(chan error, 1)
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	go func() {
		_, err := c.Read(make([]byte, 8))
		failed <- err
	}()
	far.Close()
	if err := <-failed; !errors.Is(err, ErrGone) {
		t.Errorf("read: %v, want not connected", err)
	}
	if _, err := c.Write([]byte("SI\r\n")); !errors.Is(err, ErrGone) {
		t.Errorf("write: %v, want not connected", err)
	}
}

func TestConnCloseEndsARead(t *testing.T) {
	c, _ := pair(t)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 8))
		failed <- err
	}()
	c.Close()
	if err := <-failed; !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: %v", err)
	}
}

// A far end that takes nothing must not hold the writer for ever.
func TestConnWriteIsBounded(t *testing.T) {
	c, _ := pair(t)
	began := time.Now()
	_, err := c.Write(make([]byte, 1<<20))
	if err == nil || !strings.Contains(err.Error(), "takes no more bytes") || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestOpenIsExclusive(t *testing.T) {
	c, _ := pair(t)
	if _, err := Open(Selector{Path: c.Path()}, Mode{}); !errors.Is(err, ErrBusy) {
		t.Fatalf("second open: %v, want in use", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Selector{Path: c.Path()}, Mode{})
	if err != nil {
		t.Fatalf("open after close: %v", err)
	}
	again.Close()
}

func TestOpenThrowsOldBytesAway(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	first, err := Open(Selector{Path: near.Name()}, Mode{})
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	far.WriteString("old\n")
	c, err := Open(Selector{Path: near.Name()}, Mode{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	far.WriteString("new\n")
	buf := make([]byte, 16)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "new\n" {
		t.Errorf("read %q, %v", buf[:n], err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "scale")
	if err := os.Symlink(filepath.Join(dir, "gone"), link); err != nil {
		t.Fatal(err)
	}
	m := workshop(t).machine()
	cases := []struct {
		s    Selector
		mode Mode
		want string
	}{
		{Selector{Path: link}, Mode{}, "open serial port " + link + ": not connected"},
		{Selector{Path: file}, Mode{}, "open serial port " + file + ": not a serial port"},
		{Selector{Vendor: "dead", Product: "beef", Serial: "7"}, Mode{},
			"open serial port USB dead:beef serial number 7: not connected"},
		{Selector{Vendor: "dead", PortPath: "1-2"}, Mode{}, "open serial port USB dead:any at USB port 1-2: not connected"},
		{Selector{Path: link}, Mode{Baud: 1}, "open serial port " + link + ": baud 1: must be 50 to 4000000"},
	}
	for _, c := range cases {
		if _, err := m.Open(c.s, c.mode); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

func TestPlainErrors(t *testing.T) {
	for err, want := range map[error]error{
		unix.EACCES: ErrPermission, unix.EPERM: ErrPermission, unix.EBUSY: ErrBusy,
		unix.ENOENT: ErrGone, unix.ENODEV: ErrGone, unix.ENXIO: ErrGone, unix.EIO: ErrGone, io.EOF: ErrGone,
	} {
		if got := plain(&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: err}); got != want {
			t.Errorf("%v became %v, want %v", err, got, want)
		}
	}
}
