package drawn

import (
	"math"
	"sync"

	"studio/media/picture"
)

// art is a film with its place in the field, from which sprites are made: the
// film itself and smaller ones, each half as large as the one before.
type art struct {
	films     []*film
	left, top float64 // in the field
	scale     float64 // pixels of the largest film by the field
}

func newArt(f *film, b *body) art {
	scale := float64(b.scale)
	a := art{left: float64(b.left) / scale, top: float64(b.top) / scale, scale: scale, films: []*film{f}}
	for range 3 {
		f = f.halved()
		a.films = append(a.films, f)
	}
	return a
}

func (a art) sprite(f fit) *sprite {
	by, film := f.scale/a.scale, a.films[0]
	for _, smaller := range a.films[1:] {
		if by > 0.51 {
			break
		}
		by, film = by*2, smaller
	}
	return newSprite(film.scaled(by), int(math.Round(a.left*f.scale+f.x))&^1, int(math.Round(a.top*f.scale+f.y))&^1)
}

// sprite is a film that moves over the picture in steps of half a pixel.
type sprite struct {
	left, top int // in pixels
	layers    [4]*picture.Layer
}

// newSprite develops a film whose left upper corner stands at left, top (even).
func newSprite(f *film, left, top int) *sprite {
	table := newToneTable()
	size := picture.Size{Width: f.width, Height: f.height + 2}
	stride := 4 * size.Width
	pix := make([]byte, stride*size.Height)
	inParallel(0, f.height, func(y int) {
		for x := range f.width {
			i := y*f.width + x
			a := f.cover[i]
			if a <= 0 {
				continue
			}
			r, g, b := table.of(f.light[i].times(1 / a))
			if a >= 1 {
				grain := (hash(x, y) - 0.5) * 5
				r, g, b = r+grain, g+grain, b+grain
			}
			to := pix[y*stride+4*x:][:4]
			to[0], to[1], to[2], to[3] = level(b*a), level(g*a), level(r*a), level(255*a)
		}
	})
	s := &sprite{left: left, top: top}
	var layers sync.WaitGroup
	for step := range s.layers {
		layers.Go(func() {
			moved := pix
			if step > 0 {
				moved = make([]byte, len(pix))
				down := step / 2 * stride
				if step%2 == 0 {
					copy(moved[down:], pix)
				} else {
					for i := down; i < len(moved); i++ {
						above := byte(0)
						if i >= down+stride {
							above = pix[i-down-stride]
						}
						moved[i] = byte((uint(pix[i-down]) + uint(above) + 1) / 2)
					}
				}
			}
			s.layers[step] = picture.NewLayer(size)
			s.layers[step].SetARGB(moved, stride)
		})
	}
	layers.Wait()
	return s
}

func level(x float32) byte { return byte(min(max(x, 0), 255) + 0.5) }

// draw draws the sprite moved down by a distance in pixels.
func (s *sprite) draw(dst picture.View, down float64) {
	halves := int(math.Floor(down * 2))
	step := halves & 3
	picture.Blend(dst, s.layers[step], s.left, s.top+(halves-step)/2, 255)
}
