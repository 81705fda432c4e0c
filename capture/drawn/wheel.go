package drawn

import (
	"math"
	"time"

	"studio/media/picture"
)

const (
	wheelTurn = 1100 * time.Millisecond // one turn of the wheel
	wheelPull = 12 * time.Second        // the clay is drawn up and pressed down again
)

// wheel is the potter at the wheel: a pot rises and sinks between two hands.
type wheel struct {
	room  *picture.Picture
	hands []art
	pot   *pot
	plate []int8
	made  picture.Size
}

func newWheel(size picture.Size, rasterize Rasterizer) (scene, error) {
	p := newPainting(size)
	if err := p.layOver(wheelRoom, 16, rasterize); err != nil {
		return nil, err
	}
	if err := p.layOver(wheelPotter, 5, rasterize); err != nil {
		return nil, err
	}
	p.wheelTable()
	w := &wheel{room: p.develop(), made: size, plate: marks(64, 9, 0.55)}
	w.pot = newPot(pot{
		middle: 960, base: 838, tilt: 0.27, wall: 15,
		radius: wheelProfile,
		height: func(rise float64) float64 { return 215 + 155*rise },
		rows:   192, texture: marks(192, 9, 0.75),
	})
	scale := float32(p.scale)
	for _, side := range []float32{-1, 1} {
		limbs, nails := wheelArm(side)
		b := newBody(limbs, scale, 11, 40)
		w.hands = append(w.hands, newArt(b.lit(muddyHands(nails, 960, 1, 250), onThePot), b))
	}
	return w, nil
}

// wheelProfile is the pot's radius at a height (0 to 1).
func wheelProfile(v, rise float64) float64 {
	belly := math.Sin(math.Pi * min(v*1.12, 1))
	neck := v * v * v
	return 150 - 18*rise + belly*(16+20*rise) - 34*rise*v + neck*(10+42*rise)
}

// onThePot is where the arms' shadow falls on something: the clay between them.
func onThePot(x, y float32) float32 {
	return 0.62 * smooth(250, 150, float32(math.Abs(float64(x-960)))) * smooth(470, 530, y)
}

type wheelView struct {
	wheel *wheel
	fit   fit
	room  *picture.Picture
	plate *spin
	hands []*sprite
}

func (w *wheel) view(size picture.Size) view {
	f := fitTo(size)
	v := &wheelView{wheel: w, fit: f, room: resized(w.room, size)}
	v.plate = newSpin(f, size, 960-plateX, plateTop-plateY, 960+plateX, plateTop+plateY, w.plate, func(x, y float32) (int, float32, bool) {
		dx, dy := (x-960)/plateX, (y-plateTop)/plateY
		d := sqrt(dx*dx + dy*dy)
		if d >= 0.985 {
			return 0, 0, false
		}
		return int(d * 63), float32(math.Atan2(float64(dx), float64(dy)) / (2 * math.Pi)), true
	})
	for _, a := range w.hands {
		v.hands = append(v.hands, a.sprite(f))
	}
	return v
}

func (v *wheelView) draw(dst picture.View, elapsed time.Duration) {
	turned := turned(elapsed, wheelTurn)
	rise := 0.5 - 0.5*math.Cos(2*math.Pi*float64(elapsed%wheelPull)/float64(wheelPull))
	picture.Copy(dst, v.room.View)
	v.plate.draw(dst, turned)
	v.wheel.pot.draw(dst, v.fit, rise, turned)
	for i, hand := range v.hands {
		sway := 2.5 * math.Sin(2*math.Pi*float64(elapsed%(3*time.Second))/float64(3*time.Second)+float64(i)*1.7)
		hand.draw(dst, (-92*rise+sway)*v.fit.scale)
	}
}

const (
	plateX, plateY, plateTop = 365, 98, 852 // the wheel's plate, an ellipse
)

// wheelTable paints the bench, the splash pan and the wheel's plate.
func (p *painting) wheelTable() {
	wood := func(x, y float32) rgb {
		grain := rough(x*0.006, y*0.09) + 0.25*rough(x*0.03, y*0.6)
		return blend(rgb{0.20, 0.105, 0.050}, rgb{0.40, 0.235, 0.12}, smooth(0.35, 0.95, grain))
	}
	p.each(0, 905, fieldWidth, fieldHeight, func(x, y float32, c rgb) rgb {
		edge := smooth(905, 911, y)
		pool := 0.25 + 0.75*(1-smooth(200, 1150, sqrt((x-760)*(x-760)+(y-900)*(y-900)*3)))
		lip := rgb{0.5, 0.42, 0.3}.times(0.4 * (1 - smooth(0, 7, float32(math.Abs(float64(y-911))))))
		return blend(c, wood(x, y).by(warmLight).times(0.78*pool).plus(lip.times(pool)), edge)
	})
	// the pan's shadow on the bench
	p.ellipse(985, 985, 700, 150, func(dx, dy, d float32, c rgb) rgb { return c.times(0.28 + 0.72*smooth(0.75, 1, d)) })
	const panX, panY, panTop = 610, 176, 872
	// the pan's outer wall: a wide ring of dark glazed iron
	p.each(960-panX, panTop, 960+panX, panTop+panY+95, func(x, y float32, c rgb) rgb {
		u := (x - 960) / panX
		if u <= -1 || u >= 1 {
			return c
		}
		front := panTop + panY*sqrt(1-u*u)
		low := front + 78
		if y < front-panY || y > low {
			return c
		}
		light := 0.05 + 0.34*power(max(0, 1-float32(math.Abs(float64(u+0.52)))*1.5), 2) + 0.10*power(max(0, u-0.55)/0.45, 2)
		light *= 1 - 0.55*smooth(0, 78, y-front)
		splash := smooth(0.6, 0.72, rough(x*0.012, y*0.02)) * (1 - smooth(10, 60, y-front))
		return blend(rgb{0.42, 0.45, 0.44}.times(light), stoneware.times(0.3+light), splash*0.5).times(min(1, (low-y)/3))
	})
	// its rim, then its inside
	p.ellipse(960, panTop, panX, panY, func(dx, dy, d float32, c rgb) rgb {
		light := 0.30 - 0.20*dx - 0.16*dy
		return rgb{0.50, 0.52, 0.50}.times(max(light, 0.06) + 0.35*power(max(0, -dx*0.6-dy*0.6), 6))
	})
	p.ellipse(960, panTop+3, panX-16, panY-8, func(dx, dy, d float32, c rgb) rgb {
		wall := smooth(0.72, 1, d)
		slip := 0.6 + 0.5*rough(dx*9, dy*5+3)
		light := (0.10 + 0.24*smooth(-0.2, 1, dx-dy*0.2)*wall + 0.10*(1-wall))
		return stoneware.by(rgb{0.95, 0.97, 1}).times(light * slip * (1 - 0.65*smooth(-0.35, -1, dy)))
	})
	// shadow of the plate, its side, its face
	p.ellipse(985, plateTop+50, plateX+60, plateY+22, func(dx, dy, d float32, c rgb) rgb { return c.times(0.25 + 0.75*smooth(0.6, 1, d)) })
	p.each(960-plateX, plateTop, 960+plateX, plateTop+plateY+24, func(x, y float32, c rgb) rgb {
		u := (x - 960) / plateX
		front := plateTop + plateY*sqrt(max(1-u*u, 0))
		if u <= -1 || u >= 1 || y > front+20 {
			return c
		}
		light := 0.10 + 0.55*power(max(0, 1-float32(math.Abs(float64(u+0.55)))*1.7), 2) + 0.22*power(max(0, u-0.6)/0.4, 2)
		return rgb{0.62, 0.62, 0.60}.times(light * (1 - 0.6*smooth(0, 20, y-front)))
	})
	p.ellipse(960, plateTop, plateX, plateY, func(dx, dy, d float32, c rgb) rgb {
		sheen := power(float32(math.Abs(math.Cos(math.Atan2(float64(dy), float64(dx))-2.45))), 10)
		metal := rgb{0.44, 0.43, 0.41}.times(0.30 + 0.50*sheen)
		slip := smooth(0.80, 0.52, d+0.16*(rough(dx*5, dy*5)-0.5))
		shade := 1 - 0.62*(1-smooth(0.30, 0.66, sqrt((dx-0.10)*(dx-0.10)+(dy-0.15)*(dy-0.15))))
		face := blend(metal, stoneware.times(0.62), slip*0.85)
		rim := smooth(0.965, 0.985, d) * 0.5
		return face.times(shade * (1 - 0.16*dx)).plus(rgb{rim, rim, rim}.times(0.5 * max(0, -dx-dy)))
	})
}

// ellipse changes what lies in an ellipse; dx and dy are -1 to 1, d is 0 in the
// middle and 1 at the edge, which is softened by a pixel.
func (p *painting) ellipse(cx, cy, rx, ry float64, change func(dx, dy, d float32, c rgb) rgb) {
	soft := p.pixel() / float32(min(rx, ry))
	p.each(cx-rx-2, cy-ry-2, cx+rx+2, cy+ry+2, func(x, y float32, c rgb) rgb {
		dx, dy := (x-float32(cx))/float32(rx), (y-float32(cy))/float32(ry)
		d := sqrt(dx*dx + dy*dy)
		k := 1 - smooth(1-soft, 1+soft, d)
		if k == 0 {
			return c
		}
		return blend(c, change(dx, dy, d, c), k)
	})
}

// wheelRoom is the workshop behind the potter, far out of focus.
const wheelRoom = `<defs>
<linearGradient id="wall" x1="0" x2="1" y1="0" y2="0.35"><stop offset="0" stop-color="#b39b78"/><stop offset="0.45" stop-color="#7d6850"/><stop offset="1" stop-color="#40342a"/></linearGradient>
<linearGradient id="pane" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="#fff7e4"/><stop offset="1" stop-color="#e8d6b0"/></linearGradient>
<linearGradient id="pot" x1="0" x2="1"><stop offset="0" stop-color="#c4d8c6"/><stop offset="0.4" stop-color="#86a892"/><stop offset="1" stop-color="#33463d"/></linearGradient>
<linearGradient id="bowl" x1="0" x2="1"><stop offset="0" stop-color="#e0d3ba"/><stop offset="0.5" stop-color="#a58e6e"/><stop offset="1" stop-color="#4a3b2c"/></linearGradient>
<linearGradient id="dark" x1="0" x2="1"><stop offset="0" stop-color="#8a5a3c"/><stop offset="0.5" stop-color="#5a3826"/><stop offset="1" stop-color="#24170f"/></linearGradient>
</defs>
<rect width="1920" height="1080" fill="url(#wall)"/>
<rect x="60" y="-40" width="330" height="560" fill="#4c3a28"/>
<rect x="86" y="-40" width="130" height="270" fill="url(#pane)"/><rect x="236" y="-40" width="130" height="270" fill="url(#pane)"/>
<rect x="86" y="250" width="130" height="245" fill="url(#pane)"/><rect x="236" y="250" width="130" height="245" fill="url(#pane)"/>
<path d="M90 500V380c40-60 70-10 110-50s50 40 60 170z" fill="#8ea577" opacity="0.7"/>
<g><rect x="1320" y="236" width="640" height="26" fill="#6b4a2c"/><rect x="1320" y="262" width="640" height="20" fill="#1e150e"/>
<rect x="1320" y="506" width="640" height="26" fill="#6b4a2c"/><rect x="1320" y="532" width="640" height="20" fill="#1e150e"/>
<rect x="1320" y="776" width="640" height="26" fill="#573c24"/>
<path d="M1370 236c-34-60-30-120 8-150v-36h44v36c38 30 42 90 8 150z" fill="url(#pot)"/>
<path d="M1490 236c-22-30-36-66-38-96h150c-2 30-16 66-38 96z" fill="url(#bowl)"/>
<path d="M1650 236c-26-40-26-90-2-130l12-34h36l12 34c24 40 24 90-2 130z" fill="url(#dark)"/>
<path d="M1770 236c-40-30-52-88-30-126h150c22 38 10 96-30 126z" fill="url(#pot)"/>
<path d="M1356 506c-20-36-22-80-18-112h110c4 32 2 76-18 112z" fill="url(#dark)"/>
<path d="M1500 506c-50-40-56-110-18-150l14-40h58l14 40c38 40 32 110-18 150z" fill="url(#pot)"/>
<path d="M1620 506c-16-24-24-54-26-80h120c-2 26-10 56-26 80z" fill="url(#pot)"/>
<path d="M1760 506c-40-54-36-130 4-166h70c40 36 44 112 4 166z" fill="url(#bowl)"/>
<path d="M1380 776c-50-40-50-120-10-160h100c40 40 40 120-10 160z" fill="url(#bowl)"/>
<path d="M1540 776c-22-34-30-70-30-104h130c0 34-8 70-30 104z" fill="url(#pot)"/>
<path d="M1700 776c-56-50-56-150-6-196v-30h72v30c50 46 50 146-6 196z" fill="url(#dark)"/></g>
<rect y="820" width="1920" height="260" fill="#2a2018"/>`

// wheelPotter is the potter's body behind the wheel: shirt and apron.
const wheelPotter = `<defs>
<linearGradient id="shirt" x1="0" x2="1"><stop offset="0" stop-color="#6d7b94"/><stop offset="0.35" stop-color="#465571"/><stop offset="1" stop-color="#161d2b"/></linearGradient>
<linearGradient id="apron" x1="0" x2="1" y1="0" y2="0.3"><stop offset="0" stop-color="#b09c7c"/><stop offset="0.45" stop-color="#8a775b"/><stop offset="1" stop-color="#3d3226"/></linearGradient>
<linearGradient id="down" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="#000" stop-opacity="0"/><stop offset="0.55" stop-color="#000" stop-opacity="0.1"/><stop offset="1" stop-color="#0a0604" stop-opacity="0.75"/></linearGradient></defs>
<path d="M520 -60C560 -60 700 -70 960 -70s400 10 440 10c60 120 70 330 40 560l-40 460H520L480 500C450 270 460 60 520 -60z" fill="url(#shirt)"/>
<path d="M770 -80c0 120 -20 170 -90 240c-30 260 -50 560 -60 800h680c-10-240-30-540-60-800c-70-70-90-120-90-240z" fill="url(#apron)"/>
<path d="M770 -80c10 130 90 190 190 190s180-60 190-190" fill="none" stroke="#5d4d39" stroke-width="14"/>
<path d="M760 470c60 26 330 30 400 0M700 300c-10 140-30 300-40 460M1215 300c14 140 30 300 44 460M900 500c-10 90-20 180-26 300M1040 500c6 90 16 180 26 300" fill="none" stroke="#3a2e20" stroke-width="13" stroke-linecap="round" opacity="0.5"/>
<path d="M716 300c-8 140-26 300-36 440M914 510c-10 90-18 170-24 280" fill="none" stroke="#d2bf9d" stroke-width="10" stroke-linecap="round" opacity="0.4"/>
<path d="M470 -80h980v1060h-980z" fill="url(#down)"/>`
