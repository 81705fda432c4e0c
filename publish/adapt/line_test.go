package adapt

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// trace is what a line carries, in bits a second, at a time since the beginning.
type trace func(at time.Duration) float64

func steady(bits float64) trace { return func(time.Duration) float64 { return bits } }

// between has one rate for a while, and another before and after.
func between(from, to time.Duration, inside, outside float64) trace {
	return func(at time.Duration) float64 {
		if at >= from && at < to {
			return inside
		}
		return outside
	}
}

// sawtooth rises from low to high in each period, and falls at once.
func sawtooth(low, high float64, period time.Duration) trace {
	return func(at time.Duration) float64 {
		return low + (high-low)*float64(at%period)/float64(period)
	}
}

// mobile is a phone's line: its logarithm wanders about a mean, twice a second, and
// now and then it stands still for a second or two.
func mobile(mean float64, seed uint64) trace {
	random := rand.New(rand.NewPCG(seed, 4))
	var rates []float64
	for x, still := 0.0, 0; len(rates) < 2*1200; {
		x = 0.97*x + 0.08*random.NormFloat64()
		if random.IntN(160) == 0 {
			still = 2 + random.IntN(3)
		}
		rate := mean * math.Exp(x)
		if still > 0 {
			still--
			rate = 0
		}
		rates = append(rates, rate)
	}
	return halfSeconds(rates)
}

// recorded reads what was measured; see testdata/record.
func recorded(t *testing.T, file string) trace {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rates []float64
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		rate, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rates = append(rates, rate)
	}
	return halfSeconds(rates)
}

func halfSeconds(rates []float64) trace {
	return func(at time.Duration) float64 { return rates[int(at/(500*time.Millisecond))%len(rates)] }
}

// What publish.Destination and publish/avformat have.
const (
	frameRate   = 30
	group       = 60 // frames
	queueLimit  = 4.0
	socketBytes = 512 << 10
)

// simulated is a destination: its queue, which drops through to the next key
// frame, the kernel's buffer, and the line.
type simulated struct {
	name    string
	line    trace
	off     bool
	queue   []frame
	socket  float64 // bytes
	sent    uint64
	dropped uint64 // frames
	waits   bool   // for a key frame

	// WebRTC's: all is sent at once, and carries says what congestion control makes of it.
	controlled   bool
	carries      float64
	second, lost float64 // bytes that came, and that did not, since the last look
	longest      float64
}

type frame struct {
	at    float64 // seconds
	bytes float64
	key   bool
}

func (s *simulated) length(now float64) float64 {
	if len(s.queue) == 0 {
		return 0
	}
	return s.queue[len(s.queue)-1].at - s.queue[0].at
}

func (s *simulated) push(f frame) {
	if s.controlled {
		s.sent += uint64(f.bytes)
		s.second += f.bytes
		return
	}
	if s.waits && !f.key {
		s.dropped++
		return
	}
	s.waits = false
	s.queue = append(s.queue, f)
	if s.length(f.at) <= queueLimit {
		return
	}
	keep := len(s.queue)
	for i := 1; i < len(s.queue); i++ {
		if s.queue[i].key {
			keep = i
			break
		}
	}
	s.dropped += uint64(keep)
	s.queue = s.queue[keep:]
	s.waits = len(s.queue) == 0
}

// estimate is what congestion control makes of a second: somewhat less than what came
// if not all did, else slowly more, up to half as much again. 0: it has room for all.
func (s *simulated) estimate(at time.Duration, most int) int {
	room := s.line(at) / 8
	s.lost += max(0, s.second-room)
	if s.second > room {
		s.carries = 0.85 * 8 * room
	} else if s.carries > 0 {
		s.carries = min(s.carries*1.08, 1.5*8*s.second)
	}
	s.second = 0
	if video := int(s.carries) - audioBits; s.carries > 0 && video < most {
		return max(video, 1)
	}
	s.carries = 0
	return 0
}

// run passes one frame's time.
func (s *simulated) run(at time.Duration) {
	s.socket = max(0, s.socket-s.line(at)/8/frameRate)
	for len(s.queue) > 0 && s.socket < socketBytes {
		f := s.queue[0]
		s.queue = s.queue[1:]
		s.socket += f.bytes
		s.sent += uint64(f.bytes)
	}
	s.longest = max(s.longest, s.length(at.Seconds()))
}

// moment is what happened in a second of a simulation.
type moment struct {
	at      time.Duration
	bits    int
	own     map[string]int
	sent    map[string]uint64 // in this second, bytes
	dropped map[string]uint64 // in this second, frames
	queue   map[string]float64
	reasons []string
}

const audioBits = 128_000

// play sends a programme to the destinations for a time, stepping the controller
// once a second.
func play(o Options, span time.Duration, places ...*simulated) []moment {
	o.AudioBitsPerSecond = audioBits
	c := New(o, 0)
	bits, own := c.Step(0, nil).BitsPerSecond, map[string]int{}
	random := rand.New(rand.NewPCG(1, 1))
	var story []moment
	before := map[string]simulated{}
	for n := 0; n < int(span.Seconds()*frameRate); n++ {
		at := time.Duration(n) * time.Second / frameRate
		key := n%group == 0
		size := 0.93 * (0.8 + 0.4*random.Float64()) // of the mean; a key frame is as big as five
		if key {
			size = 5
		}
		for _, s := range places {
			if s.off {
				continue
			}
			rate := bits
			if r, ok := own[s.name]; ok {
				rate = r
			}
			s.push(frame{at.Seconds(), (float64(rate)*size + audioBits) / 8 / frameRate, key})
			s.run(at)
		}
		if n%frameRate != frameRate-1 {
			continue
		}
		m := moment{at: at, own: map[string]int{}, sent: map[string]uint64{}, dropped: map[string]uint64{}, queue: map[string]float64{}}
		var samples []Sample
		for _, s := range places {
			sample := Sample{Destination: s.name, Live: !s.off, QueueSeconds: s.length(at.Seconds()), SentBytes: s.sent, Dropped: s.dropped}
			if s.controlled {
				sample.CarriesBits = s.estimate(at, o.Max)
			}
			samples = append(samples, sample)
			m.sent[s.name], m.dropped[s.name] = s.sent-before[s.name].sent, s.dropped-before[s.name].dropped
			m.queue[s.name] = s.length(at.Seconds())
			before[s.name] = *s
		}
		d := c.Step(at, samples)
		bits, own = d.BitsPerSecond, m.own
		for _, o := range d.Own {
			own[o.Destination] = o.BitsPerSecond
		}
		m.bits = bits
		for _, r := range d.Reasons {
			m.reasons = append(m.reasons, r.En)
		}
		story = append(story, m)
	}
	return story
}
