package main

import (
	"encoding/binary"
	"log/slog"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/samples"
	"studio/mixer"
	"studio/mixer/sound"
	"studio/publish/recording"
	"studio/ui"
)

// drawnVoice is the sound of a studio with one drawn camera.
func drawnVoice(t *testing.T, handOut func(*packet.Packet)) *voice {
	t.Helper()
	c := &configs.Config{Cameras: []configs.Camera{{Name: "wheel", Drawn: "wheel"}}}
	v, err := newVoice(c, time.Now(), &mixer.Costs{}, handOut, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.close)
	return v
}

// TestPrivacyIsSilentInWhatIsSent turns privacy on in the middle of loud sound, and lets
// FFmpeg decode what destinations, viewers and recordings were sent.
func TestPrivacyIsSilentInWhatIsSent(t *testing.T) {
	for _, test := range []struct {
		name  string
		codec packet.Codec
		track bool // a microphone's own
	}{
		{"AAC", packet.AAC, false},
		{"Opus", packet.Opus, false},
		{"a microphone's track", packet.AAC, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sent []*packet.Packet
			v := newBenchVoice(t, func(p *packet.Packet) { sent = append(sent, p) })
			encoder, takers := v.aac, &v.aacTakers
			switch {
			case test.track:
				encoder, takers = v.tracks[0].aac, &v.tracks[0].takers
			case test.codec == packet.Opus:
				encoder, takers = v.opus, &v.opusTakers
			}
			takers.Add(1)
			v.play(4 * samples.Rate)
			v.mixer.Privacy(true)
			v.play(8 * samples.Rate)
			v.mixer.Privacy(false)
			v.play(12 * samples.Rate)
			left := decoded(t, encoder, sent)
			codec := test.codec

			// One frame on either side belongs to both.
			const frame = 0.025
			if p := loudest(left, 1, 4-frame); p < 0.1 {
				t.Errorf("before: %v", p)
			}
			// From then on AAC is zero. Opus' own filter against direct current (3 Hz) runs
			// out: no sound, but a value that gets smaller and smaller.
			from := 4 + 2*frame
			if codec == packet.Opus {
				for before := loudest(left, from-frame, from); from < 4.5; from += frame {
					now := loudest(left, from, from+frame)
					if now > 0.0003 || now > before {
						t.Fatalf("private: a peak of %v after %v at %.2f s", now, before, from)
					}
					before = now
				}
			}
			if p := loudest(left, from, 8); p > 1e-7 || codec == packet.AAC && p > 0 {
				t.Errorf("private: a peak of %v (%.0f dBFS)", p, 20*math.Log10(float64(p)))
			}
			if p := loudest(left, 9, 11.9); p < 0.1 {
				t.Errorf("afterwards: %v", p)
			}
		})
	}
}

// decoded writes packets to a file as a recording does and returns what FFmpeg makes of
// their left channel.
func decoded(t *testing.T, encoder *encode.Audio, sent []*packet.Packet) []float32 {
	t.Helper()
	var path string
	dial := recording.New(recording.Options{Folder: t.TempDir(), Written: func(p string, _ int64) { path = p }}).Dial
	sink, err := dial(t.Context(), []*packet.Stream{encoder.Stream()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range sent {
		if err := sink.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-af", "pan=mono|c0=c0", "-ar", "48000", "-f", "f32le", "-").Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v", err)
	}
	left := make([]float32, len(raw)/4)
	for i := range left {
		left[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return left
}

// loudest returns the peak between two times in seconds.
func loudest(data []float32, from, to float64) (peak float32) {
	for _, v := range data[int(from*samples.Rate):int(to*samples.Rate)] {
		peak = max(peak, v, -v)
	}
	return peak
}

func TestTheDeskIsSetAndShown(t *testing.T) {
	v := drawnVoice(t, func(*packet.Packet) {})
	taps := map[string]int{}
	defer v.listenTo(func(name string, b samples.Block) { taps[name] += b.Frames() })()
	const name = "workshop (drawn)"
	gain, delay, high, on := -6.0, 250, 80, true
	if err := v.adjust(ui.SetSound{Name: name, GainDB: &gain, DelayMS: &delay, HighPassHz: &high}); err != nil {
		t.Fatal(err)
	}
	if err := v.adjust(ui.SetSound{Name: name, Solo: &on}); err != nil {
		t.Fatal(err)
	}
	v.mixer.Advance(4 * samples.Rate)
	st := v.status()
	if len(st.Sources) != 1 {
		t.Fatalf("%+v", st)
	}
	got := st.Sources[0]
	if got.PeakDB[0] < -60 || got.PeakDB[0] > 0 {
		t.Errorf("peak %v", got.PeakDB)
	}
	got.PeakDB = [2]float64{}
	want := ui.SoundSource{Name: name, Title: ui.Text{Zh: "作坊(绘制)", En: "Workshop (drawn)"}, State: ui.Live, GainDB: -6, DelayMS: 250, HighPassHz: 80, Solo: true}
	if got != want {
		t.Errorf("shown %+v,\nwant  %+v", got, want)
	}
	if l := st.Loudness; l.Momentary > -10 || l.Momentary < -70 || l.ShortTerm > -10 || l.ShortTerm < -70 || l.Integrated < -70 {
		t.Errorf("loudness %+v", l)
	}
	if taps[name] < 4*samples.Rate {
		t.Errorf("%d samples tapped", taps[name])
	}

	low := 99.0
	for words, c := range map[string]ui.SetSound{
		"none of that name": {Name: "cello", GainDB: &gain},
		"99 dB":             {Name: name, GainDB: &low},
		"no camera":         {Name: name, Follow: &on},
	} {
		if err := v.adjust(c); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v does not say %q", err, words)
		}
	}
}

func TestSoundsOfAConfiguration(t *testing.T) {
	c := &configs.Config{
		Cameras: []configs.Camera{{Name: "wheel", Drawn: "wheel"}},
		Microphones: []configs.Microphone{
			{Name: "table", Match: "usb", GainDB: 3, Delay: 40 * time.Millisecond, HighPassHz: 80, Mute: true},
			{Name: "kiln", Match: "1-1.2", Camera: "kiln", Follow: true},
		},
	}
	list := soundsOf(c)
	if len(list) != 2 || list[0].name != "table" || *list[0].match != "usb" || *list[1].match != "1-1.2" {
		t.Fatalf("%+v", list)
	}
	for i, want := range []sound.Settings{
		{GainDB: 3, Delay: 40 * time.Millisecond, HighPassHz: 80, Mute: true}, {Camera: "kiln", Follow: true},
	} {
		if list[i].settings != want {
			t.Errorf("%s: %+v, want %+v", list[i].name, list[i].settings, want)
		}
	}
	c.Microphones = nil
	if list := soundsOf(c); len(list) != 1 || list[0].match != nil {
		t.Errorf("without a microphone: %+v", list)
	}
	c.Cameras = nil
	if list := soundsOf(c); len(list) != 0 {
		t.Errorf("without anything: %+v", list)
	}
}
