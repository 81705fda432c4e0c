package picture

import (
	"fmt"
	"testing"
)

var whole = Size{1920, 1080}

func inColour(size Size, c Colour) *Picture {
	pic := New(size)
	pic.Colour = c
	Bars(pic.View)
	return pic
}

func BenchmarkConvertJFIF1080p(b *testing.B) {
	src, dst := inColour(whole, JFIF), New(whole)
	b.ReportAllocs()
	for b.Loop() {
		Convert(dst.View, src.View)
	}
}

func BenchmarkConvertJFIFInPlace1080p(b *testing.B) {
	src := inColour(whole, JFIF)
	dst := src.View
	dst.Colour = Program
	b.ReportAllocs()
	for b.Loop() {
		Convert(dst, src.View)
	}
}

func BenchmarkCopy1080p(b *testing.B) {
	src, dst := inColour(whole, Program), New(whole)
	b.ReportAllocs()
	for b.Loop() {
		Copy(dst.View, src.View)
	}
}

func BenchmarkScale(b *testing.B) {
	for _, bench := range []struct{ from, to Size }{
		{whole, Size{480, 270}}, {whole, Size{1280, 720}}, {whole, Size{700, 394}}, {Size{1280, 720}, whole}, {Size{960, 540}, Size{640, 360}},
	} {
		b.Run(fmt.Sprintf("%dto%d", bench.from.Height, bench.to.Height), func(b *testing.B) {
			src, dst := inColour(bench.from, Program), New(bench.to)
			b.ReportAllocs()
			for b.Loop() {
				Scale(dst.View, src.View)
			}
		})
	}
}

func BenchmarkMix1080p(b *testing.B) {
	x, y, dst := inColour(whole, Program), New(whole), New(whole)
	b.ReportAllocs()
	for b.Loop() {
		Mix(dst.View, x.View, y.View, 100)
	}
}

func BenchmarkBlend(b *testing.B) {
	for _, bench := range []struct {
		name    string
		size    Size
		opacity uint8
	}{{"1080p", whole, 255}, {"1080pHalf", whole, 128}, {"Card", Size{1200, 220}, 255}} {
		b.Run(bench.name, func(b *testing.B) {
			dst, l := inColour(whole, Program), NewLayer(bench.size)
			for i := range l.A {
				l.A[i] = 100
			}
			b.ReportAllocs()
			for b.Loop() {
				Blend(dst.View, l, 100, 100, bench.opacity)
			}
		})
	}
}

func BenchmarkSetARGBCard(b *testing.B) {
	l := NewLayer(Size{1200, 220})
	pix := make([]byte, 1200*220*4)
	for i := range pix {
		pix[i] = 90
	}
	b.ReportAllocs()
	for b.Loop() {
		l.SetARGB(pix, 1200*4)
	}
}

func BenchmarkFromCamera1080p(b *testing.B) {
	dst := New(whole)
	data := make([]byte, 1920*1080*2)
	c := Colour{Limited, BT601}
	for _, bench := range []struct {
		name   string
		from   func(View, []byte, int, Colour) error
		stride int
	}{{"YUYV", FromYUYV, 3840}, {"NV12", FromNV12, 1920}, {"I420", FromI420, 1920}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.from(dst.View, data, bench.stride, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFromRGBA1080p(b *testing.B) {
	img, dst := ToRGBA(inColour(whole, Program).View), New(whole)
	b.ReportAllocs()
	for b.Loop() {
		FromRGBA(dst.View, img)
	}
}

func BenchmarkResample(b *testing.B) {
	src, dst := inColour(whole, Program), New(whole)
	for name, area := range map[string]Area{"Pan": {100.3, 50.7, 1280, 720}, "Zoom": {100.3, 50.7, 960, 540}, "Upright": {656, 0, 607.5, 1080}} {
		b.Run(name, func(b *testing.B) {
			to := dst
			switch name {
			case "Pan":
				to = New(Size{1280, 720})
			case "Upright":
				to = New(Size{1080, 1920})
			}
			b.ReportAllocs()
			for b.Loop() {
				Resample(to.View, src.View, area)
			}
		})
	}
}

func BenchmarkCopyRoundedInset(b *testing.B) {
	src, dst, c := New(Size{480, 270}), inColour(whole, Program), NewCorner(14)
	b.ReportAllocs()
	for b.Loop() {
		CopyRounded(dst.Sub(Rect{1416, 24, 480, 270}), src.View, c)
	}
}

func BenchmarkTurn90(b *testing.B) {
	src, dst := inColour(whole, Program), New(Size{1080, 1920})
	for b.Loop() {
		Turn{Degrees: 90}.Apply(dst.View, src.View)
	}
}
