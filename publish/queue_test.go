package publish

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"studio/media/packet"
)

var (
	videoStream = &packet.Stream{Codec: packet.H264, TimeBase: packet.Rational{Num: 1, Den: 10}, BitsPerSecond: 800_000}
	audioStream = &packet.Stream{Codec: packet.AAC, TimeBase: packet.Rational{Num: 1, Den: 10}, BitsPerSecond: 80_000}
)

// packets reads a row: K a key frame, P another picture, a sound; the number is
// the time in tenths of a second. Each has 100 bytes.
func packets(row string) []*packet.Packet {
	var out []*packet.Packet
	for word := range strings.FieldsSeq(row) {
		p := &packet.Packet{Stream: videoStream, Data: make([]byte, 100), Key: word[0] != 'P'}
		if word[0] == 'a' {
			p.Stream = audioStream
		}
		fmt.Sscan(word[1:], &p.PTS)
		out = append(out, p)
	}
	return out
}

func row(list []*packet.Packet) string {
	var words []string
	for _, p := range list {
		kind := "P"
		switch {
		case !p.Stream.Codec.Video():
			kind = "a"
		case p.Key:
			kind = "K"
		}
		words = append(words, fmt.Sprint(kind, p.PTS))
	}
	return strings.Join(words, " ")
}

func TestQueueDrops(t *testing.T) {
	for _, test := range []struct {
		name    string
		tenths  int
		bytes   int
		in      string
		want    string
		dropped int
		waits   bool // for a key frame
	}{
		{"fits", 10, 9999, "K0 a0 P1 a1 P2", "K0 a0 P1 a1 P2", 0, false},
		{"too long, a newer key frame", 4, 9999, "K0 a0 P1 a1 P2 a2 K3 a3 P4 a4 P5", "K3 a3 P4 a4 P5", 6, false},
		{"sound of the key frame's time stands before it", 4, 9999, "K0 P1 P2 a3 K3 P4 P5", "a3 K3 P4 P5", 3, false},
		{"too long, no newer key frame", 3, 9999, "K0 a0 P1 a1 P2 a2 P3 a3 P4 a4 P5 a5", "a2 a3 a4 a5", 8, true},
		{"the key frame ends the wait", 3, 9999, "K0 P1 P2 P3 P4 P5 a5 K6 P7", "a5 K6 P7", 6, false},
		{"several groups at once", 3, 9999, "K0 P1 K2 P3 K9 P10", "K9 P10", 4, false},
		{"sound alone", 3, 9999, "a0 a1 a2 a3 a4 a5", "a2 a3 a4 a5", 2, false},
		{"too many bytes", 99, 350, "K0 a0 K1 a1", "K1 a1", 2, false},
		{"too many bytes of sound", 99, 250, "a0 a1 a2", "a1 a2", 1, false},
		{"one packet too big", 99, 50, "K0 P1", "", 2, true},
		{"times that go back", 3, 9999, "K9 P10 K1 P2", "K9 P10 K1 P2", 0, false},
	} {
		q := queue{limit: time.Duration(test.tenths) * 100 * time.Millisecond, limitBytes: test.bytes}
		dropped := 0
		for _, p := range packets(test.in) {
			dropped += q.push(p)
		}
		size := 0
		for _, p := range q.packets {
			size += len(p.Data)
		}
		if got := row(q.packets); got != test.want || dropped != test.dropped || q.waitKey != test.waits || q.bytes != size {
			t.Errorf("%s: %q, %d dropped, waits %v, %d bytes; want %q, %d, %v, %d",
				test.name, got, dropped, q.waitKey, q.bytes, test.want, test.dropped, test.waits, size)
		}
	}
}

func TestQueueRestarts(t *testing.T) {
	for _, test := range []struct {
		name     string
		before   string
		pictures bool
		newest   bool
		after    string // pushed after the restart
		want     string // what can be taken out
	}{
		{"newest key frame", "P1 a1 K2 a2 P3 K4 a4 P5", true, true, "", "K4 a4 P5"},
		{"oldest key frame", "P1 a1 K2 a2 P3 K4 a4 P5", true, false, "", "K2 a2 P3 K4 a4 P5"},
		{"sound before its picture", "P1 a1 a2 a3 K2 P3", true, true, "", "K2 a2 a3 P3"},
		{"no key frame: nothing goes out", "P1 a1 P2", true, true, "P3 a3", ""},
		{"no key frame: the next one is first", "P1 a1 P2", true, true, "P3 a3 a4 a5 K4 P5", "K4 a4 a5 P5"},
		{"sound alone", "a1 a2", false, true, "a3", "a1 a2 a3"},
	} {
		q := queue{limit: time.Hour, limitBytes: 9999}
		for _, p := range packets(test.before) {
			q.push(p)
		}
		q.restart(test.pictures, test.newest)
		for _, p := range packets(test.after) {
			q.push(p)
		}
		var out []*packet.Packet
		for p := q.pop(); p != nil; p = q.pop() {
			out = append(out, p)
		}
		if got := row(out); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestQueueHoldsWhateverComes pushes and pops at random: what comes out can be
// decoded, nothing is longer or bigger than allowed, and every packet is either
// taken out, dropped, or there.
func TestQueueHoldsWhateverComes(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		q := queue{limit: time.Duration(1+random.IntN(30)) * 100 * time.Millisecond, limitBytes: 200 + random.IntN(5000)}
		pushed, dropped, popped := 0, 0, 0
		decoded := int64(-1) // the newest picture that a decoder has
		for at := int64(0); at < 600; at++ {
			if random.IntN(60) == 0 {
				dropped += q.restart(true, random.IntN(2) == 0)
				decoded = -1
			}
			kind := "P"
			if at%7 == 0 || random.IntN(40) == 0 {
				kind = "K"
			}
			for _, p := range packets(fmt.Sprint(kind, at, " a", at)) {
				dropped += q.push(p)
				pushed++
				if q.length() > q.limit || q.bytes > q.limitBytes {
					t.Fatalf("seed %d: %v, %d bytes", seed, q.length(), q.bytes)
				}
			}
			for range random.IntN(5) {
				p := q.pop()
				if p == nil {
					break
				}
				popped++
				if !p.Stream.Codec.Video() {
					continue
				}
				if !p.Key && p.PTS != decoded+1 {
					t.Fatalf("seed %d: picture %d follows %d", seed, p.PTS, decoded)
				}
				decoded = p.PTS
			}
		}
		if pushed != popped+dropped+len(q.packets) {
			t.Fatalf("seed %d: %d pushed, %d popped, %d dropped, %d left", seed, pushed, popped, dropped, len(q.packets))
		}
	}
}
