package hwtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// KilnOptions are a simulated kiln's settings; zero fields mean the values named.
type KilnOptions struct {
	Link     string        // see NewCable
	Device   string        // see NewCableAt; "" for a simulated port
	Channel  string        // "kiln1"
	Cycle    time.Duration // one firing from cold to cold, 5 min
	Start    float64       // fraction of the cycle to begin at
	Interval time.Duration // between lines, 250 ms
	CSV      bool          // lines of values under a header instead of JSON
	Seed     uint64        // of the noise
}

// Kiln is a kiln with a thermocouple and a microcontroller that speaks the house
// line protocol.
type Kiln struct {
	*Cable
	o     KilnOptions
	noise *rand.Rand // Run's own

	mu      sync.Mutex
	frozen  bool
	quality string
}

// NewKiln makes a kiln; its port is there at once, and silent until Run.
func NewKiln(o KilnOptions) (*Kiln, error) {
	if o.Channel == "" {
		o.Channel = "kiln1"
	}
	if o.Cycle == 0 {
		o.Cycle = 5 * time.Minute
	}
	if o.Interval == 0 {
		o.Interval = 250 * time.Millisecond
	}
	cable, err := newCable(o.Link, o.Device)
	if err != nil {
		return nil, err
	}
	return &Kiln{Cable: cable, o: o, noise: rand.New(rand.NewPCG(o.Seed, 1)), quality: "ok"}, nil
}

// Freeze makes the kiln fall silent, or speak again.
func (k *Kiln) Freeze(frozen bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.frozen = frozen
}

// Say sets the quality that the kiln sends with its temperature: "ok", "over" ...
func (k *Kiln) Say(quality string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.quality = quality
}

// Run fires the kiln until ctx ends, then closes the port.
func (k *Kiln) Run(ctx context.Context) error {
	defer k.Close()
	tick := time.NewTicker(k.o.Interval)
	defer tick.Stop()
	began := time.Now()
	for line := 0; ; line++ {
		k.speak(time.Since(began), line)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (k *Kiln) speak(since time.Duration, line int) {
	k.mu.Lock()
	frozen, quality := k.frozen, k.quality
	k.mu.Unlock()
	if frozen {
		return
	}
	celsius := Celsius(k.o.Start+since.Seconds()/k.o.Cycle.Seconds()) + 0.3*k.noise.NormFloat64()
	if k.o.CSV {
		if line%10 == 0 {
			k.Send(fmt.Appendf(nil, "#t_ms,%s:C\n", k.o.Channel))
		}
		value := fmt.Sprintf("%.1f", celsius)
		if quality != "ok" {
			value = quality
		}
		k.Send(fmt.Appendf(nil, "%d,%s\n", since.Milliseconds(), value))
		return
	}
	k.Send(fmt.Appendf(nil, `{"t":%d,"ch":%q,"v":%.1f,"u":"C","s":%q}`+"\n",
		since.Milliseconds(), k.o.Channel, celsius, quality))
}
