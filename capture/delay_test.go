package capture

import (
	"testing"
	"testing/synctest"
	"time"
)

// supply makes frames that are used again, and counts those that are held.
type supply struct {
	free []*Frame
	made int
}

func (s *supply) frame(sequence uint64) *Frame {
	var f *Frame
	if n := len(s.free); n > 0 {
		f, s.free = s.free[n-1], s.free[:n-1]
		f.Renew()
	} else {
		s.made++
		f = NewFrame(func(f *Frame) { s.free = append(s.free, f) })
	}
	f.Sequence = sequence
	return f
}

func (s *supply) held() int { return s.made - len(s.free) }

// shown returns the sequence number of the newest frame, -1 for none.
func shown(m *Mailbox) int {
	f := m.Newest()
	if f == nil {
		return -1
	}
	defer f.Release()
	return int(f.Sequence)
}

const frameTime = time.Second / 30

func TestADelayShowsWhatWasNewestThatLongAgo(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, 333 * time.Millisecond, MostDelay} {
		synctest.Test(t, func(t *testing.T) {
			var m Mailbox
			var s supply
			m.SetDelay(delay)
			start := time.Now()
			for n := range 90 {
				m.Put(s.frame(uint64(n)))
				for range 3 { // looks between two frames
					elapsed := time.Since(start)
					want := max(0, int((elapsed-delay)/frameTime))
					if got := shown(&m); got != want {
						t.Fatalf("delay %v: after %v frame %d is shown, want %d", delay, elapsed, got, want)
					}
					time.Sleep(frameTime / 3)
				}
				time.Sleep(frameTime - 3*(frameTime/3))
			}
			if most := int(delay/frameTime) + 3; s.made > most {
				t.Errorf("delay %v: %d frames were held, want at most %d", delay, s.made, most)
			}
			if got, want := m.Counts(), (Counts{Frames: 90}); got != want {
				t.Errorf("delay %v: counts %+v, want %+v", delay, got, want)
			}
			m.Clear()
			if shown(&m) != -1 || s.held() != 0 {
				t.Errorf("delay %v: frame %d, %d held after the source has gone", delay, shown(&m), s.held())
			}
		})
	}
}

func TestADelayThatNobodyLooksAtHoldsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mailbox
		var s supply
		m.SetDelay(200 * time.Millisecond)
		for n := range 300 {
			m.Put(s.frame(uint64(n)))
			time.Sleep(frameTime)
		}
		if s.made > 9 {
			t.Errorf("%d frames were held", s.made)
		}
		if c := m.Counts(); c.Unseen < 280 {
			t.Errorf("%d frames counted as unseen", c.Unseen)
		}
	})
}

func TestAFastCameraIsThinnedOutAndStaysInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mailbox
		var s supply
		m.SetDelay(MostDelay)
		start := time.Now()
		const every = 4 * time.Millisecond // 250 frames a second
		for n := range 1000 {
			m.Put(s.frame(uint64(n)))
			age := time.Since(start) - time.Duration(shown(&m))*every
			if n > 260 && (age < MostDelay || age > MostDelay+2*closest) {
				t.Fatalf("frame %d: the picture is %v old", n, age)
			}
			time.Sleep(every)
		}
		if s.made > HeldBack+2 { // one is shown, one comes in
			t.Errorf("%d frames were held, want at most %d", s.made, HeldBack+2)
		}
	})
}

func TestADelayCanBeChangedOnAir(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mailbox
		var s supply
		n := 0
		play := func(frames int) {
			for range frames {
				m.Put(s.frame(uint64(n)))
				n++
				time.Sleep(frameTime)
			}
		}
		last := -1
		for _, delay := range []time.Duration{0, 300 * time.Millisecond, 100 * time.Millisecond, 5 * time.Second, -1} {
			m.SetDelay(delay)
			for range 60 {
				play(1)
				got := shown(&m)
				if got < last {
					t.Fatalf("delay %v: the picture went back from %d to %d", delay, last, got)
				}
				last = got
			}
			want := n - 1 - int(min(max(delay, 0), MostDelay)/frameTime)
			if last < want || last > want+1 {
				t.Errorf("delay %v: frame %d of %d is shown, want %d", delay, last, n, want)
			}
		}
		if s.held() != 1 {
			t.Errorf("%d frames are held without a delay", s.held())
		}
	})
}

func TestDelayAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mailbox
		var s supply
		m.SetDelay(500 * time.Millisecond)
		sequence := uint64(0)
		step := func() {
			m.Put(s.frame(sequence))
			sequence++
			m.Newest().Release()
			time.Sleep(frameTime)
		}
		for range 60 {
			step()
		}
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%v allocations a frame", n)
		}
	})
}

func TestCameraSaysItsDelay(t *testing.T) {
	c := NewCamera(CameraOptions{Name: "wheel", Delay: 80 * time.Millisecond})
	if d := c.Status().Delay; d != 80*time.Millisecond {
		t.Errorf("delay %v at the start", d)
	}
	c.SetDelay(2 * time.Second)
	if d := c.Status().Delay; d != MostDelay {
		t.Errorf("delay %v, want the limit", d)
	}
}
