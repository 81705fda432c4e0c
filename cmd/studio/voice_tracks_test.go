package main

import (
	"encoding/binary"
	"log/slog"
	"math"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/configs"
	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/samples"
	"studio/mixer"
	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/recording"
)

// benchVoice is the sound of a studio with two microphones, which hear the drawn
// workshop, the second one half a second later.
type benchVoice struct {
	*voice
	start time.Time
	given int64 // how much the microphones have heard, in samples per channel
}

const benchLater = samples.Rate / 2

func newBenchVoice(t *testing.T, handOut func(*packet.Packet)) *benchVoice {
	t.Helper()
	c := &configs.Config{
		Microphones: []configs.Microphone{
			{Name: "voice", Title: configs.Text{Zh: "讲解", En: "Voice"}, GainDB: -6, Delay: 40 * time.Millisecond},
			{Name: "bench", Title: configs.Text{Zh: "bench", En: "bench"}, Delay: 40 * time.Millisecond, GainDB: -60},
		},
		Recording: configs.Recording{MicrophoneTracks: true},
	}
	b := &benchVoice{start: time.Now()}
	var err error
	if b.voice, err = newVoice(c, b.start, &mixer.Costs{}, handOut, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

// play lets the microphones hear, and mixes up to a position.
func (b *benchVoice) play(to int64) {
	const block = samples.Rate / 50
	for ; b.given < to+8*block; b.given += block { // sound is there before it is mixed
		for i, s := range b.sources {
			data := make([]float32, block*samples.Channels)
			drawn.Sound(data, b.given-int64(i)*benchLater)
			for j := range data {
				data[j] *= 4 // half of full scale
			}
			s.live.Put(samples.Captured{Taken: b.start.Add(samples.Duration(b.given)), Rate: samples.Rate, Channels: samples.Channels, Data: data})
		}
		b.mixer.Advance(min(to, b.given-6*block))
	}
	b.mixer.Advance(to)
}

// TestEachMicrophoneHasItsTrack records two microphones beside the mix, one turned
// down and one turned off: each track has all that its microphone heard, in step with
// the mix and the pictures, is silent while it is muted on the desk, and goes on when
// the microphone is gone.
func TestEachMicrophoneHasItsTrack(t *testing.T) {
	const rotate, ends = 4, 12 // s: files from 1.5, 6 and 10 s
	video, err := encode.NewVideo(encode.VideoOptions{Size: picture.Size{Width: 64, Height: 36}, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast", BitsPerSecond: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	defer video.Close()
	var sink publish.Sink
	write := func(p *packet.Packet) {
		if sink != nil {
			if err := sink.Write(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	tracks := 0
	v := newBenchVoice(t, func(p *packet.Packet) {
		if p.Stream.BitsPerSecond == trackBitsPerSecond {
			tracks++
		}
		write(p)
	})
	folder := t.TempDir()
	recorder := recording.New(recording.Options{Folder: folder, Reserve: -1, RotateAfter: rotate * time.Second, Titles: v.recordedTitles()})
	if bits := v.recordedBitsPerSecond(); bits != 128_000+2*96_000 {
		t.Errorf("its sound is expected to take %d b/s", bits)
	}
	post := &post{sounds: v.recordedEncodes()}

	v.play(samples.Rate)
	if tracks != 0 {
		t.Errorf("%d packets of tracks were made for nobody", tracks)
	}
	streams := []*packet.Stream{video.Stream()}
	for _, s := range post.sounds {
		streams = append(streams, s.stream)
	}
	if sink, err = recorder.Dial(t.Context(), streams); err != nil {
		t.Fatal(err)
	}
	post.takeSounds(1)
	pic := picture.New(picture.Size{Width: 64, Height: 36})
	for n := int64(45); n < 30*ends; n++ { // the recording begins at 1.5 s
		luma := byte(16)
		if n%30 == 0 {
			luma = 235 // the workshop ticks
		}
		for i := range pic.Y {
			pic.Y[i] = luma
		}
		switch n {
		case 30*8 + 6: // a private moment in the middle of the second file, between two ticks
			v.mute(t, "voice", true)
		case 30*8 + 27:
			v.mute(t, "voice", false)
		case 30*11 + 10:
			v.sources[1].live.Gone()
			v.sources = v.sources[:1]
		}
		v.play(n * samples.Rate / 30)
		if err := video.Encode(pic.View, n, time.Now(), write); err != nil {
			t.Fatal(err)
		}
	}
	v.play(ends * samples.Rate)
	post.takeSounds(-1)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	made := tracks
	v.play((ends + 1) * samples.Rate)
	if tracks != made {
		t.Errorf("%d packets of tracks were made after the recording", tracks-made)
	}

	list := files(t, folder, "*.mp4")
	if len(list) != 3 {
		t.Fatalf("files %v, want three", list)
	}
	for i, path := range list {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tracksOf(t, path, mixTitle, "讲解 · Voice", "bench")
			filetest.Decodes(t, path)
			mix, voice, bench := heard(t, path, 0), heard(t, path, 1), heard(t, path, 2)
			// Turned down by 6 dB in the mix, not in its own track.
			if off, factor := apartBy(mix, voice, 0); off != 0 || math.Abs(factor-0.501) > 0.02 {
				t.Errorf("the mix is %d samples behind the microphone in it, and %.3f times as loud", off, factor)
			}
			if off, factor := apartBy(voice, bench, benchLater); i == 0 && (off != 0 || math.Abs(factor-1) > 0.02) {
				t.Errorf("the first track is %d samples behind the second, and %.3f times as loud", off, factor)
			}
			for n, luma := range lumas(t, path) {
				if luma < 128 {
					continue
				}
				at := n * samples.Rate / 30
				begins := at + 1920 // the microphones' delay
				for begins < len(voice) && begins > at && math.Abs(float64(voice[begins])) < 0.25 {
					begins++
				}
				if late := begins - at - 1920; late > 1024 && begins < len(voice) {
					t.Errorf("picture %d ticks, the microphone %d samples later", n, late)
				}
			}
			if i == 1 { // from 6 s on
				if p := loudest(voice, 2.3, 2.85); p != 0 {
					t.Errorf("the first microphone is muted, and heard: %v", p)
				}
				if p := loudest(bench, 2.3, 2.85); p < 0.05 {
					t.Errorf("the second one, which is not muted, is not heard: %v", p)
				}
				if p := loudest(voice, 2.95, 3.9); p < 0.05 {
					t.Errorf("the first microphone is not heard again: %v", p)
				}
			}
			if i == len(list)-1 {
				if p := loudest(bench, 0, 1); p < 0.05 {
					t.Errorf("the second microphone is not heard: %v", p)
				}
				if p := loudest(bench, 1.7, float64(len(bench))/samples.Rate-0.01); p != 0 {
					t.Errorf("it is gone, and heard: %v", p)
				}
			}
		})
	}
}

// mute turns a microphone's mute on or off as the page does.
func (b *benchVoice) mute(t *testing.T, name string, on bool) {
	t.Helper()
	s, _ := b.mixer.Settings(name)
	s.Mute = on
	if err := b.mixer.Set(name, s); err != nil {
		t.Fatal(err)
	}
}

// tracksOf requires that a recording has H.264, and a track of AAC for each title: all
// as long as each other, the first one played.
func tracksOf(t *testing.T, path string, titles ...string) {
	t.Helper()
	found := filetest.Look(t, path)
	if last := len(found.Streams) - 1; found.Streams[last].CodecType == "data" { // chapters
		found.Streams = found.Streams[:last]
	}
	if len(found.Streams) != 1+len(titles) {
		t.Fatalf("%s: %d streams, want %d", path, len(found.Streams), 1+len(titles))
	}
	long := func(i int) float64 {
		d, err := strconv.ParseFloat(found.Streams[i].Duration, 64)
		begins, wrong := strconv.ParseFloat(found.Streams[i].Start, 64)
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		return begins + d
	}
	for i, title := range titles {
		s := found.Streams[1+i]
		if s.CodecName != "aac" || s.Tags["handler_name"] != title || (s.Disposition["default"] == 1) != (i == 0) {
			t.Errorf("%s: track %d is %s %q, default %d; want %q", path, i, s.CodecName, s.Tags["handler_name"], s.Disposition["default"], title)
		}
		if apart := math.Abs(long(1+i) - long(1)); apart > 1024.0/samples.Rate+0.001 {
			t.Errorf("%s: track %q ends %.4f s apart from the mix", path, title, apart)
		}
		found.Times(t, 1+i, 0.022)
	}
}

// heard decodes the left channel of a file's sound, from the file's beginning on.
func heard(t *testing.T, path string, sound int) []float32 {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a:"+strconv.Itoa(sound),
		"-af", "aresample=first_pts=0,pan=mono|c0=c0", "-f", "f32le", "-").Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v", path, err)
	}
	left := make([]float32, len(raw)/4)
	for i := range left {
		left[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return left
}

// apartBy returns by how many samples a is behind b, which is later by so many, and how
// much louder a is; it compares a second.
func apartBy(a, b []float32, later int) (off int, factor float64) {
	const from, long, most = samples.Rate / 5, samples.Rate, 1500
	best := math.Inf(-1)
	for o := -most; o <= most; o++ {
		var both, own float64
		for i := from; i < from+long; i += 7 {
			x, y := float64(a[i+o]), float64(b[i+later])
			both, own = both+x*y, own+y*y
		}
		if both > best {
			best, off, factor = both, o, both/own
		}
	}
	return off, factor
}

// lumas decodes how bright each picture of a file is.
func lumas(t *testing.T, path string) (list []byte) {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v", "-vf", "scale=1:1", "-vsync", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-").Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v", path, err)
	}
	return raw
}
