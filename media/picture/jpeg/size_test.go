package jpeg

import (
	"testing"

	"studio/media/picture"
)

func TestSize(t *testing.T) {
	for _, size := range []picture.Size{{Width: 320, Height: 180}, {Width: 1000, Height: 62}, {Width: 3, Height: 5}} {
		for _, flags := range []int{0, progressive} {
			data := barsJPEG(t, size.Width, size.Height, samp420, flags)
			if got, ok := Size(data); !ok || got != size {
				t.Errorf("%v: %v, %v", size, got, ok)
			}
			for n := range 12 { // cut in front of the frame header
				if got, ok := Size(data[:n]); ok {
					t.Errorf("%v: the first %d bytes say %v", size, n, got)
				}
			}
		}
	}
}
