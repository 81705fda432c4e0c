package v4l2

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/encode"
	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/packet/annexb"
	"studio/media/picture"
	"studio/polltest"
)

// film is access units of 320x180, a key frame every ten, each picture lighter than the
// one before.
func film(t testing.TB, count int) (units [][]byte) {
	t.Helper()
	v, err := encode.NewVideo(encode.VideoOptions{Size: small, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast", KeyInterval: 10, BitsPerSecond: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	pic := picture.New(small)
	for i := range count {
		picture.Fill(pic.View, byte(40+4*i), 128, 128)
		if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) { units = append(units, p.Data) }); err != nil {
			t.Fatal(err)
		}
	}
	return units
}

// onWire is a frame that the driver receives now.
func onWire(data []byte, sequence uint32) frameOnWire {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return frameOnWire{data: data, sequence: sequence, seconds: ts.Sec, microseconds: ts.Nsec / 1000}
}

func h264Driver(t testing.TB) *driver {
	d := newDriver(t)
	d.formats = map[webcam.PixelFormat]string{videodev.PixH264: "H.264"}
	d.sizes = map[webcam.PixelFormat][]webcam.FrameSize{videodev.PixH264: {discrete(320, 180)}}
	d.rates = map[webcam.PixelFormat][]webcam.FrameRate{videodev.PixH264: {perSecond(30)}}
	return d
}

// TestH264 is a camera that sends its parameter sets once, in a buffer of their own,
// and whose line is not a good one.
func TestH264(t *testing.T) {
	units := film(t, 30)
	sets := annexb.AppendSets(nil, units[0])
	d := h264Driver(t)
	d.controls = map[webcam.ControlID]webcam.Control{groupSize: {Name: "Video GOP Size", Min: 1, Max: 20}, repeatHeader: {Name: "Repeat Sequence Header", Max: 1}}
	var mu sync.Mutex
	var came [][]byte
	c := capture.NewCamera(capture.CameraOptions{Name: "wheel", Source: source(t, d, Options{}), Tap: func(f *capture.Frame) {
		mu.Lock()
		defer mu.Unlock()
		if f.Format != capture.H264 || f.Key != bytes.HasPrefix(f.Data, sets) {
			t.Errorf("frame %d: %v, key: %v", f.Sequence, f.Format, f.Key)
		}
		came = append(came, bytes.Clone(f.Data))
	}})
	done := make(chan error, 1)
	go func() { done <- c.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	luma := func() byte { // of the newest picture, 0 if there is none
		f := c.Mailbox().Newest()
		if f == nil {
			return 0
		}
		defer f.Release()
		if f.Format != capture.I420 || f.Width != 320 || f.Height != 180 || f.Colour != picture.Program {
			t.Errorf("shown: %v %dx%d %+v", f.Format, f.Width, f.Height, f.Colour)
		}
		return f.Data[0]
	}
	light := func(i int) bool { y := int(luma()); return y >= 40+4*i-2 && y <= 40+4*i+2 }
	luma() // somebody looks

	// The camera has begun in the middle of a group, and says its sets afterwards.
	d.receives(onWire(units[8], 0), onWire(sets, 1))
	for i := 10; i < 30; i++ {
		data := bytes.TrimPrefix(units[i], sets)
		frame := onWire(append(bytes.Clone(data), 0, 0, 0), uint32(i)) // and pads
		if i == 15 {
			frame.flags = videodev.BufFlagError
		}
		d.receives(frame)
		switch {
		case i < 15 || i >= 20:
			polltest.Until(t, 10*time.Second, "the picture is shown", func() bool { return light(i) })
		default:
			polltest.Until(t, 10*time.Second, "it came", func() bool { return c.Status().Counts.Damaged == uint64(i-14) })
			if !light(14) {
				t.Errorf("picture %d: %d is shown, not the last whole one", i, luma())
			}
		}
	}
	if s := c.Status(); s.Mode.Format != capture.H264 || s.Counts.Missed != 8 || s.Counts.Damaged != 5 || s.Counts.Frames != 20 {
		t.Errorf("status %+v", s)
	}
	if s := d.settings(); !slices.Contains(s, setting{groupSize, 20}) || !slices.Contains(s, setting{repeatHeader, 1}) || len(s) != 2 {
		t.Errorf("controls %v", s)
	}
	mu.Lock()
	defer mu.Unlock()
	want := slices.Concat([][]byte{units[8]}, units[10:15], units[16:])
	if !slices.EqualFunc(came, want, bytes.Equal) {
		t.Errorf("%d units were tapped, want %d, or others", len(came), len(want))
	}
}

func TestWantedFormatIsTold(t *testing.T) {
	r := startStream(t, source(t, newDriver(t), Options{Format: capture.H264}), new(capture.Mailbox))
	if m := r.mode(); m.Format != capture.YUYV || m.Warning.En != "format H.264: the camera does not offer it" {
		t.Errorf("mode %+v", m)
	}
	r.cancel()
	if err := r.end(); err != nil {
		t.Error(err)
	}
}

// BenchmarkUnit is an access unit from the driver's buffer into the queue of the
// decoder, which is not running: nothing is allocated.
func BenchmarkUnit(b *testing.B) {
	d := h264Driver(b)
	st, err := start(d, option{coding: coding{videodev.PixH264, capture.H264}, size: small, rate: packet.Rational{Num: 30, Den: 1}})
	if err != nil {
		b.Fatal(err)
	}
	defer st.stop()
	st.frames, st.number = newFrames(), new(numbering)
	var box capture.Mailbox
	stop, err := st.decode(&box)
	if err != nil {
		b.Fatal(err)
	}
	defer box.Clear()
	defer stop()
	units := film(b, 30)
	next := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		st.buffer = videodev.Buffer{BytesUsed: uint32(copy(st.memory[0], units[next%30])), Sequence: next}
		next++
		st.take(&box)
	}
}
