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
	"os"
	"time"
	"unsafe"
)

// MatroskaTrack is a row of camera pictures as they came, or of uncoded sound.
type MatroskaTrack struct {
	Title         string
	Width, Height int     // pixels of pictures
	Sets          []byte  // of H.264's parameter sets, Annex B; nil: the pictures are JPEG
	FrameRate     float64 // of pictures, for players; 0 if unknown
	Channels      int     // of 16-bit sound of 48 kHz, interleaved; 0 for pictures
}

// Matroska writes a Matroska file. Each JPEG and each key frame is written at one go
// with what waits, other pictures and sound when half a second of it has gathered; Close puts the index behind them.
type Matroska struct {
	muxer *muxer
}

// NewMatroska writes the head of the file. The caller keeps the file open until
// Close, and closes it. tags are what the file says of itself.
func NewMatroska(file *os.File, tracks []MatroskaTrack, tags map[string]string) (*Matroska, error) {
	m, err := newMuxer(context.Background(), "matroska", nil)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Matroska, error) {
		_ = m.close(false, diskTimeout) // the first error is told
		m.free()
		return nil, err
	}
	for _, t := range tracks {
		if err := m.addRaw(t); err != nil {
			return fail(err)
		}
	}
	for name, value := range tags {
		m.tag(name, value)
	}
	if err := m.file(file.Fd(), true); err != nil {
		return fail(err)
	}
	m.option("cluster_time_limit", "500")
	m.option("write_crc32", "0") // the sums would cost more than all the rest
	if err := m.header(diskTimeout); err != nil {
		return fail(err)
	}
	return &Matroska{m}, nil
}

func (m *muxer) addRaw(t MatroskaTrack) error {
	title := C.CString(t.Title)
	defer C.free(unsafe.Pointer(title))
	s := C.mux_stream{codec: 'j', title: title, time_base_num: 1, time_base_den: 1e6, width: C.int(t.Width), height: C.int(t.Height)}
	if t.Sets != nil {
		sets := C.CBytes(t.Sets)
		defer C.free(sets)
		s.codec, s.extra, s.extra_size = 'c', (*C.uint8_t)(sets), C.int(len(t.Sets))
	}
	switch {
	case t.Channels > 0:
		s.codec, s.sample_rate, s.channels = 'p', 48000, C.int(t.Channels)
	case t.Width <= 0 || t.Height <= 0:
		return fmt.Errorf("pictures of %dx%d cannot be recorded", t.Width, t.Height)
	case t.FrameRate > 0:
		s.rate_num, s.rate_den = C.int(1000*t.FrameRate+0.5), 1000
	}
	if code := C.mux_add(m.c, &s); code < 0 {
		return errors.New(errorText(code))
	}
	return nil
}

// Write writes a picture or a stretch of sound of track number track, at a time
// since the file's beginning; calls come in the order of time. key tells that players
// can begin there, as at every JPEG and every stretch of sound. H.264 comes as Annex B,
// of which the file has each unit byte for byte behind its length instead of its start
// code. data is not held.
func (f *Matroska) Write(track int, at, duration time.Duration, key bool, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	m := f.muxer
	return m.check(C.mux_write_in_order(m.c, C.int(track), C.int64_t(at/time.Microsecond), C.int64_t(duration/time.Microsecond), C.int(bit(key)),
		(*C.uint8_t)(unsafe.Pointer(&data[0])), C.int(len(data))))
}

// Close writes the last cluster and the index, if that is wanted. It is called once.
func (f *Matroska) Close(finish bool) error {
	err := f.muxer.close(finish, diskTimeout)
	f.muxer.free()
	return err
}
