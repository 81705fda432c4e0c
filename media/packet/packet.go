// Package packet holds encoded sound and pictures on their way from the encoders
// to every destination: encoded once, never changed, shared by all.
package packet

import (
	"fmt"
	"time"
)

// Codec names a coding of pictures or sound.
type Codec uint8

const (
	H264 Codec = iota + 1 // Annex B, no B-frames, closed GOPs; parameter sets stand before each key frame
	AAC                   // AAC-LC, raw access units; the AudioSpecificConfig is in Stream.Extra
	Opus                  // one Opus packet each (RFC 6716); OpusHead (RFC 7845) is in Stream.Extra
)

func (c Codec) String() string {
	switch c {
	case H264:
		return "h264"
	case AAC:
		return "aac"
	case Opus:
		return "opus"
	}
	return fmt.Sprintf("codec %d", uint8(c))
}

// Video reports whether the codec codes pictures.
func (c Codec) Video() bool { return c == H264 }

// Rational is a fraction: a frame rate in frames a second (30000/1001), or a
// time base in seconds (1/48000).
type Rational struct {
	Num, Den int
}

// Inverse returns 1/r: the time base that counts frames of rate r.
func (r Rational) Inverse() Rational { return Rational{r.Den, r.Num} }

// Float returns r as a floating-point number.
func (r Rational) Float() float64 { return float64(r.Num) / float64(r.Den) }

// Duration returns how long n units of the time base r last.
func (r Rational) Duration(n int64) time.Duration {
	seconds := n * int64(r.Num) / int64(r.Den)
	rest := n*int64(r.Num) - seconds*int64(r.Den)
	return time.Duration(seconds)*time.Second + time.Duration(rest*int64(time.Second)/int64(r.Den))
}

func (r Rational) String() string {
	if r.Den == 1 {
		return fmt.Sprint(r.Num)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// Stream describes a row of packets. It is immutable and shared by its packets.
type Stream struct {
	Codec         Codec
	TimeBase      Rational // of its packets' times, in seconds
	BitsPerSecond int
	// Extra is the decoder's configuration: SPS and PPS in Annex B for H.264,
	// AudioSpecificConfig for AAC, OpusHead for Opus.
	Extra []byte

	Width, Height int      // H.264: pixels; always limited-range BT.709
	Rate          Rational // H.264: frames a second

	SampleRate, Channels int // AAC, Opus
	Preskip              int // samples that the decoder throws away at the start (AAC 1024, Opus often 312)
}

// Packet is one encoded picture or stretch of sound. It is immutable once it is
// handed out and may be read by any number of goroutines.
type Packet struct {
	Stream *Stream
	// PTS and Duration are in units of Stream.TimeBase; position 0 is the start of
	// the program clock for every stream, so all streams of a program line up.
	// There are no B-frames: decoding order is presentation order.
	PTS, Duration int64
	Key           bool // a decoder can begin here; true for every sound packet
	Data          []byte
	// Taken is when the newest camera picture in it was taken (monotonic), zero if
	// none; used for measuring latency only.
	Taken time.Time
}

// Time returns the packet's presentation time since the program clock's start.
func (p *Packet) Time() time.Duration { return p.Stream.TimeBase.Duration(p.PTS) }
