package encode

/*
#include <stdlib.h>
#include "libav.h"
*/
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"studio/media/packet"
	"studio/media/picture"
)

// Video encodes one canvas: constant bit rate, no B-frames, no scene cuts, closed
// groups of pictures. A key frame stands at each multiple of the key interval on
// the program clock, so those of all canvases line up, also after lost frames.
type Video struct {
	encoder *C.encoder
	options VideoOptions
	stream  *packet.Stream
	flushed bool

	started bool
	last    int64       // position of the newest picture
	gap     int64       // from the picture before to the newest, in positions
	step    int64       // from picture to picture, as the encoder is told
	inside  []taken     // pictures the encoder has not given back yet
	wantKey atomic.Bool // a key frame was asked for
	bits    atomic.Int64

	changing sync.Mutex // held while a successor is made
	mu       sync.Mutex // guards what follows, never for long
	preset   string     // in use
	next     *successor // takes over at the next key frame; nil: none
	closed   bool
}

// taken remembers when a picture inside the encoder was taken.
type taken struct {
	position int64
	at       time.Time
}

// NewVideo returns an H.264 encoder, or an error that says what is wrong with the
// options. The caller closes it.
func NewVideo(o VideoOptions) (*Video, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("make the H.264 encoder: %w", err)
	}
	encoder, err := open(o, 0, x264Params)
	if err != nil {
		return nil, err
	}
	v := &Video{encoder: encoder, options: o, step: 1, preset: o.Preset}
	v.bits.Store(int64(o.BitsPerSecond))
	v.stream = &packet.Stream{
		Codec:         packet.H264,
		TimeBase:      o.Rate.Inverse(),
		BitsPerSecond: o.BitsPerSecond,
		Extra:         extra(encoder),
		Width:         o.Size.Width,
		Height:        o.Size.Height,
		Rate:          o.Rate,
	}
	if len(v.stream.Extra) == 0 {
		if v.stream.Extra, err = firstParameterSets(o); err != nil {
			v.Close()
			return nil, err
		}
	}
	return v, nil
}

// open makes an encoder; level 0 is its own choice.
func open(o VideoOptions, level int, params string) (*C.encoder, error) {
	var e *C.encoder
	text := func(s string) *C.char { return C.CString(s) }
	c := C.video_options{
		name:  text(o.Encoder),
		width: C.int(o.Size.Width), height: C.int(o.Size.Height),
		rate_num: C.int(o.Rate.Num), rate_den: C.int(o.Rate.Den),
		bits_per_second: C.int64_t(o.BitsPerSecond),
		key_interval:    C.int(o.KeyInterval),
		threads:         C.int(o.Threads),
		preset:          text(o.Preset), tune: text(o.Tune), profile: text(o.Profile),
		level: C.int(level), x264_params: text(params),
	}
	defer func() {
		for _, s := range []*C.char{c.name, c.preset, c.tune, c.profile, c.x264_params} {
			C.free(unsafe.Pointer(s))
		}
	}()
	if code := C.encode_video_open(&e, &c); code < 0 {
		return nil, failed(fmt.Sprintf("make the H.264 encoder %s (%dx%d, preset %s, tune %s)",
			o.Encoder, o.Size.Width, o.Size.Height, o.Preset, o.Tune), code)
	}
	return e, nil
}

// extra is the encoder's SPS and PPS as far as it knows them before the first picture.
func extra(e *C.encoder) []byte {
	return C.GoBytes(unsafe.Pointer(e.codec.extradata), e.codec.extradata_size)
}

// firstParameterSets encodes one grey picture with an encoder of its own: some
// devices tell their parameter sets only with the first key frame.
func firstParameterSets(o VideoOptions) ([]byte, error) {
	encoder, err := open(o, 0, x264Params)
	if err != nil {
		return nil, err
	}
	v := &Video{encoder: encoder, options: o, step: 1, stream: &packet.Stream{}}
	v.bits.Store(int64(o.BitsPerSecond))
	defer v.Close()
	pic := picture.New(o.Size)
	picture.Fill(pic.View, 128, 128, 128)
	var sets []byte
	look := func(p *packet.Packet) {
		if sets == nil {
			sets = parameterSets(p.Data)
		}
	}
	if err := v.Encode(pic.View, 0, time.Time{}, look); err != nil {
		return nil, err
	}
	if err := v.Flush(look); err != nil {
		return nil, err
	}
	if sets == nil {
		return nil, fmt.Errorf("make the H.264 encoder %s: %w", o.Encoder, errNoParameterSets)
	}
	return sets, nil
}

var errNoParameterSets = errors.New("its first picture has no parameter sets")

// Stream describes the packets; its Extra holds SPS and PPS. It stays the same
// when the bit rate or the preset is changed later.
func (v *Video) Stream() *packet.Stream { return v.stream }

// RequestKey makes the next picture a key frame. Any goroutine may call it.
func (v *Video) RequestKey() { v.wantKey.Store(true) }

// Encode encodes a limited-range BT.709 picture of the encoder's size, which is
// read in place and not held after Encode returns. position is its frame number
// on the program clock, greater than the one before; numbers may be left out, and
// if regularly so the bit rate stays what it should be in a second. taken goes
// into the packet. emit is called, in decoding order and before Encode returns,
// with each packet that is ready: exactly one with libx264 and zerolatency.
func (v *Video) Encode(pic picture.View, position int64, takenAt time.Time, emit func(*packet.Packet)) error {
	if v.flushed {
		return fmt.Errorf("encode picture %d: %w", position, ErrFlushed)
	}
	if pic.Size() != v.options.Size || pic.Colour != picture.Program {
		return fmt.Errorf("encode picture %d: it is %dx%d with colour %v, wanted %dx%d in limited-range BT.709",
			position, pic.Width, pic.Height, pic.Colour, v.options.Size.Width, v.options.Size.Height)
	}
	if v.started && position <= v.last {
		return fmt.Errorf("encode picture %d: it is not after picture %d", position, v.last)
	}
	key := v.wantKey.Swap(false) || !v.started || v.group(position) != v.group(v.last)
	if key {
		if err := v.handOver(emit); err != nil {
			return err
		}
	}
	v.pace(position)
	v.inside = append(v.inside, taken{position, takenAt})
	if code := v.send(pic, position, key); code < 0 {
		v.inside = v.inside[:len(v.inside)-1]
		v.wantKey.Store(true)
		return failed(fmt.Sprintf("encode picture %d", position), code)
	}
	return drain(v.encoder, "an encoded picture", v.finished, emit)
}

// group is the number of the group of pictures that a position belongs to.
func (v *Video) group(position int64) int64 {
	interval := int64(v.options.KeyInterval)
	if position < 0 {
		return (position - interval + 1) / interval
	}
	return position / interval
}

// longestStep is the fewest pictures that still count as a frame rate, one in so
// many; what is further apart is a pause.
const longestStep = 8

// pace notes that pictures come at every so many positions: when that is so twice
// in a row, because a single lost picture is no frame rate.
func (v *Video) pace(position int64) {
	if v.started {
		gap := position - v.last
		if gap == v.gap && gap <= longestStep {
			v.step = gap
		}
		v.gap = gap
	}
	v.started, v.last = true, position
}

func (v *Video) send(pic picture.View, position int64, key bool) C.int {
	plane := func(p []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&p[0])) }
	y, u, w := plane(pic.Y), plane(pic.U), plane(pic.V)
	return C.encode_video_send(v.encoder, y, u, w, C.int(pic.StrideY), C.int(pic.StrideC),
		C.int64_t(position), C.int(bit(key)), C.int64_t(v.bits.Load()), C.int(v.step))
}

// finished makes a packet of an encoded picture.
func (v *Video) finished(from *C.AVPacket) *packet.Packet {
	data := unsafe.Slice((*byte)(from.data), int(from.size))
	key := from.flags&C.AV_PKT_FLAG_KEY != 0
	if key {
		data = beginWith(v.stream.Extra, data)
	} else {
		data = bytes.Clone(data)
	}
	return &packet.Packet{
		Stream:   v.stream,
		PTS:      int64(from.pts),
		Duration: v.step,
		Key:      key,
		Data:     data,
		Taken:    v.takenAt(int64(from.pts)),
	}
}

func (v *Video) takenAt(position int64) time.Time {
	for i, t := range v.inside {
		if t.position == position {
			v.inside = slices.Delete(v.inside, 0, i+1)
			return t.at
		}
	}
	return time.Time{}
}

// Flush emits what the encoder still holds, nothing with zerolatency. Afterwards
// only Close may be called.
func (v *Video) Flush(emit func(*packet.Packet)) error {
	if v.flushed {
		return nil
	}
	v.flushed = true
	return v.finish(emit)
}

// finish emits what the present encoder still holds.
func (v *Video) finish(emit func(*packet.Packet)) error {
	if code := C.encode_finish(v.encoder); code < 0 {
		return failed("finish the encoded pictures", code)
	}
	return drain(v.encoder, "an encoded picture", v.finished, emit)
}

// Close frees the encoder; the packets stay valid. It may be called again.
func (v *Video) Close() error {
	v.mu.Lock()
	next := v.next
	v.next, v.closed = nil, true
	v.mu.Unlock()
	if next != nil {
		C.encode_free(next.encoder)
	}
	C.encode_free(v.encoder)
	v.encoder = nil
	v.flushed = true
	return nil
}
