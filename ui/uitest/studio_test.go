package uitest_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"io/fs"
	"testing"
	"time"

	"studio/ui"
	"studio/ui/uitest"
)

var (
	_ ui.Studio  = (*uitest.Studio)(nil)
	_ ui.Preview = (*uitest.Studio)(nil)
)

func TestCommandsTakeEffectAndAreRemembered(t *testing.T) {
	s := uitest.New()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for _, c := range []ui.Command{
		ui.Take{Layout: "full", Cameras: []string{"hands"}}, ui.Step{To: "next"}, ui.Broadcast{On: true}, ui.Recording{On: true},
	} {
		if err := s.Do(ctx, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	status := s.Status()
	if c := status.Canvases[0]; c.Layout != "full" || len(c.Cameras) != 1 || c.Cameras[0] != "hands" {
		t.Errorf("canvas %+v, want hands alone", c)
	}
	if status.Cameras[0].OnAir || !status.Cameras[1].OnAir {
		t.Errorf("cameras on air: %+v", status.Cameras)
	}
	if status.Procedure.Present != 2 || !status.Broadcast.On || !status.Recording.On || status.Destinations[0].State != ui.Live {
		t.Errorf("status %+v", status)
	}
	if c, err := s.Await(ctx, 2); err != nil || c != (ui.Step{To: "next"}) {
		t.Errorf("second command %v, %v", c, err)
	}
}

func TestRefusals(t *testing.T) {
	s := uitest.New()
	for c, want := range map[ui.Command]error{
		ui.Step{To: "firing"}: ui.ErrUnknown,
	} {
		if err := s.Do(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", c, err, want)
		}
	}
	if err := s.Do(t.Context(), ui.Take{Cameras: []string{"door"}}); !errors.Is(err, ui.ErrUnknown) {
		t.Errorf("unknown camera: %v", err)
	}
	s.Refuse(ui.ErrRefused)
	if err := s.Do(t.Context(), ui.Broadcast{On: true}); !errors.Is(err, ui.ErrRefused) || s.Status().Broadcast.On {
		t.Errorf("refused broadcast: %v", err)
	}
}

func TestPictures(t *testing.T) {
	s := uitest.New()
	for name, height := range map[string]int{"landscape": 180, "wheel": 180, "portrait": 568, "preview-landscape": 180, "preview-portrait": 568} {
		data, err := s.JPEG(t.Context(), name, 320)
		if err != nil {
			t.Fatal(err)
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || size.Width != 320 || size.Height != height {
			t.Errorf("%s: %+v, %v", name, size, err)
		}
	}
	if _, err := s.JPEG(t.Context(), "nothing", 320); !errors.Is(err, ui.ErrUnknown) {
		t.Errorf("unknown picture: %v", err)
	}
}

func TestClipsAreFiles(t *testing.T) {
	s := uitest.New()
	for range 2 {
		if err := s.Do(t.Context(), ui.Mark{Seconds: 60}); err != nil {
			t.Fatal(err)
		}
	}
	clips := s.Status().Clips
	if len(clips) != 4 || clips[0].Seconds != 60 {
		t.Fatalf("clips %+v", clips)
	}
	for _, c := range clips {
		if _, err := fs.Stat(s.Clips(), c.Name); err != nil {
			t.Error(err)
		}
	}
}

// TestTakesWhilePicturesAreDrawn is for the race detector.
func TestTakesWhilePicturesAreDrawn(t *testing.T) {
	s := uitest.New()
	ended := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 20 && err == nil; i++ {
			_, err = s.JPEG(t.Context(), "wheel", 64)
		}
		ended <- err
	}()
	for range 20 {
		if err := s.Do(t.Context(), ui.Take{Cameras: []string{"kiln"}}); err != nil {
			t.Error(err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
