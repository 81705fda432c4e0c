package sound

import (
	"context"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/samples"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// constant is a source of the same two samples for ever.
func constant(left, right float32) Generator {
	return func(dst []float32, _ int64) {
		for i := range dst {
			dst[i] = []float32{left, right}[i%2]
		}
	}
}

// counting is a source whose samples say where they are.
func counting(dst []float32, position int64) {
	for i := range dst {
		dst[i] = float32(position+int64(i/2)) / (1 << 23)
	}
}

// desk is a mixer whose programme, taps and tracks are kept.
type desk struct {
	*Mixer
	out          []float32
	taps, tracks map[string][]float32
}

// newDesk returns a mixer of inputs that are closed with the test. It checks that
// all positions are gapless from 0 on.
func newDesk(t testing.TB, o Options) *desk {
	t.Helper()
	d := &desk{taps: map[string][]float32{}, tracks: map[string][]float32{}}
	o.Output = func(b samples.Block) {
		if b.Position*2 != int64(len(d.out)) {
			t.Fatalf("block at %d, want %d", b.Position, len(d.out)/2)
		}
		d.out = append(d.out, b.Data...)
	}
	keep := func(what string, kept map[string][]float32) func(string, samples.Block) {
		return func(name string, b samples.Block) {
			if b.Position*2 != int64(len(kept[name])) {
				t.Fatalf("%s %q at %d, want %d", what, name, b.Position, len(kept[name])/2)
			}
			kept[name] = append(kept[name], b.Data...)
		}
	}
	o.Tap, o.Track = keep("tap", d.taps), keep("track", d.tracks)
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	d.Mixer = m
	return d
}

// to mixes until so many seconds.
func (d *desk) to(seconds float64) { d.Advance(int64(seconds * samples.Rate)) }

// left returns the left sample at a time.
func (d *desk) left(seconds float64) float32 { return d.out[2*int(seconds*samples.Rate)] }

func (d *desk) set(t *testing.T, name string, s Settings) {
	t.Helper()
	if err := d.Set(name, s); err != nil {
		t.Fatal(err)
	}
}

func TestSoundIsWhereItBelongs(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: Generator(counting)}}})
	d.to(1)
	for i := rampFrames * 2; i < len(d.out); i++ {
		if want := float32(i/2) / (1 << 23); d.out[i] != want {
			t.Fatalf("sample %d is %v, want %v: the limiter's look-ahead must not move it", i, d.out[i], want)
		}
		if want := float32(i/2) / (1 << 23); d.taps["a"][i] != want {
			t.Fatalf("tap: sample %d is %v, want %v", i, d.taps["a"][i], want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	m, err := New(Options{Output: func(samples.Block) {
		if n++; n == 3 {
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Run(ctx, unpaced{}); err != nil {
		t.Fatal(err)
	}
	if n != 3 {
		t.Errorf("%d blocks", n)
	}
}

type unpaced struct{}

func (unpaced) Wait(ctx context.Context, _ time.Duration) (time.Duration, error) { return 0, ctx.Err() }

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }
