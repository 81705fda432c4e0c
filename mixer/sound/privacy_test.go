package sound

import (
	"context"
	"fmt"
	"testing"
	"time"

	"studio/media/samples"
)

// TestPrivacyIsZeroOnEveryOutput turns privacy on and off while everything that
// remembers sound is full of it: delays, filters, the limiter.
func TestPrivacyIsZeroOnEveryOutput(t *testing.T) {
	for _, delay := range []time.Duration{0, 300 * time.Millisecond, MaxDelay} {
		t.Run(fmt.Sprint(delay), func(t *testing.T) {
			s := Settings{GainDB: 20, HighPassHz: 80, Delay: delay}
			d := newDesk(t, Options{SilentAfter: time.Second, Inputs: []Input{
				{Name: "a", Source: sine(100, 0.9), Settings: s},
				{Name: "b", Source: constant(0.7, -0.7), Settings: s},
			}})
			d.to(2)
			if d.level(1.5, 2) < 0.5 {
				t.Fatal("not heard before")
			}
			d.Privacy(true)
			outputs := func() [5][]float32 {
				return [5][]float32{d.out, d.taps["a"], d.taps["b"], d.tracks["a"], d.tracks["b"]}
			}
			from := outputs()
			d.to(5)
			until := outputs()
			for i, out := range until {
				if len(out)-len(from[i]) < 2*samples.Rate {
					t.Fatalf("output %d: only %d samples", i, len(out)-len(from[i]))
				}
				for at, v := range out[len(from[i]):] {
					if v != 0 {
						t.Fatalf("output %d: sample %d of the private ones is %v", i, at, v)
					}
				}
			}
			st := d.Status()
			if !st.Privacy || st.PeakDB[0] != SilenceDB || st.Inputs[0].PeakDB[0] != SilenceDB || st.Inputs[0].Heard || st.Silent {
				t.Errorf("while private: %+v", st)
			}
			d.Privacy(false)
			d.to(8)
			for i, out := range outputs() {
				begins := len(until[i])
				// sound from before it was taken off reaches the output until so late
				for at, v := range out[begins : begins+2*int(samples.Position(delay))] {
					if v != 0 {
						t.Fatalf("output %d: sample %d behind the private ones is %v, and was heard while private", i, at, v)
					}
				}
				last := out[begins]
				for at, v := range out[begins:] {
					if at%2 == 0 {
						if step := v - last; step > 0.15 || step < -0.15 {
							t.Fatalf("output %d: a click of %v", i, step)
						}
						last = v
					}
				}
			}
			if d.level(7.5, 8) < 0.5 || !near(float64(peaks(d.taps["b"][len(d.taps["b"])-200:])[0]), 0.7, 1e-6) {
				t.Error("not heard again")
			}
		})
	}
}

// TestPrivateWordsStayPrivate lets the mix run behind the clock as it does on air: a
// word that was said before privacy was taken off arrives at the mixer afterwards.
func TestPrivateWordsStayPrivate(t *testing.T) {
	start := time.Now()
	l := NewLive(start)
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const off = 2 * samples.Rate // program time at which privacy is taken off
	clock := &steps{}
	var heard int64
	m, err := New(Options{
		Inputs: []Input{{Name: "a", Source: l, Settings: Settings{Delay: 500 * time.Millisecond}}},
		Output: func(b samples.Block) {
			if b.Position > 4*samples.Rate {
				cancel()
			}
			for i, v := range b.Data {
				if v != 0 && heard == 0 {
					heard = b.Position + int64(i/2)
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Privacy(true)
	given := time.Duration(0)
	clock.at = func(now time.Duration) {
		for ; given+20*time.Millisecond <= now; given += 20 * time.Millisecond {
			b := samples.Captured{Taken: start.Add(given), Rate: samples.Rate, Channels: 1, Data: make([]float32, blockFrames)}
			for i := range b.Data {
				b.Data[i] = 0.25
			}
			l.Put(b)
		}
		if now >= samples.Duration(off) {
			m.Privacy(false)
		}
	}
	if err := m.Run(ctx, clock); err != nil {
		t.Fatal(err)
	}
	delayed := off + samples.Position(500*time.Millisecond)
	if heard < delayed {
		t.Errorf("heard at %v what was said before %v", samples.Duration(heard), samples.Duration(delayed))
	}
	if heard > delayed+samples.Rate/4 {
		t.Errorf("heard only at %v, of what was said at %v", samples.Duration(heard), samples.Duration(off))
	}
}

// steps is a clock that says what time it is and waits for nothing.
type steps struct{ at func(now time.Duration) }

func (s *steps) Wait(ctx context.Context, due time.Duration) (time.Duration, error) {
	s.at(due)
	return 0, ctx.Err()
}

// TestNothingIsAllocated runs microphone, mixer and meters as they do on air.
func TestNothingIsAllocated(t *testing.T) {
	l, m, step := busyDesk(t)
	defer l.Close()
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(500, step); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
	if m.Status().Inputs[0].PeakDB[0] == SilenceDB {
		t.Error("nothing was heard")
	}
}

func BenchmarkBlock(b *testing.B) {
	l, _, step := busyDesk(b)
	defer l.Close()
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}

// busyDesk is a microphone of 44.1 kHz through every knob; each step is 20 ms.
func busyDesk(t testing.TB) (*Live, *Mixer, func()) {
	l := NewLive(time.Now())
	m, err := New(Options{
		Inputs: []Input{{Name: "a", Source: l, Settings: Settings{GainDB: 6, HighPassHz: 80, Delay: 10 * time.Millisecond, Follow: true, Camera: "a"}}},
		Output: func(samples.Block) {}, Tap: func(string, samples.Block) {}, Track: func(string, samples.Block) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	m.OnAir("a")
	data := make([]float32, 882)
	n := 0
	step := func() {
		for i := range data {
			data[i] = float32(i%100)/100 - 0.5
		}
		l.Put(samples.Captured{Taken: l.start.Add(time.Duration(n)*20*time.Millisecond + time.Duration(n%7)*time.Millisecond), Rate: 44100, Channels: 1, Data: data})
		m.OnAir("a")
		m.Advance(int64(n-5) * blockFrames)
		n++
	}
	return l, m, step
}
