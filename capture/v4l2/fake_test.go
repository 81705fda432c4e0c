package v4l2

import (
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"studio/hw/videodev"
)

// driver is a camera's driver as the kernel would show it: it stands for the node
// and for what the camera offers.
type driver struct {
	formats  map[webcam.PixelFormat]string
	sizes    map[webcam.PixelFormat][]webcam.FrameSize
	rates    map[webcam.PixelFormat][]webcam.FrameRate // the same for every size
	controls map[webcam.ControlID]webcam.Control
	sets     *videodev.PixFormat // what it makes of any format asked for; nil: as asked
	fails    map[uintptr]error   // by request

	mu                     sync.Mutex
	asked                  videodev.PixFormat
	interval               videodev.Fraction
	set                    []setting // controls, in order
	memory                 [][]byte
	queued                 []uint32
	frames                 []frameOnWire
	gone                   bool
	streams                bool
	opened, closed, mapped int
	event                  int
}

type setting struct {
	id    webcam.ControlID
	value int32
}

// frameOnWire is a frame that the driver has received.
type frameOnWire struct {
	data                  []byte
	flags                 uint32
	sequence              uint32
	seconds, microseconds int64
}

func newDriver(t testing.TB) *driver {
	t.Helper()
	event, err := unix.Eventfd(0, unix.EFD_SEMAPHORE|unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(event) })
	return &driver{
		event:   event,
		fails:   map[uintptr]error{},
		formats: map[webcam.PixelFormat]string{videodev.PixYUYV: "YUYV 4:2:2"},
		sizes:   map[webcam.PixelFormat][]webcam.FrameSize{videodev.PixYUYV: {discrete(320, 180)}},
		rates:   map[webcam.PixelFormat][]webcam.FrameRate{videodev.PixYUYV: {perSecond(30)}},
	}
}

// receives lets frames arrive; unplug pulls the cable.
func (d *driver) receives(list ...frameOnWire) {
	d.mu.Lock()
	d.frames = append(d.frames, list...)
	d.mu.Unlock()
	unix.Write(d.event, binary.NativeEndian.AppendUint64(nil, uint64(len(list))))
}

func (d *driver) unplug() {
	d.mu.Lock()
	d.gone = true
	d.mu.Unlock()
	unix.Write(d.event, binary.NativeEndian.AppendUint64(nil, 1))
}

func (d *driver) plug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone, d.frames = false, nil
	unix.Read(d.event, make([]byte, 8))
}

func (d *driver) open(string) (node, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return nil, unix.ENODEV
	}
	d.opened++
	return d, nil
}

func (d *driver) ioctl(request uintptr, arg unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return unix.ENODEV
	}
	if err := d.fails[request]; err != nil {
		return err
	}
	switch request {
	case videodev.SetFormat:
		f := (*videodev.Format)(arg)
		d.asked = f.Pix
		if d.sets != nil {
			f.Pix = *d.sets
		} else {
			f.Pix.BytesPerLine = 2 * f.Pix.Width
			f.Pix.SizeImage = f.Pix.BytesPerLine * f.Pix.Height
		}
		d.asked.SizeImage = f.Pix.SizeImage
	case videodev.SetParm:
		d.interval = (*videodev.StreamParm)(arg).TimePerFrame
	case videodev.ReqBufs:
		r := (*videodev.RequestBuffers)(arg)
		d.memory, d.queued = nil, nil
		for range r.Count {
			d.memory = append(d.memory, make([]byte, d.asked.SizeImage))
		}
	case videodev.QueryBuf:
		b := (*videodev.Buffer)(arg)
		b.Length, b.Offset = uint32(len(d.memory[b.Index])), b.Index
	case videodev.QBuf:
		d.queued = append(d.queued, (*videodev.Buffer)(arg).Index)
	case videodev.DQBuf:
		if len(d.frames) == 0 || len(d.queued) == 0 {
			return unix.EAGAIN
		}
		var one [8]byte
		unix.Read(d.event, one[:])
		f := d.frames[0]
		d.frames = d.frames[1:]
		b := (*videodev.Buffer)(arg)
		b.Index = d.queued[0]
		d.queued = append(d.queued[:0], d.queued[1:]...)
		copy(d.memory[b.Index], f.data)
		b.BytesUsed, b.Flags, b.Sequence = uint32(len(f.data)), f.flags, f.sequence
		b.Seconds, b.Microseconds = f.seconds, f.microseconds
	case videodev.StreamOn:
		d.streams = true
	case videodev.StreamOff:
		d.streams = false
	default:
		return unix.ENOTTY
	}
	return nil
}

func (d *driver) mapBuffer(offset int64, length int) ([]byte, func() error, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mapped++
	return d.memory[offset][:length], func() error { d.mapped--; return nil }, nil
}

func (d *driver) fd() int { return d.event }
func (d *driver) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

func (d *driver) GetSupportedFormats() map[webcam.PixelFormat]string { return d.formats }
func (d *driver) GetSupportedFrameSizes(f webcam.PixelFormat) []webcam.FrameSize {
	return d.sizes[f]
}
func (d *driver) GetSupportedFramerates(f webcam.PixelFormat, _, _ uint32) []webcam.FrameRate {
	return d.rates[f]
}
func (d *driver) GetControls() map[webcam.ControlID]webcam.Control { return maps.Clone(d.controls) }
func (d *driver) SetControl(id webcam.ControlID, value int32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set = append(d.set, setting{id, value})
	return nil
}
func (d *driver) Close() error { return nil }

// settings returns the controls set so far and forgets them.
func (d *driver) settings() []setting {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.set
	d.set = nil
	return list
}

func discrete(w, h uint32) webcam.FrameSize {
	return webcam.FrameSize{MinWidth: w, MaxWidth: w, MinHeight: h, MaxHeight: h}
}

func perSecond(n uint32) webcam.FrameRate {
	return webcam.FrameRate{MinNumerator: 1, MaxNumerator: 1, MinDenominator: n, MaxDenominator: n}
}

// bench is a machine with sysfs and /dev in a folder of its own.
type bench struct {
	t     *testing.T
	root  string
	nodes map[string]videodev.Capability
	fails map[string]error
}

func newBench(t *testing.T) *bench {
	return &bench{t: t, root: t.TempDir(), nodes: map[string]videodev.Capability{}, fails: map[string]error{}}
}

func (b *bench) system() system {
	return system{
		sys: filepath.Join(b.root, "sys"),
		dev: filepath.Join(b.root, "dev"),
		ask: func(path string) (videodev.Capability, error) {
			name := filepath.Base(path)
			if err := b.fails[name]; err != nil {
				return videodev.Capability{}, &os.PathError{Op: "open", Path: path, Err: err}
			}
			return b.nodes[name], nil
		},
	}
}

// path returns where a node of that name is.
func (b *bench) path(name string) string { return filepath.Join(b.root, "dev", name) }

// usbDevice makes a USB device; port is like 1-2.3.
func (b *bench) usbDevice(port, vendor, product, serial string) {
	dir := filepath.Join("sys/devices/pci0000:00/0000:00:14.0/usb1", port)
	b.file(dir, "idVendor", vendor)
	b.file(dir, "idProduct", product)
	if serial != "" {
		b.file(dir, "serial", serial)
	}
	b.file(filepath.Join(dir, port+":1.0"), "bInterfaceNumber", "00")
}

// node makes a video node below device (a path under sys/devices).
func (b *bench) node(name, device, title, index string, c videodev.Capability) {
	dir := filepath.Join(device, "video4linux", name)
	b.file(dir, "name", title)
	b.file(dir, "index", index)
	b.link(filepath.Join(b.root, device), filepath.Join(dir, "device"))
	b.link(filepath.Join(b.root, dir), filepath.Join("sys/class/video4linux", name))
	b.file("dev", name, "")
	b.nodes[name] = c
}

func usbPath(port string) string {
	return filepath.Join("sys/devices/pci0000:00/0000:00:14.0/usb1", port, port+":1.0")
}

func (b *bench) file(dir, name, content string) {
	b.t.Helper()
	dir = filepath.Join(b.root, dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content+"\n"), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) link(target, name string) {
	b.t.Helper()
	name = filepath.Join(b.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		b.t.Fatal(err)
	}
}

// camera returns capabilities of a node; all are those of the whole device.
func camera(driver, card, bus string, all, node uint32) videodev.Capability {
	c := videodev.Capability{Capabilities: all | videodev.CapDeviceCaps, DeviceCaps: node}
	copy(c.Driver[:], driver)
	copy(c.Card[:], card)
	copy(c.BusInfo[:], bus)
	return c
}
