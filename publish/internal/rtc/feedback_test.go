package rtc

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"go.uber.org/goleak"
)

// TestCongestion: packets are numbered through, those sent again with a number of their
// own and without a change to the one that is kept; reports that are nonsense, come twice
// or are none end nothing.
func TestCongestion(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := newCongestion(BitRates{Start: 1_000_000, Min: 100_000, Max: 2_000_000})
	if err != nil {
		t.Fatal(err)
	}
	const id = 5
	var numbers []uint16
	wire := interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
		var number rtp.TransportCCExtension
		if err := number.Unmarshal(h.GetExtension(id)); err != nil {
			t.Errorf("packet %d: %v", h.SequenceNumber, err)
		}
		numbers = append(numbers, number.TransportSequence)
		return len(payload), nil
	})
	agreed := []interceptor.RTPHeaderExtension{{URI: "urn:x", ID: 2}, {URI: sdp.TransportCCURI, ID: id}}
	picture := c.BindLocalStream(&interceptor.StreamInfo{SSRC: 1, RTPHeaderExtensions: agreed}, wire)
	sound := c.BindLocalStream(&interceptor.StreamInfo{SSRC: 2, RTPHeaderExtensions: agreed}, wire)
	kept := &rtp.Header{Version: 2, SSRC: 1, SequenceNumber: 7}
	for _, step := range []struct {
		writer interceptor.RTPWriter
		header *rtp.Header
	}{{picture, kept}, {sound, &rtp.Header{Version: 2, SSRC: 2, SequenceNumber: 9}}, {picture, kept}} {
		if _, err := step.writer.Write(step.header, make([]byte, 1000), nil); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(numbers, []uint16{0, 1, 2}) || kept.Extension {
		t.Errorf("numbers %v; the kept header is %+v", numbers, kept)
	}
	unagreed := &interceptor.StreamInfo{SSRC: 3}
	plain := c.BindLocalStream(unagreed, interceptor.RTPWriterFunc(func(h *rtp.Header, _ []byte, _ interceptor.Attributes) (int, error) {
		if h.Extension {
			t.Error("a packet is numbered for somebody who has not agreed to it")
		}
		return 0, nil
	}))
	if _, err := plain.Write(&rtp.Header{SSRC: 3}, nil, nil); err != nil {
		t.Error(err)
	}

	report := func(count uint8, deltas int) []byte {
		r := &rtcp.TransportLayerCC{
			Header:     rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback},
			SenderSSRC: 9, MediaSSRC: 1, PacketStatusCount: 3, FbPktCount: count,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{Type: rtcp.TypeTCCRunLengthChunk, PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 3}},
		}
		for range deltas {
			r.RecvDeltas = append(r.RecvDeltas, &rtcp.RecvDelta{Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 250})
		}
		r.Header.Length = r.Len()/4 - 1
		r.Header.Padding = (20+2+deltas)%4 != 0
		b, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for i, step := range []struct {
		data  []byte
		heard bool
	}{
		{[]byte("nonsense"), false},
		{report(0, 3)[:21], false},
		{report(0, 3), false}, // too early
		{report(1, 3), true},
		{report(1, 3), true},
		{report(2, 3)[:22], true},
	} {
		if i == 3 {
			c.began.Store(time.Now().Add(-settling).UnixNano())
		}
		reader := c.BindRTCPReader(interceptor.RTCPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
			return copy(b, step.data), a, nil
		}))
		b := make([]byte, 1500)
		n, _, err := reader.Read(b, nil)
		if err != nil || !bytes.Equal(b[:n], step.data) {
			t.Errorf("step %d: read %d bytes, %v", i, n, err)
		}
		if heard := c.estimate() > 0; heard != step.heard {
			t.Errorf("step %d: an estimate of %d", i, c.estimate())
		}
	}
	ended := c.BindRTCPReader(interceptor.RTCPReaderFunc(func([]byte, interceptor.Attributes) (int, interceptor.Attributes, error) { return 0, nil, io.EOF }))
	if _, _, err := ended.Read(nil, nil); err != io.EOF {
		t.Errorf("the end is reported as %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestResendBudget: what is new always goes; what is sent again is bounded over time, and
// a burst of it goes at once.
func TestResendBudget(t *testing.T) {
	var b resendBudget
	const size = 1000
	number := uint16(65_000) // it wraps around
	again := func(tries int) (sent int) {
		for i := range tries {
			if b.take(number-uint16(i%100), size) {
				sent++
			}
		}
		return sent
	}
	for range 2000 {
		number++
		if !b.take(number, size) {
			t.Fatal("a new packet was held back")
		}
	}
	if n := again(1000); n != resendSaved/size {
		t.Errorf("a burst of %d packets was sent again, want %d", n, resendSaved/size)
	}
	for range 2000 {
		number++
		b.take(number, size)
	}
	one := 0
	for range 50 {
		if b.take(number-7, size) {
			one++
		}
	}
	if one != resendTries {
		t.Errorf("one packet was sent again %d times, want %d", one, resendTries)
	}
	again(1000) // nothing is saved
	sent := 0
	for range 1000 {
		number++
		b.take(number, size)
		sent += again(3)
	}
	if sent < 240 || sent > 260 {
		t.Errorf("of 1000 packets, %d were sent again, want about a quarter", sent)
	}
}

func TestFragment(t *testing.T) {
	const description = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" +
		"a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=ice-ufrag:EsAw\r\n"
	const head = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=video 9 RTP/AVP 0\r\na=mid:v\r\n"
	if got, want := fragmentOf(description, []string{"candidate:1", "candidate:2"}, false), head+"a=candidate:1\r\na=candidate:2\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := fragmentOf(description, nil, true), head+"a=end-of-candidates\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTrickle: what is in the offer is not told again, the end is told once.
func TestTrickle(t *testing.T) {
	p, err := New(Options{Profiles: AnyProfile(), Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Offer(t.Context(), GatherFor); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		fragment, last := p.Trickle()
		if fragment != "" {
			t.Errorf("told again: %q", fragment)
		}
		if last {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the end of the candidates never came")
		}
		time.Sleep(time.Millisecond)
	}
}
