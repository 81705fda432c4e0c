package v4l2

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"studio/hw/videodev"
)

// Device is one camera, or a node that looks like one and is not.
type Device struct {
	Path     string // /dev/video0; changes from boot to boot
	Card     string // the name that the driver gives it
	Driver   string // uvcvideo, vivid, "v4l2 loopback"
	Bus      string // the driver's bus information
	Identity Identity
	// LeftOut says why the node is no camera; empty for a camera.
	LeftOut string
	// Problem is why the node could not be asked what it is; nil if it was. Such a
	// node counts as a camera, so that opening it says what is wrong.
	Problem error
}

// Identity is what stays the same when a camera is replugged or the box restarted.
type Identity struct {
	Vendor, Product string // USB numbers, four hexadecimal digits each; empty if not USB
	Serial          string // USB serial number; empty if it has none
	Port            string // the USB port's path (1-2.3); the driver's bus information if not USB
	Interface       string // the USB interface (1-2.3:1.0), for two cameras in one housing
}

func (d Device) String() string {
	s := fmt.Sprintf("%s %q", d.Path, d.Card)
	if d.Identity.Serial != "" {
		s += " serial " + d.Identity.Serial
	}
	if d.Identity.Port != "" {
		s += " port " + d.Identity.Port
	}
	return s
}

// Devices returns the cameras of this machine in the order of their nodes. A
// machine without cameras is no error.
func Devices() ([]Device, error) {
	nodes, err := Nodes()
	return slices.DeleteFunc(nodes, func(d Device) bool { return d.LeftOut != "" }), err
}

// Nodes returns all video nodes of this machine, with the reason for each that is
// not a camera. Every node is opened for a moment.
func Nodes() ([]Device, error) { return linux().nodes(Selector{}) }

// nodes returns the video nodes, without those that sel rules out before they
// are opened: looking for one camera should not disturb the others.
func (y system) nodes(sel Selector) ([]Device, error) {
	class := filepath.Join(y.sys, "class/video4linux")
	entries, err := os.ReadDir(class)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	var numbers []int
	for _, e := range entries {
		if number, ok := strings.CutPrefix(e.Name(), "video"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)

	var found []Device
	for _, n := range numbers {
		name := "video" + strconv.Itoa(n)
		d := Device{
			Path:     filepath.Join(y.dev, name),
			Card:     attribute(filepath.Join(class, name), "name"),
			Identity: usbIdentity(filepath.Join(class, name, "device")),
		}
		if !sel.rulesOut(d) {
			found = append(found, y.asked(d, filepath.Join(class, name)))
		}
	}
	return found, nil
}

// asked returns d with what its driver says about it.
func (y system) asked(d Device, sysfs string) Device {
	c, err := y.ask(d.Path)
	if err != nil {
		switch d.Problem = cause(err); {
		case errors.Is(d.Problem, fs.ErrNotExist), isGone(d.Problem):
			d.LeftOut = "not connected any more"
		case attribute(sysfs, "index") != "0":
			// Of several nodes of one camera the first is the one with pictures.
			d.LeftOut = "not the camera's first node"
		}
		return d
	}
	d.Card, d.Driver, d.Bus = text(c.Card[:]), text(c.Driver[:]), text(c.BusInfo[:])
	if d.Identity.Vendor == "" {
		d.Identity.Port = d.Bus
	}
	d.LeftOut = notCamera(c)
	return d
}

// notCamera returns why a node with these capabilities is no camera for us, or
// nothing. What counts is the node's own capabilities, not the whole device's: a
// webcam's metadata node says that the device captures video.
func notCamera(c videodev.Capability) string {
	switch caps := c.Node(); {
	case caps&(videodev.CapVideoM2M|videodev.CapVideoM2MMPlane) != 0:
		return "a codec or scaler, not a camera"
	case caps&videodev.CapVideoCapture == 0 && caps&videodev.CapCaptureMPlane != 0:
		return "delivers pictures in separate planes only (multi-planar), which is not supported"
	case caps&videodev.CapVideoCapture == 0 && caps&videodev.CapMetaCapture != 0:
		return "carries metadata, not pictures"
	case caps&videodev.CapVideoCapture == 0:
		return "does not capture pictures"
	case caps&videodev.CapStreaming == 0:
		return "cannot stream into memory"
	}
	return ""
}

// usbIdentity walks up from a video node's parent device to the USB device, if it
// hangs on one.
func usbIdentity(device string) Identity {
	dir, err := filepath.EvalSymlinks(device)
	if err != nil {
		return Identity{}
	}
	var id Identity
	for ; len(dir) > 1; dir = filepath.Dir(dir) {
		if id.Interface == "" && attribute(dir, "bInterfaceNumber") != "" {
			id.Interface = filepath.Base(dir)
		}
		if vendor := attribute(dir, "idVendor"); vendor != "" {
			id.Vendor, id.Product = vendor, attribute(dir, "idProduct")
			id.Serial = attribute(dir, "serial")
			id.Port = filepath.Base(dir)
			return id
		}
	}
	return Identity{}
}

// attribute reads one sysfs file of one line; empty if there is none.
func attribute(dir, name string) string {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// text reads a C string of fixed room.
func text(raw []byte) string {
	raw, _, _ = bytes.Cut(raw, []byte{0})
	return strings.ToValidUTF8(string(raw), "?")
}
