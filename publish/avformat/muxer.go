package avformat

/*
#include <stdlib.h>
#include "mux.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"studio/media/packet"
)

// muxer is libavformat's muxer with its connection or file. One goroutine uses
// it; a context stops it.
type muxer struct {
	c        *C.mux
	streams  []*packet.Stream
	timeline *timeline
	stop     func() bool
	stopped  chan struct{} // closed when the context's end has reached libavformat
}

// muxError is what libavformat said about a failed call.
type muxError struct {
	timedOut bool          // after the call's own limit
	stopped  bool          // because the context ended
	closed   bool          // the other side ended the connection
	errno    syscall.Errno // 0 if it is none
	stage    int           // of RTMP: 0 no connection, 1 connected, 2 greeted, 3 application accepted, 4 key sent
	text     string
	log      string // libavformat's own lines; may hold the address and its key
}

func (e *muxError) Error() string { return e.text }

// newMuxer returns a muxer that is stopped when ctx ends; the caller frees it.
func newMuxer(ctx context.Context, format string, streams []*packet.Stream, titles ...string) (*muxer, error) {
	name := C.CString(format)
	defer C.free(unsafe.Pointer(name))
	m := &muxer{streams: streams, timeline: newTimeline(streams), stopped: make(chan struct{})}
	if code := C.mux_new(&m.c, name); code < 0 {
		return nil, fmt.Errorf("make the %s muxer: %s", format, errorText(code))
	}
	m.stop = context.AfterFunc(ctx, func() {
		C.mux_stop(m.c)
		close(m.stopped)
	})
	for i, s := range streams {
		title := ""
		if i < len(titles) {
			title = titles[i]
		}
		if err := m.add(s, title); err != nil {
			m.free()
			return nil, fmt.Errorf("make the %s muxer: %w", format, err)
		}
	}
	return m, nil
}

func (m *muxer) add(s *packet.Stream, title string) error {
	kind := map[packet.Codec]C.int{packet.H264: 'h', packet.AAC: 'a', packet.Opus: 'o'}[s.Codec]
	if kind == 0 || len(s.Extra) == 0 {
		return fmt.Errorf("%v stream without a known codec and its configuration", s.Codec)
	}
	extra := C.CBytes(s.Extra)
	defer C.free(extra)
	name := C.CString(title)
	defer C.free(unsafe.Pointer(name))
	if code := C.mux_add(m.c, &C.mux_stream{
		codec: kind, title: name,
		time_base_num: C.int(s.TimeBase.Num), time_base_den: C.int(s.TimeBase.Den),
		bits_per_second: C.int64_t(s.BitsPerSecond),
		width:           C.int(s.Width), height: C.int(s.Height),
		rate_num: C.int(s.Rate.Num), rate_den: C.int(s.Rate.Den),
		sample_rate: C.int(s.SampleRate), channels: C.int(s.Channels),
		extra: (*C.uint8_t)(extra), extra_size: C.int(len(s.Extra)),
	}); code < 0 {
		return errors.New(errorText(code))
	}
	return nil
}

// option sets an option for the next connect, file or header.
func (m *muxer) option(key, value string) {
	k, v := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(k))
	defer C.free(unsafe.Pointer(v))
	C.mux_option(m.c, k, v)
}

func (m *muxer) connect(url string, limit time.Duration) error {
	u := C.CString(url)
	defer C.free(unsafe.Pointer(u))
	return m.check(C.mux_connect(m.c, u, milliseconds(limit)))
}

// tag sets something that a file says of itself; before the header.
func (m *muxer) tag(name, value string) {
	k, v := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(k))
	defer C.free(unsafe.Pointer(v))
	C.mux_tag(m.c, k, v)
}

func (m *muxer) file(fd uintptr, seekable bool) error {
	return m.check(C.mux_file(m.c, C.int(fd), C.int(bit(seekable))))
}

func (m *muxer) header(limit time.Duration) error {
	return m.check(C.mux_header(m.c, milliseconds(limit)))
}

// write writes a packet, or leaves it out if it lies before the first key frame.
func (m *muxer) write(p *packet.Packet, limit time.Duration) error {
	stream, pts, ok := m.timeline.place(p)
	if !ok || len(p.Data) == 0 {
		return nil
	}
	return m.check(C.mux_write(m.c, C.int(stream), C.int64_t(pts), C.int64_t(p.Duration), C.int(bit(p.Key)),
		(*C.uint8_t)(unsafe.Pointer(&p.Data[0])), C.int(len(p.Data)), milliseconds(limit)))
}

// close ends the file or connection, after what is held back if trailer is wanted.
func (m *muxer) close(trailer bool, limit time.Duration) error {
	return m.check(C.mux_close(m.c, C.int(bit(trailer)), milliseconds(limit)))
}

func (m *muxer) free() {
	if !m.stop() {
		<-m.stopped
	}
	C.mux_free(m.c)
	m.c = nil
}

func (m *muxer) check(code C.int) error {
	if code >= 0 {
		return nil
	}
	exit := C.mux_is_exit(code) != 0
	e := &muxError{
		timedOut: C.mux_timed_out(m.c) != 0,
		stopped:  exit && C.mux_stopped(m.c) != 0,
		closed:   C.mux_is_end(code) != 0,
		errno:    syscall.Errno(C.mux_errno(code)),
		stage:    int(C.mux_stage(m.c)),
		text:     errorText(code),
		log:      C.GoString(C.mux_message(m.c)),
	}
	return e
}

func errorText(code C.int) string {
	var text [128]C.char
	C.mux_error_text(code, &text[0], C.int(len(text)))
	return C.GoString(&text[0])
}

func milliseconds(d time.Duration) C.int { return C.int(d / time.Millisecond) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fragments returns how many fragments of a file are written.
func (m *muxer) fragments() int64 { return int64(C.mux_fragments(m.c)) }
