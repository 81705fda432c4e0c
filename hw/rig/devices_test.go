//go:build devices

package rig

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"studio/hw/hwtest"
	"studio/hw/reading"
	"studio/hw/serialport"
	"studio/polltest"
)

// With a kernel's own USB serial adapter, found by its serial number: a scale is
// weighed, the port is ours alone, and pulled and plugged in again it is back.
func TestDevicesScaleOnUSB(t *testing.T) {
	host, gadget := os.Getenv("SERIAL_HOST"), os.Getenv("SERIAL_GADGET")
	ports, err := serialport.List()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ports %+v", ports)
	var adapter serialport.Port
	for _, p := range ports {
		if p.Path == host {
			adapter = p
		}
	}
	if adapter.Serial != "SCALE001" || adapter.Vendor == "" || adapter.PortPath == "" || adapter.Title != "Bench-scale" {
		t.Fatalf("the adapter is listed as %+v", adapter)
	}

	s, err := hwtest.NewScale(hwtest.ScaleOptions{Device: gadget, Alone: true, Load: 842.3})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Run)
	o := scale("")
	o.Port = serialport.Selector{Vendor: adapter.Vendor, Product: adapter.Product, Serial: "SCALE001"}
	o.Stale = 3 * time.Second
	h := &heard{t: t}
	r := newRig(t, Options{Instruments: []InstrumentOptions{o}, OnReading: h.take})
	run(t, r.Run)
	weighed := func() bool { return now(t, r, "clay").Value == "842.3" }
	polltest.Until(t, 30*time.Second, "a weight", weighed)

	for _, sel := range []serialport.Selector{{Path: host}, {PortPath: adapter.PortPath}} {
		if c, err := serialport.Open(sel, serialport.Mode{}); !errors.Is(err, serialport.ErrBusy) {
			t.Errorf("a second open of %s: %v %v", sel, c, err)
		}
	}

	for range 2 {
		command(t, "unplug-serial")
		took := polltest.Until(t, 10*time.Second, "fault", func() bool { return now(t, r, "clay").Quality == reading.Fault })
		t.Logf("the pull was noticed %s after the command, status %+v", took, r.Status()[0])
		command(t, "replug-serial")
		took = polltest.Until(t, 30*time.Second, "the weight again", weighed)
		t.Logf("back %s after plugging in (emulated), status %+v", took, r.Status()[0])
		if took > 3*time.Second {
			t.Errorf("back only after %s", took)
		}
	}
}

func command(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command(name).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	} else {
		t.Logf("%s: %s", name, out)
	}
}
