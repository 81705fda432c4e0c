package sound

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"studio/media/samples"
	"studio/words"
)

// sine is a source of a tone at a level, both channels alike.
func sine(hertz, level float64) Generator {
	return func(dst []float32, position int64) {
		for i := range dst {
			dst[i] = float32(level * math.Sin(2*math.Pi*hertz*float64(position+int64(i/2))/samples.Rate))
		}
	}
}

// level returns the peak of the left channel between two times.
func (d *desk) level(from, to float64) float64 {
	var peak float64
	for p := int(from * samples.Rate); p < int(to*samples.Rate); p++ {
		peak = max(peak, math.Abs(float64(d.out[2*p])))
	}
	return peak
}

func TestGain(t *testing.T) {
	for _, c := range []struct{ gainDB, want float64 }{{0, 0.1}, {6.0206, 0.2}, {-20, 0.01}, {-60, 0.0001}, {12, 0.3981}} {
		d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: constant(0.1, -0.1), Settings: Settings{GainDB: c.gainDB}}}})
		d.to(0.2)
		if l, r := float64(d.out[len(d.out)-2]), float64(d.out[len(d.out)-1]); !near(l, c.want, 1e-5) || !near(r, -c.want, 1e-5) {
			t.Errorf("0.1 at %v dB: %v, %v, want ±%v", c.gainDB, l, r, c.want)
		}
		if tap := d.taps["a"]; tap[len(tap)-2] != 0.1 {
			t.Errorf("the tap is behind the gain: %v", tap[len(tap)-2])
		}
	}
}

func TestInputsAddUp(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: constant(0.1, 0)}, {Name: "b", Source: constant(0.2, 0.3)}}})
	d.to(0.2)
	if l, r := d.out[len(d.out)-2], d.out[len(d.out)-1]; !near(float64(l), 0.3, 1e-6) || !near(float64(r), 0.3, 1e-6) {
		t.Errorf("%v, %v: want 0.3 on both sides, for there is no pan", l, r)
	}
}

// TestKnobsDoNotClick turns every knob while a tone plays: no step may be larger than
// the tone's own and those of a ramp of 10 ms.
func TestKnobsDoNotClick(t *testing.T) {
	for name, s := range map[string]Settings{
		"gain up":   {GainDB: 12},
		"gain down": {GainDB: -60},
		"mute":      {Mute: true},
		"high-pass": {HighPassHz: 400},
		"delay":     {Delay: 3 * time.Millisecond},
		"follow":    {Follow: true, Camera: "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			const hertz, level = 100, 0.1
			d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: sine(hertz, level)}}})
			d.to(0.2)
			d.set(t, "a", s)
			d.to(0.5)
			d.set(t, "a", Settings{})
			d.to(1)
			var step float64
			for i := 2 * rampFrames * 2; i < len(d.out); i += 2 {
				step = max(step, math.Abs(float64(d.out[i]-d.out[i-2])))
			}
			loudest := level * decibels(max(0, s.GainDB))
			if allowed := loudest*2*math.Pi*hertz/samples.Rate + loudest/rampFrames; step > 1.1*allowed {
				t.Errorf("a step of %.5f, want at most %.5f", step, allowed)
			}
			if got := d.level(0.9, 1); !near(got, level, 0.001) {
				t.Errorf("in the end %.4f, want %v", got, level)
			}
		})
	}
}

// TestTrackIsSilentWhileMuted mutes an input: its track is zero within 10 ms and without
// a click, while the tap and the other input's track go on; no other knob is heard there.
func TestTrackIsSilentWhileMuted(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{
		{Name: "a", Source: constant(0.5, -0.25), Settings: Settings{Mute: true}},
		{Name: "b", Source: constant(0.1, 0.1), Settings: Settings{GainDB: -60}},
	}})
	d.to(0.5)
	for at, v := range d.tracks["a"] {
		if v != 0 {
			t.Fatalf("muted from the beginning on: sample %d is %v", at, v)
		}
	}
	d.set(t, "a", Settings{GainDB: -60, HighPassHz: 400})
	d.to(1)
	d.set(t, "a", Settings{Mute: true})
	muted := len(d.tracks["a"])
	d.to(1.5)
	track := d.tracks["a"]
	if track[muted-2] != 0.5 || track[muted-1] != -0.25 {
		t.Errorf("before it is muted: %v, want 0.5 and -0.25", track[muted-2:muted])
	}
	for at, v := range track[muted+2*rampFrames:] {
		if v != 0 {
			t.Fatalf("sample %d after it was muted is %v", at, v)
		}
	}
	for i := 2; i < len(track); i++ {
		if step := math.Abs(float64(track[i] - track[i-2])); step > 1.01*0.5/rampFrames {
			t.Fatalf("a click of %v at %d", step, i)
		}
	}
	for name, want := range map[string]float32{"a": 0.5, "b": 0.1} {
		if got := d.taps[name][muted+4*rampFrames]; got != want {
			t.Errorf("tap %q: %v, want %v", name, got, want)
		}
	}
	if got := d.tracks["b"][muted+4*rampFrames]; got != 0.1 {
		t.Errorf("the other one's track: %v, want 0.1", got)
	}
}

func TestChangesTakeTenMilliseconds(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: constant(0.5, 0.5)}}})
	d.to(0.1)
	d.set(t, "a", Settings{Mute: true})
	d.to(0.3)
	from, to := 0, 0
	for p := samples.Rate / 20; p < len(d.out)/2; p++ {
		if v := d.out[2*p]; from == 0 && v < 0.5 {
			from = p
		} else if from > 0 && v == 0 {
			to = p
			break
		}
	}
	if n := to - from; n < rampFrames-2 || n > rampFrames+2 {
		t.Errorf("from %d to %d: %d samples, want %d", from, to, n, rampFrames)
	}
}

func TestWhatIsHeard(t *testing.T) {
	const a, b = "a", "b"
	for _, c := range []struct {
		name  string
		a, b  Settings
		onAir []string
		want  float64 // a is 0.1, b 0.2
	}{
		{"both", Settings{}, Settings{}, nil, 0.3},
		{"mute", Settings{Mute: true}, Settings{}, nil, 0.2},
		{"solo", Settings{Solo: true}, Settings{}, nil, 0.1},
		{"both solo", Settings{Solo: true}, Settings{Solo: true}, nil, 0.3},
		{"mute beats solo", Settings{Solo: true, Mute: true}, Settings{}, nil, 0.2},
		{"follows, off air", Settings{Follow: true, Camera: "hands"}, Settings{}, []string{"wheel"}, 0.2},
		{"follows, on air", Settings{Follow: true, Camera: "hands"}, Settings{}, []string{"wheel", "hands"}, 0.3},
		{"belongs to a camera, does not follow", Settings{Camera: "hands"}, Settings{}, nil, 0.3},
		{"follows alone in solo, off air", Settings{Follow: true, Camera: "hands", Solo: true}, Settings{}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, Options{Inputs: []Input{{Name: a, Source: constant(0.1, 0), Settings: c.a}, {Name: b, Source: constant(0.2, 0), Settings: c.b}}})
			d.OnAir(c.onAir...)
			d.to(0.4)
			if got := float64(d.left(0.39)); !near(got, c.want, 1e-5) {
				t.Errorf("%v, want %v", got, c.want)
			}
			st := d.Status()
			sum := 0.0
			for i, in := range st.Inputs {
				if in.Heard {
					sum += []float64{0.1, 0.2}[i]
				}
			}
			if !near(sum, c.want, 1e-6) {
				t.Errorf("the status says that %v is heard", st.Inputs)
			}
		})
	}
}

func TestFollowingCrossfades(t *testing.T) {
	follows := func(camera string) Settings { return Settings{Follow: true, Camera: camera} }
	d := newDesk(t, Options{Inputs: []Input{
		{Name: "a", Source: constant(0.1, 0), Settings: follows("wheel")}, {Name: "b", Source: constant(0.2, 0), Settings: follows("hands")},
	}})
	d.OnAir("wheel")
	d.to(0.5)
	d.OnAir("hands")
	d.to(1)
	if got := []float64{float64(d.left(0.48)), float64(d.left(0.545)), float64(d.left(0.62))}; !near(got[0], 0.1, 1e-5) || !near(got[1], 0.15, 0.01) || !near(got[2], 0.2, 1e-5) {
		t.Errorf("before, in the middle, after: %v, want 0.1, 0.15, 0.2", got)
	}
}

func TestDelay(t *testing.T) {
	// a single sample at 0.2 s
	pulse := Generator(func(dst []float32, position int64) {
		clear(dst)
		if at := samples.Rate/5 - position; at >= 0 && at < int64(len(dst)/2) {
			dst[2*at] = 0.5
		}
	})
	for _, delay := range []time.Duration{0, 40 * time.Millisecond, MaxDelay} {
		d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: pulse, Settings: Settings{Delay: delay}}}})
		d.to(1.5)
		want := 2 * int(samples.Rate/5+samples.Position(delay))
		if got := slices.IndexFunc(d.out, func(v float32) bool { return v != 0 }); got != want {
			t.Errorf("%v: heard at sample %d, want %d", delay, got/2, want/2)
		}
		if d.taps["a"][want] == 0 {
			t.Errorf("%v: the tap is not in step", delay)
		}
	}
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: Generator(counting)}}})
	d.to(1)
	d.set(t, "a", Settings{Delay: 250 * time.Millisecond})
	d.to(2)
	if got, want := d.left(1.9), float32(1.65*samples.Rate)/(1<<23); !near(float64(got), float64(want), 1e-6) {
		t.Errorf("a delay set on air: %v, want %v", got, want)
	}
}

func TestHighPassResponse(t *testing.T) {
	for _, c := range []struct{ hertz, wantDB float64 }{{40, -12.3}, {80, -3.01}, {1000, 0}, {20, -24.1}} {
		d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: sine(c.hertz, 0.5), Settings: Settings{HighPassHz: 80}}}})
		d.to(2)
		if got := 20 * math.Log10(d.level(1, 2)/0.5); !near(got, c.wantDB, 0.05) {
			t.Errorf("%v Hz through a high-pass of 80 Hz: %.2f dB, want %.2f", c.hertz, got, c.wantDB)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: constant(0, 0)}}})
	for want, s := range map[string]Settings{
		"gain of NaN":        {GainDB: math.NaN()},
		"gain of 25 dB":      {GainDB: 25},
		"delay of 1.1s":      {Delay: 1100 * time.Millisecond},
		"high-pass of -1 Hz": {HighPassHz: -1},
	} {
		if err := d.Set("a", s); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%q does not say %q", err, want)
		}
		if _, err := New(Options{Inputs: []Input{{Name: "a", Settings: s}}}); err == nil {
			t.Errorf("New took %s", want)
		}
	}
	if err := d.Set("b", Settings{}); err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("an unknown source: %v", err)
	}
	if _, err := New(Options{Inputs: []Input{{Name: "a"}, {Name: "a"}}}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two of one name: %v", err)
	}
	if got, ok := d.Settings("a"); !ok || got != (Settings{}) {
		t.Errorf("refused settings were kept: %+v", got)
	}
}

func TestSilenceIsTold(t *testing.T) {
	loud := false
	ticking := Generator(func(dst []float32, p int64) {
		v := float32(0.0009) // just below -60 dBFS
		if loud {
			v = 0.0011
		}
		constant(v, v)(dst, p)
	})
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: ticking, Settings: Settings{GainDB: 0}}, {Name: "b", Source: constant(0.1, 0.1), Settings: Settings{Mute: true}}}, SilentAfter: 2 * time.Second})
	d.to(1.9)
	if st := d.Status(); st.Silent || st.Inputs[0].Silent {
		t.Errorf("told after 1.9 s: %+v", st)
	}
	d.to(3.2)
	st := d.Status()
	if !st.Silent || st.Message.En != "nothing has been heard in the programme for 3 s" || st.Inputs[0].Message.En != "nothing has been heard from it for 3 s" {
		t.Errorf("after 3.2 s: %+v", st)
	}
	if st.Inputs[1].Silent {
		t.Error("a muted source is not silent itself")
	}
	d.set(t, "a", Settings{Mute: true})
	if st := d.Status(); !strings.HasSuffix(st.Message.En, "every source is muted or off air") {
		t.Errorf("all muted: %q", st.Message)
	}
	d.set(t, "a", Settings{})
	loud = true
	d.to(3.4)
	if st := d.Status(); st.Silent || st.Message != (words.Text{}) || st.Inputs[0].Silent || st.SilentFor != 0 {
		t.Errorf("heard again: %+v", st)
	}
	if st := newDesk(t, Options{SilentAfter: time.Millisecond}); true {
		st.to(1)
		if st.Status().Silent {
			t.Error("a programme without any source is silent by intention")
		}
	}
}

func TestPeaks(t *testing.T) {
	d := newDesk(t, Options{Inputs: []Input{{Name: "a", Source: constant(0.5, -0.25), Settings: Settings{GainDB: -6.0206, Mute: true}}, {Name: "b", Source: constant(0.1, 0)}}})
	if st := d.Status(); st.PeakDB != [2]float64{SilenceDB, SilenceDB} || st.MomentaryLUFS != SilenceDB {
		t.Errorf("before any sound: %+v", st)
	}
	d.to(0.3)
	st := d.Status()
	if p := st.Inputs[0].PeakDB; !near(p[0], -12.04, 0.01) || !near(p[1], -18.06, 0.01) || d.PeakDB("a") != p {
		t.Errorf("the muted source shows %v, want -12.04 and -18.06: what it would be", p)
	}
	if p := st.PeakDB; !near(p[0], -20, 0.01) || p[1] != SilenceDB {
		t.Errorf("the programme shows %v", p)
	}
}
