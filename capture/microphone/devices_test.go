//go:build devices

package microphone

// These tests use the kernel's loopback sound card and run inside the device VM:
//
//	go test -tags devices -exec "$PWD/scripts/device-vm/run" -run '^TestDevices' ./capture/microphone

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"studio/capture"
	"studio/media/samples"
)

const (
	// slow is how long anything may take in the emulated machine.
	slow = 30 * time.Second
	// heardSide is where sound comes out that was played into hw:Loopback,0.
	heardSide = ":0,1"
)

func TestDevicesAreListed(t *testing.T) {
	list, err := devices(starter(us(), nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.ID == heardSide && strings.HasPrefix(d.Name, "Loopback") && d.Port == "snd_aloop.0" {
			return
		}
	}
	t.Errorf("the loopback is not among %+v", list)
}

// A tone on each side of a stereo card at our own rate, and one tone on a card of
// one channel at another rate, which must come out on both sides.
func TestDevicesToneIsHeard(t *testing.T) {
	for _, c := range []struct {
		name  string
		rate  int
		tones []float64 // Hz, one a channel
		want  [2]float64
	}{
		{"stereo", 48000, []float64{1000, 500}, [2]float64{1000, 500}},
		{"mono at 44100", 44100, []float64{1000}, [2]float64{1000, 1000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const level = 0.5
			play(t, c.rate, c.tones, level)
			heard := listen(t, 50)
			// The median over the blocks: the emulated player stutters now and then.
			for channel, tone := range c.want {
				at, beside := spectrum(heard, channel, tone), spectrum(heard, channel, 2*tone)
				if math.Abs(at-level) > 0.05*level {
					t.Errorf("channel %d: level %.3f at %.0f Hz, want %.3f", channel, at, tone, level)
				}
				if beside > 0.02*level {
					t.Errorf("channel %d: level %.3f at %.0f Hz, want none", channel, beside, 2*tone)
				}
			}
			for i := 1; i < len(heard); i++ {
				if heard[i].Taken.Before(heard[i-1].Taken) {
					t.Errorf("block %d was taken before the one before it", i)
				}
			}
		})
	}
}

func TestDevicesMicrophonePulled(t *testing.T) {
	s := New(Options{Match: "snd_aloop", Reader: us()})
	playing := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Stream(context.Background(), func(samples.Captured) {
			select {
			case playing <- struct{}{}:
			default:
			}
		}, nil)
	}()
	select {
	case <-playing:
	case err := <-ended:
		t.Fatalf("Stream: %v", err)
	case <-time.After(slow):
		t.Fatal("no sound came")
	}

	command(t, "unplug-sound")
	pulled := time.Now()
	select {
	case err := <-ended:
		if !errors.Is(err, capture.ErrGone) {
			t.Errorf("Stream: %v, want it not connected", err)
		}
		t.Logf("gone after %v: %v", time.Since(pulled).Round(time.Millisecond), err)
	case <-time.After(slow):
		t.Fatal("Stream did not notice")
	}
	if err := s.Stream(context.Background(), func(samples.Captured) {}, nil); !errors.Is(err, capture.ErrGone) {
		t.Errorf("without a sound card: %v, want it not connected", err)
	}

	command(t, "replug-sound")
	listen(t, 5)
}

func TestDevicesMicrophoneInUse(t *testing.T) {
	// Both substreams, so that none is left.
	for range 2 {
		background(t, "arecord", "-q", "-D", "hw:Loopback,1", "-f", "S16_LE", "-r", "48000", "-c", "2", "-t", "raw", "/dev/null")
	}
	deadline := time.Now().Add(slow)
	for {
		status, _ := filepath.Glob("/proc/asound/card0/pcm1c/sub*/status")
		busy := 0
		for _, file := range status {
			if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "RUNNING") {
				busy++
			}
		}
		if busy == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("arecord did not begin")
		}
		time.Sleep(50 * time.Millisecond)
	}
	s := New(Options{Match: heardSide, Reader: us()})
	if err := s.Stream(context.Background(), func(samples.Captured) {}, nil); !errors.Is(err, capture.ErrBusy) {
		t.Errorf("Stream: %v, want it in use", err)
	}
}

// play plays tones into the loopback until the test ends.
func play(t *testing.T, rate int, tones []float64, level float64) {
	t.Helper()
	const seconds = 20
	pcm := make([]byte, 0, seconds*rate*2*len(tones))
	for i := range seconds * rate {
		for _, hz := range tones {
			v := level * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(math.Round(v*32767))))
		}
	}
	file := filepath.Join(t.TempDir(), "tone.raw")
	if err := os.WriteFile(file, pcm, 0o600); err != nil {
		t.Fatal(err)
	}
	channels, hz := "1", "44100"
	if len(tones) == 2 {
		channels = "2"
	}
	if rate == samples.Rate {
		hz = "48000"
	}
	background(t, "aplay", "-q", "-D", "hw:Loopback,0", "-f", "S16_LE", "-r", hz, "-c", channels, "-t", "raw", file)
	deadline := time.Now().Add(slow)
	for {
		if text, err := os.ReadFile("/proc/asound/card0/pcm0p/sub0/status"); err == nil && strings.Contains(string(text), "RUNNING") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("aplay did not begin")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// listen returns the first blocks with sound in them. Like the one that supervises
// microphones, it opens anew what falls silent.
func listen(t *testing.T, blocks int) []samples.Captured {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slow)
	defer cancel()
	s := New(Options{Match: heardSide, Reader: us()})
	var heard []samples.Captured
	for ctx.Err() == nil {
		heard = nil
		err := s.Stream(ctx, func(b samples.Captured) {
			if heard = append(heard, b); len(heard) == blocks {
				cancel()
			}
		}, nil)
		if err != nil {
			t.Logf("opened anew: %v", err)
		}
	}
	if len(heard) < blocks {
		t.Fatalf("%d blocks came within %v, want %d", len(heard), slow, blocks)
	}
	return heard
}

// spectrum returns the median over the blocks of the amplitude of one tone, of
// which every block holds a whole number of periods.
func spectrum(blocks []samples.Captured, channel int, hz float64) float64 {
	var levels []float64
	for _, b := range blocks {
		var re, im float64
		for i := range b.Frames() {
			sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / samples.Rate)
			v := float64(b.Data[i*samples.Channels+channel])
			re, im = re+v*cos, im+v*sin
		}
		levels = append(levels, 2*math.Hypot(re, im)/float64(b.Frames()))
	}
	sort.Float64s(levels)
	return levels[len(levels)/2]
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// background runs a command until the test ends.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}
