package mixer

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer/scene"
)

// newJPEG is a camera that brings the same JPEG as a new frame at every tick. Two
// frames take turns, as a camera's buffers do.
func newJPEG(name string, data []byte, size picture.Size) Input {
	n := uint64(0)
	var frames [2]*capture.Frame
	for i := range frames {
		f := capture.NewFrame(nil)
		f.Format, f.Data, f.Colour, f.Width, f.Height = capture.MJPEG, data, picture.JFIF, size.Width, size.Height
		frames[i] = f
	}
	return Input{Name: name, Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
		n++
		f := frames[n%2]
		f.Sequence = n
		return f.Retain()
	}}
}

// textured is a picture with detail everywhere, as a JPEG.
func textured(t testing.TB, size picture.Size) []byte {
	t.Helper()
	p := picture.New(size)
	seed := uint32(1)
	for y := range size.Height {
		for x := range size.Width {
			seed = seed*1664525 + 1013904223
			p.Y[y*p.StrideY+x] = byte(60 + (x*3/16+y*5/16)%120 + int(seed>>28))
		}
	}
	for i := range p.U {
		p.U[i], p.V[i] = byte(100+i%60), byte(150-i%50)
	}
	data, err := jpeg.Encode(p.View, 80)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// mixing runs a mixer over four cameras for as many ticks as the benchmark has, and
// settles for a hundred before that.
func mixing(b *testing.B, inputs []Input, canvases ...CanvasOptions) {
	b.Helper()
	for i := range canvases {
		first := i == 0
		canvases[i].Output = func(p *picture.Picture, n int64, _ time.Time) {
			p.Release()
			if first && n == 99 {
				runtime.GC()
				b.ResetTimer()
			}
		}
	}
	costs := &Costs{}
	m, err := New(Options{
		Layouts: library(b), Rate: packet.Rational{Num: 30, Den: 1}, Clock: Unpaced{}, Inputs: inputs, Pool: picture.NewPool(64),
		Frames: int64(b.N) + 100, Canvases: canvases, Costs: costs,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	if err := m.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	ticks := float64(b.N + 100)
	b.ReportMetric(costs.Of(Decode).Seconds()*1000/ticks, "decode-ms/op")
	b.ReportMetric(costs.Of(Compose).Seconds()*1000/ticks, "compose-ms/op")
}

// BenchmarkTick shows what the mixer itself allocates in steady state: nothing.
func BenchmarkTick(b *testing.B) {
	frame := frameOf(90, 0)
	in := Input{Name: "a", Slate: flat(40), Newest: func(time.Duration) *capture.Frame {
		frame.Sequence++
		return frame.Retain()
	}}
	mixing(b, []Input{in}, CanvasOptions{Name: "landscape", Size: small, Shot: scene.Shot{Layout: scene.PIP, Cameras: []string{"a", "a", "a", "a"}}})
}

// BenchmarkCanvases tells what the second canvas costs beside the first: four
// cameras of 1080p, decoded once for both.
func BenchmarkCanvases(b *testing.B) {
	hd := picture.Size{Width: 1920, Height: 1080}
	data := textured(b, hd)
	var inputs []Input
	var names []string
	for i := range 4 {
		names = append(names, fmt.Sprint("camera ", i))
		inputs = append(inputs, newJPEG(names[i], data, hd))
	}
	landscape := CanvasOptions{Name: "landscape", Size: hd, Shot: scene.Shot{Layout: scene.PIP, Cameras: names}}
	portrait := CanvasOptions{Name: "portrait", Size: picture.Size{Width: 1080, Height: 1920}, Shot: scene.Shot{Layout: scene.PIP, Cameras: names}}
	off := portrait
	off.Off = true
	b.Run("Landscape", func(b *testing.B) { mixing(b, inputs, landscape) })
	b.Run("PortraitOff", func(b *testing.B) { mixing(b, inputs, landscape, off) })
	b.Run("Both", func(b *testing.B) { mixing(b, inputs, landscape, portrait) })
}
