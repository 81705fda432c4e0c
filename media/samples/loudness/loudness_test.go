package loudness

import (
	"bytes"
	"encoding/binary"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"studio/media/samples"
)

// programme is what is measured: quiet noise, a loud tone, silence, a tone on one
// side only, so that both gates have something to do.
func programme() []float32 {
	data := make([]float32, 24*samples.Rate*samples.Channels)
	seed := uint32(1)
	for i := 0; i < len(data); i += 2 {
		t := float64(i/2) / samples.Rate
		seed = seed*1664525 + 1013904223
		noise := float64(int32(seed)) / (1 << 31)
		var left, right float64
		switch {
		case t < 6:
			left, right = 0.02*noise, 0.02*noise
		case t < 13:
			left = 0.3 * math.Sin(2*math.Pi*997*t)
			right = left
		case t < 17:
		default:
			left, right = 0.2*math.Sin(2*math.Pi*220*t)+0.02*noise, 0.01*noise
		}
		data[i], data[i+1] = float32(left), float32(right)
	}
	return data
}

// TestAgainstFFmpeg compares with another implementation, FFmpeg's filter ebur128.
func TestAgainstFFmpeg(t *testing.T) {
	data := programme()
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, data); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ffmpeg", "-nostdin", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "pipe:0", "-af", "ebur128=framelog=verbose", "-v", "verbose", "-f", "null", "-")
	cmd.Stdin = &raw
	cmd.Dir = filepath.Dir(t.TempDir())
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, text)
	}
	line := regexp.MustCompile(`t: *([0-9.]+) .*M: *(\S+) *S: *(\S+) *I: *(\S+)`)
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	const step = samples.Rate / 10
	compared := 0
	for _, match := range line.FindAllSubmatch(text, -1) {
		var told [4]float64
		for i := range told {
			told[i], _ = strconv.ParseFloat(string(match[i+1]), 64)
		}
		until := int(math.Round(told[0] * 10))
		from := compared
		if until != from+1 || until*step*2 > len(data) {
			t.Fatalf("unexpected line at %v", told[0])
		}
		m.Add(data[2*step*from : 2*step*until])
		compared++
		for i, got := range []float64{m.Momentary(), m.ShortTerm(), m.Integrated()} {
			// FFmpeg says -120.7, nan or -inf for silence, and nothing sensible before
			// the first whole window
			want := told[i+1]
			if !(want > -69) || (i == 1 && told[0] < 3) || told[0] < 0.4 {
				continue
			}
			if math.Abs(got-want) > 0.1 {
				t.Errorf("at %.1f s, %s: %.2f LUFS, ffmpeg says %.1f", told[0], []string{"momentary", "short-term", "integrated"}[i], got, want)
			}
		}
	}
	if compared < 230 {
		t.Errorf("compared at %d times only:\n%.2000s", compared, text)
	}
	t.Logf("compared at %d times; integrated %.2f LUFS", compared, m.Integrated())
}

func TestATone(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Momentary() != Silence || m.ShortTerm() != Silence || m.Integrated() != Silence {
		t.Error("loud before any sound")
	}
	// EBU Tech 3341, case 1: stereo sine, 1000 Hz, -23 dBFS: -23 LUFS
	data := make([]float32, 5*samples.Rate*2)
	for i := range data {
		data[i] = float32(math.Pow(10, -23.0/20) * math.Sin(2*math.Pi*1000*float64(i/2)/samples.Rate))
	}
	m.Add(data)
	for _, got := range []float64{m.Momentary(), m.ShortTerm(), m.Integrated()} {
		if math.Abs(got+23) > 0.1 {
			t.Errorf("%.2f LUFS, want -23.0 ±0.1", got)
		}
	}
	if err := m.Reset(); err != nil || m.Integrated() != Silence {
		t.Errorf("after Reset: %v, %v", m.Integrated(), err)
	}
	m.Close()
	m.Add(data)
	if m.Momentary() != Silence {
		t.Error("hears after Close")
	}
}
