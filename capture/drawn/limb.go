package drawn

import (
	"math"
	"sync"

	"studio/media/picture"
)

// knob is a ball of a limb, in the field: z goes towards the camera.
type knob struct{ x, y, z, radius float32 }

// limb is the skin stretched over a row of balls. Limbs of a body grow together
// where they meet.
type limb struct {
	knobs []knob
	cloth bool
}

// body is a number of limbs seen straight from the front, as a field of heights
// with the direction that each point of the skin faces.
type body struct {
	left, top, width, height int // in pixels
	scale                    float32
	faces                    []normal
	cover                    []float32
	cloth                    []float32
}

// normal is the direction a surface faces and how near it is.
type normal struct{ x, y, z, near float32 }

// newBody sculpts limbs at a scale. join is how far they grow together.
func newBody(limbs []limb, scale, join float32, margin float32) *body {
	left, top, right, bottom := float32(1e9), float32(1e9), float32(-1e9), float32(-1e9)
	for _, l := range limbs {
		for _, k := range l.knobs {
			left, right = min(left, k.x-k.radius), max(right, k.x+k.radius)
			top, bottom = min(top, k.y-k.radius), max(bottom, k.y+k.radius)
		}
	}
	b := &body{scale: scale, left: int((left-margin)*scale) &^ 1, top: int((top-margin)*scale) &^ 1}
	b.width = (int((right+margin)*scale) - b.left + 2) &^ 1
	b.height = (int((bottom+margin)*scale) - b.top + 2) &^ 1
	n := b.width * b.height
	b.faces, b.cover, b.cloth = make([]normal, n), make([]float32, n), make([]float32, n)
	for i := range b.faces {
		b.faces[i].near = -1e4
	}
	for _, l := range limbs {
		for i := range len(l.knobs) - 1 {
			b.add(l.knobs[i], l.knobs[i+1], join, l.cloth)
		}
	}
	return b
}

// add grows the cone between two balls onto the body.
func (b *body) add(from, to knob, join float32, cloth bool) {
	x0 := max(int((min(from.x-from.radius, to.x-to.radius)-1)*b.scale)-b.left, 0)
	x1 := min(int((max(from.x+from.radius, to.x+to.radius)+1)*b.scale)-b.left+2, b.width)
	y0 := max(int((min(from.y-from.radius, to.y-to.radius)-1)*b.scale)-b.top, 0)
	y1 := min(int((max(from.y+from.radius, to.y+to.radius)+1)*b.scale)-b.top+2, b.height)
	dx, dy := to.x-from.x, to.y-from.y
	length := max(dx*dx+dy*dy, 1e-3)
	var woven float32
	if cloth {
		woven = 1
	}
	for y := y0; y < y1; y++ {
		py := (float32(b.top+y) + 0.5) / b.scale
		for x := x0; x < x1; x++ {
			px := (float32(b.left+x) + 0.5) / b.scale
			t := min(max(((px-from.x)*dx+(py-from.y)*dy)/length, 0), 1)
			radius := from.radius + (to.radius-from.radius)*t
			ex, ey := px-from.x-dx*t, py-from.y-dy*t
			d := sqrt(ex*ex + ey*ey)
			cover := 0.5 - (d-radius)*b.scale
			if cover <= 0 {
				continue
			}
			cover = min(cover, 1)
			k := min(d/radius, 0.999) / max(d, 1e-4)
			n := normal{ex * k, ey * k, 0, 0}
			n.z = sqrt(max(1-n.x*n.x-n.y*n.y, 0))
			n.near = from.z + (to.z-from.z)*t + radius*n.z
			i := y*b.width + x
			old := &b.faces[i]
			w := min(max(0.5+0.5*(n.near-old.near)/join, 0), 1)
			grown := join * w * (1 - w)
			if old.near < -9e3 {
				w, grown = 1, 0
			} else {
				w *= cover
			}
			old.x += (n.x - old.x) * w
			old.y += (n.y - old.y) * w
			old.z += (n.z - old.z) * w
			old.near += (n.near-old.near)*w + grown*cover
			b.cover[i] = max(b.cover[i], cover)
			b.cloth[i] += (woven - b.cloth[i]) * w
		}
	}
}

// hollows returns how deep each point lies below what is around it within a
// radius in the field: where little light gets to.
func (b *body) hollows(radius float32) []float32 {
	n := b.width * b.height
	v := make([]float32, 2*n)
	for i, f := range b.faces {
		if c := b.cover[i]; c > 0 {
			v[2*i], v[2*i+1] = f.near*c, c
		}
	}
	blurPlanes(v, b.width, b.height, 2, max(1, int(radius*b.scale/2)))
	deep := make([]float32, n)
	for i, f := range b.faces {
		if v[2*i+1] > 1e-3 {
			deep[i] = max(v[2*i]/v[2*i+1]-f.near, 0)
		}
	}
	return deep
}

// shadow returns the body's cover moved and blurred: what it throws on a wall
// close behind it.
func (b *body) shadow(moveX, moveY, radius float32) []float32 {
	mx, my := int(moveX*b.scale), int(moveY*b.scale)
	out := make([]float32, len(b.cover))
	for y := max(my, 0); y < b.height+min(my, 0); y++ {
		for x := max(mx, 0); x < b.width+min(mx, 0); x++ {
			out[y*b.width+x] = b.cover[(y-my)*b.width+x-mx]
		}
	}
	blurPlanes(out, b.width, b.height, 1, max(1, int(radius*b.scale/2)))
	return out
}

// lit returns the body as a film, each point of it as look says, over its shadow
// of a strength.
func (b *body) lit(look func(x, y float32, n normal, deep, cloth float32) rgb, shadow float32) *film {
	deep := b.hollows(34)
	thrown := b.shadow(20, 26, 30)
	f := newFilm(b.width, b.height)
	inParallel(0, b.height, func(y int) {
		for x := range b.width {
			i := y*b.width + x
			a := b.cover[i]
			dark := shadow * thrown[i] * (1 - a)
			f.cover[i] = a + dark
			if a > 0 {
				n := b.faces[i]
				k := 1 / max(sqrt(n.x*n.x+n.y*n.y+n.z*n.z), 1e-3)
				n.x, n.y, n.z = n.x*k, n.y*k, n.z*k
				c := look((float32(b.left+x)+0.5)/b.scale, (float32(b.top+y)+0.5)/b.scale, n, deep[i], b.cloth[i])
				f.light[i] = c.times(a)
			}
		}
	})
	return f
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

// scaled returns a film at another scale.
func (f *film) scaled(by float64) *film {
	if by == 1 {
		return f
	}
	out := newFilm(max(2, int(float64(f.width)*by+0.5)&^1), max(2, int(float64(f.height)*by+0.5)&^1))
	kx, ky := float32(f.width)/float32(out.width), float32(f.height)/float32(out.height)
	samples := max(1, min(int(max(kx, ky)+0.99), 8))
	inParallel(0, out.height, func(y int) {
		for x := range out.width {
			var c rgb
			var a float32
			for i := range samples * samples {
				sx := (float32(x)+(float32(i%samples)+0.5)/float32(samples))*kx - 0.5
				sy := (float32(y)+(float32(i/samples)+0.5)/float32(samples))*ky - 0.5
				light, cover := f.at(sx, sy)
				c, a = c.plus(light), a+cover
			}
			k := 1 / float32(samples*samples)
			out.light[y*out.width+x], out.cover[y*out.width+x] = c.times(k), a*k
		}
	})
	return out
}
