package drawn

import "studio/media/picture"

// The flame's texture: noise that joins itself at the top and bottom.
const (
	flameWidth, flameHeight = 64, 256
	flameReach              = 190 // how high it licks above the peep-hole, in the field
	flameSpread             = 62  // how far to both sides
)

// flames makes the texture that rises through a flame.
func flames() []uint8 {
	texture := make([]uint8, flameWidth*flameHeight)
	for y := range flameHeight {
		k := float32(y) / flameHeight
		for x := range flameWidth {
			fx, fy := float32(x)*0.12, float32(y)*0.05
			// the end fades into what lies before the beginning
			n := rough(fx, fy)*(1-k) + rough(fx, fy-flameHeight*0.05)*k
			texture[y*flameWidth+x] = uint8(255 * min(max((n-0.5)*1.9+0.5, 0), 1))
		}
	}
	return texture
}

// flame draws the flame out of the peep-hole: two rising textures over one
// another, thinner the higher.
func (v *kilnView) flame(dst picture.View, t, strength float32) {
	scale := float32(v.fit.scale)
	left := max(int((peepX-flameSpread)*scale+float32(v.fit.x))&^1, 0)
	right := min(int((peepX+flameSpread)*scale+float32(v.fit.x))&^1, dst.Width)
	top := max(int((peepY-flameReach)*scale+float32(v.fit.y))&^1, 0)
	bottom := min(int((peepY+26)*scale+float32(v.fit.y))&^1, dst.Height)
	slow, quick := t*210, t*330
	for y := top; y < bottom; y += 2 {
		fy := (float32(y) + 1 - float32(v.fit.y)) / scale
		up := (peepY + 10 - fy) / (flameReach + 10) // 0 at the hole to 1 at the tip
		bend := (noise(t*1.3, up*2.2) - 0.5) * 70 * up
		wide := (34 - 27*up) * (0.75 + 0.5*noise(t*2.1+9, up*3))
		fade := (1 - up) * smooth(0, 0.10, up) * strength
		rowA := v.kiln.fire[int(fy*0.55+slow*0.55)%flameHeight*flameWidth:][:flameWidth]
		rowB := v.kiln.fire[int(fy*0.8+quick*0.8)%flameHeight*flameWidth:][:flameWidth]
		above, below := dst.Y[y*dst.StrideY:], dst.Y[(y+1)*dst.StrideY:]
		u, w := dst.U[y/2*dst.StrideC:], dst.V[y/2*dst.StrideC:]
		for x := left; x < right; x += 2 {
			fx := (float32(x)+1-float32(v.fit.x))/scale - peepX - bend
			off := fx / wide
			if off *= off; off >= 1 {
				continue
			}
			column := int(fx*0.5) + flameWidth/2
			body := (1 - off) * fade
			heat := body * (0.35 + float32(rowA[column&(flameWidth-1)])*float32(rowB[(column*2)&(flameWidth-1)])*(2.6/65025))
			heat = min(max(heat*1.35-0.13, 0), 1)
			if heat == 0 {
				continue
			}
			add := 120 * heat
			for _, row := range [2][]byte{above[x:], below[x:]} {
				row[0] = byte(min(float32(row[0])+add, 228))
				row[1] = byte(min(float32(row[1])+add, 228))
			}
			// from red at the rim to yellow in the heart
			tint := min(heat*1.8, 1)
			u[x/2] = byte(float32(u[x/2]) + (72-22*heat-float32(u[x/2]))*tint)
			w[x/2] = byte(float32(w[x/2]) + (192-26*heat-float32(w[x/2]))*tint)
		}
	}
}
