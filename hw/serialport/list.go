package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"studio/words"
)

// Machine is where ports are looked for.
type Machine struct {
	Sysfs string // "/sys"
	Dev   string // "/dev"
}

// ThisMachine is the one the program runs on.
func ThisMachine() Machine { return Machine{Sysfs: "/sys", Dev: "/dev"} }

// List returns the serial ports of this machine, sorted by device file.
func List() ([]Port, error) { return ThisMachine().List() }

// List returns the ports that the kernel has a driver for, sorted by device file.
//
// It reads sysfs and opens nothing: go.bug.st's own list opens every /dev/ttyS* and
// sets it to 9600 baud to see whether it is real, which disturbs a port that
// another program is using, and it knows neither the place on the USB tree nor
// the port of a multi-port adapter.
func (m Machine) List() ([]Port, error) {
	class := filepath.Join(m.Sysfs, "class", "tty")
	entries, err := os.ReadDir(class)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no tty class at all: a kernel without serial ports
	}
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	var ports []Port
	for _, e := range entries {
		if p, ok := m.describe(filepath.Join(class, e.Name()), e.Name()); ok {
			ports = append(ports, p)
		}
	}
	slices.SortFunc(ports, func(a, b Port) int { return strings.Compare(a.Path, b.Path) })
	return ports, nil
}

// describe reads what sysfs tells about one tty; ok is false for consoles, unused
// UART slots and ports that vanished meanwhile.
func (m Machine) describe(entry, name string) (p Port, ok bool) {
	device, err := filepath.EvalSymlinks(filepath.Join(entry, "device"))
	if err != nil {
		return Port{}, false // virtual: a console or a pseudo-terminal
	}
	if strings.HasPrefix(name, "ttyS") && attribute(entry, "type") == "0" {
		return Port{}, false // a slot of the 8250 driver without a chip
	}
	p = Port{Path: filepath.Join(m.Dev, name)}

	// The USB device is the nearest ancestor that has a vendor: one above a CDC
	// interface, two above a usb-serial port. Below it lies the interface, named
	// "1-2.3:1.0".
	root, err := filepath.EvalSymlinks(m.Sysfs)
	if err != nil {
		return Port{}, false
	}
	for dir := device; strings.HasPrefix(dir, root+"/"); dir = filepath.Dir(dir) {
		if vendor := attribute(dir, "idVendor"); vendor != "" {
			p.Vendor, p.Product = hexID(vendor), hexID(attribute(dir, "idProduct"))
			p.Serial = attribute(dir, "serial")
			p.Maker, p.Title = attribute(dir, "manufacturer"), attribute(dir, "product")
			p.PortPath = filepath.Base(dir)
			break
		}
		if _, after, found := strings.Cut(filepath.Base(dir), ":"); found && p.Interface == "" {
			p.Interface = after
		}
	}
	if p.Vendor == "" {
		p.Interface = "" // a colon in the name of something that is not USB
	}
	return p, true
}

func attribute(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// Find returns the device file of the port that is meant. Its error is ErrGone when
// none is there, and names the candidates when there are several.
func (m Machine) Find(s Selector) (string, error) {
	s = s.normal()
	if err := s.Check(); err != nil {
		return "", err
	}
	if s.onlyPath() {
		return s.Path, nil
	}
	ports, err := m.List()
	if err != nil {
		return "", err
	}
	ports = slices.DeleteFunc(ports, func(p Port) bool { return !s.fits(p) })
	switch len(ports) {
	case 0:
		return "", ErrGone
	case 1:
		return ports[0].Path, nil
	}
	var which []string
	for _, p := range ports {
		which = append(which, fmt.Sprintf("%s at USB port %s:%s", p.Path, p.PortPath, p.Interface))
	}
	return "", words.Errorf("%[1]d ports fit, say which by serial number or path: %[2]s", "有 %[1]d 个串口都符合配置，请在配置里写明序列号或路径",
		len(ports), strings.Join(which, ", "))
}
