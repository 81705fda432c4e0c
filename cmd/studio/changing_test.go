package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"studio/configs"
	"studio/media/packet"
	"studio/media/picture"
	"studio/ui"
	"studio/words"
)

// box is an engine of which only what goes on air runs, with a state in a folder.
func box(t *testing.T, state string, log *bytes.Buffer, canvases ...configs.Canvas) *engine {
	t.Helper()
	e, err := newEngine(&configs.Config{
		SecretsFile: write(t, filepath.Join(t.TempDir(), "secrets.yaml"), "planted"), // which is in the destinations already
		Listen:      "127.0.0.1:0", Socket: filepath.Join(t.TempDir(), "s"), Rate: packet.Rational{Num: 30, Den: 1}, State: state, Canvases: canvases,
		Cameras: []configs.Camera{{Name: "wheel", Drawn: "wheel", Size: picture.Size{Width: 320, Height: 180}, Rate: packet.Rational{Num: 30, Den: 1}}},
		Destinations: []configs.Destination{
			{Name: "school", Kind: "rtmp", Address: "rtmp://127.0.0.1:9/live", Key: planted, Need: configs.Need{Canvas: "landscape"}},
			{Name: "guild", Kind: "rtmp", Address: "rtmp://127.0.0.1:9/live", Need: configs.Need{Canvas: "landscape", BitsPerSecond: 2_000_000}},
			{Name: "grabber", Kind: "window", Address: "window://1", Need: configs.Need{Canvas: "landscape"}},
		},
	}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.air.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		e.unbind()
		e.stills.close()
	})
	return e
}

func boxCanvas(name string, width, height int) configs.Canvas {
	return configs.Canvas{
		Name: name, Size: picture.Size{Width: width, Height: height}, Encoder: "libx264", Preset: "ultrafast",
		BitsPerSecond: 4_000_000, LeastBits: 1_000_000, Layout: "full",
	}
}

func destinationOf(t *testing.T, e *engine, name string) ui.Destination {
	t.Helper()
	return named(t, e.Status(), name)
}

func TestWhatIsSetByHandOfADestination(t *testing.T) {
	state := t.TempDir()
	var log bytes.Buffer
	landscape, portrait := boxCanvas("landscape", 1280, 720), boxCanvas("portrait", 720, 1280)
	e := box(t, state, &log, landscape, portrait)
	change := func(c ui.ChangeDestination) {
		t.Helper()
		if err := e.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	upright, own, small, tall, bits, configured, platform := "portrait", "", "640x360", "360x640", 2_000_000, 0, "douyin"

	// Those with the same need share one encode, and the sentence names both.
	found, err := e.CheckDestination(ui.ChangeDestination{Destination: "school", BitsPerSecond: &bits})
	if err != nil || len(found.Notes) != 1 || !strings.HasPrefix(found.Notes[0].En, "school, guild share an encode of their own (1280x720 main 2000 kb/s)") {
		t.Errorf("%+v, %v", found, err)
	}
	if !slices.Equal(found.Sizes, []string{"960x540", "640x360", "320x180"}) || !slices.ContainsFunc(found.Platforms, func(p ui.Platform) bool { return p.Name == platform && len(p.Notes) > 0 }) {
		t.Errorf("to choose from: %v, %+v", found.Sizes, found.Platforms)
	}
	// A higher bit rate than the canvas's costs an encode too, and the platform says no.
	more := 6_000_000
	found, err = e.CheckDestination(ui.ChangeDestination{Destination: "school", BitsPerSecond: &more, Platform: &platform})
	if err != nil || len(found.Notes) != 2 || !strings.Contains(found.Notes[0].En, "set the bit rate to 4000 kb/s") || !strings.Contains(found.Notes[1].En, "6000 kb/s") {
		t.Errorf("%+v, %v", found, err)
	}
	if found.Fit != (ui.Need{Platform: platform, BitsPerSecond: 4_000_000}) {
		t.Errorf("what the platform takes: %+v", found.Fit)
	}
	if s := destinationOf(t, e, "school"); s.Changed || s.Need != (ui.Need{}) {
		t.Errorf("looked at, and changed: %+v", s)
	}

	// What is left out stays, one change after the other.
	change(ui.ChangeDestination{Destination: "school", Size: &small})
	change(ui.ChangeDestination{Destination: "school", BitsPerSecond: &bits})
	if s := destinationOf(t, e, "school"); !s.Changed || s.Need != (ui.Need{Size: small, BitsPerSecond: bits}) || s.Encode != "640×360 main 2000 kb/s" {
		t.Errorf("two changes: %+v", s)
	}
	// Another canvas needs another shape, or its own size.
	if err := e.Do(t.Context(), ui.ChangeDestination{Destination: "school", Canvas: &upright}); !errors.Is(err, ui.ErrRefused) || !inChinese(words.Of(err)) {
		t.Errorf("a lying picture of an upright canvas: %v", err)
	}
	change(ui.ChangeDestination{Destination: "school", Canvas: &upright, Size: &tall})
	if s := destinationOf(t, e, "school"); s.Canvas != upright || s.Encode != "360×640 main 2000 kb/s" {
		t.Errorf("on the other canvas: %+v", s)
	}
	// Back to what the configuration says by hand is the configuration again.
	change(ui.ChangeDestination{Destination: "guild", BitsPerSecond: &configured})
	if s := destinationOf(t, e, "guild"); !s.Changed || s.Encode != "1280×720 main 4000 kb/s" {
		t.Errorf("as the canvas: %+v", s)
	}
	change(ui.ChangeDestination{Destination: "guild", BitsPerSecond: &bits, Platform: &own})
	if s := destinationOf(t, e, "guild"); s.Changed || len(e.wanted.State().Needs) != 1 {
		t.Errorf("as configured: %+v, %+v", s, e.wanted.State().Needs)
	}
	// A window takes pictures: a size, and no bit rate.
	if err := e.Do(t.Context(), ui.ChangeDestination{Destination: "grabber", BitsPerSecond: &bits}); !errors.Is(err, ui.ErrRefused) || !inChinese(words.Of(err)) {
		t.Errorf("a bit rate for a window: %v", err)
	}
	change(ui.ChangeDestination{Destination: "grabber", Size: &small})
	if s := destinationOf(t, e, "grabber"); s.Encode != "" || s.Need.Size != small {
		t.Errorf("a smaller window: %+v", s)
	}

	// Another configuration: what does not fit is left aside, and can be set anew.
	again := box(t, state, &log, landscape)
	if s := destinationOf(t, again, "school"); s.Changed || s.Canvas != "landscape" {
		t.Errorf("with a canvas that is gone: %+v", s)
	}
	if s := destinationOf(t, again, "grabber"); !s.Changed || s.Need.Size != small {
		t.Errorf("what fits is lost: %+v", s)
	}
	if !strings.Contains(log.String(), "does not fit the configuration any more") || strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("the log says:\n%s", log.String())
	}
	if err := again.Do(t.Context(), ui.ChangeDestination{Destination: "school", Size: &small}); err != nil {
		t.Errorf("set anew: %v", err)
	}
}

// TestADestinationIsMadeByHand makes one, sets it, gives it another key, and finds it
// whole after a restart; its address is in no file that can be read.
func TestADestinationIsMadeByHand(t *testing.T) {
	state := t.TempDir()
	var log bytes.Buffer
	landscape := boxCanvas("landscape", 640, 360)
	e := box(t, state, &log, landscape)
	do := func(e *engine, c ui.Command) {
		t.Helper()
		if err := e.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []ui.AddDestination{
		{Name: "school", Address: "rtmp://127.0.0.1:9/live"},
		{Name: " ", Address: "rtmp://127.0.0.1:9/live"},
		{Name: "hall", Address: "127.0.0.1/" + planted},
		{Name: "hall", Address: "file:///tmp/" + planted},
		{Name: "hall", Address: "rtmp://127.0.0.1:9/live", Canvas: "cellar"},
	} {
		if err := e.Do(t.Context(), wrong); !errors.Is(err, ui.ErrRefused) || !inChinese(words.Of(err)) || strings.Contains(err.Error(), planted) {
			t.Errorf("%q: %v", wrong.Name, err)
		}
	}
	if err := e.Do(t.Context(), ui.AddDestination{Name: "hall", Address: "srt://127.0.0.1"}); !errors.Is(err, ui.ErrRefused) || !e.vault.Get("hall").Empty() {
		t.Errorf("an address without a port: %v", err)
	}
	small := "320x180"
	do(e, ui.AddDestination{Name: "hall", Address: "rtmp://127.0.0.1:9/" + planted})
	if d := destinationOf(t, e, "hall"); !d.Added || d.HasKey || !d.Wanted || d.Changed || d.Canvas != "landscape" || d.Kind != "rtmp" || strings.Contains(d.Address, planted) {
		t.Errorf("made: %+v", d)
	}
	do(e, ui.ChangeDestination{Destination: "hall", Size: &small})
	do(e, ui.StreamKey{Destination: "hall", Key: "key"})
	for _, e := range []*engine{e, box(t, state, &log, landscape)} {
		p, err := e.air.post("hall")
		if err != nil || p.whole() != "rtmp://127.0.0.1:9/"+planted+"/key" {
			t.Errorf("its address is lost: %v", err)
		}
		if d := destinationOf(t, e, "hall"); !d.HasKey || !d.Changed || d.Need.Size != small {
			t.Errorf("%+v", d)
		}
	}
	files, err := filepath.Glob(filepath.Join(state, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		if data, err := os.ReadFile(path); err != nil || bytes.Contains(data, []byte(planted)) {
			t.Errorf("%s: %v, or the address is in it", path, err)
		}
	}
	do(e, ui.StreamKey{Destination: "hall"})
	if p, err := e.air.post("hall"); err != nil || p.whole() != "rtmp://127.0.0.1:9/"+planted {
		t.Errorf("with its key its address is deleted: %v", err)
	}
	do(e, ui.RemoveDestination{Destination: "hall"})
	if w := e.wanted.State(); len(w.Added) != 0 || len(w.Needs) != 0 || !e.vault.Get("hall").Empty() {
		t.Errorf("removed, and something stays: %+v", w)
	}
	if err := e.Do(t.Context(), ui.RemoveDestination{Destination: "hall"}); !errors.Is(err, ui.ErrUnknown) {
		t.Errorf("removed twice: %v", err)
	}
}

// TestADeletedKeyStaysDeleted deletes the only key and changes the destination, which
// is made anew.
func TestADeletedKeyStaysDeleted(t *testing.T) {
	var log bytes.Buffer
	e := box(t, t.TempDir(), &log, boxCanvas("landscape", 640, 360))
	small := "320x180"
	if err := e.Do(t.Context(), ui.ChangeDestination{Destination: "school", Size: &small}); err != nil {
		t.Fatal(err)
	}
	p, err := e.air.post("school")
	if err != nil || !p.hasKey() || !destinationOf(t, e, "school").HasKey {
		t.Fatalf("the changed one has no key: %v", err)
	}
	for _, c := range []ui.Command{
		ui.StreamKey{Destination: "school"},
		ui.ChangeDestination{Destination: "school", Configured: true},
	} {
		if err := e.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if p, err = e.air.post("school"); err != nil || p.hasKey() || destinationOf(t, e, "school").HasKey {
		t.Errorf("the key is there again: %v", err)
	}
}
