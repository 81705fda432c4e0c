package drawn

import (
	"math"
	"time"

	"studio/media/picture"
)

// kiln is the brick kiln during a firing: light through the peep-hole and the
// joints of the door, a flame that licks out, glazed ware on the shelves.
type kiln struct {
	dim, bright *picture.Picture // between them the fire flickers
	fire        []uint8
}

// Where things are in the field.
const (
	kilnLeft, kilnRight, kilnTop, kilnFoot = 170, 1150, 60, 985
	doorLeft, doorRight, doorTop           = 372, 948, 300
	peepX, peepY, peepWide, peepHigh       = 660, 494, 46, 33 // half the hole's size
)

// fireLight is what glows at about 1250 degrees Celsius.
var fireLight = rgb{1.0, 0.27, 0.035}

func newKiln(size picture.Size, rasterize Rasterizer) (scene, error) {
	p := newPainting(size)
	if err := p.layOver(kilnRoom, 9, rasterize); err != nil {
		return nil, err
	}
	p.bricks()
	p.iron()
	p.shelves()
	p.hole()
	k := &kiln{fire: flames()}
	fire := p.fire()
	k.dim, k.bright = p.lit(fire, 0.72).develop(), p.lit(fire, 1.32).develop()
	return k, nil
}

// inDoor returns how far inside the door's arch a point lies, in the field.
func inDoor(x, y float32) float32 {
	const middle, half = (doorLeft + doorRight) / 2, (doorRight - doorLeft) / 2
	side := half - float32(math.Abs(float64(x-middle)))
	const rise = 110 // of the arch
	up := y - (doorTop + rise*(1-sqrt(max(1-(x-middle)*(x-middle)/(half*half), 0))))
	return min(side, up)
}

// brick returns where in its brick a point lies and which brick it is; gap is
// the distance to the joint.
func brick(x, y, wide, high float32) (gap, lightness, slant float32, row, column int) {
	row = int(math.Floor(float64(y / high)))
	shift := float32(row&1) * wide / 2
	column = int(math.Floor(float64((x + shift) / wide)))
	inX, inY := x+shift-float32(column)*wide, y-float32(row)*high
	gap = min(min(inX, wide-inX), min(inY, high-inY))
	return gap, hash(column*7+3, row*13+1), inY / high, row, column
}

func (p *painting) bricks() {
	p.each(kilnLeft, kilnTop, kilnRight, kilnFoot, func(x, y float32, c rgb) rgb {
		// the crown of the kiln is a shallow arch
		const middle, half = (kilnLeft + kilnRight) / 2, (kilnRight - kilnLeft) / 2
		crown := kilnTop + 120*(1-sqrt(max(1-0.86*(x-middle)*(x-middle)/(half*half), 0)))
		if y < crown {
			return c
		}
		wx, wy := x+5*(noise(x*0.02, y*0.02)-0.5), y+5*(noise(x*0.02+70, y*0.02)-0.5)
		door := inDoor(x, y)
		wide, high := float32(118), float32(46)
		tint := rgb{0.46, 0.25, 0.155}
		if door > 0 {
			wide, high = 104, 52
			tint = rgb{0.56, 0.40, 0.27} // soft firebrick, lighter
		}
		gap, lightness, slant, row, column := brick(wx, wy, wide, high)
		grit := rough(x*0.11, y*0.11)
		wear := rough(x*0.012+float32(row), y*0.03+float32(column))
		face := tint.times(0.52 + 0.62*lightness).times(0.72 + 0.30*grit + 0.30*wear)
		face.b *= 0.85 + 0.3*hash(column, row*5)
		joint := smooth(1.5, 6, gap+2.5*(grit-0.5))
		light := 0.11 + 0.36*smooth(1150, 150, x)*smooth(1100, 100, y*0.5+x*0.4)
		light *= 1 - 0.20*(slant-0.5) // faces lean a little out of the light
		light *= 0.55 + 0.45*smooth(1.5, 9, gap)
		mortar := rgb{0.27, 0.235, 0.20}.times(0.5 + 0.4*grit)
		out := blend(mortar, face, joint).times(light)
		if door <= 0 && door > -46 {
			// the soldier course around the door, and its shadow
			angle := float32(math.Atan2(float64(y-640), float64(x-660)))
			span := float32(math.Mod(float64(angle+10)*11, 1))
			if y > 410 || x < doorLeft || x > doorRight {
				span = float32(math.Mod(float64(y)/52, 1))
			}
			side := min(span, 1-span)
			out = rgb{0.50, 0.29, 0.18}.times((0.6 + 0.5*grit) * (0.45 + 0.55*smooth(0.02, 0.09, side)) * light * 1.05)
			out = out.times(0.6 + 0.4*smooth(0, 5, min(-door, door+46)))
		}
		if door > 0 {
			out = out.times(0.50 + 0.50*smooth(0, 24, door))
		}
		// soot above the door and the peep-hole
		soot := smooth(330, 0, sqrt((x-660)*(x-660)*1.6+(y-250)*(y-250))) * rough(x*0.01, y*0.006)
		dx := (x - peepX) / 90
		soot = max(soot*0.9, smooth(1, 0, dx*dx+smooth(peepY, peepY-260, y))*smooth(peepY, peepY-40, y)*0.75)
		out = out.times(1 - 0.80*soot)
		return blend(c, out, smooth(0, 2.5, y-crown))
	})
}

// iron paints the frame that holds the kiln together.
func (p *painting) iron() {
	beam := func(left, top, right, bottom float64, upright bool) {
		p.each(left, top, right, bottom, func(x, y float32, c rgb) rgb {
			k := (x - float32(left)) / float32(right-left)
			if !upright {
				k = (y - float32(top)) / float32(bottom-top)
			}
			rust := rough(x*0.03, y*0.03)
			light := 0.06 + 0.26*smooth(0.5, 0, k) + 0.10*smooth(0.86, 1, k)
			light *= smooth(1400, 200, x)*0.8 + 0.3
			return blend(rgb{0.42, 0.41, 0.40}, rgb{0.42, 0.22, 0.12}, smooth(0.45, 0.75, rust)).times(light)
		})
		shadow := 18.0
		if upright {
			p.each(right, top, right+shadow, bottom, func(x, y float32, c rgb) rgb {
				return c.times(0.35 + 0.65*(x-float32(right))/float32(shadow))
			})
		} else {
			p.each(left, bottom, right, bottom+shadow, func(x, y float32, c rgb) rgb {
				return c.times(0.35 + 0.65*(y-float32(bottom))/float32(shadow))
			})
		}
	}
	beam(kilnLeft, 232, kilnRight, 258, false)
	beam(kilnLeft, 905, kilnRight, 935, false)
	beam(kilnLeft+52, 96, kilnLeft+92, kilnFoot, true)
	beam(kilnRight-92, 96, kilnRight-52, kilnFoot, true)
	for _, y := range []float64{245, 920} {
		for _, x := range []float64{kilnLeft + 72, kilnRight - 72} {
			p.ellipse(x+2, y+3, 13, 13, func(dx, dy, d float32, c rgb) rgb { return c.times(0.3) })
			p.ellipse(x, y, 10, 10, func(dx, dy, d float32, c rgb) rgb {
				return rgb{0.4, 0.38, 0.36}.times(0.25 + 0.5*max(0, -dx-dy))
			})
		}
	}
}

// hole makes the peep-hole as dark as it is without the fire.
func (p *painting) hole() {
	p.each(peepX-peepWide-2, peepY-peepHigh-2, peepX+peepWide+2, peepY+peepHigh+2, func(x, y float32, c rgb) rgb {
		return c.times(smooth(1, -1, peep(x-peepX, y-peepY)))
	})
}

// ware is a glazed pot on a shelf: its foot's middle, its outline from the foot
// up as radius by height, and the glaze.
type ware struct {
	x, foot, height float32
	outline         []float32
	glaze           rgb
}

func (w *ware) radius(v float32) float32 {
	n := float32(len(w.outline) - 1)
	i := min(int(v*n), len(w.outline)-2)
	t := v*n - float32(i)
	last := len(w.outline) - 1
	return through(w.outline[max(i-1, 0)], w.outline[i], w.outline[i+1], w.outline[min(i+2, last)], t)
}

func (p *painting) shelves() {
	vase := []float32{34, 52, 72, 78, 66, 40, 24, 22, 34}
	bottle := []float32{30, 46, 56, 52, 36, 18, 13, 13, 20}
	jar := []float32{40, 62, 74, 76, 68, 52, 46}
	tea := []float32{20, 34, 46, 52, 56}
	dish := []float32{26, 44, 72, 92, 104}
	brown, white, blue := rgb{0.20, 0.085, 0.040}, rgb{0.62, 0.58, 0.50}, rgb{0.13, 0.24, 0.34}
	boards := []float32{330, 620, 905}
	wares := []ware{
		{1310, 330, 176, vase, celadon}, {1452, 330, 84, tea, white}, {1580, 330, 190, bottle, brown}, {1722, 330, 66, dish, celadon}, {1862, 330, 150, jar, white},
		{1318, 620, 74, dish, white}, {1490, 620, 168, jar, celadon}, {1636, 620, 92, tea, celadon.times(0.9)}, {1770, 620, 198, vase, blue}, {1896, 620, 90, tea, brown},
		{1300, 905, 150, jar, brown}, {1452, 905, 206, bottle, celadon}, {1570, 905, 86, tea, white}, {1716, 905, 70, dish, blue}, {1868, 905, 190, vase, celadon},
	}
	for _, y := range boards {
		// the shadow that the board above throws on the wall, then the board
		p.each(1212, float64(y), fieldWidth, float64(y)+110, func(x, px float32, c rgb) rgb { return c.times(0.45 + 0.55*smooth(y+20, y+110, px)) })
		p.each(1204, float64(y)-14, fieldWidth, float64(y)+24, func(x, py float32, c rgb) rgb {
			grain := rough(x*0.008, py*0.16) + 0.3*rough(x*0.04, py*0.7)
			wood := blend(rgb{0.17, 0.090, 0.045}, rgb{0.36, 0.21, 0.11}, smooth(0.35, 0.95, grain))
			k := float32(0.52)
			if py > y {
				k = 0.26
			}
			return wood.times(k + 0.2*smooth(3, 0, float32(math.Abs(float64(py-y)))))
		})
	}
	for i := range wares {
		p.ware(&wares[i])
	}
}

func (p *painting) ware(w *ware) {
	var widest float32
	for _, r := range w.outline {
		widest = max(widest, r)
	}
	const tilt = 0.09
	base := w.outline[0]
	p.ellipse(float64(w.x)+16, float64(w.foot)+1, float64(base)*1.6, 11, func(dx, dy, d float32, c rgb) rgb { return c.times(0.25 + 0.75*smooth(0.2, 1, d)) })
	p.each(float64(w.x-widest-2), float64(w.foot-w.height-widest*tilt), float64(w.x+widest+2), float64(w.foot+12), func(x, y float32, c rgb) rgb {
		v := (w.foot - y) / w.height
		r := w.radius(min(max(v, 0), 1))
		dx := x - w.x
		if v > 1 || v < 0 {
			at := w.foot
			if v > 1 {
				at -= w.height
			}
			dy := (y - at) / tilt
			d := sqrt(dx*dx + dy*dy)
			if d > r+6 {
				return c
			}
			if v > 1 { // into the mouth
				mouth := w.glaze.times((0.16 + 0.30*smooth(0.70, 0.95, d/r)) * (0.9 + 0.3*dx/r))
				return blend(c, mouth, smooth(r+6, r-6, d))
			}
			v = 0
		}
		gap := r - float32(math.Abs(float64(dx)))
		if gap < -0.7 {
			return c
		}
		u := min(max(dx/r, -0.999), 0.999)
		slope := float64((w.radius(min(v+0.03, 1)) - w.radius(max(v-0.03, 0))) / (0.06 * w.height))
		z := math.Sqrt(1 - float64(u*u))
		n := unit(float64(u), slope*0.9+z*tilt, z)
		diffuse := max((n.dot(keyLight)+0.2)/1.2, 0)
		gleam := power(max(n.dot(keyGleam), 0), 90)
		soft := power(max(n.dot(keyGleam), 0), 9)
		pool := 0.86 + 0.28*rough(x*0.02, y*0.03)
		thin := smooth(0.93, 1, v)*0.5 + smooth(0.10, 0.02, v) // the glaze runs off the lip, and stops above the foot
		glaze := blend(w.glaze, rgb{0.36, 0.24, 0.16}, min(thin, 1)*0.7)
		out := glaze.times((0.10+0.80*diffuse*diffuse)*pool + 0.10*soft).plus(rgb{1, 0.97, 0.9}.times(0.75*gleam + 0.05*soft))
		return blend(c, out, smooth(-0.7, 0.7, gap))
	})
}

// fire returns the fire's light on everything: what it adds to the painting.
func (p *painting) fire() *painting {
	fire := p.copy()
	fire.all(func(x, y float32, c rgb) rgb {
		dx, dy := x-peepX, y-peepY
		if hole := peep(dx, dy); hole > -1 {
			// through the thick wall into the heat: its lower and right faces are seen
			wall := smooth(2, 15, peep(dx+5, dy+5))
			face := fireLight.times(0.75 + 0.5*rough(x*0.06, y*0.06)).plus(rgb{0.05, 0.02, 0.01})
			heart := blend(rgb{1.9, 0.72, 0.11}, rgb{3.2, 1.75, 0.50}, smooth(58, 6, sqrt(dx*dx*0.7+(dy-4)*(dy-4))))
			return blend(face, heart, wall).times(smooth(-1, 1, hole))
		}
		glow := rgb{}
		if door := inDoor(x, y); door > -40 && y < kilnFoot-40 {
			glow = doorLight(x, y, door)
		}
		// what its light falls on, and the haze in the air
		d := dx*dx + dy*dy
		spill := 0.85/(1+d/6400) + 0.30/(1+d/90000)
		haze := 0.055/(1+d/14000) + 0.012/(1+d/200000)
		if y > kilnFoot {
			haze += 0.05 * smooth(520, 0, float32(math.Abs(float64(dx)))) * smooth(kilnFoot+120, kilnFoot, y)
		}
		return glow.plus(c.by(rgb{1, 0.38, 0.09}).times(3.4 * spill)).plus(fireLight.times(haze))
	})
	return fire
}

// doorLight is the light that comes through the joints of the door's bricks and
// between the door and its arch.
func doorLight(x, y, door float32) rgb {
	var glow rgb
	if door > 0 {
		wx, wy := x+5*(noise(x*0.02, y*0.02)-0.5), y+5*(noise(x*0.02+70, y*0.02)-0.5)
		gap, lightness, _, row, column := brick(wx, wy, 104, 52)
		if gap < 24 {
			open := smooth(0.50, 0.80, 0.6*rough(x*0.013, y*0.013)+0.4*hash(column/2+31, row/2)+0.10*lightness)
			crack := smooth(4.2, 0.4, gap) * open * smooth(4, 30, door)
			halo := smooth(24, 0, gap) * open * 0.10
			glow = fireLight.times(1.05*crack*crack + halo).plus(rgb{0.5, 0.28, 0.06}.times(power32(crack)))
		}
	}
	if edge := float32(math.Abs(float64(door))); edge < 40 && y < 900 {
		leak := smooth(0.50, 0.78, rough(x*0.014+9, y*0.014))
		glow = glow.plus(fireLight.times(leak * (1.5*power(smooth(4.5, 0, edge), 2) + 0.16*smooth(40, 0, edge))))
	}
	return glow
}

// lit returns the painting with the fire's light in a strength, of which 1 is
// what it is on average.
func (p *painting) lit(fire *painting, strength float32) *painting {
	out := newPainting(picture.Size{Width: p.width, Height: p.height})
	inParallel(0, p.height, func(y int) {
		for i := y * p.width; i < (y+1)*p.width; i++ {
			out.light[i] = p.light[i].plus(fire.light[i].times(strength))
		}
	})
	return out
}

// peep returns how far inside the peep-hole a point lies: the place of one brick,
// its corners burnt round.
func peep(dx, dy float32) float32 {
	ax, ay := max(float32(math.Abs(float64(dx)))-(peepWide-14), 0), max(float32(math.Abs(float64(dy)))-(peepHigh-14), 0)
	if ax == 0 && ay == 0 {
		return min(peepWide-float32(math.Abs(float64(dx))), peepHigh-float32(math.Abs(float64(dy))))
	}
	return 14 - sqrt(ax*ax+ay*ay)
}

type kilnView struct {
	kiln        *kiln
	fit         fit
	dim, bright *picture.Picture
}

func (k *kiln) view(size picture.Size) view {
	return &kilnView{kiln: k, fit: fitTo(size), dim: resized(k.dim, size), bright: resized(k.bright, size)}
}

func (v *kilnView) draw(dst picture.View, elapsed time.Duration) {
	t := float32((elapsed % time.Hour).Seconds())
	flicker := 0.62*noise(t*1.6, 3) + 0.26*noise(t*5.3, 11) + 0.12*noise(t*13, 23)
	picture.Mix(dst, v.dim.View, v.bright.View, uint8(255*smooth(0.1, 0.9, flicker)))
	v.flame(dst, t, 0.75+0.5*flicker)
}

// kilnRoom is the wall and the floor around the kiln.
const kilnRoom = `<defs>
<linearGradient id="wall" x1="0" x2="1" y1="0" y2="0.4"><stop offset="0" stop-color="#94826a"/><stop offset="0.4" stop-color="#5d4e3e"/><stop offset="1" stop-color="#3a3128"/></linearGradient>
<linearGradient id="floor" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="#4a3d31"/><stop offset="1" stop-color="#1f1914"/></linearGradient>
<linearGradient id="pane" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="#dfe9ee"/><stop offset="1" stop-color="#b4bfc0"/></linearGradient></defs>
<rect width="1920" height="1080" fill="url(#wall)"/>
<rect x="-20" y="60" width="130" height="420" fill="#33281c"/><rect x="-20" y="84" width="106" height="170" fill="url(#pane)"/><rect x="-20" y="274" width="106" height="180" fill="url(#pane)"/>
<rect x="0" y="975" width="1920" height="120" fill="url(#floor)"/>
<path d="M560 -20h200v120h-200z" fill="#2e2b29"/><path d="M590 -20h40v120h-40z" fill="#6b6763" opacity="0.6"/>
<rect x="1196" y="0" width="22" height="1000" fill="#2c1e12"/>
<ellipse cx="660" cy="1000" rx="560" ry="26" fill="#000" opacity="0.55"/>`
