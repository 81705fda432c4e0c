package drawn

import (
	"math"

	"studio/media/picture"
)

// film is an image with coverage, its light multiplied by it.
type film struct {
	width, height int
	light         []rgb
	cover         []float32
}

func newFilm(width, height int) *film {
	return &film{width, height, make([]rgb, width*height), make([]float32, width*height)}
}

func fromARGB(pix []byte, stride int, size picture.Size) *film {
	var linear [256]float32
	for i := range linear {
		linear[i] = float32(math.Pow(float64(i)/255, 2.2))
	}
	f := newFilm(size.Width, size.Height)
	inParallel(0, size.Height, func(y int) {
		for x := range size.Width {
			from := pix[y*stride+4*x:][:4]
			f.light[y*size.Width+x] = rgb{linear[from[2]], linear[from[1]], linear[from[0]]}
			f.cover[y*size.Width+x] = float32(from[3]) / 255
		}
	})
	return f
}

// at samples between the pixels; beyond the edge the edge goes on.
func (f *film) at(x, y float32) (rgb, float32) {
	x = min(max(x, 0), float32(f.width-1))
	y = min(max(y, 0), float32(f.height-1))
	x0, y0 := min(int(x), max(f.width-2, 0)), min(int(y), max(f.height-2, 0))
	kx, ky := x-float32(x0), y-float32(y0)
	i := y0*f.width + x0
	right, down := min(1, f.width-1), min(1, f.height-1)*f.width
	top := blend(f.light[i], f.light[i+right], kx)
	low := blend(f.light[i+down], f.light[i+down+right], kx)
	a := f.cover[i] + (f.cover[i+right]-f.cover[i])*kx
	b := f.cover[i+down] + (f.cover[i+down+right]-f.cover[i+down])*kx
	return blend(top, low, ky), a + (b-a)*ky
}

// soften blurs by a radius in pixels: three box blurs are nearly a Gaussian one.
func (f *film) soften(radius float64) {
	r := int(radius + 0.5)
	if r < 1 {
		return
	}
	values := make([]float32, 4*f.width*f.height)
	inParallel(0, f.height, func(y int) {
		for i := y * f.width; i < (y+1)*f.width; i++ {
			values[4*i], values[4*i+1], values[4*i+2], values[4*i+3] = f.light[i].r, f.light[i].g, f.light[i].b, f.cover[i]
		}
	})
	blurPlanes(values, f.width, f.height, 4, r)
	inParallel(0, f.height, func(y int) {
		for i := y * f.width; i < (y+1)*f.width; i++ {
			f.light[i], f.cover[i] = rgb{values[4*i], values[4*i+1], values[4*i+2]}, values[4*i+3]
		}
	})
}

// blurPlanes blurs an image of a number of interleaved channels in place.
func blurPlanes(v []float32, width, height, channels, radius int) {
	for range 3 {
		inParallel(0, height, func(y int) {
			line := make([]float32, width)
			for c := range channels {
				boxLine(v[y*width*channels+c:], line, width, channels, radius)
			}
		})
		blurDown(v, width*channels, height, radius)
	}
}

// blurDown replaces every value by the mean of those up to radius rows above and
// below it.
func blurDown(v []float32, stride, height, radius int) {
	radius = min(radius, height-1)
	from := append([]float32(nil), v...)
	const strips = 8
	inParallel(0, strips, func(strip int) {
		x0, x1 := stride*strip/strips, stride*(strip+1)/strips
		sums := make([]float32, x1-x0)
		add := func(y int, k float32) {
			for i, value := range from[min(max(y, 0), height-1)*stride+x0:][:x1-x0] {
				sums[i] += k * value
			}
		}
		for y := -radius; y < radius; y++ {
			add(y, 1)
		}
		k := 1 / float32(2*radius+1)
		for y := range height {
			add(y+radius, 1)
			to := v[y*stride+x0:][:x1-x0]
			for i, sum := range sums {
				to[i] = sum * k
			}
			add(y-radius, -1)
		}
	})
}

// boxLine replaces n values, step apart, by the means of 2*radius+1 of them.
func boxLine(v, line []float32, n, step, radius int) {
	for i := range n {
		line[i] = v[i*step]
	}
	radius = min(radius, n-1)
	sum := line[0] * float32(radius)
	for i := range radius {
		sum += line[min(i, n-1)]
	}
	k := 1 / float32(2*radius+1)
	for i := range n {
		sum += line[min(i+radius, n-1)]
		v[i*step] = sum * k
		sum -= line[max(i-radius, 0)]
	}
}

// halved returns a film of half the size.
func (f *film) halved() *film {
	out := newFilm((f.width+1)/2, (f.height+1)/2)
	inParallel(0, out.height, func(y int) {
		y0, y1 := 2*y*f.width, min(2*y+1, f.height-1)*f.width
		for x := range out.width {
			x0, x1 := 2*x, min(2*x+1, f.width-1)
			i := y*out.width + x
			out.light[i] = f.light[y0+x0].plus(f.light[y0+x1]).plus(f.light[y1+x0]).plus(f.light[y1+x1]).times(0.25)
			out.cover[i] = (f.cover[y0+x0] + f.cover[y0+x1] + f.cover[y1+x0] + f.cover[y1+x1]) / 4
		}
	})
	return out
}

// scaled returns a film at another scale, at most about half as large.
func (f *film) scaled(by float64) *film {
	width, height := (int(float64(f.width)*by+0.5)+1)&^1, (int(float64(f.height)*by+0.5)+1)&^1
	if by == 1 && width == f.width && height == f.height {
		return f
	}
	out := newFilm(max(2, width), max(2, height))
	k := float32(1 / by)
	inParallel(0, out.height, func(y int) {
		for x := range out.width {
			i := y*out.width + x
			px, py := (float32(x)+0.5)*k-0.5, (float32(y)+0.5)*k-0.5
			if px > float32(f.width) || py > float32(f.height) {
				continue
			}
			out.light[i], out.cover[i] = f.at(px, py)
		}
	})
	return out
}
