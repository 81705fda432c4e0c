// Package reader is the process that listens to a microphone through
// github.com/pion/mediadevices (see package microphone for why it is one). It is
// the only package that imports the microphone driver, which looks at every sound
// card as soon as the program starts; it must not import mediadevices' camera
// driver, which would open every camera.
package reader

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/gen2brain/malgo"
	"github.com/pion/mediadevices/pkg/driver"
	_ "github.com/pion/mediadevices/pkg/driver/microphone" // registers the microphones
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"studio/capture/microphone/internal/wire"
	"studio/media/samples"
	"studio/words"
)

const (
	blockLength = 20 * time.Millisecond
	closeLimit  = 500 * time.Millisecond
)

// Run does what args say, "list" or "read" and what the microphone's name
// contains, and writes the answer to out. Reading goes on until in ends: whoever
// started the process closes it or dies. After Run the process must end, since
// the sound library may hang in a goroutine that was left behind.
func Run(args []string, in io.Reader, out io.Writer) error {
	// Whoever started us gets these too and tells us through in.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	w := wire.NewWriter(out)
	switch {
	case len(args) == 1 && args[0] == "list":
		devices, _ := find()
		return w.Message(wire.Message{Devices: devices})
	case len(args) == 2 && args[0] == "read":
		return read(args[1], in, w)
	}
	return fmt.Errorf("microphone reader: arguments %q: want list or read NAME", args)
}

// find returns the microphones in a fixed order, and what opens each.
func find() ([]wire.Device, []driver.Driver) {
	drivers := driver.GetManager().Query(driver.FilterDeviceType(driver.Microphone))
	devices := make([]wire.Device, 0, len(drivers))
	kept := drivers[:0]
	for _, d := range drivers {
		info := d.Info()
		id, err := hex.DecodeString(info.Label)
		if err != nil {
			id = []byte(info.Label)
		}
		device := wire.Device{
			ID:      strings.TrimRight(string(id), "\x00"),
			Name:    info.Name,
			Default: info.Priority == driver.PriorityHigh,
		}
		// ALSA's and miniaudio's sources of silence.
		if device.ID == "null" || strings.HasPrefix(device.Name, "NULL ") {
			continue
		}
		device.Port = port(device.ID)
		devices, kept = append(devices, device), append(kept, d)
	}
	sort.Sort(byID{devices, kept})
	return devices, kept
}

type byID struct {
	devices []wire.Device
	drivers []driver.Driver
}

func (b byID) Len() int           { return len(b.devices) }
func (b byID) Less(i, j int) bool { return b.devices[i].ID < b.devices[j].ID }
func (b byID) Swap(i, j int) {
	b.devices[i], b.devices[j] = b.devices[j], b.devices[i]
	b.drivers[i], b.drivers[j] = b.drivers[j], b.drivers[i]
}

// choose returns the index of the microphone that match means, or -1: the first
// whose name, port or ID contains it, the system's default before others.
func choose(devices []wire.Device, match string) int {
	first := -1
	for i, d := range devices {
		if !matches(d, match) {
			continue
		}
		if d.Default {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

func matches(d wire.Device, match string) bool {
	match = strings.ToLower(match)
	for _, field := range []string{d.Name, d.Port, d.ID} {
		if strings.Contains(strings.ToLower(field), match) {
			return true
		}
	}
	return match == ""
}

func read(match string, in io.Reader, w *wire.Writer) error {
	devices, drivers := find()
	i := choose(devices, match)
	if i < 0 {
		return w.Message(absent(match, devices))
	}
	d := drivers[i]
	sound, err := open(d)
	if err != nil {
		return w.Message(wire.Message{Fault: words.Text{En: err.Error()}, Reason: reason(err)})
	}
	if err := w.Message(wire.Message{Opened: devices[i].Name}); err != nil {
		return err
	}

	failed := make(chan error, 1)
	go func() { failed <- pass(sound, w) }()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		io.Copy(io.Discard, in)
	}()
	select {
	case err = <-failed:
	case <-asked:
	}

	// Closing hangs when the sound card is gone.
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		d.Close()
	}()
	select {
	case <-closed:
	case <-time.After(closeLimit):
	}
	return err
}

// open asks for what the rest of the house wants; miniaudio converts from what
// the sound card has: rate, format, and one channel to two.
func open(d driver.Driver) (audio.Reader, error) {
	recorder, ok := d.(driver.AudioRecorder)
	if !ok {
		return nil, errors.New("it is no microphone")
	}
	if err := d.Open(); err != nil {
		return nil, err
	}
	return recorder.AudioRecord(prop.Media{Audio: prop.Audio{
		ChannelCount:  samples.Channels,
		SampleRate:    samples.Rate,
		SampleSize:    4,
		IsFloat:       true,
		IsInterleaved: true,
		Latency:       blockLength,
	}})
}

// pass writes the sound on until there is no more or nobody reads it. It must be
// quick: the driver hands over a buffer that it fills again 20 ms later.
func pass(sound audio.Reader, w *wire.Writer) error {
	for {
		chunk, release, err := sound.Read()
		if err != nil {
			return fmt.Errorf("read from the microphone: %w", err)
		}
		block, ok := chunk.(*wave.Float32Interleaved)
		if !ok || block.Size.Channels != samples.Channels {
			return fmt.Errorf("the sound library gave %T of %d channels", chunk, chunk.ChunkInfo().Channels)
		}
		err = w.Block(block.Data)
		release()
		if err != nil {
			return err
		}
	}
}

func reason(err error) wire.Reason {
	switch {
	case errors.Is(err, malgo.ErrBusy), errors.Is(err, malgo.ErrAlreadyInUse):
		return wire.Busy
	case errors.Is(err, malgo.ErrAccessDenied):
		return wire.Permission
	case errors.Is(err, malgo.ErrNoDevice), errors.Is(err, malgo.ErrDoesNotExist):
		return wire.Gone
	}
	return wire.Other
}
