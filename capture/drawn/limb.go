package drawn

// knob is a ball of a limb, in the field: z goes towards the camera.
type knob struct{ x, y, z, radius float32 }

// limb is the skin stretched over a row of balls. Limbs of a body grow together
// where they meet.
type limb struct {
	knobs []knob
	along []normal // for curved limbs: the way the limb runs at each ball
	cloth bool
}

// curved returns the limb with its balls drawn out along a smooth curve, so that
// a bend shows no joint.
func (l limb) curved() limb {
	const steps = 6
	k := l.knobs
	out := limb{cloth: l.cloth}
	for i := range len(k) - 1 {
		before, from, to, after := k[max(i-1, 0)], k[i], k[i+1], k[min(i+2, len(k)-1)]
		for step := range steps {
			t := float32(step) / steps
			out.knobs = append(out.knobs, knob{
				through(before.x, from.x, to.x, after.x, t), through(before.y, from.y, to.y, after.y, t),
				through(before.z, from.z, to.z, after.z, t), through(before.radius, from.radius, to.radius, after.radius, t),
			})
		}
	}
	out.knobs = append(out.knobs, k[len(k)-1])
	for i := range out.knobs {
		a, b := out.knobs[max(i-1, 0)], out.knobs[min(i+1, len(out.knobs)-1)]
		out.along = append(out.along, unit(float64(b.x-a.x), float64(b.y-a.y), float64(b.z-a.z)))
	}
	return out
}

// through is a Catmull-Rom curve from b to c.
func through(a, b, c, d, t float32) float32 {
	return b + 0.5*t*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
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
	curved := make([]limb, len(limbs))
	for i, l := range limbs {
		curved[i] = l.curved()
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
	inParallel(0, b.height, func(y int) {
		for i := range curved {
			b.add(&curved[i], y, join)
		}
	})
	return b
}

// add grows a limb onto a row of the body.
func (b *body) add(l *limb, y int, join float32) {
	py := (float32(b.top+y) + 0.5) / b.scale
	var room [64]int
	near := room[:0] // the stretches of the limb that the row meets
	left, right := float32(1e9), float32(-1e9)
	for i := range len(l.knobs) - 1 {
		from, to := &l.knobs[i], &l.knobs[i+1]
		reach := max(from.radius, to.radius) + 1
		if py > min(from.y, to.y)-reach && py < max(from.y, to.y)+reach {
			near = append(near, i)
			left, right = min(left, from.x-reach, to.x-reach), max(right, from.x+reach, to.x+reach)
		}
	}
	x0 := max(int(left*b.scale)-b.left, 0)
	x1 := min(int(right*b.scale)-b.left+2, b.width)
	var woven float32
	if l.cloth {
		woven = 1
	}
	for x := x0; x < x1; x++ {
		n, cover := l.face(near, (float32(b.left+x)+0.5)/b.scale, py, b.scale)
		if cover <= 0 {
			continue
		}
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

// face returns the skin at a point of the field, of those stretches of the limb
// that are near, and how much of a pixel there it covers.
func (l *limb) face(near []int, px, py, scale float32) (nearest normal, covered float32) {
	best := float32(1e9) // how far outside the skin
	for _, i := range near {
		from, to := &l.knobs[i], &l.knobs[i+1]
		if reach := max(from.radius, to.radius) + 1; px < min(from.x, to.x)-reach || px > max(from.x, to.x)+reach {
			continue
		}
		dx, dy := to.x-from.x, to.y-from.y
		t := min(max(((px-from.x)*dx+(py-from.y)*dy)/max(dx*dx+dy*dy, 1e-3), 0), 1)
		radius := from.radius + (to.radius-from.radius)*t
		ex, ey := px-from.x-dx*t, py-from.y-dy*t
		d := ex*ex + ey*ey
		if d > (radius+1/scale)*(radius+1/scale) {
			continue
		}
		d = sqrt(d)
		cover := min(0.5-(d-radius)*scale, 1)
		if cover <= 0 {
			continue
		}
		covered = max(covered, cover)
		if d-radius >= best {
			continue
		}
		best = d - radius
		k := min(d/radius, 0.999) / max(d, 1e-4)
		n := normal{x: ex * k, y: ey * k}
		n.z = sqrt(max(1-n.x*n.x-n.y*n.y, 0))
		n.near = from.z + (to.z-from.z)*t + radius*n.z
		// along its way the skin rises and falls with the limb; its ends are round
		a, b := l.along[i], l.along[i+1]
		way := normal{x: a.x + (b.x-a.x)*t, y: a.y + (b.y-a.y)*t, z: a.z + (b.z-a.z)*t}
		on := n.dot(way)
		if i == 0 {
			on *= t
		}
		if i == len(l.knobs)-2 {
			on *= 1 - t
		}
		n.x, n.y, n.z = n.x-way.x*on, n.y-way.y*on, n.z-way.z*on
		nearest = n
	}
	return nearest, covered
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

// lit returns the body as a film, each point of it as look says, over its shadow,
// which has a strength everywhere: there is none where nothing is close behind.
func (b *body) lit(look func(x, y float32, n normal, deep, cloth float32) rgb, shadow func(x, y float32) float32) *film {
	deep := b.hollows(34)
	thrown := b.shadow(20, 26, 30)
	f := newFilm(b.width, b.height)
	inParallel(0, b.height, func(y int) {
		for x := range b.width {
			i := y*b.width + x
			a := b.cover[i]
			px, py := (float32(b.left+x)+0.5)/b.scale, (float32(b.top+y)+0.5)/b.scale
			f.cover[i] = a
			if a < 1 && thrown[i] > 0.002 {
				f.cover[i] += shadow(px, py) * thrown[i] * (1 - a)
			}
			if a > 0 {
				n := b.faces[i]
				k := 1 / max(sqrt(n.x*n.x+n.y*n.y+n.z*n.z), 1e-3)
				n.x, n.y, n.z = n.x*k, n.y*k, n.z*k
				c := look(px, py, n, deep[i], b.cloth[i])
				f.light[i] = c.times(a)
			}
		}
	})
	return f
}
