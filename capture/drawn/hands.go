package drawn

import (
	"math"
	"time"

	"studio/media/picture"
)

// hands is the close view: two hands shape the wall of a bowl.
type hands struct {
	room  *picture.Picture
	arms  []art
	marks []int8
	bowl  bowl
}

func newHands(size picture.Size, rasterize Rasterizer) (scene, error) {
	p := newPainting(size)
	if err := p.layOver(handsRoom, 22, rasterize); err != nil {
		return nil, err
	}
	h := &hands{bowl: bowl{x: 940, y: 560, radius: 560, tilt: 0.36, wall: 30}}
	p.bowl(&h.bowl)
	h.room = p.develop()
	h.marks = marks(bowlRows, 17, 0.8)
	for i, pose := range []func() ([]limb, []nail){rimLeft, rimRight} {
		limbs, nails := pose()
		b := newBody(limbs, float32(p.scale), 22, 60)
		middle := []float32{590, 1400}[i]
		h.arms = append(h.arms, newArt(b.lit(muddyHands(nails, middle, 2, 100), h.bowl.shadowed), b))
	}
	return h, nil
}

type handsView struct {
	fit  fit
	room *picture.Picture
	spin *spin
	arms []*sprite
}

func (h *hands) view(size picture.Size) view {
	f := fitTo(size)
	v := &handsView{fit: f, room: resized(h.room, size)}
	b := &h.bowl
	v.spin = newSpin(f, size, float64(b.x-b.radius), float64(b.y-b.radius*b.tilt), float64(b.x+b.radius), fieldHeight, h.marks, func(x, y float32) (int, float32, bool) {
		at := b.at(x, y)
		return int(at.row), at.turn, at.part != nothing && at.edge > 0.9
	})
	for _, a := range h.arms {
		v.arms = append(v.arms, a.sprite(f))
	}
	return v
}

func (v *handsView) draw(dst picture.View, elapsed time.Duration) {
	picture.Copy(dst, v.room.View)
	v.spin.draw(dst, turned(elapsed, 1300*time.Millisecond))
	for i, arm := range v.arms {
		slow := math.Sin(2*math.Pi*float64(elapsed%(7*time.Second))/float64(7*time.Second) - float64(i)*0.5)
		quick := math.Sin(2*math.Pi*float64(elapsed%(1300*time.Millisecond))/float64(1300*time.Millisecond) + float64(i))
		arm.draw(dst, (11*slow+1.2*quick)*v.fit.scale)
	}
}

// bowl is a wide open bowl, seen from above at an angle, whose foot is outside
// the picture.
type bowl struct {
	x, y, radius float32 // of the lip's outer edge, in the field
	tilt, wall   float32
}

const (
	bowlRows  = 448 // of its marks: up the outside, over the lip, down the inside
	bowlLip   = 200 // the lip's first row
	bowlFloor = 310 // how deep it is inside
)

type part uint8

const (
	nothing part = iota
	outside
	lip
	inside
	ground
)

// place is what of the bowl is seen at a point.
type place struct {
	part part
	row  float32 // of the marks
	turn float32 // 0 to 1
	side float32 // -1 left to 1 right, as seen
	deep float32 // below the lip, in the field
	edge float32 // 0 at an outline to 1 away from it
	over float32 // lip: 0 at its outer edge to 1 at its inner one
}

// widthAt is the outer radius at a depth below the lip.
func (b *bowl) widthAt(deep float32) float32 {
	k := max(deep, 0) / 800
	return b.radius * (1 - 0.13*k - 0.42*k*k)
}

func (b *bowl) at(x, y float32) place {
	dx, dy := x-b.x, y-b.y
	inner := b.radius - b.wall
	d := sqrt(dx*dx+dy*dy/(b.tilt*b.tilt)) / b.radius
	drop := sqrt(1 - b.tilt*b.tilt)
	if d*b.radius < inner {
		return b.within(dx, dy, inner, drop)
	}
	if d < 1 {
		turn := float32(math.Atan2(float64(dx), float64(dy/b.tilt)) / (2 * math.Pi))
		over := (1 - d) * b.radius / b.wall
		return place{part: lip, row: bowlLip + 24*over, turn: turn, side: dx / b.radius, edge: 1, over: over}
	}
	if dy < 0 && d >= 1 {
		return place{}
	}
	var deep float32
	width := b.radius
	for range 4 {
		width = b.widthAt(deep)
		deep = (dy - b.tilt*sqrt(max(width*width-dx*dx, 0))) / drop
	}
	gap := width - float32(math.Abs(float64(dx)))
	if gap <= 0 || deep < 0 {
		return place{}
	}
	side := dx / width
	turn := float32(math.Asin(float64(side)) / (2 * math.Pi))
	return place{part: outside, row: max(bowlLip-1-0.36*deep, 0), turn: turn, side: side, deep: deep, edge: min(gap/1.5, 1)}
}

func (b *bowl) within(dx, dy, inner, drop float32) place {
	var deep float32
	width := inner
	for range 4 {
		width = inner * (1 - 0.20*(deep/bowlFloor)*(deep/bowlFloor))
		deep = (dy + b.tilt*sqrt(max(width*width-dx*dx, 0))) / drop
		deep = max(deep, 0)
	}
	if deep < bowlFloor && width > float32(math.Abs(float64(dx))) {
		side := dx / width
		turn := 0.5 - float32(math.Asin(float64(side))/(2*math.Pi))
		return place{part: inside, row: min(bowlLip+25+0.5*deep, bowlRows-1), turn: turn, side: side, deep: deep, edge: 1}
	}
	fx, fy := dx/(inner*0.8), (dy-bowlFloor*drop)/(inner*0.8*b.tilt)
	d := min(sqrt(fx*fx+fy*fy), 1)
	turn := float32(math.Atan2(float64(fx), float64(fy)) / (2 * math.Pi))
	return place{part: ground, row: min(bowlLip+25+0.5*bowlFloor+68*(1-d), bowlRows-1), turn: turn, side: fx, deep: bowlFloor, edge: 1, over: d}
}

// shadowed tells how strong the hands' shadow is: on the bowl, and only there.
func (b *bowl) shadowed(x, y float32) float32 {
	switch b.at(x, y).part {
	case nothing:
		return 0
	case inside, ground:
		return 0.50
	}
	return 0.66
}

// bowl paints the bowl without the marks that turn on it.
func (p *painting) bowl(b *bowl) {
	drop := sqrt(1 - b.tilt*b.tilt)
	look := func(x, y float32, c rgb) rgb {
		at := b.at(x, y)
		var light, gleam float32
		switch at.part {
		case nothing:
			return c
		case outside:
			front := sqrt(max(1-at.side*at.side, 0))
			tuck := 0.10 + 0.0011*at.deep // the wall leans in towards the foot
			n := unit(float64(at.side), float64(front*b.tilt+tuck*drop), float64(front*drop-tuck*b.tilt))
			light = wetClay(n) * (1 - 0.30*smooth(100, 520, at.deep))
			light *= 0.55 + 0.45*smooth(0, 26, at.deep)
		case lip:
			bend := at.over*2 - 1
			around := at.turn * 2 * math.Pi
			ox, oz := float32(math.Sin(float64(around))), float32(math.Cos(float64(around)))
			out := -bend * 0.8
			n := unit(float64(ox*out), float64(oz*out*b.tilt-drop*0.75), float64(oz*out*drop+b.tilt*0.75+0.35))
			light = wetClay(n) * 0.95
			gleam = 0.12 * power(max(n.dot(keyGleam), 0), 18)
		case inside:
			back := sqrt(max(1-at.side*at.side, 0))
			n := unit(float64(-at.side), float64(-0.25), float64(back*drop)+0.15)
			light = 0.85*wetClay(n)*(1-0.62*smooth(20, bowlFloor, at.deep)) + 0.05
			light *= 0.62 + 0.38*smooth(0, 40, at.deep)
		case ground:
			light = 0.14 + 0.12*smooth(-0.9, 0.9, at.side)*at.over
			gleam = 0.10 * smooth(0.62, 0.9, rough(at.side*3+4, at.over*3))
		}
		tint := stoneware
		mottle := 0.92 + 0.16*rough(x*0.02, y*0.02)
		clay := tint.times(light * mottle).by(warmLight).plus(rgb{1, 0.96, 0.88}.times(gleam))
		return blend(c, clay, at.edge)
	}
	quarter := p.pixel() / 4
	p.each(float64(b.x-b.radius-4), float64(b.y-b.radius*b.tilt-4), float64(b.x+b.radius+4), fieldHeight, func(x, y float32, c rgb) rgb {
		dx, dy := x-b.x, (y-b.y)/b.tilt
		d := sqrt(dx*dx + dy*dy)
		if near := p.pixel() * 3; (d < b.radius-near || d > b.radius+near) && (d < b.radius-b.wall-near || d > b.radius-b.wall+near) {
			return look(x, y, c)
		}
		// the lip's edges need more than one look
		a := look(x-quarter, y-quarter, c).plus(look(x+quarter, y-quarter, c))
		return a.plus(look(x-quarter, y+quarter, c)).plus(look(x+quarter, y+quarter, c)).times(0.25)
	})
}

// handsRoom is what lies behind the bowl: the potter's apron and the splash pan.
const handsRoom = `<defs>
<linearGradient id="cloth" x1="0" x2="1" y1="0" y2="0.2"><stop offset="0" stop-color="#bfa985"/><stop offset="0.45" stop-color="#8d7958"/><stop offset="1" stop-color="#3c3022"/></linearGradient>
<linearGradient id="shirt" x1="0" x2="1"><stop offset="0" stop-color="#61728f"/><stop offset="1" stop-color="#2c3a52"/></linearGradient>
<linearGradient id="right" x1="0" x2="1"><stop offset="0" stop-color="#27344b"/><stop offset="1" stop-color="#0f1520"/></linearGradient>
<radialGradient id="pan" cx="0.42" cy="0.3" r="0.75"><stop offset="0" stop-color="#75604a"/><stop offset="0.6" stop-color="#4b3b2d"/><stop offset="1" stop-color="#1d1610"/></radialGradient>
<linearGradient id="rim" x1="0" x2="1"><stop offset="0" stop-color="#9aa09b"/><stop offset="0.4" stop-color="#6d726e"/><stop offset="1" stop-color="#2e3230"/></linearGradient></defs>
<rect width="1920" height="1080" fill="#a58c68"/>
<rect x="0" y="0" width="250" height="420" fill="#f4e6c6"/><rect x="250" width="60" height="480" fill="#5b4630"/>
<rect x="1600" width="320" height="520" fill="#3d3127"/>
<path d="M1660 300c-30-60-26-150 10-190h110c36 40 40 130 10 190z" fill="#7fa28d"/><rect x="1600" y="300" width="320" height="26" fill="#6b4a2c"/>
<path d="M330 -20H1640V620H330C300 400 300 200 330 -20z" fill="url(#shirt)"/><path d="M1300 -20H1640V620H1330z" fill="url(#right)"/>
<path d="M560 -20H1370C1400 200 1430 400 1440 620H500C510 400 530 200 560 -20z" fill="url(#cloth)"/>
<path d="M760 -20C740 200 720 400 700 600M1180 -20C1200 200 1220 400 1250 600M960 120C950 260 940 400 945 560" stroke="#4d3f2c" stroke-width="26" fill="none" opacity="0.5"/>
<ellipse cx="950" cy="900" rx="1180" ry="430" fill="url(#rim)"/><ellipse cx="950" cy="915" rx="1140" ry="405" fill="url(#pan)"/>
<ellipse cx="1010" cy="1010" rx="660" ry="200" fill="#120d09" opacity="0.6"/>`
