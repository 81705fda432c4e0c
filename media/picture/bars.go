package picture

// BarLevels are the Y, U and V that each bar of Bars has in limited-range BT.709,
// from left to right: white, yellow, cyan, green, magenta, red, blue, black.
var BarLevels = [8][3]byte{
	{235, 128, 128},
	{168, 44, 136},
	{145, 147, 44},
	{133, 63, 52},
	{63, 193, 204},
	{51, 109, 212},
	{28, 212, 120},
	{16, 128, 128},
}

// Bars draws the EBU's colour bars (100/0/75/0: white whole, colours at three
// quarters) in dst.Colour, side by side, each an eighth of the width, even.
func Bars(dst View) {
	way := dst.Colour.fromRGB()
	const most = 0.75 * 255
	for i := range BarLevels {
		// Green changes every four bars, red every two, blue with every bar.
		rgb := [3]float64{most * float64(^i>>1&1), most * float64(^i>>2&1), most * float64(^i&1)}
		if i == 0 {
			rgb = [3]float64{255, 255, 255}
		}
		yuv := way.apply(rgb)
		left, right := i*dst.Width/8&^1, (i+1)*dst.Width/8&^1
		if left < right {
			Fill(dst.Sub(Rect{left, 0, right - left, dst.Height}), level(yuv[0]), level(yuv[1]), level(yuv[2]))
		}
	}
}
