package sound

import (
	"math"
	"math/rand/v2"
	"testing"

	"studio/media/samples"
)

func TestLimiterNeverGoesAboveItsCeiling(t *testing.T) {
	ceiling := float32(decibels(CeilingDB))
	random := rand.New(rand.NewPCG(4, 4))
	sources := map[string]Generator{
		"noise at +24 dB": func(dst []float32, _ int64) {
			for i := range dst {
				dst[i] = 16 * (2*random.Float32() - 1)
			}
		},
		"single samples": func(dst []float32, _ int64) {
			clear(dst)
			dst[random.IntN(len(dst))] = 1000 * random.Float32()
		},
		"a sudden tone": func(dst []float32, p int64) {
			clear(dst)
			if p > samples.Rate/2 {
				sine(440, 3)(dst, p)
			}
		},
		"one side only": constant(0.1, 5),
		"just above":    sine(60, 0.8913),
	}
	for name, s := range sources {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: s}}})
			d.to(5)
			if got := peaks(d.out); max(got[0], got[1]) > ceiling {
				t.Errorf("%v above %v", got, ceiling)
			}
			if st := d.Status(); st.LimitedDB > 0 {
				t.Errorf("turned up by %v dB", st.LimitedDB)
			}
		})
	}
}

// TestLimiterTurnsDownAndDoesNotCut compares a loud tone with a clipped one.
func TestLimiterTurnsDownAndDoesNotCut(t *testing.T) {
	const hertz = 480 // whole periods in a block
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: sine(hertz, 2)}}})
	d.to(3)
	distortion := func(data []float32) float64 {
		var sin, cos, all float64
		for i := 0; i < len(data); i += 2 {
			s, c := math.Sincos(2 * math.Pi * hertz * float64(i/2) / samples.Rate)
			v := float64(data[i])
			sin, cos, all = sin+v*s, cos+v*c, all+v*v
		}
		tone := 2 * (sin*sin + cos*cos) / float64(len(data)/2)
		return 10 * math.Log10((all-tone)/all)
	}
	last := d.out[len(d.out)-2*samples.Rate:]
	if db := distortion(last); db > -40 {
		t.Errorf("%.1f dB of distortion: cut, not turned down", db)
	} else {
		t.Logf("%.1f dB of distortion", db)
	}
	if got := d.level(2, 3); got < 0.85 {
		t.Errorf("turned down to %.2f, which is more than is needed", got)
	}
	if st := d.Status(); !near(st.LimitedDB, -7, 0.3) {
		t.Errorf("the limiter says %.2f dB, want about -7", st.LimitedDB)
	}
}

func TestLimiterLeavesAloneWhatIsBelow(t *testing.T) {
	loud := Generator(func(dst []float32, p int64) {
		constant(0.8, -0.8)(dst, p)
		if p < samples.Rate {
			constant(8, -8)(dst, p)
		}
	})
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: loud}}})
	d.to(5)
	for i := 4 * 2 * samples.Rate; i < len(d.out); i += 2 {
		if d.out[i] != 0.8 || d.out[i+1] != -0.8 {
			t.Fatalf("sample %d is %v, want 0.8 exactly", i/2, d.out[i])
		}
	}
}

// TestSmallestOfTheWindow compares with the plain way.
func TestSmallestOfTheWindow(t *testing.T) {
	l := newLimiter()
	random := rand.New(rand.NewPCG(5, 5))
	var all []float32
	for i := range 5000 {
		v := random.Float32()
		if i%1000 > 500 {
			v = float32(i%1000) / 1000 // rising for longer than the window
		}
		all = append(all, v)
		want := float32(math.Inf(1))
		for _, w := range all[max(0, i-lookAhead):] {
			want = min(want, w)
		}
		if got := l.smallest(v); got != want {
			t.Fatalf("%d: %v, want %v", i, got, want)
		}
	}
}
