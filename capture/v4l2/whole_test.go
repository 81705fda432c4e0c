package v4l2

import (
	"bytes"
	"math"
	"testing"
	"time"

	"studio/capture"
)

func TestWhole(t *testing.T) {
	jpeg := []byte{0xff, 0xd8, 1, 2, 3, 0xff, 0xd9}
	for _, test := range []struct {
		name string
		f    capture.Format
		data []byte
		need int
		want []byte // nil: not whole
	}{
		{"JPEG", capture.MJPEG, jpeg, 0, jpeg},
		{"padded JPEG", capture.MJPEG, append(bytes.Clone(jpeg), 0, 0, 0), 0, jpeg},
		{"JPEG with something behind it", capture.MJPEG, append(bytes.Clone(jpeg), 7, 0xff, 8), 0, jpeg},
		{"JPEG cut short", capture.MJPEG, jpeg[:6], 0, nil},
		{"JPEG cut short and padded", capture.MJPEG, append(bytes.Clone(jpeg[:5]), 0, 0), 0, nil},
		{"JPEG without a beginning", capture.MJPEG, jpeg[1:], 0, nil},
		{"only zeros", capture.MJPEG, make([]byte, 100), 0, nil},
		{"nothing but a beginning", capture.MJPEG, []byte{0xff, 0xd8, 0, 0}, 0, nil},
		{"markers that overlap", capture.MJPEG, []byte{0xff, 0xd8, 0xd9, 0}, 0, nil},
		{"empty", capture.MJPEG, nil, 0, nil},
		{"raw", capture.YUYV, []byte{1, 2, 3, 4}, 4, []byte{1, 2, 3, 4}},
		{"raw with padding", capture.YUYV, []byte{1, 2, 3, 4, 5}, 4, []byte{1, 2, 3, 4}},
		{"raw cut short", capture.NV12, []byte{1, 2, 3}, 4, nil},
	} {
		got, ok := whole(test.f, test.data, test.need)
		if ok != (test.want != nil) || ok && !bytes.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", test.name, got, ok)
		}
	}
}

func TestImageBytes(t *testing.T) {
	for _, test := range []struct {
		f      capture.Format
		stride int
		height int
		want   int
	}{
		{capture.YUYV, 3840, 1080, 3840 * 1080},
		{capture.NV12, 1920, 1080, 1920 * 1620},
		{capture.I420, 2048, 1080, 2048 * 1620},
		{capture.MJPEG, 0, 1080, 0},
	} {
		if got := imageBytes(test.f, test.stride, test.height); got != test.want {
			t.Errorf("%v: %d, want %d", test.f, got, test.want)
		}
	}
}

func TestNumbering(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []uint32
		want []uint64
	}{
		{"one by one", []uint32{0, 1, 2}, []uint64{1, 2, 3}},
		{"begins anywhere", []uint32{40, 41, 44}, []uint64{1, 2, 5}},
		{"wraps around", []uint32{math.MaxUint32 - 1, math.MaxUint32, 0, 2}, []uint64{1, 2, 3, 5}},
		{"driver begins again", []uint32{100, 101, 0, 1}, []uint64{1, 2, 3, 4}},
		{"driver does not count", []uint32{0, 0, 0}, []uint64{1, 2, 3}},
	} {
		var n numbering
		for i, driver := range test.in {
			if got := n.next(driver); got != test.want[i] {
				t.Errorf("%s: frame %d is %d, want %d", test.name, i, got, test.want[i])
			}
		}
	}

	var n numbering
	n.next(5)
	n.next(6)
	n.begin()
	if got := n.next(900); got != 3 {
		t.Errorf("after opening again: %d, want 3", got)
	}
	n.next(901)
	n.drop() // damaged: counted there
	if got := n.next(902); got != 4 {
		t.Errorf("after a dropped frame: %d, want 4", got)
	}
	if got := n.next(904); got != 6 {
		t.Errorf("after a missing frame: %d, want 6", got)
	}
}

func TestTimestamps(t *testing.T) {
	now := time.Now()
	const clock = 5000 * time.Second
	for _, test := range []struct {
		name  string
		stamp time.Duration
		age   time.Duration
	}{
		{"just taken", clock, 0},
		{"taken 33 ms ago", clock - 33*time.Millisecond, 33 * time.Millisecond},
		{"another clock (time of day)", 1_700_000_000 * time.Second, 0},
		{"no timestamp at all", 0, 0},
		{"in the future", clock + time.Second, 0},
	} {
		if age := now.Sub(takenAt(now, clock, test.stamp)); age != test.age {
			t.Errorf("%s: %v old, want %v", test.name, age, test.age)
		}
	}
	got := taken(0, 0)
	if got.Round(0) == got {
		t.Error("the time has no monotonic reading")
	}
}
