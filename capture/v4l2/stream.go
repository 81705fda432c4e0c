package v4l2

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/capture/h264"
	"studio/hw/videodev"
	"studio/media/picture"
	"studio/words"
)

// kernelBuffers is how many buffers the driver fills in turn: one being filled,
// one being copied, two for a machine that is busy elsewhere for a moment.
const kernelBuffers = 4

// stream is one open camera that delivers. Frames are copied out of the driver's
// buffers (0.05 ms for a raw 1080p picture): the buffer is back with the driver
// at once, and a frame that somebody holds survives the camera's unplugging.
type stream struct {
	node   node
	mode   capture.Mode
	stride int // bytes a row, 0 for MJPEG and H.264
	need   int // bytes of a whole raw picture, 0 for MJPEG and H.264
	colour picture.Colour

	memory [][]byte
	unmap  []func() error
	buffer videodev.Buffer // the one being handled, here so that none is allocated for each frame

	frames *frames
	number *numbering

	decoder *h264.Decoder // nil: not H.264
	sets    []byte        // H.264's parameter sets, as they came last
}

// start sets the camera up as wanted and lets it stream. What it was really set
// to is in mode.
func start(n node, want option) (*stream, error) {
	s := &stream{node: n}
	if err := s.negotiate(want); err != nil {
		return nil, err
	}
	if err := s.allocate(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// negotiate sets format and rate and keeps what the driver made of them.
func (s *stream) negotiate(want option) error {
	arg := videodev.Format{Type: videodev.BufTypeCapture, Pix: videodev.PixFormat{
		Width:       uint32(want.size.Width),
		Height:      uint32(want.size.Height),
		PixelFormat: want.pix,
		Field:       videodev.FieldNone,
		Priv:        videodev.PrivMagic,
	}}
	if err := s.node.ioctl(videodev.SetFormat, unsafe.Pointer(&arg)); err != nil {
		return fmt.Errorf("set format: %w", err)
	}
	pix := arg.Pix
	for _, c := range codings() {
		if c.pix == pix.PixelFormat {
			s.mode.Format = c.format
		}
	}
	s.mode.Width, s.mode.Height = int(pix.Width), int(pix.Height)
	if s.mode.Format == 0 || pix.Width == 0 || pix.Height == 0 || (pix.Width|pix.Height)%2 != 0 {
		return fmt.Errorf("%w: the driver set %s %d×%d", capture.ErrNoFormat, fourCC(pix.PixelFormat), pix.Width, pix.Height)
	}
	s.colour = colour(s.mode.Format, pix)
	if s.mode.Format != capture.MJPEG && s.mode.Format != capture.H264 {
		s.stride = max(int(pix.BytesPerLine), tightStride(s.mode.Format, s.mode.Width))
		s.need = imageBytes(s.mode.Format, s.stride, s.mode.Height)
	}
	return s.setRate(want)
}

// setRate asks for the frame rate. A driver that has none to set is left alone.
func (s *stream) setRate(want option) error {
	parm := videodev.StreamParm{Type: videodev.BufTypeCapture, TimePerFrame: videodev.Fraction{Num: uint32(want.rate.Den), Den: uint32(want.rate.Num)}}
	if err := s.node.ioctl(videodev.SetParm, unsafe.Pointer(&parm)); err != nil {
		if errors.Is(cause(err), capture.ErrBusy) || isGone(cause(err)) {
			return fmt.Errorf("set frame rate: %w", err)
		}
		parm = videodev.StreamParm{Type: videodev.BufTypeCapture}
		if err := s.node.ioctl(videodev.GetParm, unsafe.Pointer(&parm)); err != nil {
			return nil
		}
	}
	if t := parm.TimePerFrame; t.Num != 0 && t.Den != 0 {
		s.mode.FrameRate = float64(t.Den) / float64(t.Num)
	}
	return nil
}

// allocate maps the driver's buffers, hands them all over and starts the stream.
func (s *stream) allocate() error {
	request := videodev.RequestBuffers{Count: kernelBuffers, Type: videodev.BufTypeCapture, Memory: videodev.MemoryMMap}
	if err := s.node.ioctl(videodev.ReqBufs, unsafe.Pointer(&request)); err != nil {
		return fmt.Errorf("request buffers: %w", err)
	}
	if request.Count < 2 {
		return words.Errorf("request buffers: the driver has only %d", "驱动程序的缓冲区不够（%d 个），请拔下重新插上", request.Count)
	}
	for i := range request.Count {
		s.buffer = videodev.Buffer{Index: i, Type: videodev.BufTypeCapture, Memory: videodev.MemoryMMap}
		if err := s.node.ioctl(videodev.QueryBuf, unsafe.Pointer(&s.buffer)); err != nil {
			return fmt.Errorf("query buffer: %w", err)
		}
		data, unmap, err := s.node.mapBuffer(int64(s.buffer.Offset), int(s.buffer.Length))
		if err != nil {
			return fmt.Errorf("map buffer: %w", err)
		}
		s.memory, s.unmap = append(s.memory, data), append(s.unmap, unmap)
		if err := s.enqueue(i); err != nil {
			return err
		}
	}
	kind := uint32(videodev.BufTypeCapture)
	if err := s.node.ioctl(videodev.StreamOn, unsafe.Pointer(&kind)); err != nil {
		return fmt.Errorf("start streaming: %w", err)
	}
	return nil
}

// run hands frames to out until ctx ends or the camera fails.
func (s *stream) run(ctx context.Context, out *capture.Mailbox) error {
	wake, err := newWaker(ctx)
	if err != nil {
		return err
	}
	defer wake.close()
	fds := []unix.PollFd{
		{Fd: int32(s.node.fd()), Events: unix.POLLIN},
		{Fd: int32(wake.fd), Events: unix.POLLIN},
	}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for a frame: %w", err)
		} else if err != nil || fds[1].Revents != 0 {
			if ctx.Err() != nil {
				return nil
			}
			continue
		}
		s.buffer = videodev.Buffer{Type: videodev.BufTypeCapture, Memory: videodev.MemoryMMap}
		switch err := s.node.ioctl(videodev.DQBuf, unsafe.Pointer(&s.buffer)); {
		case err == nil:
		case err == unix.EAGAIN && fds[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) == 0:
			continue
		case err == unix.EAGAIN: // an error without a frame: the driver has stopped
			return unix.EIO
		default:
			return fmt.Errorf("fetch a frame: %w", err)
		}
		index := s.buffer.Index
		if int(index) >= len(s.memory) {
			return words.Errorf("fetch a frame: the driver returned buffer %d of %d", "摄像头驱动出错，请拔下重新插上", index, len(s.memory))
		}
		s.take(out)
		if err := s.enqueue(index); err != nil {
			return err
		}
	}
}

// take copies the frame in the present buffer into the mailbox, or drops and
// counts it.
func (s *stream) take(out *capture.Mailbox) {
	number := s.number.next(s.buffer.Sequence)
	memory := s.memory[s.buffer.Index]
	data := memory[:min(int(s.buffer.BytesUsed), len(memory))]
	if s.decoder != nil {
		s.takeUnit(out, data, number)
		return
	}
	data, ok := whole(s.mode.Format, data, s.need)
	if s.buffer.Flags&videodev.BufFlagError != 0 || !ok {
		s.number.drop()
		out.CountDamaged()
		return
	}
	f := s.frame(len(data), number)
	if f == nil {
		out.CountExhausted()
		return
	}
	copy(f.Data, data)
	out.Put(f)
}

// frame returns a frame for what is in the present buffer, with room for n bytes; nil
// if there is none left.
func (s *stream) frame(n int, number uint64) *capture.Frame {
	f := s.frames.get(n)
	if f == nil {
		s.number.drop()
		return nil
	}
	f.Format, f.Width, f.Height, f.Stride = s.mode.Format, s.mode.Width, s.mode.Height, s.stride
	f.Colour = s.colour
	f.Taken = taken(s.buffer.Seconds, s.buffer.Microseconds)
	f.Sequence, f.Key = number, false
	return f
}

func (s *stream) enqueue(index uint32) error {
	s.buffer = videodev.Buffer{Index: index, Type: videodev.BufTypeCapture, Memory: videodev.MemoryMMap}
	if err := s.node.ioctl(videodev.QBuf, unsafe.Pointer(&s.buffer)); err != nil {
		return fmt.Errorf("return a buffer: %w", err)
	}
	return nil
}

// stop ends streaming and gives all buffers back; the node stays open. Errors do
// not matter: the device may be gone.
func (s *stream) stop() {
	kind := uint32(videodev.BufTypeCapture)
	s.node.ioctl(videodev.StreamOff, unsafe.Pointer(&kind))
	for _, unmap := range s.unmap {
		unmap()
	}
	s.memory, s.unmap = nil, nil
	free := videodev.RequestBuffers{Type: videodev.BufTypeCapture, Memory: videodev.MemoryMMap}
	s.node.ioctl(videodev.ReqBufs, unsafe.Pointer(&free))
}

func tightStride(f capture.Format, width int) int {
	if f == capture.YUYV {
		return 2 * width
	}
	return width
}

func fourCC(pix uint32) string {
	return string([]byte{byte(pix), byte(pix >> 8), byte(pix >> 16), byte(pix >> 24)})
}
