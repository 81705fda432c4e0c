package encode

/*
#include <stdlib.h>
#include "libav.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"studio/media/packet"
	"studio/media/picture"
)

// VideoOptions say what H.264 is wanted.
type VideoOptions struct {
	Size          picture.Size    // pixels, even
	Rate          packet.Rational // frames a second
	Preset        string          // x264's preset, ultrafast to placebo; "" is veryfast
	Tune          string          // x264's tune; "" is zerolatency: each picture leaves before Encode returns
	BitsPerSecond int             // constant, over a buffer of one second
	KeyInterval   int             // frames from key frame to key frame; 0 is as many as last 2 s
	Threads       int             // 0 is one a core
	Profile       string          // baseline, main or high; "" is main
}

var (
	presets  = []string{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"}
	tunes    = []string{"film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"}
	profiles = []string{"baseline", "main", "high"}
)

func (o *VideoOptions) complete() error {
	if o.Preset == "" {
		o.Preset = "veryfast"
	}
	if o.Tune == "" {
		o.Tune = "zerolatency"
	}
	if o.Profile == "" {
		o.Profile = "main"
	}
	if o.Threads == 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.Rate.Num <= 0 || o.Rate.Den <= 0 {
		return fmt.Errorf("frame rate %d/%d is not positive", o.Rate.Num, o.Rate.Den)
	}
	if o.KeyInterval == 0 {
		o.KeyInterval = max(1, int(math.Round(2*o.Rate.Float())))
	}
	switch {
	case o.Size.Width < 16 || o.Size.Height < 16 || o.Size.Width > 8192 || o.Size.Height > 8192 || o.Size.Width%2 != 0 || o.Size.Height%2 != 0:
		return fmt.Errorf("size %dx%d: both must be even and from 16 to 8192", o.Size.Width, o.Size.Height)
	case o.BitsPerSecond < 10_000 || o.BitsPerSecond > 400_000_000:
		return fmt.Errorf("bit rate %d b/s: must be from 10 kb/s to 400 Mb/s", o.BitsPerSecond)
	case o.KeyInterval < 0 || o.Threads < 0:
		return fmt.Errorf("key interval %d, threads %d: must not be negative", o.KeyInterval, o.Threads)
	case !slices.Contains(presets, o.Preset):
		return fmt.Errorf("preset %q: must be one of %s", o.Preset, strings.Join(presets, ", "))
	case !slices.Contains(profiles, o.Profile):
		return fmt.Errorf("profile %q: must be one of %s", o.Profile, strings.Join(profiles, ", "))
	}
	for tune := range strings.SplitSeq(o.Tune, ",") {
		if !slices.Contains(tunes, tune) {
			return fmt.Errorf("tune %q: must be some of %s", o.Tune, strings.Join(tunes, ", "))
		}
	}
	return nil
}

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
	inside  []taken     // pictures the encoder has not given back yet
	wantKey atomic.Bool // a key frame was asked for
	bits    atomic.Int64
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
	preset, tune, profile := C.CString(o.Preset), C.CString(o.Tune), C.CString(o.Profile)
	defer C.free(unsafe.Pointer(preset))
	defer C.free(unsafe.Pointer(tune))
	defer C.free(unsafe.Pointer(profile))
	v := &Video{options: o}
	if code := C.encode_video_open(&v.encoder, &C.video_options{
		width: C.int(o.Size.Width), height: C.int(o.Size.Height),
		rate_num: C.int(o.Rate.Num), rate_den: C.int(o.Rate.Den),
		bits_per_second: C.int64_t(o.BitsPerSecond),
		key_interval:    C.int(o.KeyInterval),
		threads:         C.int(o.Threads),
		preset:          preset, tune: tune, profile: profile,
	}); code < 0 {
		return nil, failed(fmt.Sprintf("make the H.264 encoder (%dx%d, preset %s, tune %s)",
			o.Size.Width, o.Size.Height, o.Preset, o.Tune), code)
	}
	v.bits.Store(int64(o.BitsPerSecond))
	codec := v.encoder.codec
	v.stream = &packet.Stream{
		Codec:         packet.H264,
		TimeBase:      o.Rate.Inverse(),
		BitsPerSecond: o.BitsPerSecond,
		Extra:         C.GoBytes(unsafe.Pointer(codec.extradata), codec.extradata_size),
		Width:         o.Size.Width,
		Height:        o.Size.Height,
		Rate:          o.Rate,
	}
	return v, nil
}

// Stream describes the packets; its Extra holds SPS and PPS. It stays the same
// when the bit rate is changed later.
func (v *Video) Stream() *packet.Stream { return v.stream }

// RequestKey makes the next picture a key frame. Any goroutine may call it.
func (v *Video) RequestKey() { v.wantKey.Store(true) }

// SetBitsPerSecond changes the bit rate from the next picture on, without a key
// frame. Any goroutine may call it.
func (v *Video) SetBitsPerSecond(n int) error {
	if n < 10_000 || n > 400_000_000 {
		return fmt.Errorf("bit rate %d b/s: must be from 10 kb/s to 400 Mb/s", n)
	}
	v.bits.Store(int64(n))
	return nil
}

// Encode encodes a limited-range BT.709 picture of the encoder's size, which is
// read in place and not held after Encode returns. position is its frame number
// on the program clock, greater than the one before; numbers may be left out.
// taken goes into the packet. emit is called, in decoding order and before Encode
// returns, with each packet that is ready: exactly one with zerolatency.
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
	v.started, v.last = true, position
	v.inside = append(v.inside, taken{position, takenAt})
	if code := C.encode_video_send(v.encoder,
		(*C.uint8_t)(unsafe.Pointer(&pic.Y[0])), (*C.uint8_t)(unsafe.Pointer(&pic.U[0])), (*C.uint8_t)(unsafe.Pointer(&pic.V[0])),
		C.int(pic.StrideY), C.int(pic.StrideC), C.int64_t(position), C.int(bit(key)), C.int64_t(v.bits.Load())); code < 0 {
		v.inside = v.inside[:len(v.inside)-1]
		v.wantKey.Store(true)
		return failed(fmt.Sprintf("encode picture %d", position), code)
	}
	return v.receive(emit)
}

// group is the number of the group of pictures that a position belongs to.
func (v *Video) group(position int64) int64 {
	interval := int64(v.options.KeyInterval)
	if position < 0 {
		return (position - interval + 1) / interval
	}
	return position / interval
}

func (v *Video) receive(emit func(*packet.Packet)) error {
	for {
		code := C.encode_receive(v.encoder)
		if code == 0 {
			return nil
		}
		if code < 0 {
			return failed("take an encoded picture", code)
		}
		from := v.encoder.packet
		emit(&packet.Packet{
			Stream:   v.stream,
			PTS:      int64(from.pts),
			Duration: 1,
			Key:      from.flags&C.AV_PKT_FLAG_KEY != 0,
			Data:     v.data(from),
			Taken:    v.takenAt(int64(from.pts)),
		})
	}
}

// data copies a packet's bytes. libavcodec puts x264's greeting before the very
// first parameter sets, where receivers look for the sets themselves: it is left out.
func (v *Video) data(from *C.AVPacket) []byte {
	all := unsafe.Slice((*byte)(from.data), int(from.size))
	if from.flags&C.AV_PKT_FLAG_KEY != 0 {
		all = all[max(0, bytes.Index(all, v.stream.Extra)):]
	}
	return bytes.Clone(all)
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
	if code := C.encode_finish(v.encoder); code < 0 {
		return failed("finish the encoded pictures", code)
	}
	return v.receive(emit)
}

// Close frees the encoder; the packets stay valid. It may be called again.
func (v *Video) Close() error {
	C.encode_free(v.encoder)
	v.encoder = nil
	v.flushed = true
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
