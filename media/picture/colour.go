package picture

import "math"

// lumaWeights returns what red, green and blue each bring to luma: Rec. ITU-R
// BT.601-7 §2.5.1 and BT.709-6 item 3.2.
func (m Matrix) lumaWeights() (red, green, blue float64) {
	red, blue = 0.2126, 0.0722
	if m == BT601 {
		red, blue = 0.299, 0.114
	}
	return red, 1 - red - blue, blue
}

// levels returns the code of black, the number of luma levels from black to
// white and the number of chroma levels from one extreme to the other.
func (r Range) levels() (black, luma, chroma float64) {
	if r == Full {
		return 0, 255, 255
	}
	return 16, 219, 224
}

// affine takes three values to three others: out = by·in + plus.
type affine struct {
	by   [3][3]float64
	plus [3]float64
}

// fromRGB returns the way from red, green and blue, each 0 to 255, to the
// levels of c.
func (c Colour) fromRGB() affine {
	red, green, blue := c.Matrix.lumaWeights()
	black, luma, chroma := c.Range.levels()
	y := [3]float64{red, green, blue}
	var a affine
	for i, weight := range y {
		a.by[0][i] = weight * luma / 255
		a.by[1][i] = -weight / (2 * (1 - blue)) * chroma / 255
		a.by[2][i] = -weight / (2 * (1 - red)) * chroma / 255
	}
	a.by[1][2] += 1 / (2 * (1 - blue)) * chroma / 255
	a.by[2][0] += 1 / (2 * (1 - red)) * chroma / 255
	a.plus = [3]float64{black, 128, 128}
	return a
}

// toRGB returns the way from the levels of c to red, green and blue, each 0 to 255.
func (c Colour) toRGB() affine {
	red, green, blue := c.Matrix.lumaWeights()
	black, luma, chroma := c.Range.levels()
	y, cc := 255/luma, 255/chroma
	a := affine{by: [3][3]float64{
		{y, 0, 2 * (1 - red) * cc},
		{y, -2 * blue * (1 - blue) / green * cc, -2 * red * (1 - red) / green * cc},
		{y, 2 * (1 - blue) * cc, 0},
	}}
	for i := range a.plus {
		a.plus[i] = -a.by[i][0]*black - (a.by[i][1]+a.by[i][2])*128
	}
	return a
}

// after returns the way that goes b first and then a.
func (a affine) after(b affine) affine {
	var c affine
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				c.by[i][j] += a.by[i][k] * b.by[k][j]
			}
		}
		c.plus[i] = a.plus[i]
		for k := range 3 {
			c.plus[i] += a.by[i][k] * b.plus[k]
		}
	}
	return c
}

// apply returns the exact values for in.
func (a affine) apply(in [3]float64) (out [3]float64) {
	for i := range out {
		out[i] = a.plus[i]
		for j := range in {
			out[i] += a.by[i][j] * in[j]
		}
	}
	return out
}

// Levels returns red, green and blue, 0 to 255 each, in the coding of c.
func (c Colour) Levels(r, g, b uint8) (y, u, v byte) {
	yuv := c.fromRGB().apply([3]float64{float64(r), float64(g), float64(b)})
	return level(yuv[0]), level(yuv[1]), level(yuv[2])
}

// level rounds to the nearest code that a byte can hold.
func level(f float64) byte {
	return byte(math.Round(min(max(f, 0), 255)))
}
