package hwtest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// ScaleOptions are a simulated scale's settings; zero fields mean the values named.
type ScaleOptions struct {
	Link     string  // see NewCable
	Device   string  // see NewCableAt; "" for a simulated port
	Serial   string  // serial number, "B021002593"
	Capacity float64 // grams, 3200
	Load     float64 // grams on the pan at the start, 1200
	Alone    bool    // no potter comes by himself to add and take clay
	Seed     uint64  // of the potter
}

// Scale is a bench scale that speaks MT-SICS: S, SI, SIR, Z, ZI, T, TI, TA, I4 and @.
type Scale struct {
	*Cable
	o ScaleOptions

	mu      sync.Mutex
	pan     pan
	zero    float64 // grams that count as nothing
	tare    float64
	waiting string    // S, Z or T: to be answered when the needle rests
	until   time.Time // and given up at
	stream  bool
	frozen  bool
	broken  bool
	in      []byte
}

// NewScale makes a scale; its port is there at once, and silent until Run.
func NewScale(o ScaleOptions) (*Scale, error) {
	if o.Serial == "" {
		o.Serial = "B021002593"
	}
	if o.Capacity == 0 {
		o.Capacity = 3200
	}
	if o.Load == 0 {
		o.Load = 1200
	}
	cable, err := newCable(o.Link, o.Device)
	if err != nil {
		return nil, err
	}
	return &Scale{Cable: cable, o: o, pan: pan{
		capacity: o.Capacity, load: o.Load, hand: rand.New(rand.NewPCG(o.Seed, 2)),
	}}, nil
}

// Lay puts exactly so many grams on the pan: above the capacity the scale is
// overloaded, below -20 it is underloaded.
func (s *Scale) Lay(grams float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pan.lay(grams, time.Now())
}

// Freeze makes the scale deaf and dumb, or well again.
func (s *Scale) Freeze(frozen bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = frozen
}

// Break makes the scale report a hardware fault, or well again.
func (s *Scale) Break(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

// Run keeps the scale going until ctx ends, then closes the port.
func (s *Scale) Run(ctx context.Context) error {
	var needle sync.WaitGroup
	needle.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				s.send(func() string { return s.tick(now) })
			}
		}
	})
	s.Receive(ctx, func(chunk []byte) {
		s.send(func() string { return s.hear(chunk, time.Now()) })
	})
	needle.Wait()
	s.Close()
	return nil
}

func (s *Scale) send(answer func() string) {
	s.mu.Lock()
	text := answer()
	if s.frozen {
		text = ""
	}
	s.mu.Unlock()
	if text != "" {
		s.Send([]byte(text))
	}
}

// tick moves the needle and answers what waited for it. The caller holds the lock.
func (s *Scale) tick(now time.Time) (answer string) {
	s.pan.step(now, s.o.Alone)
	if s.waiting != "" {
		switch {
		case s.pan.still(now) || s.limit() != "":
			answer = s.rest(s.waiting)
			s.waiting = ""
		case now.After(s.until):
			answer = s.waiting + " I\r\n"
			s.waiting = ""
		}
	}
	if s.stream {
		answer += s.weight(now)
	}
	return answer
}

// hear takes bytes from the cable and answers whole commands.
func (s *Scale) hear(chunk []byte, now time.Time) (answer string) {
	s.in = append(s.in, chunk...)
	for {
		end := bytes.IndexByte(s.in, '\n')
		if end < 0 {
			if len(s.in) > 256 {
				s.in = nil
			}
			return answer
		}
		command := strings.TrimRight(string(s.in[:end]), "\r")
		s.in = s.in[end+1:]
		if !s.frozen {
			answer += s.command(command, now)
		}
	}
}

func (s *Scale) command(command string, now time.Time) string {
	name, parameter, _ := strings.Cut(command, " ")
	if parameter != "" && name != "TA" {
		switch name {
		case "S", "SI", "SIR", "Z", "ZI", "T", "TI", "I4":
			return name + " L\r\n"
		}
		return "ES\r\n"
	}
	if name == "S" || name == "SI" || name == "SIR" || name == "@" {
		s.stream, s.waiting = false, ""
	}
	switch name {
	case "S", "Z", "T":
		s.waiting, s.until = name, now.Add(5*time.Second)
		return s.tick(now)
	case "SI":
		return s.weight(now)
	case "SIR":
		s.stream = true
		return s.weight(now)
	case "ZI":
		s.zero, s.tare = s.pan.felt, 0
		return "ZI " + s.state(now) + "\r\n"
	case "TI":
		s.tare = s.pan.felt - s.zero
		return "TI " + s.state(now) + " " + grams(s.tare) + "\r\n"
	case "TA":
		return s.tareCommand(parameter)
	case "I4":
		return s.identity()
	case "@":
		s.tare = 0
		return s.identity()
	}
	return "ES\r\n"
}

func (s *Scale) identity() string { return fmt.Sprintf("I4 A %q\r\n", s.o.Serial) }

func (s *Scale) tareCommand(parameter string) string {
	if parameter != "" {
		var preset float64
		var unit string
		if n, _ := fmt.Sscanf(parameter, "%f %s", &preset, &unit); n != 2 || unit != "g" || preset < 0 {
			return "TA L\r\n"
		}
		s.tare = preset
	}
	return "TA A " + grams(s.tare) + "\r\n"
}

// rest answers a command that waited for the needle to rest.
func (s *Scale) rest(command string) string {
	if limit := s.limit(); limit != "" {
		return command + " " + limit + "\r\n"
	}
	switch command {
	case "Z":
		s.zero, s.tare = s.pan.felt, 0
		return "Z A\r\n"
	case "T":
		s.tare = s.pan.felt - s.zero
		return "T S " + grams(s.tare) + "\r\n"
	}
	if s.broken {
		return "S S Error 10b\r\n"
	}
	return "S S " + grams(s.pan.felt-s.zero-s.tare) + "\r\n"
}

// weight is the answer to SI, and a line of SIR.
func (s *Scale) weight(now time.Time) string {
	switch limit := s.limit(); {
	case s.broken:
		return "S S Error 10b\r\n"
	case limit != "":
		return "S " + limit + "\r\n"
	}
	return "S " + s.state(now) + " " + grams(s.pan.felt-s.zero-s.tare) + "\r\n"
}

func (s *Scale) limit() string {
	switch {
	case s.pan.felt > s.o.Capacity:
		return "+"
	case s.pan.felt < -20:
		return "-"
	}
	return ""
}

func (s *Scale) state(now time.Time) string {
	if s.pan.still(now) {
		return "S"
	}
	return "D"
}

// grams is a value as MT-SICS sends it: ten characters wide, and the unit.
func grams(g float64) string {
	g = math.Round(g*10)/10 + 0 // which turns -0 into 0
	return fmt.Sprintf("%10.1f g", g)
}
