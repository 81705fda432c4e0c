package serialport

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Selector says which port is meant. Every field that is not empty must fit.
type Selector struct {
	Vendor   string // USB vendor, hexadecimal: "0403"
	Product  string // USB product, hexadecimal: "6001"
	Serial   string // USB serial number
	PortPath string // place on the USB tree, "1-2.3", or with the adapter's own port, "1-2.3:1.1"
	Path     string // a device file, "/dev/ttyS0"; without a leading "/" it is read as a PortPath
}

// Port is one serial port of this machine.
type Port struct {
	Path      string // device file
	Vendor    string // USB vendor, four lower-case hexadecimal digits, "" if not on USB
	Product   string // USB product, likewise
	Serial    string // USB serial number, "" if the adapter has none
	PortPath  string // place on the USB tree: "1-2.3"
	Interface string // port of an adapter with several: "1.0"
	Maker     string // what the adapter calls its maker
	Title     string // and itself
}

// Check says what is wrong with the selector and what is allowed, nil if nothing.
func (s Selector) Check() error {
	n := s.normal()
	if n == (Selector{}) {
		return fmt.Errorf("port: empty: give vendor and product, a serial number or a path")
	}
	for _, id := range []struct{ key, value string }{{"vendor", n.Vendor}, {"product", n.Product}} {
		if id.value != "" && (len(id.value) != 4 || strings.Trim(id.value, "0123456789abcdef") != "") {
			return fmt.Errorf("%s %q: must be up to four hexadecimal digits", id.key, id.value)
		}
	}
	return nil
}

// String describes the port that is meant, for messages.
func (s Selector) String() string {
	n := s.normal()
	var parts []string
	if n.Vendor != "" || n.Product != "" {
		parts = append(parts, "USB "+orAny(n.Vendor)+":"+orAny(n.Product))
	}
	if n.Serial != "" {
		parts = append(parts, "serial number "+n.Serial)
	}
	if n.PortPath != "" {
		parts = append(parts, "at USB port "+n.PortPath)
	}
	if n.Path != "" {
		parts = append(parts, n.Path)
	}
	return strings.Join(parts, " ")
}

func orAny(id string) string {
	if id == "" {
		return "any"
	}
	return id
}

// normal brings a selector into the form in which ports are listed.
func (s Selector) normal() Selector {
	s.Vendor, s.Product = hexID(s.Vendor), hexID(s.Product)
	if s.Path != "" && !strings.HasPrefix(s.Path, "/") && s.PortPath == "" {
		s.PortPath, s.Path = s.Path, ""
	}
	return s
}

func hexID(id string) string {
	id = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(id)), "0x")
	if id != "" && len(id) < 4 {
		id = strings.Repeat("0", 4-len(id)) + id
	}
	return id
}

// onlyPath reports whether nothing but a device file is asked for; such a port
// need not be one that the kernel lists, a pseudo-terminal is not.
func (s Selector) onlyPath() bool { return s == Selector{Path: s.Path} }

// fits reports whether the port is the one that is meant. The selector is normal.
func (s Selector) fits(p Port) bool {
	return (s.Vendor == "" || s.Vendor == p.Vendor) &&
		(s.Product == "" || s.Product == p.Product) &&
		(s.Serial == "" || s.Serial == p.Serial) &&
		(s.PortPath == "" || s.PortPath == p.PortPath || s.PortPath == p.PortPath+":"+p.Interface) &&
		(s.Path == "" || sameFile(s.Path, p.Path))
}

// sameFile follows the links of /dev/serial/by-id and the like.
func sameFile(a, b string) bool {
	if real, err := filepath.EvalSymlinks(a); err == nil {
		a = real
	}
	return filepath.Clean(a) == filepath.Clean(b)
}
