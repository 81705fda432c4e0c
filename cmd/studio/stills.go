package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer"
	"studio/mixer/wall"
	"studio/ui"
)

// stills makes small JPEG pictures of canvases and cameras for the faces, one at
// a time so that however many look, the programme keeps its cores.
type stills struct {
	mu        sync.Mutex
	pool      *picture.Pool
	developer *mixer.Developer
}

const stillQuality = 80

// Widths that a face may ask for, in pixels.
const (
	leastStill = 64
	mostStill  = 1280
)

// tileWidth is up to which width of a camera's picture the wall's serves: it is made
// once for all who look.
const tileWidth = 320

func newWall(cameras []*camera, start time.Time) *wall.Wall {
	o := wall.Options{Start: start}
	for _, c := range cameras {
		o.Sources = append(o.Sources, wall.Source{Name: c.Name, Newest: c.newest, Slate: c.slate})
	}
	return wall.New(o)
}

func newStills() (*stills, error) {
	pool := picture.NewPool(8)
	developer, err := mixer.NewDeveloper(pool)
	if err != nil {
		return nil, err
	}
	return &stills{pool: pool, developer: developer}, nil
}

func (s *stills) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.developer.Close()
	s.developer = nil
}

// JPEG implements ui.Studio.
func (e *engine) JPEG(_ context.Context, name string, width int) ([]byte, error) {
	width = min(max(width, leastStill), mostStill) &^ 1
	for _, l := range e.lines {
		switch name {
		case l.Name:
			return e.canvasStill(name, width)
		case "preview-" + l.Name:
			return e.previewStill(l, width)
		}
	}
	for _, c := range e.cameras {
		switch {
		case c.Name != name:
		case width <= tileWidth:
			return e.wall.Picture(name)
		default:
			return e.cameraStill(c, width)
		}
	}
	return nil, ui.Unknown("picture %q: there is no canvas and no camera of that name", "没有名为“%s”的画布或机位", name)
}

func (e *engine) canvasStill(name string, width int) ([]byte, error) {
	pic, err := e.mixer.Newest(name)
	if err != nil {
		return nil, err
	}
	if pic == nil {
		return nil, ui.Refused("canvas %q has no picture yet", "这个画布还没有画面", name)
	}
	defer pic.Release()
	s := e.stills
	s.mu.Lock()
	defer s.mu.Unlock()
	small := s.pool.Get(fit(pic.Size(), width))
	if small == nil {
		return nil, ui.Refused("canvas %q: no free picture", "画面缓存用完了，请稍后再试", name)
	}
	defer small.Release()
	picture.Scale(small.View, pic.View)
	return jpeg.Encode(small.View, stillQuality)
}

// previewStill is what a take would put on air.
func (e *engine) previewStill(l *line, width int) ([]byte, error) {
	s := e.stills
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.developer == nil {
		return nil, ui.Refused("the engine is ending", "程序正在退出")
	}
	pic, err := e.mixer.PreviewPicture(s.developer, l.Name, fit(l.Size, width))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ui.ErrRefused, err)
	}
	defer pic.Release()
	return jpeg.Encode(pic.View, stillQuality)
}

func (e *engine) cameraStill(c *camera, width int) ([]byte, error) {
	s := e.stills
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.developer == nil {
		return nil, ui.Refused("the engine is ending", "程序正在退出")
	}
	frame := c.newest(time.Since(e.start))
	if frame == nil {
		return s.slate(c, width)
	}
	defer frame.Release()
	pic, err := s.developer.Develop(frame, fit(picture.Size{Width: frame.Width, Height: frame.Height}, width))
	if err != nil {
		return s.slate(c, width)
	}
	defer pic.Release()
	return jpeg.Encode(pic.View, stillQuality)
}

func (s *stills) slate(c *camera, width int) ([]byte, error) {
	pic := s.pool.Get(fit(c.Size, width))
	if pic == nil {
		return nil, ui.Refused("camera %q: no free picture", "画面缓存用完了，请稍后再试", c.Name)
	}
	defer pic.Release()
	c.slate.Paint(pic.View)
	return jpeg.Encode(pic.View, stillQuality)
}

// fit returns the even size of that width with whole's proportions; never larger
// than whole.
func fit(whole picture.Size, width int) picture.Size {
	width = min(width, whole.Width) &^ 1
	return picture.Size{Width: width, Height: max(2, width*whole.Height/whole.Width&^1)}
}
