package encode

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"studio/media/packet"
	"studio/media/samples"
)

// TestSoundIsInStep codes a click, decodes it with ffmpeg and looks where it is.
func TestSoundIsInStep(t *testing.T) {
	for _, test := range []struct {
		codec  packet.Codec
		frame  int64
		start  int64
		blocks int // samples a block
	}{
		{packet.AAC, 1024, 0, 1600},
		{packet.AAC, 1024, 96_123, 1601},
		{packet.Opus, 960, 0, 1602},
		{packet.Opus, 960, 96_123, 480},
	} {
		t.Run(fmt.Sprint(test.codec, test.start), func(t *testing.T) {
			a, err := NewAudio(AudioOptions{Codec: test.codec})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			const seconds, click = 2, 60_000
			sound := make([]float32, seconds*samples.Rate*2)
			for i := range 240 {
				x := float32(0.8 * math.Sin(float64(i)*2*math.Pi*2000/samples.Rate))
				sound[2*(click+i)], sound[2*(click+i)+1] = x, x
			}
			var packets []*packet.Packet
			emit := func(p *packet.Packet) { packets = append(packets, p) }
			for from := 0; from < len(sound); from += 2 * test.blocks {
				b := samples.Block{Position: test.start + int64(from/2), Data: sound[from:min(from+2*test.blocks, len(sound))]}
				if err := a.Encode(b, emit); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Flush(emit); err != nil {
				t.Fatal(err)
			}
			if got, want := packets[0].PTS, test.start-int64(a.Stream().Preskip); got != want {
				t.Errorf("first packet at %d, want %d", got, want)
			}
			for i := 1; i < len(packets); i++ {
				if packets[i].PTS-packets[i-1].PTS != test.frame {
					t.Fatalf("packet %d at %d after %d", i, packets[i].PTS, packets[i-1].PTS)
				}
			}
			// What the decoder makes of the first packet belongs at its PTS.
			var raw []byte
			if test.codec == packet.AAC {
				raw = output(t, "ffmpeg", "-v", "error", "-flags2", "+skip_manual", "-i", adts(t, packets), "-f", "f32le", "-ac", "1", "-")
			} else {
				raw = output(t, "ffmpeg", "-v", "error", "-i", ogg(t, a.Stream(), packets), "-f", "f32le", "-ac", "1", "-")
			}
			decoded := test.start - int64(a.Stream().Preskip)
			if test.codec == packet.Opus { // OpusHead's pre-skip has made ffmpeg cut them off
				decoded = test.start
			}
			at, peak := int64(-1), float32(0)
			for i := 0; i+4 <= len(raw); i += 4 {
				x := math.Float32frombits(uint32(raw[i]) | uint32(raw[i+1])<<8 | uint32(raw[i+2])<<16 | uint32(raw[i+3])<<24)
				peak = max(peak, x)
				if at < 0 && x > 0.3 {
					at = decoded + int64(i/4)
				}
			}
			want := test.start + click
			if off := samples.Duration(at - want); at < 0 || off < -5*time.Millisecond || off > 5*time.Millisecond {
				t.Errorf("click (peak %.2f) at %d, want %d: off by %v", peak, at, want, off)
			} else {
				t.Logf("click off by %v", off)
			}
		})
	}
}

func TestGapsAndOverlaps(t *testing.T) {
	a, err := NewAudio(AudioOptions{Codec: packet.AAC, BitsPerSecond: 96_000})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var times []int64
	emit := func(p *packet.Packet) { times = append(times, p.PTS) }
	block := func(position int64, n int) {
		data := make([]float32, 2*n)
		data[0] = float32(math.NaN()) // no encoder may stumble over it
		if err := a.Encode(samples.Block{Position: position, Data: data}, emit); err != nil {
			t.Fatal(err)
		}
	}
	block(0, 1000)
	block(5000, 1000)  // a gap of 4000
	block(5500, 1000)  // an overlap of 500
	block(5600, 100)   // nothing new
	block(6500, 10000) // contiguous
	const far = 100 * samples.Rate
	block(far, 5000) // too far to fill
	if err := a.Flush(emit); err != nil {
		t.Fatal(err)
	}
	jumped := 0
	for i := 1; i < len(times); i++ {
		switch d := times[i] - times[i-1]; {
		case d == 1024:
		case times[i] == far && jumped == 0:
			jumped++
		default:
			t.Fatalf("packet at %d after %d", times[i], times[i-1])
		}
	}
	if jumped != 1 || times[0] != -1024 {
		t.Errorf("times %v", times)
	}
	if err := a.Encode(samples.Block{}, emit); !errors.Is(err, ErrFlushed) {
		t.Errorf("after Flush: %v", err)
	}
	for _, o := range []AudioOptions{{Codec: packet.H264}, {Codec: packet.AAC, BitsPerSecond: 1}} {
		if _, err := NewAudio(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// adts writes AAC with ADTS headers (ISO/IEC 13818-7): LC, 48 kHz, stereo.
func adts(t *testing.T, packets []*packet.Packet) string {
	var framed []*packet.Packet
	for _, p := range packets {
		n := len(p.Data) + 7
		header := []byte{0xff, 0xf1, 1<<6 | 3<<2, 2<<6 | byte(n>>11), byte(n >> 3), byte(n<<5) | 0x1f, 0xfc}
		framed = append(framed, &packet.Packet{Data: append(header, p.Data...)})
	}
	return write(t, "sound.aac", framed)
}

// ogg writes Opus into Ogg pages of one packet each (RFC 3533, RFC 7845).
func ogg(t *testing.T, s *packet.Stream, packets []*packet.Packet) string {
	var pages []*packet.Packet
	page := func(flags byte, granule int64, data []byte) {
		p := append([]byte("OggS\x00"), flags)
		for k := range 8 {
			p = append(p, byte(granule>>(8*k)))
		}
		p = append(p, 1, 0, 0, 0, byte(len(pages)), byte(len(pages)>>8), 0, 0, 0, 0, 0, 0, byte(len(data)/255+1))
		p = append(p, bytes.Repeat([]byte{255}, len(data)/255)...)
		p = append(append(p, byte(len(data)%255)), data...)
		var sum uint32
		for _, b := range p {
			sum ^= uint32(b) << 24
			for range 8 {
				if sum&(1<<31) != 0 {
					sum = sum<<1 ^ 0x04c11db7
				} else {
					sum <<= 1
				}
			}
		}
		p[22], p[23], p[24], p[25] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		pages = append(pages, &packet.Packet{Data: p})
	}
	page(2, 0, s.Extra)
	page(0, 0, []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"))
	for i, p := range packets {
		page(0, int64(i+1)*960, p.Data)
	}
	return write(t, "sound.opus", pages)
}
