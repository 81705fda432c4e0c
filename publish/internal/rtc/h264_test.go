package rtc

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/pion/rtp/codecs"

	"studio/media/packet"
)

// unit makes a NAL unit of a type and size that holds no start code.
func unit(kind byte, size int) []byte {
	u := bytes.Repeat([]byte{0x55}, size)
	for i := range u {
		u[i] = byte(1 + rand.IntN(255))
	}
	u[0] = 0x60 | kind
	return u
}

func annexB(long bool, units ...[]byte) []byte {
	var out []byte
	for _, u := range units {
		if long {
			out = append(out, 0)
		}
		out = append(append(out, 0, 0, 1), u...)
	}
	return out
}

func TestPayloads(t *testing.T) {
	const size = 200
	sps, pps, sei := unit(nalSPS, 25), unit(8, 6), unit(6, 30)
	idr, slice, small := unit(nalIDR, 5000), unit(1, 190), unit(1, 40)
	exact, over := unit(1, size), unit(1, size+1)
	delimiter, filler := unit(nalDelimiter, 2), unit(nalFiller, 500)
	mixed := append(annexB(false, sps), annexB(true, pps, idr)...)

	for _, test := range []struct {
		name     string
		in       []byte
		want     [][]byte
		payloads int
	}{
		{"nothing", nil, nil, 0},
		{"no start code", []byte{1, 2, 3}, nil, 0},
		{"one small unit", annexB(true, small), [][]byte{small}, 1},
		{"short start codes", annexB(false, small, small), [][]byte{small, small}, 1},
		{"key frame", annexB(true, delimiter, sps, pps, sei, idr, filler), [][]byte{sps, pps, sei, idr}, 1 + 26},
		{"both kinds of start code", mixed, [][]byte{sps, pps, idr}, 1 + 26},
		{"zeroes between units", append(append(annexB(true, small), 0, 0), annexB(true, slice)...), [][]byte{small, slice}, 2},
		{"as large as a payload", annexB(true, small, exact), [][]byte{small, exact}, 2},
		{"one byte larger", annexB(true, over, small), [][]byte{over, small}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows := payloads(test.in, size)
			if len(rows) != test.payloads {
				t.Errorf("%d payloads, want %d", len(rows), test.payloads)
			}
			// Another's depacketizer puts the access unit together again.
			var depacketizer codecs.H264Packet
			var got []byte
			for _, row := range rows {
				if len(row) > size {
					t.Errorf("a payload of %d bytes", len(row))
				}
				b, err := depacketizer.Unmarshal(row)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b...)
			}
			if want := annexB(true, test.want...); !bytes.Equal(got, want) {
				t.Errorf("%d bytes come out, want %d, or others", len(got), len(want))
			}
		})
	}
}

func FuzzPayloads(f *testing.F) {
	f.Add(annexB(true, unit(nalSPS, 20), unit(8, 5), unit(nalIDR, 900)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, row := range payloads(data, 100) {
			if len(row) == 0 || len(row) > 100 {
				t.Fatalf("a payload of %d bytes", len(row))
			}
		}
	})
}

func TestProfiles(t *testing.T) {
	for _, test := range []struct {
		name string
		sps  []byte
		want []string
	}{
		{"x264 constrained baseline", []byte{0x67, 0x42, 0xc0, 0x1f}, []string{"42e01f"}},
		{"baseline", []byte{0x67, 0x42, 0x00, 0x1e}, []string{"42001e", "42e01e"}},
		{"x264 main, level 4", []byte{0x67, 0x4d, 0x40, 0x28}, []string{"4d0028", "42e028"}},
		{"main that keeps to baseline", []byte{0x67, 0x4d, 0xc0, 0x28}, []string{"42e028"}},
		{"high", []byte{0x67, 0x64, 0x00, 0x29}, []string{"640029", "42e029"}},
		{"constrained high", []byte{0x67, 0x64, 0x0c, 0x29}, []string{"640c29", "42e029"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Profiles(annexB(true, unit(nalDelimiter, 2), test.sps))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(test.want) {
				t.Fatalf("%x, want %v", got, test.want)
			}
			for i, p := range got {
				if want := "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + test.want[i]; p.fmtp() != want {
					t.Errorf("%s, want %s", p.fmtp(), want)
				}
				if back, ok := profileOfLine(p.fmtp()); !ok || back != p {
					t.Errorf("%x read back as %x", p, back)
				}
			}
		})
	}
	if _, err := Profiles(annexB(true, unit(8, 5))); err == nil {
		t.Error("a stream without SPS has a profile")
	}
}

func TestRescale(t *testing.T) {
	for _, test := range []struct {
		n    int64
		base packet.Rational
		rate int64
		want int64
	}{
		{0, packet.Rational{Num: 1, Den: 30}, 90000, 0},
		{7, packet.Rational{Num: 1, Den: 30}, 90000, 21000},
		{1, packet.Rational{Num: 1001, Den: 30000}, 90000, 3003},
		{-1, packet.Rational{Num: 1001, Den: 30000}, 90000, -3003},
		{3, packet.Rational{Num: 1, Den: 48000}, 90000, 6}, // 5.6
		{960, packet.Rational{Num: 1, Den: 48000}, 48000, 960},
		{1_000_000_000, packet.Rational{Num: 1, Den: 1_000_000_000}, 90000, 90000},
		{864_000, packet.Rational{Num: 1001, Den: 30000}, 90000, 864_000 * 3003}, // eight hours
		{400 * 24 * 3600 * 1_000_000_000, packet.Rational{Num: 1, Den: 1_000_000_000}, 90000, 400 * 24 * 3600 * 90000},
	} {
		if got := rescale(test.n, test.base, test.rate); got != test.want {
			t.Errorf("%d of %v is %d at %d Hz, want %d", test.n, test.base, got, test.rate, test.want)
		}
	}
}
