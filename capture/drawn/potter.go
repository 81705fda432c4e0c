package drawn

import "math"

// wheelArm is the arm on the left (-1) or right (1) of the wheel: sleeve,
// forearm, a hand around the clay.
func wheelArm(side float32) ([]limb, []nail) {
	at := func(x, y, z, r float32) knob { return knob{960 + side*x, y, z, r} }
	limbs := []limb{
		{knobs: []knob{at(230, -230, -130, 128), at(390, 20, -80, 118), at(466, 210, -20, 97), at(478, 300, 8, 82)}, cloth: true},
		{knobs: []knob{at(424, 318, 44, 44), at(474, 330, 46, 47), at(522, 318, 44, 44)}, cloth: true},
		{knobs: []knob{at(472, 330, 6, 66), at(410, 440, 34, 65), at(318, 545, 38, 48), at(248, 596, 42, 40)}},
		// the back of the hand and the ball of the thumb
		{knobs: []knob{at(258, 594, 40, 40), at(212, 606, 54, 45), at(168, 616, 66, 42)}},
		{knobs: []knob{at(248, 612, 40, 38), at(198, 650, 56, 42), at(162, 672, 66, 35)}},
		// the thumb, over the wall
		{knobs: []knob{at(228, 596, 58, 32), at(184, 558, 74, 27), at(146, 536, 86, 22), at(112, 532, 84, 20), at(98, 534, 80, 17)}},
	}
	nails := []nail{{at(104, 528, 0, 11), -side, 0.12}}
	for i := range 4 {
		k := float32(i)
		reach := []float32{10, -8, 0, 26}[i]
		y := 592 + 30*k
		limbs = append(limbs, limb{knobs: []knob{
			at(178, y+10, 66, 25-k), at(140+reach*0.2, y-3, 106, 22.5-k), at(98+reach*0.5, y+1, 136, 20-k), at(60+reach*0.8, y+13, 150, 18.5-k), at(38+reach, y+25, 152, 15-k),
		}})
		nails = append(nails, nail{at(46+reach, y+17, 0, 9.5-0.5*k), -side, 0.5})
	}
	return limbs, nails
}

// rimLeft is the hand on the left in the close view: fingers inside the wall,
// the thumb outside.
func rimLeft() ([]limb, []nail) {
	limbs := []limb{
		{knobs: []knob{{-140, -160, 60, 150}, {60, 90, 90, 128}, {235, 268, 110, 96}, {330, 350, 130, 88}}},
		{knobs: []knob{{318, 344, 130, 86}, {420, 396, 165, 92}, {500, 440, 170, 78}}},
		{knobs: []knob{{318, 370, 120, 80}, {370, 452, 150, 84}, {440, 500, 160, 68}}},
		{knobs: []knob{{330, 420, 190, 64}, {322, 510, 220, 56}, {352, 606, 230, 47}, {398, 682, 226, 43}, {420, 716, 220, 36}}},
	}
	nails := []nail{{knob{412, 700, 0, 24}, 0.35, 0.7}}
	roots := []knob{{520, 410, 170, 54}, {508, 452, 182, 54}, {484, 494, 190, 51}, {450, 526, 196, 45}}
	tips := []knob{{716, 590, 110, 35}, {680, 648, 120, 36}, {628, 690, 130, 34}, {556, 690, 140, 29}}
	for i := range roots {
		a, b := roots[i], tips[i]
		mid := knob{a.x + (b.x-a.x)*0.42 + 14, a.y + (b.y-a.y)*0.30 - 12, a.z + 34, a.radius*0.93 - 2}
		far := knob{a.x + (b.x-a.x)*0.80 + 12, a.y + (b.y-a.y)*0.70 - 4, a.z + 6, b.radius + 5}
		limbs = append(limbs, limb{knobs: []knob{a, mid, far, {b.x, b.y, b.z, b.radius - 3}}})
		nails = append(nails, nail{knob{b.x - 4, b.y - 10, 0, b.radius * 0.58}, b.x - far.x, b.y - far.y})
	}
	return limbs, nails
}

// rimRight is the hand on the right: fingers flat on the wall outside, the thumb
// inside.
func rimRight() ([]limb, []nail) {
	limbs := []limb{
		{knobs: []knob{{2060, -120, 40, 150}, {1850, 110, 90, 128}, {1680, 284, 120, 96}, {1590, 366, 140, 88}}},
		{knobs: []knob{{1600, 360, 140, 86}, {1520, 430, 180, 90}, {1452, 510, 190, 74}}},
		{knobs: []knob{{1610, 390, 130, 80}, {1580, 480, 165, 82}, {1530, 560, 175, 64}}},
		{knobs: []knob{{1560, 372, 200, 60}, {1470, 396, 220, 53}, {1384, 456, 216, 46}, {1322, 524, 200, 41}, {1304, 552, 190, 34}}},
	}
	nails := []nail{{knob{1312, 536, 0, 23}, -0.62, 0.8}}
	roots := []knob{{1446, 500, 196, 52}, {1470, 540, 200, 53}, {1502, 574, 200, 50}, {1540, 596, 196, 44}}
	tips := []knob{{1262, 742, 190, 34}, {1292, 800, 190, 35}, {1346, 838, 186, 33}, {1416, 836, 180, 28}}
	for i := range roots {
		a, b := roots[i], tips[i]
		mid := knob{a.x + (b.x-a.x)*0.34 - 6, a.y + (b.y-a.y)*0.34 + 2, a.z + 40, a.radius*0.93 - 2}
		far := knob{a.x + (b.x-a.x)*0.74 - 6, a.y + (b.y-a.y)*0.74, a.z + 32, b.radius + 5}
		limbs = append(limbs, limb{knobs: []knob{a, mid, far, {b.x, b.y, b.z, b.radius - 3}}})
		nails = append(nails, nail{knob{b.x + 2, b.y - 8, 0, b.radius * 0.58}, b.x - far.x, b.y - far.y})
	}
	return limbs, nails
}

// nail is a finger's nail: its middle and half its width, and where it points.
type nail struct {
	knob
	towardsX, towardsY float32
}

// on returns how much of a point the nail covers, and how far along it that is,
// -1 at its root to 1 at its end.
func (n *nail) on(x, y float32) (cover, along float32) {
	dx, dy := x-n.x, y-n.y
	if far := 2 * n.radius; dx < -far || dx > far || dy < -far || dy > far {
		return 0, 0
	}
	k := 1 / sqrt(n.towardsX*n.towardsX+n.towardsY*n.towardsY)
	along = (dx*n.towardsX + dy*n.towardsY) * k / (n.radius * 1.25)
	side := (dy*n.towardsX - dx*n.towardsY) * k / n.radius
	return smooth(1, 0.82, along*along*along*along+side*side*side*side), along
}

// muddyHands returns the look of a potter's arms: sleeve, skin, nails, and clay
// the thicker the nearer the hand is to the middle of the work. close is how
// much larger than at the wheel they are seen.
func muddyHands(nails []nail, middle, close float32, clayFrom float32) func(x, y float32, n normal, deep, cloth float32) rgb {
	return func(x, y float32, n normal, deep, cloth float32) rgb {
		fx, fy := x/close, y/close
		pore := rough(fx*0.10, fy*0.10) - 0.5
		n.x += 0.16*pore + 0.05*(noise(fx*0.6, fy*0.6)-0.5)
		n.y += 0.16 * (rough(fx*0.10+50, fy*0.10) - 0.5)
		diffuse := n.dot(keyLight)
		edge := max(n.dot(edgeLight), 0)
		edge *= sqrt(edge)
		hollow := 1 / (1 + 0.070*deep/close)
		if cloth > 0.5 {
			fold := rough(x*0.012+y*0.010, y*0.030-x*0.014)
			weave := 0.9 + 0.2*hash(int(x/2), int(y/2))
			light := 0.12 + 0.95*max((diffuse+0.15)/1.15, 0)*(0.45+1.05*fold)
			return indigo.times(1.5 * light * weave * hollow).plus(coolLight.times(0.05 * edge))
		}
		// light goes a little way through skin, and comes out red
		wrap := max((diffuse+0.30)/1.30, 0)
		root := sqrt(wrap)
		lit := rgb{0.12 + 0.95*wrap*sqrt(root), 0.10 + 0.95*wrap*root, 0.09 + 0.93*wrap*root}
		flush := 0.86 + 0.30*rough(fx*0.02, fy*0.02+7)
		base := rgb{skin.r * flush, skin.g * flush * flush, skin.b * flush * flush}
		var bare float32
		for i := range nails {
			cover, along := nails[i].on(x, y)
			if cover > 0 {
				base = blend(base, blend(rgb{0.66, 0.40, 0.32}, rgb{0.62, 0.52, 0.42}, smooth(0.55, 0.8, along)), 0.75*cover)
				bare = max(bare, cover)
			}
		}
		away := float32(math.Abs(float64(x-middle))) / close
		near := smooth(clayFrom+150, clayFrom-170, away)
		muddy := smooth(0.42, 0.60, rough(fx*0.020+3, fy*0.020)+0.15*near-0.24*(1-near))
		muddy *= 1 - 0.7*bare
		streak := 0.82 + 0.36*rough(fx*0.05, fy*0.05+90)
		base = blend(base, stoneware.times(1.08*streak), 0.88*muddy)
		gleam := power32(n.dot(keyGleam)) * (0.10 + 0.30*muddy + 0.25*bare)
		return base.by(lit).by(warmLight).times(hollow).plus(coolLight.times(0.07 * edge * hollow)).plus(rgb{1, 0.95, 0.86}.times(gleam * hollow))
	}
}
