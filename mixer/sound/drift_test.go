package sound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"studio/media/samples"
)

// foreign is a source with a clock of its own: it says rate but gives
// rate×(1+ppm/10⁶) samples a second, each of them sound(t) at the true time t, in
// blocks that come late by what jitter says and never early.
type foreign struct {
	rate, channels, blockFrames int
	ppm                         float64
	sound                       func(t float64) float64
	jitter                      func(r *rand.Rand) time.Duration
	random                      *rand.Rand
	given                       int64
	arrived                     time.Time
	data                        []float32
}

// trueRate is how many samples it gives in a true second.
func (f *foreign) trueRate() float64 { return float64(f.rate) * (1 + f.ppm/1e6) }

// next returns the next block and when it arrives.
func (f *foreign) next(start time.Time) (samples.Captured, time.Time) {
	if f.data == nil {
		f.data = make([]float32, f.blockFrames*f.channels)
	}
	perSample := 1 / f.trueRate()
	for i := range f.blockFrames {
		v := float32(f.sound(float64(f.given+int64(i)) * perSample))
		for c := range f.channels {
			f.data[i*f.channels+c] = v
		}
	}
	f.given += int64(f.blockFrames)
	arrival := start.Add(time.Duration(float64(f.given) / f.trueRate() * 1e9)).Add(f.jitter(f.random))
	if arrival.Before(f.arrived) {
		arrival = f.arrived // nothing overtakes in a pipe
	}
	f.arrived = arrival
	b := samples.Captured{Rate: f.rate, Channels: f.channels, Data: f.data}
	b.Taken = arrival.Add(-b.Length())
	return b, arrival
}

// busy is the jitter of a box that works hard: mostly some milliseconds, now and
// then tens. With more than 40 ms some sound would come too late for the mix at
// 500 Hz, where a block lasts 40 ms and the resampler alone holds 32.
func busy(r *rand.Rand) time.Duration {
	if r.IntN(20) == 0 {
		return time.Duration(r.Int64N(int64(40 * time.Millisecond)))
	}
	return time.Duration(r.Int64N(int64(8 * time.Millisecond)))
}

// bell is a soft impulse at t = 0, some 6 ms wide, which any rate from 500 Hz up can
// carry.
func bell(t float64) float64 {
	if math.Abs(t) > 0.02 {
		return 0
	}
	return math.Exp(-t * t / (2 * 0.0025 * 0.0025))
}

// every rings f once every period.
func every(period float64, f func(float64) float64) func(float64) float64 {
	return func(t float64) float64 { return f(t - math.Round(t/period)*period) }
}

// listen runs a foreign source through a Live for so many seconds, reading 20 ms at a
// time as the mixer does, and hands what is heard to hear, left channel only.
func listen(l *Live, f *foreign, seconds float64, hear func(position int64, left []float32)) {
	start := l.start
	block := l.rate / 50
	dst := make([]float32, block*samples.Channels)
	left := make([]float32, block)
	lag := Lag.Seconds()
	b, arrival := f.next(start)
	for position := int64(0); float64(position) < seconds*float64(l.rate); position += int64(block) {
		due := start.Add(time.Duration((float64(position+int64(block))/float64(l.rate) + lag) * 1e9))
		for !arrival.After(due) {
			l.Put(b)
			b, arrival = f.next(start)
		}
		l.Read(dst, position)
		for i := range left {
			left[i] = dst[i*samples.Channels]
		}
		hear(position, left)
	}
}

// skews finds the bells in what is heard and returns how late each is, in seconds.
type skews struct {
	rate, period float64
	weight, sum  float64 // of the bell that is heard
	late         []float64
}

func (s *skews) hear(position int64, left []float32) {
	for i, v := range left {
		if v > 0.02 {
			s.weight += float64(v)
			s.sum += float64(v) * float64(position+int64(i)) / s.rate
		} else if s.weight > 0 {
			at := s.sum / s.weight
			s.late = append(s.late, at-math.Round(at/s.period)*s.period)
			s.weight, s.sum = 0, 0
		}
	}
}

// check reports how late bells were and wants each within so many milliseconds.
func check(t *testing.T, late []float64, within float64) {
	t.Helper()
	least, most := slices.Min(late), slices.Max(late)
	t.Logf("%d bells: skew %+.2f to %+.2f ms", len(late), least*1000, most*1000)
	if least < -within/1000 || most > within/1000 {
		t.Errorf("skew from %.2f to %.2f ms, want within %v ms", least*1000, most*1000, within)
	}
}

// TestEightHoursInStep runs the whole way of a source, libswresample included, for
// eight hours of its time; only the sampling rate of both sides is not a real one, but
// 500 Hz. The skew is measured
// on the bells that are heard, against the true time at which they rang.
func TestEightHoursInStep(t *testing.T) {
	for _, ppm := range []float64{-200, 200} {
		t.Run(fmt.Sprint(ppm), func(t *testing.T) {
			t.Parallel()
			const rate, period, hours = 500, 5.0, 8
			l := newLive(time.Now(), rate)
			defer l.Close()
			f := &foreign{rate: rate, channels: 1, blockFrames: 20, ppm: ppm, sound: every(period, bell), jitter: busy, random: rand.New(rand.NewPCG(1, uint64(ppm+1000)))}
			s := &skews{rate: rate, period: period}
			listen(l, f, hours*3600, s.hear)
			if n := len(s.late); n < hours*3600/period-2 {
				t.Fatalf("%d bells heard in %d h", n, hours)
			}
			check(t, s.late[1:12], 3) // the clock is not known yet, and a sample lasts 2 ms here
			check(t, s.late[12:], 2)
			if st := l.Status(); st.Resets != 0 || !near(st.PPM, ppm, 60) {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestFormats runs real rates for a minute each: in step, and so smooth that nothing
// stands out of a pure tone by more than a ten thousandth of it (-80 dB).
func TestFormats(t *testing.T) {
	for _, f := range []foreign{
		{rate: 44100, channels: 1, blockFrames: 882, ppm: 200},
		{rate: 48000, channels: 2, blockFrames: 960, ppm: -200},
		{rate: 16000, channels: 1, blockFrames: 160, ppm: -80},
		{rate: 96000, channels: 2, blockFrames: 1024, ppm: 30},
		{rate: 48000, channels: 6, blockFrames: 480, ppm: 0},
	} {
		t.Run(fmt.Sprintf("%d Hz, %d channels, %+.0f ppm", f.rate, f.channels, f.ppm), func(t *testing.T) {
			t.Parallel()
			const hertz = 997
			f.random = rand.New(rand.NewPCG(2, uint64(f.rate)))
			f.jitter = busy
			f.sound = every(5, bell)
			l := NewLive(time.Now())
			defer l.Close()
			s := &skews{rate: samples.Rate, period: 5}
			listen(l, &f, 30, s.hear)
			check(t, s.late[1:], 2)

			tone := f
			tone.given, tone.arrived, tone.data = 0, time.Time{}, nil
			tone.sound = func(t float64) float64 { return 0.5 * math.Sin(2*math.Pi*hertz*t) }
			l = NewLive(time.Now())
			defer l.Close()
			omega := 2 * math.Pi * hertz / samples.Rate
			var a, b, worst, peak float64
			listen(l, &tone, 30, func(position int64, left []float32) {
				for _, v := range left {
					x := float64(v)
					// a tone follows from its last two samples, whatever its phase
					if position > 2*samples.Rate {
						worst = max(worst, math.Abs(x-2*math.Cos(omega)*b+a))
						peak = max(peak, math.Abs(x))
					}
					a, b = b, x
				}
			})
			t.Logf("peak %.3f, worst step %.1e", peak, worst)
			if worst > 1e-4*peak {
				t.Errorf("a step of %.1e in a tone of %.3f", worst, peak)
			}
			if f.channels <= 2 && !near(peak, 0.5, 0.002) {
				t.Errorf("a tone of 0.5 came out as %.3f", peak)
			}
		})
	}
}
