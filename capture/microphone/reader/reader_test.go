package reader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gen2brain/malgo"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/wave"
	"go.uber.org/goleak"

	"studio/capture/microphone/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChoose(t *testing.T) {
	devices := []wire.Device{
		{ID: ":0,0", Name: "HDA Intel, ALC269 Analog", Port: "0000:00:1f.3"},
		{ID: ":1,0", Name: "USB PnP Sound Device, USB Audio", Port: "1-1.2:1.0"},
		{ID: ":2,0", Name: "USB PnP Sound Device, USB Audio", Port: "1-1.4:1.0", Default: true},
	}
	for _, c := range []struct {
		match string
		want  int
	}{
		{"", 2},
		{"usb pnp", 2},
		{"1-1.2:", 1},
		{"1-1.4", 2},
		{"alc269", 0},
		{":1,0", 1},
		{"bluetooth", -1},
	} {
		if got := choose(devices, c.match); got != c.want {
			t.Errorf("%q: %d, want %d", c.match, got, c.want)
		}
	}
	if got := choose(devices[:2], ""); got != 0 {
		t.Errorf("without a default: %d, want the first", got)
	}
	if got := choose(nil, ""); got != -1 {
		t.Errorf("without a microphone: %d", got)
	}
}

func TestPassWritesStereoOnly(t *testing.T) {
	stereo := wave.NewFloat32Interleaved(wave.ChunkInfo{Len: 2, Channels: 2, SamplingRate: 48000})
	copy(stereo.Data, []float32{0.5, -0.5, 0.25, -0.25})
	mono := wave.NewFloat32Interleaved(wave.ChunkInfo{Len: 2, Channels: 1, SamplingRate: 48000})
	for _, c := range []struct {
		name   string
		chunks []wave.Audio
		blocks int
		err    string
	}{
		{"stereo until the end", []wave.Audio{stereo, stereo}, 2, "read from the microphone: EOF"},
		{"mono", []wave.Audio{stereo, mono}, 1, "*wave.Float32Interleaved of 1 channels"},
		{"whole numbers", []wave.Audio{wave.NewInt16Interleaved(wave.ChunkInfo{Len: 2, Channels: 2})}, 0, "*wave.Int16Interleaved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			released := 0
			sound := audio.ReaderFunc(func() (wave.Audio, func(), error) {
				if len(c.chunks) == 0 {
					return nil, func() {}, io.EOF
				}
				chunk := c.chunks[0]
				c.chunks = c.chunks[1:]
				return chunk, func() { released++ }, nil
			})
			var out bytes.Buffer
			if err := pass(sound, wire.NewWriter(&out)); err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v, want %s", err, c.err)
			}
			in := wire.NewReader(&out)
			blocks := 0
			for {
				_, data, err := in.Next()
				if err != nil {
					break
				}
				if blocks++; fmt.Sprint(data) != "[0.5 -0.5 0.25 -0.25]" {
					t.Errorf("block %d: %v", blocks, data)
				}
			}
			if blocks != c.blocks || released != c.blocks {
				t.Errorf("%d blocks, %d released, want %d", blocks, released, c.blocks)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	for err, want := range map[error]wire.Reason{
		malgo.ErrBusy:                          wire.Busy,
		fmt.Errorf("x: %w", malgo.ErrNoDevice): wire.Gone,
		malgo.ErrAccessDenied:                  wire.Permission,
		malgo.ErrFormatNotSupported:            wire.Other,
		errors.New("invalid state"):            wire.Other,
	} {
		if got := reason(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestRun(t *testing.T) {
	for _, args := range [][]string{nil, {"read"}, {"list", "x"}, {"sing"}} {
		if err := Run(args, strings.NewReader(""), io.Discard); err == nil || !strings.Contains(err.Error(), "want list or read NAME") {
			t.Errorf("%q: %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := Run([]string{"read", "no such microphone"}, strings.NewReader(""), &out); err != nil {
		t.Fatal(err)
	}
	if m, _, err := wire.NewReader(&out).Next(); err != nil || m.Reason != wire.Gone || m.Fault.En == "" || m.Fault.Zh == "" {
		t.Errorf("%+v, %v", m, err)
	}
	out.Reset()
	if err := Run([]string{"list"}, strings.NewReader(""), &out); err != nil {
		t.Fatal(err)
	}
	m, _, err := wire.NewReader(&out).Next()
	if err != nil || m.Failed() {
		t.Errorf("%+v, %v", m, err)
	}
	for _, d := range m.Devices {
		if d.ID == "null" {
			t.Errorf("silence is listed as a microphone: %+v", d)
		}
	}
}
