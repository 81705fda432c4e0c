package v4l2

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/hw/videodev"
)

const wholeWebcam = videodev.CapVideoCapture | videodev.CapMetaCapture | videodev.CapStreaming

// workshop is two webcams of one make, one of them without a serial number, a
// third with two streams, two test cameras, a codec and a camera for phones.
func workshop(t *testing.T) *bench {
	b := newBench(t)
	picture := func(bus string) videodev.Capability {
		return camera("uvcvideo", "HD Pro Webcam C920", bus, wholeWebcam, videodev.CapVideoCapture|videodev.CapStreaming)
	}
	meta := camera("uvcvideo", "HD Pro Webcam C920", "usb-0000:00:14.0-2.3", wholeWebcam, videodev.CapMetaCapture|videodev.CapStreaming)
	b.usbDevice("1-2.3", "046d", "082d", "7F3A11")
	b.node("video0", usbPath("1-2.3"), "HD Pro Webcam C920", "0", picture("usb-0000:00:14.0-2.3"))
	b.node("video1", usbPath("1-2.3"), "HD Pro Webcam C920", "1", meta)
	b.usbDevice("1-4", "046d", "082d", "")
	b.node("video2", usbPath("1-4"), "HD Pro Webcam C920", "0", picture("usb-0000:00:14.0-4"))
	b.node("video3", usbPath("1-4"), "HD Pro Webcam C920", "1", meta)
	b.usbDevice("1-5", "1bcf", "2b8a", "A1")
	b.node("video4", usbPath("1-5"), "Twin", "0", camera("uvcvideo", "Twin", "usb-5", wholeWebcam, videodev.CapVideoCapture|videodev.CapStreaming))
	b.node("video5", usbPath("1-5"), "Twin", "1", camera("uvcvideo", "Twin", "usb-5", wholeWebcam, videodev.CapVideoCapture|videodev.CapStreaming))

	vivid := "sys/devices/platform/vivid.0"
	b.node("video10", vivid, "vivid-000-vid-cap", "0", camera("vivid", "vivid", "platform:vivid-000", videodev.CapVideoCapture|videodev.CapStreaming, videodev.CapVideoCapture|videodev.CapStreaming))
	b.node("video9", vivid, "vivid-001-vid-cap", "0", camera("vivid", "vivid", "platform:vivid-001", videodev.CapVideoCapture|videodev.CapStreaming, videodev.CapVideoCapture|videodev.CapStreaming))
	b.node("video11", "sys/devices/platform/codec", "codec", "0", camera("codec", "codec", "platform:codec", videodev.CapVideoM2MMPlane|videodev.CapStreaming, videodev.CapVideoM2MMPlane|videodev.CapStreaming))
	b.node("video12", "sys/devices/platform/isp", "isp", "0", camera("isp", "isp", "platform:isp", videodev.CapCaptureMPlane|videodev.CapStreaming, videodev.CapCaptureMPlane|videodev.CapStreaming))
	b.node("video13", "sys/devices/platform/old", "old", "0", camera("old", "old", "platform:old", videodev.CapVideoCapture, videodev.CapVideoCapture))
	b.file("sys/class/video4linux/vbi0", "name", "no camera")
	return b
}

func TestDiscovery(t *testing.T) {
	b := workshop(t)
	nodes, err := b.system().nodes(Selector{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Device{}
	var cameras []string
	for _, d := range nodes {
		name := filepath.Base(d.Path)
		got[name] = d
		if d.LeftOut == "" {
			cameras = append(cameras, name)
		}
	}
	if want := "video0 video2 video4 video5 video9 video10"; strings.Join(cameras, " ") != want {
		t.Errorf("cameras %v, want %s", cameras, want)
	}
	for name, part := range map[string]string{"video1": "metadata", "video3": "metadata", "video11": "codec", "video12": "multi-planar", "video13": "stream"} {
		if !strings.Contains(got[name].LeftOut, part) {
			t.Errorf("%s is left out because %q, want something on %q", name, got[name].LeftOut, part)
		}
	}
	want := Device{
		Path: b.path("video0"), Card: "HD Pro Webcam C920", Driver: "uvcvideo", Bus: "usb-0000:00:14.0-2.3",
		Identity: Identity{Vendor: "046d", Product: "082d", Serial: "7F3A11", Port: "1-2.3", Interface: "1-2.3:1.0"},
	}
	if got["video0"] != want {
		t.Errorf("got  %+v\nwant %+v", got["video0"], want)
	}
	if id := got["video9"].Identity; id != (Identity{Port: "platform:vivid-001"}) {
		t.Errorf("identity of a test camera: %+v", id)
	}
}

func TestNoVideoAtAllIsNoError(t *testing.T) {
	nodes, err := newBench(t).system().nodes(Selector{})
	if err != nil || len(nodes) != 0 {
		t.Errorf("got %v, %v", nodes, err)
	}
}

func TestSelector(t *testing.T) {
	b := workshop(t)
	b.link(b.path("video2"), "dev/by-id")
	for _, test := range []struct {
		name  string
		sel   Selector
		want  string // node
		wrong string // part of the error
		gone  bool
	}{
		{name: "by serial", sel: Selector{Serial: "7F3A11"}, want: "video0"},
		{name: "by port, twin without serial", sel: Selector{Port: "1-4"}, want: "video2"},
		{name: "by interface", sel: Selector{Port: "1-4:1.0"}, want: "video2"},
		{name: "by port and card", sel: Selector{Port: "1-2.3", Card: "HD Pro Webcam C920"}, want: "video0"},
		{name: "by path", sel: Selector{Path: b.path("video9")}, want: "video9"},
		{name: "by link", sel: Selector{Path: filepath.Join(b.root, "dev/by-id")}, want: "video2"},
		{name: "by bus", sel: Selector{Port: "platform:vivid-000"}, want: "video10"},
		{name: "first of two streams of one camera", sel: Selector{Serial: "A1"}, want: "video4"},
		{name: "all must fit", sel: Selector{Serial: "7F3A11", Port: "1-4"}, wrong: "serial 7F3A11, port 1-4: not connected", gone: true},
		{name: "unknown serial", sel: Selector{Serial: "nobody"}, wrong: "not connected", gone: true},
		{name: "metadata node", sel: Selector{Path: b.path("video1")}, wrong: "not connected", gone: true},
		{name: "two of one make", sel: Selector{Card: "HD Pro Webcam C920"},
			wrong: "2 cameras fit, name serial or port of one: " + b.path("video0") + ` "HD Pro Webcam C920" serial 7F3A11 port 1-2.3; ` + b.path("video2") + ` "HD Pro Webcam C920" port 1-4`},
		{name: "nothing said, many there", sel: Selector{}, wrong: "any camera: 5 cameras fit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			nodes, err := b.system().nodes(test.sel)
			if err != nil {
				t.Fatal(err)
			}
			d, err := test.sel.Find(nodes)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("error %v, want %q", err, test.wrong)
				}
				if errors.Is(err, capture.ErrGone) != test.gone {
					t.Errorf("ErrGone is %v for %v", !test.gone, err)
				}
				return
			}
			if err != nil || filepath.Base(d.Path) != test.want {
				t.Errorf("got %v, %v, want %s", d, err, test.want)
			}
		})
	}
}

// Looking for one camera does not open the others, where sysfs is enough to know.
func TestSearchLeavesOtherCamerasAlone(t *testing.T) {
	b := workshop(t)
	y := b.system()
	var opened []string
	ask := y.ask
	y.ask = func(path string) (videodev.Capability, error) {
		opened = append(opened, filepath.Base(path))
		return ask(path)
	}
	if _, err := y.nodes(Selector{Serial: "7F3A11"}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(opened, " "); got != "video0 video1" {
		t.Errorf("opened %s", got)
	}
}

func TestNodesThatCannotBeAsked(t *testing.T) {
	for _, test := range []struct {
		name string
		sel  Selector
		node string
		err  error
		want error // in the found camera; nil: none is found
	}{
		{"no rights, known by serial", Selector{Serial: "7F3A11"}, "video0", unix.EACCES, capture.ErrPermission},
		{"no rights, known by bus", Selector{Port: "platform:vivid-001"}, "video9", unix.EACCES, capture.ErrPermission},
		{"taken", Selector{Port: "1-4"}, "video2", unix.EBUSY, capture.ErrBusy},
		{"pulled a moment ago", Selector{Port: "1-4"}, "video2", unix.ENODEV, nil},
		{"node not there yet", Selector{Port: "1-4"}, "video2", unix.ENOENT, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := workshop(t)
			b.fails[test.node] = test.err
			if test.node == "video2" {
				b.fails["video3"] = test.err
			}
			nodes, err := b.system().nodes(test.sel)
			if err != nil {
				t.Fatal(err)
			}
			d, err := test.sel.Find(nodes)
			if test.want == nil {
				if !errors.Is(err, capture.ErrGone) {
					t.Errorf("got %v, %v", d, err)
				}
				return
			}
			if err != nil || d.Path != b.path(test.node) || !errors.Is(d.Problem, test.want) {
				t.Errorf("got %+v, %v", d, err)
			}
		})
	}
}
