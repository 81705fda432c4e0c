package drawn

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"studio/media/picture"
)

// rgb is light in linear units; 1 is white paper under the key light.
type rgb struct{ r, g, b float32 }

func (c rgb) times(k float32) rgb { return rgb{c.r * k, c.g * k, c.b * k} }
func (c rgb) plus(d rgb) rgb      { return rgb{c.r + d.r, c.g + d.g, c.b + d.b} }
func (c rgb) by(d rgb) rgb        { return rgb{c.r * d.r, c.g * d.g, c.b * d.b} }

func blend(a, b rgb, k float32) rgb {
	return rgb{a.r + (b.r-a.r)*k, a.g + (b.g-a.g)*k, a.b + (b.b-a.b)*k}
}

// painting is a scene's art while it is painted.
type painting struct {
	fit
	width, height int
	light         []rgb
}

func newPainting(size picture.Size) *painting {
	return &painting{fit: fitTo(size), width: size.Width, height: size.Height, light: make([]rgb, size.Width*size.Height)}
}

func (p *painting) copy() *painting {
	q := *p
	q.light = append([]rgb(nil), p.light...)
	return &q
}

// each changes every pixel whose middle lies in a box of the field; the function
// gets the point in the field. Rows are spread over the cores.
func (p *painting) each(left, top, right, bottom float64, change func(x, y float32, c rgb) rgb) {
	x0, x1 := p.span(left, right, p.x, p.width)
	y0, y1 := p.span(top, bottom, p.y, p.height)
	inParallel(y0, y1, func(y int) {
		fy := float32((float64(y) + 0.5 - p.y) / p.scale)
		row := p.light[y*p.width:][:p.width]
		for x := x0; x < x1; x++ {
			row[x] = change(float32((float64(x)+0.5-p.x)/p.scale), fy, row[x])
		}
	})
}

func (p *painting) all(change func(x, y float32, c rgb) rgb) {
	p.each(-1e6, -1e6, 1e6, 1e6, change)
}

func (p *painting) span(from, to, offset float64, limit int) (int, int) {
	a := math.Floor(max(from*p.scale+offset, 0))
	b := math.Ceil(min(to*p.scale+offset, float64(limit)))
	return int(a), max(int(b), int(a))
}

// pixel is how large a pixel is in the field.
func (p *painting) pixel() float32 { return float32(1 / p.scale) }

func inParallel(from, to int, row func(y int)) {
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		workers.Go(func() {
			for y := from + w; y < to; y += n {
				row(y)
			}
		})
	}
	workers.Wait()
}

// layOver draws an SVG document of the field over the painting, out of focus by
// a radius in the field. It is drawn at a fraction of the size: what is out of
// focus has no detail to lose.
func (p *painting) layOver(doc string, focus float64, rasterize Rasterizer) error {
	coarse := 2
	if focus > 10 {
		coarse = 4
	}
	size := picture.Size{Width: (p.width + coarse - 1) / coarse, Height: (p.height + coarse - 1) / coarse}
	doc = fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" preserveAspectRatio="xMidYMid slice">%s</svg>`,
		fieldWidth, fieldHeight, size.Width, size.Height, doc)
	pix, stride, err := rasterize([]byte(doc), size)
	if err != nil {
		return err
	}
	soft := fromARGB(pix, stride, size)
	soft.soften(focus * p.scale / float64(coarse))
	inParallel(0, p.height, func(y int) {
		row := p.light[y*p.width:][:p.width]
		for x := range row {
			c, a := soft.at((float32(x)+0.5)/float32(coarse)-0.5, (float32(y)+0.5)/float32(coarse)-0.5)
			row[x] = row[x].times(1 - a).plus(c)
		}
	})
	return nil
}

// tone is how a camera's film answers to light: a soft shoulder, a soft toe, and
// the transfer curve. The result is 0 to 255.
func tone(light float32) float32 {
	x := float64(max(light, 0))
	x = x * (2.51*x + 0.10) / (x*(2.43*x+0.62) + 0.17) // after Narkowicz's fit of the ACES curve, with a softer toe
	return float32(255 * math.Pow(min(x, 1), 1/2.2))
}

// toneTable makes tone cheap: light 0 to 4 in steps of 1/1024.
type toneTable [4097]float32

func newToneTable() *toneTable {
	var t toneTable
	for i := range t {
		t[i] = tone(float32(i) / 1024)
	}
	return &t
}

func (t *toneTable) of(c rgb) (r, g, b float32) {
	return t.one(c.r), t.one(c.g), t.one(c.b)
}

func (t *toneTable) one(x float32) float32 { return t[min(max(int(x*1024), 0), 4096)] }

// develop turns the painting into a picture, with the vignette of a lens and a
// little grain, which also keeps soft gradients from showing bands.
func (p *painting) develop() *picture.Picture {
	pic := picture.New(picture.Size{Width: p.width, Height: p.height})
	table := newToneTable()
	inParallel(0, p.height/2, func(half int) {
		for x := 0; x < p.width; x += 2 {
			var u, v float32
			for i := range 4 {
				px, py := x+i&1, 2*half+i>>1
				dx := (float32(px)/float32(p.width) - 0.5) * 1.9
				dy := (float32(py)/float32(p.height) - 0.5) * 1.7
				d := dx*dx + dy*dy
				r, g, b := table.of(p.light[py*p.width+px].times(1 - 0.36*d/(0.6+0.5*d)))
				grain := (hash(px, py) - 0.5) * 5.5
				luma := 16 + 0.1826*r + 0.6142*g + 0.0620*b + grain
				pic.Y[py*pic.StrideY+px] = byte(min(max(luma, 16), 235) + 0.5)
				u += -0.1006*r - 0.3386*g + 0.4392*b
				v += 0.4392*r - 0.3989*g - 0.0403*b
			}
			at := half*pic.StrideC + x/2
			pic.U[at] = byte(min(max(128.5+u/4, 16), 240))
			pic.V[at] = byte(min(max(128.5+v/4, 16), 240))
		}
	})
	return pic
}

// resized returns pic fitted to a size: scaled to fill it, cut at the sides that
// are too long.
func resized(pic *picture.Picture, size picture.Size) *picture.Picture {
	if pic.Size() == size {
		return pic
	}
	scale := min(float64(pic.Width)/float64(size.Width), float64(pic.Height)/float64(size.Height))
	cut := picture.Rect{
		Width:  max(2, int(scale*float64(size.Width)+0.5)&^1),
		Height: max(2, int(scale*float64(size.Height)+0.5)&^1),
	}
	cut.X, cut.Y = (pic.Width-cut.Width)/2&^1, (pic.Height-cut.Height)/2&^1
	out := picture.New(size)
	picture.Scale(out.View, pic.Sub(cut))
	return out
}

// hash returns a random number between 0 and 1 for a point.
func hash(x, y int) float32 {
	n := uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA77
	n = (n ^ n>>15) * 0x2C1B3C6D
	n = (n ^ n>>12) * 0x297A2D39
	return float32(n>>8) / (1 << 24)
}

// noise is smooth random between 0 and 1 with features of about 1.
func noise(x, y float32) float32 {
	fx, fy := float32(math.Floor(float64(x))), float32(math.Floor(float64(y)))
	ix, iy := int(fx), int(fy)
	kx, ky := x-fx, y-fy
	kx, ky = kx*kx*(3-2*kx), ky*ky*(3-2*ky)
	a := hash(ix, iy)
	a += (hash(ix+1, iy) - a) * kx
	b := hash(ix, iy+1)
	b += (hash(ix+1, iy+1) - b) * kx
	return a + (b-a)*ky
}

// rough is noise of three sizes at once.
func rough(x, y float32) float32 {
	return 0.57*noise(x, y) + 0.29*noise(2.1*x+17, 2.1*y+5) + 0.14*noise(4.3*x+3, 4.3*y+29)
}

func smooth(from, to, x float32) float32 {
	k := min(max((x-from)/(to-from), 0), 1)
	return k * k * (3 - 2*k)
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// power32 is x to the 32nd, 0 for what faces away: the gleam of something wet.
func power32(x float32) float32 {
	if x <= 0 {
		return 0
	}
	x *= x
	x *= x
	x *= x
	x *= x
	return x * x
}

func power(x float32, n float64) float32 {
	if x <= 0 {
		return 0
	}
	return float32(math.Pow(float64(x), n))
}
