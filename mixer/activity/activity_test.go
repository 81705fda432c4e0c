package activity

import (
	"math/rand/v2"
	"testing"
	"time"

	"studio/media/picture"
)

const picturesASecond = 5

var small = picture.Size{Width: 240, Height: 134}

// bench draws a workbench with a hand (a bright square) at x, y, in a light of
// gain and offset, as a camera with noise of that standard deviation sees it.
type bench struct {
	random       *rand.Rand
	noise        float64
	gain, offset float64
	band         float64 // amplitude of flicker's bands
	phase        float64
	x, y, side   int
}

func newBench() *bench {
	return &bench{random: rand.New(rand.NewPCG(1, 2)), noise: 1.5, gain: 1, x: 60, y: 40, side: 24}
}

func (b *bench) picture() picture.View {
	p := picture.New(small)
	for y := range small.Height {
		band := 0.0
		if b.band > 0 {
			band = b.band * triangle(float64(y)/60+b.phase)
		}
		for x := range small.Width {
			luma := 60 + float64(x)/3 + float64((x/20+y/20)%2*30)
			if x >= b.x && x < b.x+b.side && y >= b.y && y < b.y+b.side {
				luma = 180
			}
			luma = luma*b.gain + b.offset + band + b.random.NormFloat64()*b.noise
			p.Y[y*p.StrideY+x] = byte(min(max(luma, 0), 255))
		}
	}
	return p.View
}

func triangle(x float64) float64 {
	x -= float64(int(x))
	return 4*min(x, 1-x) - 1
}

// watch shows pictures, changed by move, and returns the highest and last level.
func watch(m *Meter, b *bench, pictures int, move func(n int)) (most, last float64) {
	at := time.Unix(1000, 0)
	if !m.at.IsZero() {
		at = m.at
	}
	for n := range pictures {
		move(n)
		at = at.Add(time.Second / picturesASecond)
		last = m.Add(b.picture(), at)
		most = max(most, last)
	}
	return most, last
}

func TestWhatIsNotMotionIsNotSeen(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*bench)
		move func(*bench, int)
	}{
		"noise":            {func(b *bench) { b.noise = 5 }, func(*bench, int) {}},
		"exposure":         {nil, func(b *bench, n int) { b.gain = 1 + 0.15*triangle(float64(n)/12) }},
		"a cloud":          {nil, func(b *bench, n int) { b.offset = 30 * triangle(float64(n)/20) }},
		"flicker":          {nil, func(b *bench, n int) { b.offset = float64(n%2) * 12 }},
		"flicker in bands": {func(b *bench) { b.band = 6 }, func(b *bench, n int) { b.phase = float64(n) * 0.37 }},
		"the light goes on": {nil, func(b *bench, n int) {
			if n == 20 {
				b.gain, b.offset = 1.3, 15
			}
		}},
		"somebody knocks against the camera": {nil, func(b *bench, n int) {
			if n == 20 {
				b.noise, b.gain, b.offset = 90, 0.2, 100
			} else {
				b.noise, b.gain, b.offset = 1.5, 1, 0
			}
		}},
	} {
		b := newBench()
		if c.set != nil {
			c.set(b)
		}
		if most, _ := watch(new(Meter), b, 60, func(n int) { c.move(b, n) }); most > 0.05 {
			t.Errorf("%s reads as %.3f", name, most)
		}
	}
}

func TestHandsAreSeenAlsoInBadLight(t *testing.T) {
	for name, c := range map[string]struct {
		side     int
		set      func(*bench)
		disturb  func(*bench, int)
		from, to float64
	}{
		"a finger":          {side: 10, from: 0.03, to: 0.6},
		"hands":             {side: 28, from: 0.3, to: 0.9},
		"hands in noise":    {side: 28, set: func(b *bench) { b.noise = 5 }, from: 0.3, to: 0.9},
		"hands in flicker":  {side: 28, disturb: func(b *bench, n int) { b.offset = float64(n%2) * 12 }, from: 0.3, to: 0.9},
		"hands in exposure": {side: 28, disturb: func(b *bench, n int) { b.gain = 1 + 0.1*triangle(float64(n)/9) }, from: 0.3, to: 0.9},
		"a whole arm":       {side: 90, from: 0.6, to: 1},
	} {
		b := newBench()
		b.side = c.side
		if c.set != nil {
			c.set(b)
		}
		_, last := watch(new(Meter), b, 30, func(n int) {
			b.x, b.y = 40+(n*17)%90, 20+(n*5)%20
			if c.disturb != nil {
				c.disturb(b, n)
			}
		})
		if last < c.from || last > c.to {
			t.Errorf("%s read as %.3f, want %.2f to %.2f", name, last, c.from, c.to)
		}
	}
}

func TestMoreMotionReadsAsMore(t *testing.T) {
	before := 0.0
	for _, side := range []int{6, 12, 20, 32, 50} {
		b := newBench()
		b.side = side
		_, level := watch(new(Meter), b, 30, func(n int) { b.x = 40 + (n*17)%90 })
		if level <= before || level >= 1 {
			t.Errorf("side %d reads as %.3f, the smaller one as %.3f", side, level, before)
		}
		before = level
	}
}

func TestRisesQuicklyAndFallsSlowly(t *testing.T) {
	b, m := newBench(), new(Meter)
	watch(m, b, 5, func(int) {})
	_, working := watch(m, b, 3, func(n int) { b.x = 40 + n*20 })
	_, resting := watch(m, b, 3, func(int) {})
	_, still := watch(m, b, 40, func(int) {})
	if working < 0.2 || resting < working/2 || still > 0.01 {
		t.Errorf("working %.3f, 0.6 s later %.3f, 8 s later %.3f", working, resting, still)
	}
}

func TestAPanIsBelievedAfterAMoment(t *testing.T) {
	b, m := newBench(), new(Meter)
	b.side = 0
	_, level := watch(m, b, 20, func(n int) { b.x, b.y, b.side = -(n*40)%200, 0, 200+n%3*10 })
	if level < 0.3 {
		t.Errorf("a camera in somebody's hand reads as %.3f", level)
	}
}

func TestAGapOrANewSizeBeginsAnew(t *testing.T) {
	b, m := newBench(), new(Meter)
	watch(m, b, 5, func(n int) { b.x = 20 + n*20 })
	b.x = 150
	if level := m.Add(b.picture(), m.at.Add(5*time.Second)); level != 0 || m.Motion() != 0 {
		t.Errorf("after a gap: %.3f", level)
	}
	other := picture.New(picture.Size{Width: 64, Height: 128})
	if level := m.Add(other.View, m.at.Add(time.Second)); level != 0 {
		t.Errorf("after a new size: %.3f", level)
	}
	for _, size := range []picture.Size{{Width: 2, Height: 2}, {Width: 240, Height: 2}, {Width: 2, Height: 240}} {
		odd := picture.New(size)
		for n := range 3 {
			m.Add(odd.View, m.at.Add(time.Duration(n)*time.Second))
		}
	}
	b.x = 20
	m.Add(b.picture(), m.at.Add(time.Second))
	b.x = 150
	if level := m.Add(b.picture(), m.at.Add(-time.Hour)); level != 0 { // a clock that jumped back
		t.Errorf("after a jump back: %.3f", level)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	b, m := newBench(), new(Meter)
	views := []picture.View{b.picture(), b.picture()}
	at, n := time.Unix(1000, 0), 0
	step := func() {
		at = at.Add(200 * time.Millisecond)
		m.Add(views[n%2], at)
		n++
	}
	step()
	if n := testing.AllocsPerRun(50, step); n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}

func BenchmarkAdd240x134(b *testing.B) {
	scene, m := newBench(), new(Meter)
	one := scene.picture()
	scene.x = 150
	views := []picture.View{one, scene.picture()}
	at, n := time.Unix(1000, 0), 0
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(200 * time.Millisecond)
		m.Add(views[n%2], at)
		n++
	}
}
