package v4l2

import "studio/capture"

// heldFrames is how many frames of one camera may be held at a time: the mailbox
// holds one and those of a delay, the decoders of a tick and of the tick before
// some more. Only as many are made as are really held.
const heldFrames = 8 + capture.HeldBack

// frames is the bounded store of frames that pictures are copied into. Frames
// that are held outlive the device and the stream that they came from.
type frames struct {
	free chan *capture.Frame // holds all frames there are, so giving one back never waits
	made int                 // touched by the streaming goroutine only
}

func newFrames() *frames { return &frames{free: make(chan *capture.Frame, heldFrames)} }

// get returns a frame held once, with room for n bytes, or nil when all are held.
func (s *frames) get(n int) *capture.Frame {
	var f *capture.Frame
	select {
	case f = <-s.free:
		f.Renew()
	default:
		if s.made == heldFrames {
			return nil
		}
		s.made++
		f = capture.NewFrame(s.put)
	}
	if cap(f.Data) < n {
		f.Data = make([]byte, n, roomFor(n))
	}
	f.Data = f.Data[:n]
	return f
}

func (s *frames) put(f *capture.Frame) { s.free <- f }

// roomFor leaves a third more, in pages: sizes of JPEGs vary, and after the first
// seconds none should need a new allocation.
func roomFor(n int) int { return (n + n/3 + 4095) &^ 4095 }
