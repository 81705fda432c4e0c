package sound

import (
	"context"
	"math"
	"testing"
	"time"

	"studio/media/samples"
)

// ramp returns a block of n samples whose left channel counts from first.
func ramp(taken time.Time, first, n int) samples.Block {
	b := samples.Block{Taken: taken, Data: make([]float32, n*samples.Channels)}
	for i := range n {
		b.Data[i*2] = float32(first+i) / 1e6
		b.Data[i*2+1] = -b.Data[i*2]
	}
	return b
}

func at(start time.Time, position int64) time.Time { return start.Add(samples.Duration(position)) }

// collect mixes until position and returns the left channel.
func collect(t *testing.T, sources []Source, position int64) []float32 {
	t.Helper()
	var left []float32
	next := int64(0)
	m := New(sources, func(b samples.Block) {
		if b.Position != next {
			t.Fatalf("block at %d, want %d", b.Position, next)
		}
		next += int64(b.Frames())
		for i := range b.Frames() {
			left = append(left, b.Data[i*2])
		}
	})
	m.Advance(position)
	return left
}

func TestSoundLandsWhereItWasHeard(t *testing.T) {
	start := time.Now()
	w := NewWindow(start)
	w.Put(ramp(at(start, 4800), 1, 480))
	w.Put(ramp(at(start, 5280+10), 481, 480)) // 0.2 ms of jitter: follows on
	left := collect(t, []Source{w}, 9600)
	for p, v := range left {
		want := float32(0)
		if p >= 4800 && p < 5760 {
			want = float32(p-4800+1) / 1e6
		}
		if v != want {
			t.Fatalf("sample %d is %v, want %v", p, v, want)
		}
	}
}

func TestAVanishedSourceIsSilenceAndComesBackInPlace(t *testing.T) {
	start := time.Now()
	w := NewWindow(start)
	w.Put(ramp(at(start, 0), 1, 960))
	w.Gone()
	w.Put(ramp(at(start, 48000), 1, 960))
	left := collect(t, []Source{w}, 50000)
	if left[959] == 0 || left[960] != 0 || left[47999] != 0 || left[48000] == 0 {
		t.Errorf("edges: %v %v %v %v", left[959], left[960], left[47999], left[48000])
	}
	if w.Resets() != 0 {
		t.Errorf("%d resets", w.Resets())
	}
}

func TestADriftingSourceIsSetRight(t *testing.T) {
	start := time.Now()
	w := NewWindow(start)
	m := New([]Source{w}, func(samples.Block) {})
	// The source delivers 480 samples every 10.05 ms: 0.5 % slow.
	for i := range 1000 {
		w.Put(ramp(start.Add(time.Duration(i)*10050*time.Microsecond), 1, 480))
		m.Advance(int64(i)*480 - 4800)
	}
	if w.Resets() == 0 {
		t.Error("never set right")
	}
	skew := samples.Duration(w.next) - 1000*10050*time.Microsecond
	if skew < -tolerance-10*time.Millisecond || skew > tolerance+10*time.Millisecond {
		t.Errorf("off by %v after 10 s", skew)
	}
}

func TestLateAndFarSoundIsDropped(t *testing.T) {
	start := time.Now()
	w := NewWindow(start)
	m := New([]Source{w}, func(b samples.Block) {
		for _, v := range b.Data {
			if v != 0 {
				t.Fatal("heard what came too late or too early")
			}
		}
	})
	m.Advance(48000)
	w.Put(ramp(at(start, 40000), 1, 960))
	w.Gone()
	w.Put(ramp(at(start, 48000+windowFrames), 1, 960))
	m.Advance(96000)
}

func TestMetersAndLimit(t *testing.T) {
	half := Generator(func(dst []float32, _ int64) {
		for i := range dst {
			dst[i] = []float32{0.5, 3}[i%2]
		}
	})
	var last samples.Block
	m := New([]Source{half}, func(b samples.Block) { last = b })
	if db := m.PeakDB(); db != [2]float64{SilenceDB, SilenceDB} {
		t.Errorf("before any sound: %v", db)
	}
	m.Advance(4800)
	db := m.PeakDB()
	if math.Abs(db[0]+6.02) > 0.01 || db[1] != 0 {
		t.Errorf("peaks %v, want -6.02 and 0", db)
	}
	if last.Data[1] != 1 {
		t.Errorf("beyond full scale: %v", last.Data[1])
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	m := New(nil, func(samples.Block) {
		if n++; n == 3 {
			cancel()
		}
	})
	if err := m.Run(ctx, unpaced{}); err != nil {
		t.Fatal(err)
	}
	if n != 3 {
		t.Errorf("%d blocks", n)
	}
}

type unpaced struct{}

func (unpaced) Wait(ctx context.Context, _ time.Duration) (time.Duration, error) { return 0, ctx.Err() }
