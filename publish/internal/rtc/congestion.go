package rtc

import (
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// BitRates bound an estimate, in bits a second.
type BitRates struct{ Start, Min, Max int }

// congestion is transport-wide congestion control: it numbers every RTP packet, of
// both tracks and those sent again (draft-holmer-rmcat-transport-wide-cc-extensions-01),
// and gives the receiver's reports on them to the library's estimator, which goes by
// growing delay and by loss (draft-ietf-rmcat-gcc-02). Packets are not paced: they
// leave when they are written. What is reported in the first seconds is not looked at:
// receivers lose what comes before they have made their tracks, and ask for it in vain.
//
// The library's own interceptors are not used, because they end all reading of RTCP
// at the first report they do not understand, count a report twice that comes to
// both tracks, and write into headers that are kept for sending again.
type congestion struct {
	interceptor.NoOp
	estimator *gcc.SendSideBWE
	number    atomic.Uint32 // of the next packet
	heard     atomic.Bool   // a report has come
	began     atomic.Int64  // when the first packet was sent, in ns; 0: none was
	last      atomic.Int32  // count of the last report, 8 bits
}

// settling is how long reports are not looked at.
const settling = 2 * time.Second

func newCongestion(r BitRates) (*congestion, error) {
	estimator, err := gcc.NewSendSideBWE(gcc.SendSideBWEInitialBitrate(r.Start), gcc.SendSideBWEMinBitrate(r.Min),
		gcc.SendSideBWEMaxBitrate(r.Max), gcc.SendSideBWEPacer(gcc.NewNoOpPacer()))
	if err != nil {
		return nil, err
	}
	c := &congestion{estimator: estimator}
	c.last.Store(-1)
	return c, nil
}

// NewInterceptor makes it a factory of itself: each connection has its own.
func (c *congestion) NewInterceptor(string) (interceptor.Interceptor, error) { return c, nil }

// BindLocalStream numbers a track's packets, if the other side has agreed to it.
func (c *congestion) BindLocalStream(info *interceptor.StreamInfo, writer interceptor.RTPWriter) interceptor.RTPWriter {
	var id uint8
	for _, extension := range info.RTPHeaderExtensions {
		if extension.URI == sdp.TransportCCURI {
			id = uint8(extension.ID)
		}
	}
	if id == 0 {
		return writer
	}
	writer = c.estimator.AddStream(info, writer)
	return interceptor.RTPWriterFunc(func(header *rtp.Header, payload []byte, attributes interceptor.Attributes) (int, error) {
		c.began.CompareAndSwap(0, time.Now().UnixNano())
		number, err := rtp.TransportCCExtension{TransportSequence: uint16(c.number.Add(1) - 1)}.Marshal()
		if err != nil {
			return 0, err
		}
		numbered := header.Clone()
		if err := numbered.SetExtension(id, number); err != nil {
			return 0, err
		}
		return writer.Write(&numbered, payload, attributes)
	})
}

// BindRTCPReader looks through what comes for reports.
func (c *congestion) BindRTCPReader(reader interceptor.RTCPReader) interceptor.RTCPReader {
	return interceptor.RTCPReaderFunc(func(b []byte, attributes interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, attributes, err := reader.Read(b, attributes)
		if err != nil {
			return n, attributes, err
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			return n, attributes, nil
		}
		for _, packet := range packets {
			report, ok := packet.(*rtcp.TransportLayerCC)
			if !ok || c.last.Swap(int32(report.FbPktCount)) == int32(report.FbPktCount) {
				continue
			}
			if began := c.began.Load(); began == 0 || time.Now().UnixNano()-began < int64(settling) {
				continue
			}
			// A report that the estimator cannot use tells nothing; the next one does.
			if c.estimator.WriteRTCP([]rtcp.Packet{report}, nil) == nil {
				c.heard.Store(true)
			}
		}
		return n, attributes, nil
	})
}

func (c *congestion) estimate() int {
	if !c.heard.Load() {
		return 0
	}
	return c.estimator.GetTargetBitrate()
}

// Close ends the estimator's goroutines.
func (c *congestion) Close() error { return c.estimator.Close() }
