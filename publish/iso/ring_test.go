package iso

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"studio/capture"
)

// TestRing offers and takes at random: what comes out is what went in, in order,
// and what the ring holds never overlaps.
func TestRing(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		r := ring{limit: 1000}
		var want [][]byte
		number, refused := byte(0), 0
		for range 2000 {
			if random.IntN(2) == 0 {
				n := 1 + random.IntN(400)
				data := r.reserve(n)
				if data == nil {
					refused++
					held := 0
					for _, w := range want {
						held += len(w)
					}
					if len(want) == 0 || held+2*400 < 1000 && len(want) < 2 {
						t.Fatalf("no room for %d bytes beside %d", n, held)
					}
					continue
				}
				number++
				for i := range data {
					data[i] = number
				}
				r.push(entry{data: data})
				want = append(want, bytes.Clone(data))
			} else if e, ok := r.oldest(); ok {
				if !bytes.Equal(e.data, want[0]) {
					t.Fatalf("out came %v, want %v", e.data, want[0])
				}
				want = want[1:]
				r.pop()
			} else if len(want) > 0 {
				t.Fatal("something was lost")
			}
		}
		if refused == 0 {
			t.Error("the ring was never full")
		}
	}
}

// TestOfferNeitherAllocatesNorWaits is about the goroutine that reads a camera.
func TestOfferNeitherAllocatesNorWaits(t *testing.T) {
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: t.TempDir(), Start: began, QueueBytes: 1 << 20})
	if err := r.Switch(true); err != nil { // nobody writes
		t.Fatal(err)
	}
	f := frame(began, 0, 640, 360, make([]byte, 20_000))
	for range 100 { // until it is full
		r.Offer(f)
	}
	take := func() {
		r.mu.Lock()
		r.ring.pop()
		r.mu.Unlock()
	}
	if n := testing.AllocsPerRun(200, func() { take(); r.Offer(f) }); n != 0 {
		t.Errorf("a picture kept allocates %v times", n)
	}
	if n := testing.AllocsPerRun(200, func() { r.Offer(f) }); n != 0 {
		t.Errorf("a picture dropped allocates %v times", n)
	}
	if s := r.Status(); s.Dropped < 200 {
		t.Errorf("%d counted as dropped", s.Dropped)
	}
	var _ func(*capture.Frame) = r.Offer // it is a tap
}
