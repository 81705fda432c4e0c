package sound

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"studio/media/samples"
)

// tone is one that any jump would break, but sound that is lost in the source does not: 20
// and 300 ms are whole periods.
func tone(t float64) float64 { return 0.5 * math.Sin(2*math.Pi*450*t) }

// steepest is the largest step between neighbours in what is heard, and whether there
// was any sound at all.
type steepest struct {
	last, step, peak float64
}

func (s *steepest) hear(_ int64, left []float32) {
	for _, v := range left {
		s.step = max(s.step, math.Abs(float64(v)-s.last))
		s.peak = max(s.peak, math.Abs(float64(v)))
		s.last = float64(v)
	}
}

// toneStep is the largest step of the tone itself, and a little for fades.
const toneStep = 0.5*2*math.Pi*450/samples.Rate + 0.5/(gateSeconds*samples.Rate) + 0.001

func TestWhatIsMissingIsAJumpAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		// at 10 s: so much of the source's sound never comes, or comes late together
		lost, stalled time.Duration
		resets        uint64
		within        float64 // ms, from 20 s on
	}{
		"nothing":                   {within: 2},
		"20 ms lost":                {lost: 20 * time.Millisecond, within: 10},
		"300 ms lost":               {lost: 300 * time.Millisecond, resets: 1, within: 2},
		"90 ms in a burst":          {stalled: 90 * time.Millisecond, within: 2},
		"half a second in a burst":  {stalled: 500 * time.Millisecond, within: 2},
		"two seconds in a burst":    {stalled: 2 * time.Second, within: 2},
		"lost and then in a burst ": {lost: 300 * time.Millisecond, stalled: time.Second, resets: 1, within: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(sound func(float64) float64, hear func(int64, []float32)) *Live {
				l := NewLive(time.Now())
				defer l.Close()
				f := &foreign{rate: 48000, channels: 1, blockFrames: 960, ppm: 50, sound: sound, random: rand.New(rand.NewPCG(3, 3))}
				done := false
				f.jitter = func(*rand.Rand) time.Duration {
					if !done && f.given > 10*48000 {
						done = true
						f.given += int64(c.lost.Seconds() * f.trueRate())
						return c.lost + c.stalled
					}
					return time.Duration(f.random.Int64N(int64(5 * time.Millisecond)))
				}
				listen(l, f, 45, hear)
				return l
			}
			s := &skews{rate: samples.Rate, period: 1}
			l := run(every(1, bell), s.hear)
			if l.Status().Resets != c.resets {
				t.Errorf("%d resets, want %d", l.Status().Resets, c.resets)
			}
			check(t, s.late[1:9], 2)
			check(t, s.late[20:], c.within)
			smooth := &steepest{}
			run(tone, smooth.hear)
			if smooth.step > toneStep || smooth.peak < 0.49 {
				t.Errorf("steps of %.4f in a tone whose own are %.4f", smooth.step, toneStep)
			}
		})
	}
}

func TestASourceThatGoesFadesAndComesBackInPlace(t *testing.T) {
	start := time.Now()
	l := NewLive(start)
	defer l.Close()
	put := func(from, to float64) {
		for at := from; at < to-0.001; at += 0.02 {
			b := samples.Captured{Taken: start.Add(time.Duration(at * 1e9)), Rate: 48000, Channels: 1, Data: make([]float32, 960)}
			for i := range b.Data {
				b.Data[i] = 0.5
			}
			l.Put(b)
		}
	}
	put(0.1, 0.3)
	l.Gone()
	put(0.5, 0.7)
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: l}}})
	d.to(1)
	for _, c := range []struct{ from, to, want float64 }{
		{0, 0.0999, 0}, {0.106, 0.294, 0.5}, {0.3, 0.4999, 0}, {0.506, 0.694, 0.5}, {0.7, 0.99, 0},
	} {
		for p := int(c.from * samples.Rate); p < int(c.to*samples.Rate); p++ {
			if v := d.out[2*p]; !near(float64(v), c.want, 0.001) {
				t.Fatalf("at %.4f s: %v, want %v", float64(p)/samples.Rate, v, c.want)
			}
		}
	}
	s := &steepest{}
	for i := 0; i < len(d.out); i += 2 {
		s.hear(0, d.out[i:i+1])
	}
	if s.step > 0.5/(gateSeconds*samples.Rate)*1.5 {
		t.Errorf("a click of %.3f", s.step)
	}
	if l.Status().Resets != 0 {
		t.Errorf("%d resets", l.Status().Resets)
	}
}

// TestHostileSources hears everything that a driver might give.
func TestHostileSources(t *testing.T) {
	start := time.Now()
	l := NewLive(start)
	defer l.Close()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: l, Settings: Settings{HighPassHz: 80}}}})
	block := func(at time.Duration, rate, channels int, v float32) {
		b := samples.Captured{Taken: start.Add(at), Rate: rate, Channels: channels, Data: make([]float32, rate/50*max(channels, 1))}
		for i := range b.Data {
			b.Data[i] = v
		}
		l.Put(b)
	}
	block(0, 48000, 1, 0.1)
	block(20*time.Millisecond, 48000, 1, nan)
	block(40*time.Millisecond, 48000, 1, inf)
	block(60*time.Millisecond, 44100, 2, 0.1)  // another device
	block(80*time.Millisecond, 44100, 0, 0.1)  // no channels
	block(100*time.Millisecond, 0, 2, 0.1)     // no rate
	block(120*time.Millisecond, 44100, 9, 0.1) // too many
	l.Put(samples.Captured{Taken: start, Rate: 48000, Channels: 2, Data: make([]float32, 3)})
	l.Put(samples.Captured{Taken: start, Rate: 48000, Channels: 2})
	d.to(0.3)
	for at := 300 * time.Millisecond; at < 2*time.Second; at += 20 * time.Millisecond {
		block(at-time.Hour, 48000, 1, 0.3) // an hour back: too late, never heard
		block(at+time.Hour, 48000, 1, 0.3) // and forth
	}
	d.to(2)
	if got := peaks(d.out[2*samples.Rate:]); got[0] != 0 {
		t.Errorf("heard %v that belongs an hour away", got)
	}
	l.Gone()
	for at := 2 * time.Second; at < 4*time.Second; at += 20 * time.Millisecond {
		block(at, 48000, 1, 0.2)
		d.to(at.Seconds() - 0.1)
	}
	for i, v := range d.out {
		if !(v >= -1 && v <= 1) {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
	if got := d.taps["a"][2*int(3.5*samples.Rate)]; !near(float64(got), 0.2, 0.001) {
		t.Errorf("the source that came to itself is heard at %v", got)
	}
	if st := l.Status(); st.Broken != 5 {
		t.Errorf("%d broken blocks, want 5", st.Broken)
	}
}
