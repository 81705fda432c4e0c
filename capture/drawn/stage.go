package drawn

import (
	"time"

	"studio/media/picture"
)

// The scenes are composed on a field of this size and then fitted to a picture
// so that they fill it, cut off at the sides that are too long.
const fieldWidth, fieldHeight = 1920, 1080

// fit maps the field to a picture: a point of the picture is the field's times
// scale, plus the offset.
type fit struct {
	scale, x, y float64
}

func fitTo(size picture.Size) fit {
	scale := max(float64(size.Width)/fieldWidth, float64(size.Height)/fieldHeight)
	return fit{scale, (float64(size.Width) - scale*fieldWidth) / 2, (float64(size.Height) - scale*fieldHeight) / 2}
}

// view is a scene made ready for one picture size.
type view interface {
	// draw draws everything but the strip at a time since the start. It is called
	// by several goroutines.
	draw(dst picture.View, elapsed time.Duration)
}

// scene makes views; all but the first are derived from the art that it painted
// when it was built, which takes milliseconds.
type scene interface {
	view(size picture.Size) view
}

// scenes are the ways to paint each camera angle's art at a size.
func scenes() map[string]func(size picture.Size, rasterize Rasterizer) (scene, error) {
	return map[string]func(picture.Size, Rasterizer) (scene, error){
		"wheel": newWheel, "hands": newHands, "kiln": newKiln,
	}
}

// stage is a scene with its strip, at whatever sizes it is asked for.
type stage struct {
	scene     scene
	code      bool
	rasterize Rasterizer

	build func(picture.Size) set // prepare
	sets  kept[set]
}

// set is what is kept for one picture size.
type set struct {
	view  view
	strip *strip
}

func newStage(build func(picture.Size, Rasterizer) (scene, error), o Options) (*stage, error) {
	scene, err := build(o.Size, o.Rasterize)
	if err != nil {
		return nil, err
	}
	s := &stage{scene: scene, code: o.Code, rasterize: o.Rasterize}
	if _, err := newStrip(o.Size.Width, o.Rasterize); err != nil {
		return nil, err
	}
	s.build = s.prepare
	s.sets.get(o.Size, s.build)
	return s, nil
}

// prepare makes the stage ready for a picture size.
func (s *stage) prepare(size picture.Size) set {
	made := set{view: s.scene.view(size)}
	if s.code && size.Width >= cellsAcross && size.Height >= 2*stripHeight(size.Width) {
		// a strip that was drawn once at the source's size can be drawn at all
		made.strip, _ = newStrip(size.Width, s.rasterize)
	}
	return made
}

func (s *stage) paint(dst picture.View, number uint64, elapsed time.Duration) {
	set := s.sets.get(dst.Size(), s.build)
	set.view.draw(dst, elapsed)
	if set.strip != nil {
		set.strip.draw(dst, number, elapsed)
	}
}
