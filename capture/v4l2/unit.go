package v4l2

import (
	"bytes"
	"context"

	"studio/capture"
	"studio/capture/h264"
	"studio/hw/videodev"
	"studio/media/packet/annexb"
)

// decode lets what comes be decoded into out, until stop is called.
func (s *stream) decode(out *capture.Mailbox) (stop func(), err error) {
	decoder, err := h264.New(out)
	if err != nil {
		return nil, err
	}
	s.decoder = decoder
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		decoder.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
		decoder.Close()
	}, nil
}

// takeUnit is take for H.264: it tells the mailbox that an access unit came, and has it
// decoded.
func (s *stream) takeUnit(out *capture.Mailbox, data []byte, number uint64) {
	data = bytes.TrimRight(data, "\x00") // no unit ends so: the padding of some drivers
	unit, ok := annexb.Look(data)
	if s.buffer.Flags&videodev.BufFlagError != 0 || !ok {
		s.number.drop()
		out.CountDamaged()
		s.decoder.Lost()
		return
	}
	sets := s.complete(unit, data)
	if !unit.Picture { // some drivers give the sets a buffer of their own
		s.number.drop()
		return
	}
	f := s.frame(len(sets)+len(data), number)
	if f == nil {
		out.CountExhausted()
		s.decoder.Lost()
		return
	}
	copy(f.Data[copy(f.Data, sets):], data)
	f.Key = unit.Key && len(s.sets) > 0
	out.Come(f)
	s.decoder.Take(f)
	f.Release()
}

// mostSets is more than any camera's parameter sets take.
const mostSets = 4096

// complete keeps the parameter sets, and returns those that are to stand before a key
// frame: some cameras send them once only, and what begins later lacks them.
func (s *stream) complete(unit annexb.AccessUnit, data []byte) []byte {
	switch {
	case unit.SPS:
		s.sets = annexb.AppendSets(s.sets[:0], data)
	case unit.PPS && !unit.Picture && len(s.sets)+len(data) < mostSets:
		s.sets = annexb.AppendSets(s.sets, data)
	case unit.Key:
		return s.sets
	}
	return nil
}
