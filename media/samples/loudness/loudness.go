// Package loudness measures how loud a programme is to an ear, after EBU R128 and
// ITU-R BS.1770, with libebur128.
package loudness

/*
#cgo pkg-config: libebur128
#include <ebur128.h>

static int loudness_get(ebur128_state *s, int which, double *out) {
	switch (which) {
	case 0: return ebur128_loudness_momentary(s, out);
	case 1: return ebur128_loudness_shortterm(s, out);
	}
	return ebur128_loudness_global(s, out);
}
*/
import "C"

import (
	"errors"
	"math"

	"studio/media/samples"
)

// Silence is what stands for no loudness at all, in LUFS.
const Silence = -120

// Meter measures 48 kHz stereo. It is used by one goroutine at a time.
type Meter struct {
	state *C.ebur128_state
}

// New returns a meter that has heard nothing; the caller closes it.
func New() (*Meter, error) {
	m := &Meter{}
	if err := m.Reset(); err != nil {
		return nil, err
	}
	return m, nil
}

// Reset forgets what was heard: a new programme begins.
func (m *Meter) Reset() error {
	// A histogram in place of a list of all blocks: the memory does not grow, and
	// the result is within 0.1 LU.
	state := C.ebur128_init(samples.Channels, samples.Rate, C.EBUR128_MODE_S|C.EBUR128_MODE_I|C.EBUR128_MODE_HISTOGRAM)
	if state == nil {
		return errors.New("loudness meter: out of memory")
	}
	m.Close()
	m.state = state
	return nil
}

// Add hears interleaved stereo samples.
func (m *Meter) Add(data []float32) {
	if len(data) < samples.Channels || m.state == nil {
		return
	}
	C.ebur128_add_frames_float(m.state, (*C.float)(&data[0]), C.size_t(len(data)/samples.Channels))
}

// Momentary returns the loudness of the last 400 ms in LUFS.
func (m *Meter) Momentary() float64 { return m.get(0) }

// ShortTerm returns the loudness of the last 3 s in LUFS.
func (m *Meter) ShortTerm() float64 { return m.get(1) }

// Integrated returns the loudness since New or Reset in LUFS, gated as R128 says.
func (m *Meter) Integrated() float64 { return m.get(2) }

func (m *Meter) get(which C.int) float64 {
	var lufs C.double
	if m.state == nil || C.loudness_get(m.state, which, &lufs) != 0 || math.IsNaN(float64(lufs)) {
		return Silence
	}
	return max(Silence, float64(lufs))
}

// Close frees the meter. It may be called again.
func (m *Meter) Close() {
	if m.state != nil {
		C.ebur128_destroy(&m.state)
		m.state = nil
	}
}
