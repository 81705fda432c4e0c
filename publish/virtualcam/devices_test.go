//go:build devices

package virtualcam

// This test uses real device nodes and runs inside the device VM:
//
//	go test -tags devices -exec "$PWD/scripts/device-vm/run" -run '^TestDevices' ./publish/virtualcam

import (
	"bytes"
	"context"
	"hash/crc32"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/capture"
	"studio/capture/drawn"
	"studio/capture/v4l2"
	"studio/media/packet"
	"studio/media/picture"
	"studio/overlay/svg"
	"studio/polltest"
	"studio/publish"
)

// slow is how long anything may take in the emulated machine before it has failed.
const slow = 30 * time.Second

var (
	size = picture.Size{Width: 320, Height: 180}
	rate = packet.Rational{Num: 10, Den: 1}
)

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// A virtual camera whose module is loaded late, taken away and loaded again: other
// programs see the programme on it, picture for picture, in its colours.
func TestDevicesVirtualCamera(t *testing.T) {
	command(t, "modprobe", "-r", "v4l2loopback")
	first := begin(t)
	polltest.Until(t, slow, "saying that it is not there", func() bool { return first.Status().State == publish.Waiting })
	if s := first.Status(); !strings.Contains(s.Message.En, `modprobe v4l2loopback exclusive_caps=1 card_label="programme"`) {
		t.Errorf("status %+v", s)
	}
	load(t)
	took := polltest.Until(t, slow, "on air", func() bool { return first.Status().State == publish.Live })
	t.Logf("on air %v after the module was loaded", took)
	watch(t, first)
	first.end(t)

	// Started again on the same device, and after the module was loaded anew.
	second := begin(t)
	polltest.Until(t, slow, "on air again", func() bool { return second.Status().State == publish.Live })
	second.end(t)
	third := begin(t)
	polltest.Until(t, slow, "on air a third time", func() bool { return third.Status().State == publish.Live })
	// Somebody else may not feed it meanwhile.
	fourth := begin(t)
	polltest.Until(t, slow, "saying that it is in use", func() bool { return fourth.Status().State == publish.Waiting })
	if s := fourth.Status(); !strings.Contains(s.Message.En, "takes no pictures") {
		t.Errorf("status %+v", s)
	}
	third.end(t)
	polltest.Until(t, slow, "taking over", func() bool { return fourth.Status().State == publish.Live })
	fourth.end(t)
	command(t, "modprobe", "-r", "v4l2loopback")
	fifth := begin(t)
	polltest.Until(t, slow, "saying that it is away", func() bool { return fifth.Status().State == publish.Waiting })
	load(t)
	took = polltest.Until(t, slow, "back", func() bool { return fifth.Status().State == publish.Live })
	t.Logf("back %v after the module was loaded again", took)
	watch(t, fifth)
	fifth.end(t)
}

func load(t *testing.T) {
	t.Helper()
	command(t, "modprobe", "v4l2loopback", "exclusive_caps=1", "video_nr=7", "card_label=programme")
}

// begun is a virtual camera that runs.
type begun struct {
	*publish.Pictures
	cancel context.CancelFunc
	done   chan error // capacity 1
	sent   sync.Map   // sums of the pictures by the number that is drawn in them
}

// sum is a checksum of all pixels.
func sum(v picture.View) uint32 {
	crc := crc32.NewIEEE()
	for y := range v.Height {
		crc.Write(v.Y[y*v.StrideY:][:v.Width])
	}
	for _, plane := range [][]byte{v.U, v.V} {
		for y := range v.Height / 2 {
			crc.Write(plane[y*v.StrideC:][:v.Width/2])
		}
	}
	return crc.Sum32()
}

func begin(t *testing.T) *begun {
	t.Helper()
	p, err := publish.NewPictures(publish.PictureOptions{
		Name: "companion", Kind: "virtualcam", Address: "virtualcam://programme",
		Dial: Dial(Options{Device: "programme", Size: size, Rate: rate}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &begun{Pictures: p, cancel: cancel, done: make(chan error, 1)}
	go func() { b.done <- p.Run(ctx) }()
	t.Cleanup(cancel)
	return b
}

func (b *begun) end(t *testing.T) {
	t.Helper()
	b.cancel()
	if err := <-b.done; err != nil {
		t.Error(err)
	}
	if s := b.Status(); s.State != publish.Off {
		t.Errorf("after the end: %+v", s)
	}
}

// feed shows a drawn camera's pictures until ctx ends.
func (b *begun) feed(ctx context.Context, source *drawn.Source) {
	pool := picture.NewPool(4)
	ticker := time.NewTicker(rate.Inverse().Duration(1))
	defer ticker.Stop()
	for n := uint64(0); ctx.Err() == nil; n++ {
		<-ticker.C
		f, pic := source.Frame(n), pool.Get(size)
		f.Painter.Paint(pic.View)
		f.Release()
		b.sent.Store(uint32(n), sum(pic.View))
		b.Offer(pic)
	}
}

// watch reads the virtual camera as a program that takes cameras does.
func watch(t *testing.T, b *begun) {
	t.Helper()
	told := command(t, "v4l2-ctl", "-d", "/dev/video7", "--get-fmt-video", "--get-parm")
	t.Log(told)
	for _, want := range []string{"320/180", "'YU12'", "Rec. 709", "Limited Range", "10.000"} {
		if !strings.Contains(told, want) {
			t.Errorf("readers are not told %s", want)
		}
	}
	camera, err := v4l2.New(v4l2.Options{Name: "reader", Select: v4l2.Selector{Path: "/dev/video7"}, Size: size, FrameRate: rate})
	if err != nil {
		t.Fatal(err)
	}
	source, err := drawn.New(drawn.Options{Scene: "wheel", Size: size, FrameRate: rate, Rasterize: svg.Render, Code: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		b.feed(ctx, source)
	}()
	defer func() {
		cancel()
		<-fed
	}()
	var box capture.Mailbox
	ended := make(chan error, 1)
	go func() { ended <- camera.Stream(ctx, &box, func(capture.Mode) {}) }()

	seen, numbers := []byte(nil), map[uint32]bool{}
	pic := picture.New(size)
	defer func() {
		sent := 0
		b.sent.Range(func(any, any) bool { sent++; return true })
		t.Logf("%d pictures sent, read: %v; reader %+v; camera %+v", sent, numbers, box.Counts(), b.Status())
	}()
	polltest.Until(t, slow, "ten pictures of the programme", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the reader ended: %v; the camera: %+v", err, b.Status())
		default:
		}
		f := box.Newest()
		if f == nil {
			return false
		}
		defer f.Release()
		if bytes.Equal(f.Data, seen) {
			return false
		}
		seen = append(seen[:0], f.Data...)
		if f.Format != capture.I420 || f.Colour != picture.Program {
			t.Fatalf("format %v, colour %+v", f.Format, f.Colour)
		}
		if err := picture.FromI420(pic.View, f.Data, f.Stride, f.Colour); err != nil {
			t.Fatal(err)
		}
		number, ok := drawn.ReadCode(pic.View)
		if !ok {
			t.Fatal("a picture whose number cannot be read")
		}
		if numbers[number] {
			t.Errorf("number %d twice", number)
		}
		if sent, _ := b.sent.Load(number); sent != sum(pic.View) {
			t.Errorf("picture %d is not as it was sent", number)
		}
		numbers[number] = true
		return len(numbers) == 10
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	box.Clear()
}
