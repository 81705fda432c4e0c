// Package uitest is a studio without an engine, for tests of the faces: it holds a
// scripted status, draws colour bars for pictures, answers commands plausibly and
// remembers them. Everything may be called from anywhere.
package uitest

import (
	"archive/zip"
	"context"
	"fmt"
	"image"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"testing/fstest"
	"time"

	"studio/ui"
)

// Studio implements ui.Studio and ui.Preview.
type Studio struct {
	mu       sync.Mutex
	status   ui.Status
	commands []ui.Command
	changed  chan struct{} // closed and made anew whenever something is remembered
	refusal  error
	start    time.Time
	frozen   bool
	offers   []string
	hungUp   []string
}

// New makes a studio with four cameras, a kiln and a scale, a pottery procedure
// and two destinations; off air, all well.
func New() *Studio {
	return &Studio{status: Status(), start: time.Now(), changed: make(chan struct{})}
}

// Status returns a copy of the scripted status; counters rise with time unless frozen.
func (s *Studio) Status() ui.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := clone(s.status)
	if s.frozen {
		return now
	}
	now.Time = time.Now()
	passed := now.Time.Sub(s.start)
	now.Box.UptimeMS += passed.Milliseconds()
	for i := range now.Canvases {
		now.Canvases[i].Frames += uint64(passed.Seconds() * now.Canvases[i].FrameRate)
	}
	for i := range now.Cameras {
		now.Cameras[i].Frames += uint64(passed.Seconds() * now.Cameras[i].FrameRate)
	}
	if now.Sound.State == ui.Live {
		sway := float64(passed.Milliseconds()/100%12) * 1.3
		now.Sound.PeakDB[0] -= sway
		now.Sound.PeakDB[1] -= 14 - sway
	}
	return now
}

// JPEG draws colour bars for a camera, begun at another colour for each, and cameras
// in the slots of the layout for a canvas or, as preview-NAME, for its preview.
func (s *Studio) JPEG(ctx context.Context, name string, width int) ([]byte, error) {
	s.mu.Lock()
	status, passed := clone(s.status), time.Since(s.start)
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, c := range status.Cameras {
		if c.Name == name {
			img, err := newPicture(width, width*9/16)
			if err != nil {
				return nil, err
			}
			bars(img, img.Rect, i+1, c.State == ui.Live, passed)
			return encode(img)
		}
	}
	for _, c := range status.Canvases {
		shot := ui.Shot{Layout: c.Layout, Cameras: c.Cameras}
		if name == "preview-"+c.Name {
			shot = c.Preview
		} else if name != c.Name {
			continue
		}
		img, err := newPicture(width, width*c.Height/c.Width)
		if err != nil {
			return nil, err
		}
		drawShot(img, c, shot, status.Cameras, passed)
		return encode(img)
	}
	return nil, ui.Unknown("picture %q: there is no canvas and no camera of that name", "没有名为“%s”的画布或机位", name)
}

// drawShot draws each camera's bars where the layout has it.
func drawShot(img *image.RGBA, canvas ui.Canvas, shot ui.Shot, cameras []ui.Camera, passed time.Duration) {
	layout, err := layoutOf(&canvas, shot.Layout)
	if err != nil {
		return // a test's own layout: the picture stays dark
	}
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	for i, slot := range layout.Slots[:min(len(layout.Slots), len(shot.Cameras))] {
		part := image.Rect(int(slot.X*w), int(slot.Y*h), int((slot.X+slot.Width)*w), int((slot.Y+slot.Height)*h))
		index := slices.IndexFunc(cameras, func(c ui.Camera) bool { return c.Name == shot.Cameras[i] })
		if index >= 0 {
			bars(img, part, index+1, cameras[index].State == ui.Live, passed)
		}
	}
}

// SupportName and WriteSupport make a support file without a word in it.
func (s *Studio) SupportName() string { return "studio-support-青瓷-2026-05-01_10-00-00.zip" }

func (s *Studio) WriteSupport(_ context.Context, w io.Writer) error { return zip.NewWriter(w).Close() }

// Clips holds a file for each clip that the status has at the time.
func (s *Studio) Clips() fs.FS { return clips{s} }

type clips struct{ *Studio }

func (c clips) Open(name string) (fs.File, error) {
	files := fstest.MapFS{}
	for _, clip := range c.Status().Clips {
		if clip.Message == (ui.Text{}) {
			files[clip.Name] = &fstest.MapFile{Data: []byte("clip of " + clip.Canvas), ModTime: clip.Time}
		}
	}
	return files.Open(name)
}

// Answer implements ui.Preview: it remembers the offer and refuses it, so that a
// page has to fall back to pictures. An offer of "v=0 test" is answered.
func (s *Studio) Answer(_ context.Context, offer string) (answer, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(func() { s.offers = append(s.offers, offer) })
	if offer != "v=0 test" {
		return "", "", ui.Refused("this studio has no live preview", "没有实时画面")
	}
	return "v=0 answer", "viewer" + strconv.Itoa(len(s.offers)), nil
}

// HangUp implements ui.Preview for viewers that were answered.
func (s *Studio) HangUp(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(id[min(len("viewer"), len(id)):])
	if err != nil || n > len(s.offers) || slices.Contains(s.hungUp, id) {
		return ui.Unknown("viewer %q: there is none of that id", "这位观看者已经离开", id)
	}
	s.hungUp = append(s.hungUp, id)
	return nil
}

// Change edits the scripted status.
func (s *Studio) Change(edit func(*ui.Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(func() { edit(&s.status) })
}

// Freeze stops the counters and meters, so that the status changes only through
// Change and commands.
func (s *Studio) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = true
}

// Refuse makes the next command fail with err.
func (s *Studio) Refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = err
}

// Commands returns all commands so far, oldest first.
func (s *Studio) Commands() []ui.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Offers returns the SDP offers so far, oldest first.
func (s *Studio) Offers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.offers)
}

// Await waits until the n-th command (counted from 1) has come and returns it; an
// error, with what came instead, when ctx ends first.
func (s *Studio) Await(ctx context.Context, n int) (ui.Command, error) {
	for {
		s.mu.Lock()
		commands, changed := s.commands, s.changed
		s.mu.Unlock()
		if len(commands) >= n {
			return commands[n-1], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("command %d did not come, only %v: %w", n, commands, ctx.Err())
		}
	}
}

// remember makes a change and wakes those who wait; s.mu is held.
func (s *Studio) remember(change func()) {
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}
