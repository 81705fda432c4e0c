package whiptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/pion/webrtc/v3/pkg/media/oggreader"

	"studio/media/packet"
)

// Film is a few seconds of a moving test picture and a tone, encoded as the studio
// encodes: 30 pictures a second, a key frame with parameter sets every 2 s, Opus in
// packets of 20 ms.
type Film struct {
	Picture, Sound *packet.Stream
	pictures       []*packet.Packet // whole GOPs
	sounds         []*packet.Packet
}

const (
	filmRate    = 30
	filmSeconds = 4
	opusSamples = 960 // 20 ms at 48 kHz
)

// NewFilm encodes a Film. profile is x264's: baseline, main or high.
func NewFilm(tb testing.TB, width, height int, profile string) *Film {
	tb.Helper()
	f := &Film{
		Picture: &packet.Stream{
			Codec: packet.H264, TimeBase: packet.Rational{Num: 1, Den: filmRate}, Rate: packet.Rational{Num: filmRate, Den: 1},
			Width: width, Height: height, BitsPerSecond: 2_000_000,
		},
		Sound: &packet.Stream{
			Codec: packet.Opus, TimeBase: packet.Rational{Num: 1, Den: 48000}, SampleRate: 48000, Channels: 2, Preskip: 312,
		},
	}
	f.encodePicture(tb, profile)
	f.encodeSound(tb)
	return f
}

func (f *Film) encodePicture(tb testing.TB, profile string) {
	tb.Helper()
	annexB := ffmpeg(tb,
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=%d:duration=%d", f.Picture.Width, f.Picture.Height, filmRate, filmSeconds),
		"-c:v", "libx264", "-profile:v", profile, "-preset", "superfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
		"-g", fmt.Sprint(2*filmRate), "-b:v", "2M", "-x264-params", "aud=1:repeat-headers=1:scenecut=0:bframes=0",
		"-f", "h264", "-")
	delimiter := []byte{0, 0, 0, 1, 9}
	for len(annexB) > 0 {
		end := bytes.Index(annexB[1:], delimiter) + 1
		if end == 0 {
			end = len(annexB)
		}
		unit := annexB[:end]
		annexB = annexB[end:]
		f.pictures = append(f.pictures, &packet.Packet{
			Stream: f.Picture, Data: unit, Duration: 1, Key: len(f.pictures)%(2*filmRate) == 0,
		})
	}
	if len(f.pictures) != filmRate*filmSeconds {
		tb.Fatalf("%d pictures in the film, want %d", len(f.pictures), filmRate*filmSeconds)
	}
	f.Picture.Extra = f.pictures[0].Data
}

func (f *Film) encodeSound(tb testing.TB) {
	tb.Helper()
	ogg := ffmpeg(tb, "-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:sample_rate=48000:duration=%d", filmSeconds),
		"-ac", "2", "-c:a", "libopus", "-b:a", "96k", "-page_duration", "20000", "-f", "ogg", "-")
	reader, _, err := oggreader.NewWith(bytes.NewReader(ogg))
	if err != nil {
		tb.Fatalf("read the film's sound: %v", err)
	}
	for {
		page, _, err := reader.ParseNextPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatalf("read the film's sound: %v", err)
		}
		if bytes.HasPrefix(page, []byte("OpusTags")) {
			continue
		}
		f.sounds = append(f.sounds, &packet.Packet{Stream: f.Sound, Data: page, Duration: opusSamples, Key: true})
	}
}

func ffmpeg(tb testing.TB, args ...string) []byte {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, args...)...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		tb.Fatalf("ffmpeg: %v: %s", err, &complaint)
	}
	return out
}

// PictureAt and SoundAt return the nth packet of the endless, looped film.
func (f *Film) PictureAt(n int) *packet.Packet {
	p := *f.pictures[n%len(f.pictures)]
	p.PTS = int64(n)
	return &p
}

func (f *Film) SoundAt(n int) *packet.Packet {
	p := *f.sounds[n%len(f.sounds)]
	p.PTS = int64(n) * opusSamples
	return &p
}

// Play hands out the film's packets in real time from program time 0, sound and
// picture in the order of their times, until ctx ends or write fails. Pictures come
// behind later by the given delay, as an encoder's do.
func (f *Film) Play(ctx context.Context, delay time.Duration, write func(*packet.Packet) error) error {
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	picture, sound := 0, 0
	for {
		next, due := f.PictureAt(picture), delay
		due += next.Time()
		if s := f.SoundAt(sound); s.Time() < due {
			next, due = s, s.Time()
			sound++
		} else {
			picture++
		}
		timer.Reset(time.Until(start.Add(due)))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if err := write(next); err != nil {
			return err
		}
	}
}
