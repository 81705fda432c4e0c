package v4l2

import (
	"testing"

	"studio/capture"
	"studio/hw/videodev"
	"studio/media/packet"
)

// BenchmarkFrame is a camera's frame from the driver's buffer to the mailbox, and
// the mixer's look at it: nothing is allocated.
func BenchmarkFrame(b *testing.B) {
	d := newDriver(b)
	st, err := start(d, option{coding: coding{videodev.PixYUYV, capture.YUYV}, size: small, rate: packet.Rational{Num: 30, Den: 1}})
	if err != nil {
		b.Fatal(err)
	}
	defer st.stop()
	st.frames, st.number = newFrames(), new(numbering)
	var box capture.Mailbox
	defer box.Clear()
	next := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		st.buffer = videodev.Buffer{BytesUsed: uint32(2 * small.Width * small.Height), Sequence: next}
		next++
		st.take(&box)
		box.Newest().Release()
	}
}
