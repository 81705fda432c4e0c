package rtc

import (
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

const (
	// resendShare is how much of what is sent may be sent again: enough for a loss of one
	// packet in five. Beyond that the way is full, and sending again fills it more.
	resendShare = 4
	// resendSaved is how many bytes of that share may be saved up for a burst of loss.
	resendSaved = 128 << 10
	// resendTries is how often one packet is sent again. Who has been asked for it more
	// often cannot help: receivers that were not ready yet when it came have counted it,
	// ask for it for seconds, and throw it away as one that they have had.
	resendTries = 5
	// resendKept is how many packets' tries are known, more than are kept for sending again.
	resendKept = 1 << 11
)

// resends keeps what is sent again on a track within bounds. It tells it from what is
// new by its sequence number.
type resends struct {
	interceptor.NoOp
}

// NewInterceptor makes it a factory of itself: it keeps nothing that tracks share.
func (r *resends) NewInterceptor(string) (interceptor.Interceptor, error) { return r, nil }

// BindLocalStream drops what exceeds the bounds.
func (*resends) BindLocalStream(_ *interceptor.StreamInfo, writer interceptor.RTPWriter) interceptor.RTPWriter {
	budget := resendBudget{saved: resendSaved}
	return interceptor.RTPWriterFunc(func(header *rtp.Header, payload []byte, attributes interceptor.Attributes) (int, error) {
		if !budget.take(header.SequenceNumber, len(payload)) {
			return len(payload), nil
		}
		return writer.Write(header, payload, attributes)
	})
}

// resendBudget is how many bytes of one track may be sent again now.
type resendBudget struct {
	mu      sync.Mutex
	started bool
	newest  uint16
	saved   int
	tries   [resendKept]uint8 // by the packet's number
}

// take reports whether a packet may be sent, and counts it.
func (b *resendBudget) take(number uint16, bytes int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.started || int16(number-b.newest) > 0 {
		b.started, b.newest = true, number
		b.tries[number%resendKept] = 0
		b.saved = min(resendSaved, b.saved+bytes/resendShare)
		return true
	}
	tries := &b.tries[number%resendKept]
	if b.saved < bytes || *tries == resendTries {
		return false
	}
	*tries++
	b.saved -= bytes
	return true
}
