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

// newPicture makes a dark picture, refusing sizes that nobody means.
func newPicture(width, height int) (*image.RGBA, error) {
	if width < 16 || width > 4096 || height < 16 {
		return nil, fmt.Errorf("draw bars: width %d: allowed: 16 to 4096", width)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{16, 18, 19, 255}), image.Point{}, draw.Src)
	return img, nil
}

// bars draws 75 % colour bars into a part of a picture, begun at another colour for
// each index, with a mark below that crosses it in four seconds; grey bars when not lit.
func bars(img draw.Image, part image.Rectangle, index int, lit bool, passed time.Duration) {
	colours := []color.RGBA{
		{191, 191, 191, 255}, {191, 191, 0, 255}, {0, 191, 191, 255}, {0, 191, 0, 255},
		{191, 0, 191, 255}, {191, 0, 0, 255}, {0, 0, 191, 255}, {16, 16, 16, 255},
	}
	left, width, floor := part.Min.X, part.Dx(), part.Min.Y+part.Dy()*5/6
	for i := range colours {
		c := colours[(i+index)%len(colours)]
		if !lit {
			grey := uint8(28 + 8*i)
			c = color.RGBA{grey, grey, grey, 255}
		}
		draw.Draw(img, image.Rect(left+i*width/8, part.Min.Y, left+(i+1)*width/8, floor), image.NewUniform(c), image.Point{}, draw.Src)
	}
	draw.Draw(img, image.Rect(left, floor, part.Max.X, part.Max.Y), image.NewUniform(color.RGBA{24, 28, 30, 255}), image.Point{}, draw.Src)
	x := left + int(passed.Milliseconds()%4000)*width/4000
	draw.Draw(img, image.Rect(x, floor, min(x+width/16, part.Max.X), part.Max.Y), image.White, image.Point{}, draw.Src)
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 80})
	return out.Bytes(), err
}
