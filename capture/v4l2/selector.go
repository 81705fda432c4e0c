package v4l2

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"studio/capture"
	"studio/words"
)

// Selector says which camera is meant. Every field that is not empty must fit;
// the empty Selector fits the only camera there is. Use the serial number where
// cameras have one, the port for those without: two cameras of one make are then
// told apart for as long as they stay in their sockets.
type Selector struct {
	Serial string // USB serial number
	Port   string // USB port path (1-2.3) or interface (1-2.3:1.0); bus information if not USB
	Card   string // the camera's name, whole
	Path   string // a node or a link to one, such as /dev/v4l/by-id/…; a last resort
}

func (s Selector) String() string {
	var parts []string
	for _, f := range []struct{ name, value string }{
		{"serial", s.Serial}, {"port", s.Port}, {"card", s.Card}, {"path", s.Path},
	} {
		if f.value != "" {
			parts = append(parts, f.name+" "+f.value)
		}
	}
	if parts == nil {
		return "any camera"
	}
	return strings.Join(parts, ", ")
}

// Find returns the one camera among devices that fits. The error wraps
// capture.ErrGone when none does and names the candidates when several do.
func (s Selector) Find(devices []Device) (Device, error) {
	fits := s.all(devices, s.fits)
	if len(fits) == 0 {
		// A node that could not be asked says less about itself: take it when what is
		// known does not speak against it, so that its problem is told.
		fits = s.all(devices, func(d Device) bool { return d.Problem != nil && !s.rulesOut(d) })
		if len(fits) > 1 {
			fits = fits[:1]
		}
	}
	switch len(fits) {
	case 0:
		return Device{}, fmt.Errorf("%s: %w", s, capture.ErrGone)
	case 1:
		return fits[0], nil
	}
	names := make([]string, len(fits))
	for i, d := range fits {
		names[i] = d.String()
	}
	return Device{}, words.Errorf("%[1]s: %[2]d cameras fit, name serial or port of one: %[3]s", "有 %[2]d 台摄像头都符合配置，请在配置里写明序列号或插口",
		s, len(fits), strings.Join(names, "; "))
}

func (s Selector) all(devices []Device, fits func(Device) bool) []Device {
	var list []Device
	for _, d := range devices {
		// Of several streams of one function of one USB camera the first is the main one.
		again := d.Identity.Interface != "" && slices.ContainsFunc(list, func(e Device) bool { return e.Identity == d.Identity })
		if d.LeftOut == "" && !again && fits(d) {
			list = append(list, d)
		}
	}
	return list
}

func (s Selector) fits(d Device) bool {
	return (s.Serial == "" || s.Serial == d.Identity.Serial) &&
		(s.Port == "" || s.Port == d.Identity.Port || s.Port == d.Identity.Interface) &&
		(s.Card == "" || s.Card == d.Card) &&
		(s.Path == "" || samePath(s.Path, d.Path))
}

// rulesOut reports whether what sysfs says is enough to know that d is not meant.
func (s Selector) rulesOut(d Device) bool {
	if s.Path != "" && !samePath(s.Path, d.Path) {
		return true
	}
	if d.Identity.Vendor == "" { // not USB: its port is known only once it was asked
		return s.Serial != ""
	}
	return s.Serial != "" && s.Serial != d.Identity.Serial ||
		s.Port != "" && s.Port != d.Identity.Port && s.Port != d.Identity.Interface
}

func samePath(wanted, path string) bool {
	if real, err := filepath.EvalSymlinks(wanted); err == nil {
		wanted = real
	}
	return filepath.Clean(wanted) == path
}
