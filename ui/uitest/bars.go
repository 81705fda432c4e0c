package uitest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"time"
)

// bars draws 75 % colour bars, begun at another colour for each index, with a mark
// below that crosses the picture in four seconds; grey bars when not lit.
func bars(width, height, index int, lit bool, passed time.Duration) ([]byte, error) {
	if width < 16 || width > 4096 || height < 16 {
		return nil, fmt.Errorf("draw bars: width %d: allowed: 16 to 4096", width)
	}
	colours := []color.RGBA{
		{191, 191, 191, 255}, {191, 191, 0, 255}, {0, 191, 191, 255}, {0, 191, 0, 255},
		{191, 0, 191, 255}, {191, 0, 0, 255}, {0, 0, 191, 255}, {16, 16, 16, 255},
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	floor := height * 5 / 6
	for i := range colours {
		c := colours[(i+index)%len(colours)]
		if !lit {
			grey := uint8(28 + 8*i)
			c = color.RGBA{grey, grey, grey, 255}
		}
		draw.Draw(img, image.Rect(i*width/8, 0, (i+1)*width/8, floor), image.NewUniform(c), image.Point{}, draw.Src)
	}
	draw.Draw(img, image.Rect(0, floor, width, height), image.NewUniform(color.RGBA{24, 28, 30, 255}), image.Point{}, draw.Src)
	x := int(passed.Milliseconds()%4000) * width / 4000
	draw.Draw(img, image.Rect(x, floor, x+width/16, height), image.White, image.Point{}, draw.Src)
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 80})
	return out.Bytes(), err
}
