package v4l2

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/picture"
	"studio/words"
)

var small = picture.Size{Width: 320, Height: 180}

// source returns a source whose only camera is d.
func source(t *testing.T, d *driver, o Options) *Source {
	t.Helper()
	if o.Name == "" {
		o.Name = "wheel"
	}
	o.Size, o.FrameRate = small, packet.Rational{Num: 30, Den: 1}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.node("video0", "sys/devices/platform/fake", "fake", "0", camera("fake", "fake", "platform:fake", videodev.CapVideoCapture|videodev.CapStreaming, videodev.CapVideoCapture|videodev.CapStreaming))
	s.system = b.system()
	s.system.open = d.open
	s.system.inspect = func(string) (inspector, error) { return d, nil }
	return s
}

// streaming is a call of Stream under way.
type streaming struct {
	t      *testing.T
	box    *capture.Mailbox
	modes  chan capture.Mode
	result chan error
	cancel context.CancelFunc
}

func startStream(t *testing.T, s *Source, box *capture.Mailbox) *streaming {
	ctx, cancel := context.WithCancel(t.Context())
	r := &streaming{t, box, make(chan capture.Mode, 1), make(chan error, 1), cancel}
	go func() { r.result <- s.Stream(ctx, box, func(m capture.Mode) { r.modes <- m }) }()
	return r
}

func (r *streaming) mode() capture.Mode {
	r.t.Helper()
	select {
	case m := <-r.modes:
		return m
	case err := <-r.result:
		r.t.Fatalf("did not open: %v", err)
	case <-time.After(10 * time.Second):
		r.t.Fatal("not open after 10 s")
	}
	return capture.Mode{}
}

func (r *streaming) end() error {
	r.t.Helper()
	select {
	case err := <-r.result:
		r.cancel()
		return err
	case <-time.After(10 * time.Second):
		r.t.Fatal("Stream did not return")
	}
	return nil
}

func (r *streaming) until(what string, done func(capture.Counts) bool) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(r.box.Counts()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s: still %+v after 10 s", what, r.box.Counts())
		}
	}
}

func frames320(n int, first uint32) []frameOnWire {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	var list []frameOnWire
	for i := range n {
		list = append(list, frameOnWire{
			data:     slices.Repeat([]byte{byte(i)}, 320*180*2),
			sequence: first + uint32(i),
			seconds:  ts.Sec, microseconds: ts.Nsec / 1000,
		})
	}
	return list
}

func TestStreamDeliversWhatTheDriverSet(t *testing.T) {
	d := newDriver(t)
	d.sets = &videodev.PixFormat{Width: 352, Height: 288, PixelFormat: videodev.PixNV12, BytesPerLine: 384, SizeImage: 384*432 + 4096, ColourSpace: videodev.SpaceREC709, Priv: videodev.PrivMagic}
	s := source(t, d, Options{})
	var box capture.Mailbox
	r := startStream(t, s, &box)
	if m := r.mode(); m != (capture.Mode{Format: capture.NV12, Width: 352, Height: 288, FrameRate: 30}) {
		t.Errorf("mode %+v", m)
	}
	if d.asked.Width != 320 || d.asked.Height != 180 || d.asked.PixelFormat != videodev.PixYUYV || d.asked.Field != videodev.FieldNone || d.interval != (videodev.Fraction{Num: 1, Den: 30}) {
		t.Errorf("asked for %+v, %+v", d.asked, d.interval)
	}
	before := time.Now()
	d.receives(frameOnWire{data: slices.Repeat([]byte{7}, 384*432+4096), sequence: 9})
	r.until("one frame", func(c capture.Counts) bool { return c.Frames == 1 })
	f := box.Newest()
	if f.Format != capture.NV12 || f.Width != 352 || f.Height != 288 || f.Stride != 384 || len(f.Data) != 384*432 || f.Data[384*432-1] != 7 {
		t.Errorf("frame %v %dx%d, %d bytes a row, %d bytes", f.Format, f.Width, f.Height, f.Stride, len(f.Data))
	}
	if f.Colour != (picture.Colour{Range: picture.Limited, Matrix: picture.BT709}) {
		t.Errorf("colour %+v", f.Colour)
	}
	if f.Taken.Before(before) || f.Taken.After(time.Now()) {
		t.Errorf("a frame without a timestamp was taken at %v", f.Taken)
	}
	f.Release()
	r.cancel()
	if err := r.end(); err != nil {
		t.Errorf("Stream: %v", err)
	}
	if d.streams || d.mapped != 0 || d.opened != d.closed {
		t.Errorf("left behind: streams %v, %d buffers mapped, opened %d times, closed %d times", d.streams, d.mapped, d.opened, d.closed)
	}
	box.Clear()
}

func TestBadFramesAreDroppedAndCountedOnce(t *testing.T) {
	d := newDriver(t)
	s := source(t, d, Options{})
	var box capture.Mailbox
	r := startStream(t, s, &box)
	r.mode()
	list := frames320(6, 100)
	list[1].flags = videodev.BufFlagError
	list[2].data = list[2].data[:1000]
	list[5].sequence += 2
	for i, f := range list { // one at a time, so that each is the newest for a moment
		d.receives(f)
		r.until("next frame", func(c capture.Counts) bool { return c.Frames+c.Damaged == uint64(i+1) })
		if f := box.Newest(); f != nil {
			f.Release()
		}
	}
	if got := box.Counts(); got != (capture.Counts{Frames: 4, Damaged: 2, Missed: 2}) {
		t.Errorf("counts %+v", got)
	}
	f := box.Newest()
	if f.Data[0] != 5 || time.Since(f.Taken) > 10*time.Second {
		t.Errorf("newest frame is %d, taken %v ago", f.Data[0], time.Since(f.Taken))
	}
	f.Release()
	r.cancel()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	box.Clear()
}

func TestHeldFramesAreNotOverwritten(t *testing.T) {
	d := newDriver(t)
	s := source(t, d, Options{})
	var box capture.Mailbox
	r := startStream(t, s, &box)
	r.mode()
	var held []*capture.Frame
	for i, f := range frames320(heldFrames+2, 0) {
		d.receives(f)
		r.until("next frame", func(c capture.Counts) bool { return c.Frames+c.Exhausted == uint64(i+1) })
		if i < heldFrames {
			held = append(held, box.Newest())
		}
	}
	if got := box.Counts(); got.Exhausted != 2 || got.Frames != uint64(heldFrames) {
		t.Errorf("counts %+v", got)
	}
	d.unplug()
	if err := r.end(); !errors.Is(err, capture.ErrGone) {
		t.Errorf("Stream: %v", err)
	}
	for i, f := range held { // the camera is gone, the pictures are not
		if f.Data[0] != byte(i) || f.Data[len(f.Data)-1] != byte(i) {
			t.Errorf("held frame %d was overwritten", i)
		}
		f.Release()
	}
	box.Clear()
	if n := len(s.frames.free); n != heldFrames {
		t.Errorf("%d frames came back, want %d", n, heldFrames)
	}
}

func TestUnpluggedAndPluggedAgain(t *testing.T) {
	d := newDriver(t)
	d.controls = map[webcam.ControlID]webcam.Control{
		powerLineFrequency: {Name: "Power Line Frequency", Max: 2, Type: 2},
		0x00980913:         {Name: "Gain", Max: 255},
	}
	s := source(t, d, Options{Controls: map[string]int{"gain": 40, "zoom": 1}})
	var box capture.Mailbox
	want := []setting{{powerLineFrequency, 1}, {0x00980913, 40}}

	r := startStream(t, s, &box)
	if m := r.mode(); m.Warning != (words.Text{En: "control zoom: the camera has none of this name", Zh: "摄像头没有名为 zoom 的设置"}) {
		t.Errorf("warning %q", m.Warning)
	}
	if got := d.settings(); !slices.Equal(got, want) {
		t.Errorf("set %v, want %v", got, want)
	}
	d.receives(frames320(3, 0)...)
	r.until("three frames", func(c capture.Counts) bool { return c.Frames == 3 })
	d.unplug()
	err := r.end()
	if !errors.Is(err, capture.ErrGone) || !strings.HasPrefix(err.Error(), `read camera "wheel" (`) || !strings.HasSuffix(err.Error(), "video0): not connected") {
		t.Errorf("unplugged: %v", err)
	}
	if d.mapped != 0 || d.opened != d.closed {
		t.Errorf("%d buffers mapped, opened %d times, closed %d times", d.mapped, d.opened, d.closed)
	}
	if err := startStream(t, s, &box).end(); !errors.Is(err, capture.ErrGone) || !strings.HasPrefix(err.Error(), `open camera "wheel"`) {
		t.Errorf("while unplugged: %v", err)
	}

	d.plug()
	r = startStream(t, s, &box)
	r.mode()
	if got := d.settings(); !slices.Equal(got, want) {
		t.Errorf("set at the second open %v, want %v", got, want)
	}
	d.receives(frames320(1, 0)...)
	r.until("a frame", func(c capture.Counts) bool { return c.Frames == 4 })
	if c := box.Counts(); c.Missed != 0 {
		t.Errorf("%d frames missed", c.Missed)
	}
	if f := box.Newest(); f.Sequence != 4 {
		t.Errorf("the number after replugging is %d, want 4", f.Sequence)
	} else {
		f.Release()
	}
	r.cancel()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	box.Clear()
}

func TestOpenFaultsInOneSentence(t *testing.T) {
	for _, test := range []struct {
		name    string
		request uintptr
		err     error
		want    error
		text    string
	}{
		{"taken, at the format", videodev.SetFormat, unix.EBUSY, capture.ErrBusy, "in use by another program"},
		{"taken, at the rate", videodev.SetParm, unix.EBUSY, capture.ErrBusy, "in use by another program"},
		{"taken, at the buffers", videodev.ReqBufs, unix.EBUSY, capture.ErrBusy, "in use by another program"},
		{"pulled while opening", videodev.QueryBuf, unix.ENODEV, capture.ErrGone, "not connected"},
		{"no bandwidth", videodev.StreamOn, unix.ENOSPC, errBandwidth, "its USB bus has no bandwidth left for it"},
		{"broken", videodev.StreamOn, unix.EIO, errIO, "the device reports a fault (input/output error)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDriver(t)
			d.fails[test.request] = test.err
			s := source(t, d, Options{})
			err := startStream(t, s, new(capture.Mailbox)).end()
			if want := `open camera "wheel" (` + s.system.dev + "/video0): " + test.text; err == nil || err.Error() != want || !errors.Is(err, test.want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if d.mapped != 0 || d.opened != d.closed {
				t.Errorf("%d buffers mapped, opened %d times, closed %d times", d.mapped, d.opened, d.closed)
			}
		})
	}

	t.Run("no rights", func(t *testing.T) {
		s := source(t, newDriver(t), Options{})
		s.system.open = func(string) (node, error) { return nil, unix.EACCES }
		err := startStream(t, s, new(capture.Mailbox)).end()
		if !errors.Is(err, capture.ErrPermission) || !strings.HasSuffix(err.Error(), "video0): no permission to open it") {
			t.Error(err)
		}
	})
	t.Run("no format", func(t *testing.T) {
		d := newDriver(t)
		d.formats = map[webcam.PixelFormat]string{0x43564548: "HEVC"}
		err := startStream(t, source(t, d, Options{}), new(capture.Mailbox)).end()
		if !errors.Is(err, capture.ErrNoFormat) {
			t.Error(err)
		}
	})
	t.Run("driver sets another format", func(t *testing.T) {
		d := newDriver(t)
		d.sets = &videodev.PixFormat{Width: 320, Height: 180, PixelFormat: 0x43564548}
		err := startStream(t, source(t, d, Options{}), new(capture.Mailbox)).end()
		if !errors.Is(err, capture.ErrNoFormat) || !strings.HasSuffix(err.Error(), "the driver set HEVC 320×180") {
			t.Error(err)
		}
	})
	t.Run("another camera is meant", func(t *testing.T) {
		s := source(t, newDriver(t), Options{Select: Selector{Serial: "7F3A11"}})
		err := startStream(t, s, new(capture.Mailbox)).end()
		if want := `open camera "wheel": serial 7F3A11: not connected`; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

func TestWrongOptions(t *testing.T) {
	for _, o := range []Options{
		{Name: "odd", Size: picture.Size{Width: 641, Height: 480}},
		{Name: "negative", Size: picture.Size{Width: -2, Height: 480}},
		{Name: "rate", FrameRate: packet.Rational{Num: -30, Den: 1}},
		{Name: "mains", MainsHz: 55},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), `camera "`+o.Name+`"`) {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	if _, err := New(Options{Name: "plain"}); err != nil {
		t.Error(err)
	}
}

// A frame on its way from the driver's buffer to the mailbox allocates nothing.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	d := newDriver(t)
	st, err := start(d, option{coding: coding{videodev.PixYUYV, capture.YUYV}, size: small, rate: packet.Rational{Num: 30, Den: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer st.stop()
	st.frames, st.number = newFrames(), new(numbering)
	var box capture.Mailbox
	next := uint32(0)
	frame := func() {
		st.buffer = videodev.Buffer{BytesUsed: 320 * 180 * 2, Sequence: next}
		next++
		st.take(&box)
	}
	frame()
	frame()
	if n := testing.AllocsPerRun(200, frame); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
	if c := box.Counts(); c.Frames < 200 || c.Exhausted != 0 {
		t.Errorf("counts %+v", c)
	}
	box.Clear()
}
