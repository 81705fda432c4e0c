package picture

import (
	"fmt"
	"testing"
)

// packed lays a picture out as a camera would.
func packed(format string, v View, stride int) []byte {
	data := make([]byte, 0, stride*v.Height*2)
	row := func(fill func(line []byte), n int) {
		line := make([]byte, n)
		fill(line)
		data = append(data, line...)
	}
	for y := range v.Height {
		row(func(line []byte) {
			luma, u, c := v.Y[y*v.StrideY:], v.U[y/2*v.StrideC:], v.V[y/2*v.StrideC:]
			if format != "YUYV" {
				copy(line, luma[:v.Width])
				return
			}
			for x := range v.Width / 2 {
				copy(line[4*x:], []byte{luma[2*x], u[x], luma[2*x+1], c[x]})
			}
		}, stride)
	}
	switch format {
	case "NV12":
		for y := range v.Height / 2 {
			row(func(line []byte) {
				for x := range v.Width / 2 {
					line[2*x], line[2*x+1] = v.U[y*v.StrideC+x], v.V[y*v.StrideC+x]
				}
			}, stride)
		}
	case "I420":
		for _, plane := range [][]byte{v.U, v.V} {
			for y := range v.Height / 2 {
				row(func(line []byte) { copy(line, plane[y*v.StrideC:][:v.Width/2]) }, stride/2)
			}
		}
	}
	return data
}

func TestFromCamera(t *testing.T) {
	formats := map[string]struct {
		from  func(View, []byte, int, Colour) error
		bytes int // a pixel in a row
	}{"YUYV": {FromYUYV, 2}, "NV12": {FromNV12, 1}, "I420": {FromI420, 1}}
	for name, format := range formats {
		for _, size := range []Size{{2, 2}, {66, 34}, {130, 50}} {
			for _, from := range codings {
				t.Run(fmt.Sprint(name, size, from), func(t *testing.T) {
					src := ramp(size)
					src.Colour = from
					want, got := New(size), New(size)
					Convert(want.View, src.View)
					for _, pad := range []int{0, 16} {
						stride := format.bytes*size.Width + pad
						data := packed(name, src.View, stride)
						if err := format.from(got.View, data, stride, from); err != nil {
							t.Fatal(err)
						}
						mustEqual(t, got.View, want.View)
						Fill(got.View, 9, 9, 9)
						untouched := New(size)
						Fill(untouched.View, 9, 9, 9)
						// Padding behind the last row may be missing, a pixel may not.
						lastPad := pad
						if name == "I420" {
							lastPad /= 2
						}
						if err := format.from(got.View, data[:len(data)-lastPad-1], stride, from); err == nil {
							t.Error("data that lacks a byte is taken")
						}
						if err := format.from(got.View, nil, stride, from); err == nil {
							t.Error("no data is taken")
						}
						if err := format.from(got.View, data, format.bytes*size.Width-1, from); err == nil {
							t.Error("a stride less than a row is taken")
						}
						mustEqual(t, got.View, untouched.View)
						if err := format.from(got.View, data[:len(data)-lastPad], stride, from); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
	}
}
