//go:build record

package wall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/capture"
	"studio/capture/clip"
	"studio/capture/drawn"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/mixer/activity"
	"studio/overlay/svg"
)

// TestRecordTraces writes the activity traces that mixer/director is tested with:
//
//	FOOTAGE=FOLDER go test -tags record -run RecordTraces ./mixer/wall
//
// Each is 60 s of three cameras at 5 looks a second. workshop.csv is the drawn
// scenes. footage.csv is three films of hands and of people (FOLDER), each of
// which plays, in a loop, while it is that camera's turn, and stands still
// otherwise: bottles 0 s to 20 s, a person 15 s to 40 s, hands from 35 s on.
func TestRecordTraces(t *testing.T) {
	pool := picture.NewPool(8)
	developer, err := mixer.NewDeveloper(pool)
	if err != nil {
		t.Fatal(err)
	}
	defer developer.Close()
	var scenes, films []func(at time.Duration) *capture.Frame
	for _, scene := range drawn.Scenes() {
		source, err := drawn.New(drawn.Options{Scene: scene, Size: picture.Size{Width: 480, Height: 270},
			FrameRate: packet.Rational{Num: 30, Den: 1}, Start: time.Unix(0, 0), Rasterize: svg.Render})
		if err != nil {
			t.Fatal(err)
		}
		scenes = append(scenes, func(at time.Duration) *capture.Frame { return source.Frame(uint64(at * 30 / time.Second)) })
	}
	for _, f := range []struct {
		file     string
		from, to time.Duration
	}{
		{"bottle-detection.mp4", 0, 20 * time.Second},
		{"one-by-one-person-detection.mp4", 15 * time.Second, 40 * time.Second},
		{"hands-again.mkv", 35 * time.Second, 60 * time.Second},
	} {
		films = append(films, played(t, filepath.Join(os.Getenv("FOOTAGE"), f.file), f.from, f.to))
	}
	record(t, developer, "workshop.csv", drawn.Scenes(), scenes)
	record(t, developer, "footage.csv", []string{"bottles", "person", "hands"}, films)
}

// played returns a film that runs between two times and stands still otherwise.
func played(t *testing.T, path string, from, to time.Duration) func(at time.Duration) *capture.Frame {
	reader, err := clip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	var newest *capture.Frame
	begun, position := from, time.Duration(-1) // of this loop; of the newest frame in it
	t.Cleanup(func() { newest.Release() })
	return func(at time.Duration) *capture.Frame {
		at = min(max(at, from), to)
		for begun+position < at {
			f, err := reader.Next(context.Background())
			if errors.Is(err, io.EOF) {
				begun, position = begun+position, -1
				if err := reader.Rewind(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if newest != nil {
				newest.Release()
			}
			newest, position = f, f.Taken.Sub(time.Time{})
		}
		return newest.Retain()
	}
}

func record(t *testing.T, developer *mixer.Developer, name string, cameras []string, newest []func(at time.Duration) *capture.Frame) {
	var b strings.Builder
	fmt.Fprintf(&b, "seconds,%s\n", strings.Join(cameras, ","))
	meters := make([]activity.Meter, len(newest))
	for at := time.Duration(0); at < time.Minute; at += time.Second / usualRate {
		fmt.Fprintf(&b, "%.1f", at.Seconds())
		for i := range newest {
			frame := newest[i](at)
			pic, err := developer.Develop(frame, Fit(picture.Size{Width: frame.Width, Height: frame.Height}, Width))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, ",%.3f", meters[i].Add(pic.View, time.Unix(0, 0).Add(at)))
			pic.Release()
			frame.Release()
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile(filepath.Join("..", "director", "testdata", name), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
