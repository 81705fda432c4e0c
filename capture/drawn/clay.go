package drawn

import (
	"math"
	"time"

	"studio/media/picture"
)

// The key light is a large soft window at the upper left; a cooler one behind
// the right shoulder draws the edges.
var (
	keyLight  = unit(-0.52, -0.62, 0.59)
	edgeLight = unit(0.86, -0.28, -0.42)
	keyGleam  = unit(-0.52, -0.62, 0.59+1)
)

func unit(x, y, z float64) normal {
	k := 1 / math.Sqrt(x*x+y*y+z*z)
	return normal{x: float32(x * k), y: float32(y * k), z: float32(z * k)}
}

func (n normal) dot(m normal) float32 { return n.x*m.x + n.y*m.y + n.z*m.z }

// The colours of things under white light.
var (
	stoneware = rgb{0.42, 0.350, 0.275}
	skin      = rgb{0.56, 0.33, 0.225}
	indigo    = rgb{0.060, 0.095, 0.165}
	celadon   = rgb{0.30, 0.44, 0.36}
	warmLight = rgb{1.12, 0.98, 0.80}
	coolLight = rgb{0.55, 0.72, 0.95}
)

// wetClay is the look of wet clay that faces n: how much light comes back.
func wetClay(n normal) float32 {
	diffuse := max((n.dot(keyLight)+0.25)/1.25, 0)
	gleam := power32(n.dot(keyGleam))
	edge := max(n.dot(edgeLight), 0)
	edge *= sqrt(edge)
	return 0.10 + 0.92*diffuse*diffuse + 0.60*gleam + 0.26*edge
}

const (
	angles     = 512 // in a turn of a texture
	textureRow = 2 * angles
	shades     = 256
	brightest  = 1.9 // wetClay of the last shade
)

// marks are the rings and streaks that fingers leave on turning clay, as luma
// differences: rows upwards, angles sideways, each row twice so that a turned
// one can be read without a wrap.
func marks(rows int, rings, depth float64) []int8 {
	texture := make([]int8, rows*textureRow)
	inParallel(0, rows, func(y int) {
		v := float64(y) / float64(rows)
		for x := range angles {
			turn := float64(x) / angles
			// noise on a ring of the plane closes without a seam
			ringX, ringY := float32(3*math.Cos(2*math.Pi*turn)), float32(3*math.Sin(2*math.Pi*turn))
			spiral := math.Sin(2*math.Pi*(v*rings+turn) + 1.4*float64(noise(ringX, ringY+float32(v)*9)))
			streak := float64(noise(ringX*1.3+40, ringY*1.3+float32(v*rings)*2.2)) - 0.5
			wet := float64(smooth(0.62, 0.8, rough(ringX*0.9+9, ringY*0.9+float32(v)*3)))
			d := depth * (5*spiral + 18*streak + 15*wet)
			texture[y*textureRow+x] = int8(min(max(d, -40), 40))
		}
		copy(texture[y*textureRow+angles:(y+1)*textureRow], texture[y*textureRow:])
	})
	return texture
}

// turned returns how far the wheel has turned, as an angle of a texture.
func turned(elapsed time.Duration, turn time.Duration) int {
	return int((elapsed % turn) * angles / turn)
}

// spin turns a texture on something that stands where it is: it changes the luma
// of the picture below it and nothing else.
type spin struct {
	runs    []run
	places  []uint32 // in the texture, for every pixel of the runs
	texture []int8
}

// run is a row of pixels of a spin.
type run struct{ x, y, from, count int }

// newSpin asks for every pixel of a box of the field where in the texture it
// lies: its row and its turn (0 to 1), or not at all.
func newSpin(f fit, size picture.Size, left, top, right, bottom float64, texture []int8, where func(x, y float32) (row int, turn float32, ok bool)) *spin {
	s := &spin{texture: texture}
	x0, x1 := max(int(left*f.scale+f.x), 0), min(int(right*f.scale+f.x), size.Width)
	y0, y1 := max(int(top*f.scale+f.y), 0), min(int(bottom*f.scale+f.y), size.Height)
	for y := y0; y < y1; y++ {
		open := false
		for x := x0; x < x1; x++ {
			row, turn, ok := where(float32((float64(x)+0.5-f.x)/f.scale), float32((float64(y)+0.5-f.y)/f.scale))
			if !ok {
				open = false
				continue
			}
			if !open {
				s.runs = append(s.runs, run{x, y, len(s.places), 0})
				open = true
			}
			turn -= float32(math.Floor(float64(turn)))
			s.places = append(s.places, uint32(row*textureRow+min(int(turn*angles), angles-1)))
			s.runs[len(s.runs)-1].count++
		}
	}
	return s
}

func (s *spin) draw(dst picture.View, turned int) {
	texture := s.texture[turned:]
	for _, r := range s.runs {
		row := dst.Y[r.y*dst.StrideY+r.x:][:r.count]
		for i, place := range s.places[r.from:][:r.count] {
			row[i] += byte(texture[place])
		}
	}
}

// pot is a turning pot whose height changes.
type pot struct {
	middle, base float64 // of its foot's middle, in the field
	tilt         float64 // height of its ellipses by their width
	wall         float64 // thickness of the lip
	radius       func(v, rise float64) float64
	height       func(rise float64) float64
	texture      []int8
	rows         int

	luma, u, v [shades]byte
	facing     [slopes][2 * across]byte
	// by how far right of the middle: turn of the texture, and depth
	turn  [2 * across]uint16
	depth [2 * across]float32
}

const (
	slopes = 33  // of the wall, -1 to 1
	across = 256 // steps from the middle of the pot to its edge
)

func newPot(p pot) *pot {
	table := newToneTable()
	for i := range shades {
		light := float32(i) / shades * brightest
		c := stoneware.times(light).by(warmLight).plus(rgb{1, 0.97, 0.9}.times(0.35 * max(light-1.05, 0)))
		r, g, b := table.of(c)
		p.luma[i] = byte(16.5 + 0.1826*r + 0.6142*g + 0.0620*b)
		p.u[i] = byte(128.5 - 0.1006*r - 0.3386*g + 0.4392*b)
		p.v[i] = byte(128.5 + 0.4392*r - 0.3989*g - 0.0403*b)
	}
	sinTilt := p.tilt
	cosTilt := math.Sqrt(1 - sinTilt*sinTilt)
	for x := range 2 * across {
		u := min(max((float64(x)+0.5)/across-1, -1), 1)
		z := math.Sqrt(1 - u*u)
		p.turn[x] = uint16((0.5 + math.Asin(u)/math.Pi) * angles / 2)
		p.depth[x] = float32(z)
		for s := range slopes {
			slope := (float64(s)/(slopes-1)*2 - 1) * 1.2
			k := 1 / math.Sqrt(1+slope*slope)
			n := unit(u*k, z*k*sinTilt+slope*k*cosTilt, z*k*cosTilt-slope*k*sinTilt)
			p.facing[s][x] = byte(min(wetClay(n)/brightest*shades, shades-1))
		}
	}
	return &p
}

// draw draws the pot, risen by rise (0 to 1) and turned.
func (p *pot) draw(dst picture.View, f fit, rise float64, turned int) {
	top := p.base - p.height(rise)
	lip := p.radius(1, rise)
	foot := p.radius(0, rise)
	first := int(math.Floor((top-lip*p.tilt)*f.scale + f.y))
	last := int(math.Ceil((p.base+foot*p.tilt)*f.scale + f.y))
	for y := max(first, 0); y < min(last, dst.Height); y++ {
		p.row(dst.Y[y*dst.StrideY:][:dst.Width], nil, (float64(y)+0.5-f.y)/f.scale, f, 1, rise, turned)
	}
	for y := max(first/2, 0); y < min(last/2+1, dst.Height/2); y++ {
		at := y * dst.StrideC
		p.row(dst.U[at:][:dst.Width/2], dst.V[at:][:dst.Width/2], (float64(2*y)+1-f.y)/f.scale, f, 2, rise, turned)
	}
}

// row draws a row of luma, or one of chroma with every coarse-th pixel.
func (p *pot) row(a, b []byte, y float64, f fit, coarse, rise float64, turned int) {
	height := p.height(rise)
	top := p.base - height
	lip := p.radius(1, rise)
	lower := min(max((p.base-y)/height, 0), 1)
	r := p.radius(lower, rise)
	half := r
	if y > p.base { // the foot's front edge
		k := (y - p.base) / (r * p.tilt)
		if k >= 1 {
			return
		}
		half = r * math.Sqrt(1-k*k)
	}
	opening := 0.0 // half the width of the lip's ellipse in this row
	if k := (y - top) / (lip * p.tilt); k > -1 && k < 1 {
		opening = lip * math.Sqrt(1-k*k)
		if y < top {
			half = opening
		}
		half = max(half, opening)
	} else if y < top {
		return
	}
	slope := (p.radius(min(lower+0.02, 1), rise) - p.radius(max(lower-0.02, 0), rise)) / (0.04 * height)
	facing := &p.facing[min(max(int((slope/1.2+1)/2*(slopes-1)+0.5), 0), slopes-1)]

	left := ((p.middle-half)*f.scale + f.x) / coarse
	right := ((p.middle+half)*f.scale + f.x) / coarse
	x0, x1 := max(int(math.Floor(left)), 0), min(int(math.Ceil(right)), len(a))
	step := float32(coarse / f.scale / r * across)
	at := float32((((float64(x0)+0.5)*coarse-f.x)/f.scale-p.middle)/r*across + across)
	// a point of the wall lies lower in the picture the nearer it is
	perDepth := float32(p.tilt * r / height * float64(p.rows))
	above := float32((p.base - y) / height * float64(p.rows))
	rows := float32(p.rows)
	inner := (lip - p.wall) / lip
	for x := x0; x < x1; x++ {
		i := min(max(int(at), 0), 2*across-1)
		at += step
		v := above + p.depth[i]*perDepth
		shade, mark := 0, 0
		if v < rows {
			shade = int(facing[i])
			mark = int(p.texture[int(max(v, 0))*textureRow+int(p.turn[i])+turned])
		} else {
			px := ((float64(x)+0.5)*coarse - f.x) / f.scale
			// in a small picture the middle of a pixel at the edge lies beyond the lip
			shade = min(max(p.inside((px-p.middle)/lip, (y-top)/(lip*p.tilt), inner), 0), shades-1)
		}
		cover := min(float64(x+1), right) - max(float64(x), left)
		if b == nil {
			luma := int(p.luma[shade]) + mark
			if cover < 1 {
				luma = int(a[x]) + int(float64(luma-int(a[x]))*cover)
			}
			a[x] = byte(min(max(luma, 16), 235))
		} else if cover > 0.5 {
			a[x], b[x] = p.u[shade], p.v[shade]
		}
	}
}

// inside is the shade within the lip's ellipse, at a point of the unit circle.
func (p *pot) inside(x, y, inner float64) int {
	d := math.Sqrt(x*x + y*y)
	if d > inner {
		// the lip: round, wet, bright towards the light
		k := math.Sin((d - inner) / (1 - inner) * math.Pi)
		return int(70 + 55*k - 30*x - 24*y)
	}
	d /= inner
	// the far wall catches the light on the right, the hollow does not
	lit := 0.5 + 0.5*x - 0.35*y
	return int(max(6, 14+58*lit*d*d*d))
}
