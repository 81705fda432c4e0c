package resample

import (
	"math"
	"testing"
)

// convert feeds a constant or tone in uneven blocks and returns the left channel.
func convert(t *testing.T, r *Resampler, channels, frames int, sound func(i, c int) float32) (left, right []float32) {
	t.Helper()
	for at := 0; at < frames; {
		n := min(frames-at, 100+at%777)
		src := make([]float32, n*channels)
		for i := range src {
			src[i] = sound(at+i/channels, i%channels)
		}
		dst := make([]float32, 2*r.Most(n))
		got, err := r.Convert(dst, src)
		if err != nil || got > r.Most(n)+n {
			t.Fatalf("%d frames, %v", got, err)
		}
		for i := range got {
			left, right = append(left, dst[2*i]), append(right, dst[2*i+1])
		}
		at += n
	}
	return left, right
}

func TestChannels(t *testing.T) {
	for _, c := range []struct {
		channels    int
		in          []float32
		left, right float64
	}{
		{1, []float32{0.5}, 0.5, 0.5},
		{2, []float32{0.5, -0.25}, 0.5, -0.25},
		{3, []float32{0.3, 0, 0}, -1, 0},                  // never louder than it was: left only
		{6, []float32{0, 0.4, 0, 0, 0, 0}, 0, -1},         // right only
		{6, []float32{1, 1, 1, 1, 1, 1}, -1, -1},          // all
		{8, []float32{1, -1, 1, -1, 1, -1, 1, 1}, -2, -2}, // bounded
	} {
		r, err := New(44100, c.channels, 48000)
		if err != nil {
			t.Fatal(err)
		}
		left, right := convert(t, r, c.channels, 44100, func(_, ch int) float32 { return c.in[ch] })
		r.Close()
		for side, want := range []float64{c.left, c.right} {
			got := float64([][]float32{left, right}[side][20000])
			switch {
			case want == -2:
				if math.Abs(got) > 1.0001 {
					t.Errorf("%d channels: %v is beyond full scale", c.channels, got)
				}
			case want == -1:
				if got <= 0.1 || got > 1.0001 {
					t.Errorf("%d channels, side %d: %v", c.channels, side, got)
				}
			case math.Abs(got-want) > 1e-4:
				t.Errorf("%d channels, side %d: %v, want %v", c.channels, side, got, want)
			}
		}
	}
}

func TestLengthAndHeldAgree(t *testing.T) {
	for _, rate := range []int{8000, 16000, 22050, 44100, 48000, 96000, 192000} {
		for _, bend := range []float64{0, 0.0002, -0.0015} {
			r, err := New(rate, 1, 48000)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Bend(bend); err != nil {
				t.Fatal(err)
			}
			left, _ := convert(t, r, 1, 10*rate, func(int, int) float32 { return 0 })
			// what is out and what is held is what came in, longer by the bend
			got := float64(len(left))/48000 + r.Held()
			if want := 10 * (1 + bend); math.Abs(got-want) > 0.0001 {
				t.Errorf("%d Hz bent by %g: %.5f s, want %.5f", rate, bend, got, want)
			}
			r.Close()
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range [][2]int{{0, 1}, {-5, 2}, {48000, 0}, {48000, 9}, {99, 1}, {1 << 30, 1}} {
		if r, err := New(c[0], c[1], 48000); err == nil {
			r.Close()
			t.Errorf("%v was taken", c)
		}
	}
	r, err := New(44100, 1, 48000)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !r.Accepts(44100, 1) || r.Accepts(44100, 2) || r.Accepts(48000, 1) {
		t.Error("Accepts")
	}
	if n, err := r.Convert(nil, nil); n != 0 || err != nil {
		t.Errorf("nothing converted to %d, %v", n, err)
	}
}
