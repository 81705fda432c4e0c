package drawn

import (
	"fmt"
	"strings"
	"time"

	"studio/media/picture"
)

// strip is the edge code of one picture size: the band along the lower edge and
// the figures to write on it.
type strip struct {
	glyphs [len(characters)]glyph
}

// glyph is one figure's coverage, 0 to 255, width*height bytes.
type glyph struct {
	alpha         []byte
	width, height int
}

// characters are what can be written on a strip.
const characters = "0123456789:. "

const (
	bandLuma, bandU, bandV = 26, 124, 132 // the film's base, a little warm
	inkLuma                = 206
)

// strokes are the characters' lines on a field of 60 by 100, in the order of
// characters: a font that is always there.
func strokes() []string {
	return []string{
		"M12 32a18 20 0 0 1 36 0V68a18 20 0 0 1 -36 0Z",
		"M18 26L34 12V88",
		"M13 32C13 6 47 6 47 32C47 50 12 66 12 88H49",
		"M13 22C22 8 46 10 46 30C46 44 36 48 27 48C38 48 48 54 48 68C48 92 18 92 11 76",
		"M39 88V12L10 64H51",
		"M45 12H17L14 48C26 40 48 44 48 66C48 92 18 92 11 78",
		"M42 13C24 18 12 42 12 66C12 94 48 94 48 66C48 44 18 44 12 66",
		"M11 12H49L25 88",
		"M30 48C10 48 10 12 30 12C50 12 50 48 30 48C6 48 6 88 30 88C54 88 54 48 30 48",
		"M18 87C36 82 48 58 48 34C48 6 12 6 12 34C12 56 42 56 48 34",
		"M30 34V36M30 68V70",
		"M30 86V88",
		"",
	}
}

// newStrip draws the figures for pictures of a width.
func newStrip(width int, rasterize Rasterizer) (*strip, error) {
	height := stripHeight(width)
	size := picture.Size{Width: max(height*9/20, 3), Height: max(height*3/4, 5)}
	s := &strip{}
	for i, line := range strokes() {
		doc := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 100" width="%d" height="%d" preserveAspectRatio="none"><path d="%s" fill="none" stroke="#fff" stroke-width="11" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
			size.Width, size.Height, line)
		pix, stride, err := rasterize([]byte(doc), size)
		if err != nil {
			return nil, fmt.Errorf("figures of the strip: %w", err)
		}
		g := glyph{alpha: make([]byte, size.Width*size.Height), width: size.Width, height: size.Height}
		for y := range g.height {
			for x := range g.width {
				g.alpha[y*g.width+x] = pix[y*stride+4*x] // white: every colour is the coverage
			}
		}
		s.glyphs[i] = g
	}
	return s, nil
}

// draw draws the strip along the lower edge of dst.
func (s *strip) draw(dst picture.View, number uint64, elapsed time.Duration) {
	height := stripHeight(dst.Width)
	band := dst.Sub(picture.Rect{X: 0, Y: dst.Height - height, Width: dst.Width, Height: height})
	picture.Fill(band, bandLuma, bandU, bandV)
	drawCode(dst, uint32(number))
	text := appendClock(make([]byte, 0, 32), number, elapsed)
	x := dst.Width - dst.Width/cellsAcross - len(text)*s.glyphs[0].width
	for _, c := range text {
		g := &s.glyphs[strings.IndexByte(characters, c)]
		g.draw(band, x, (height-g.height)/2)
		x += g.width
	}
}

// appendClock appends the frame's number and its time since the start, such as
// "000123  00:00:04.1".
func appendClock(text []byte, number uint64, elapsed time.Duration) []byte {
	tenths := int64(elapsed / (100 * time.Millisecond))
	text = appendFigures(text, int64(number%1e6), 6)
	text = append(text, ' ', ' ')
	text = append(appendFigures(text, tenths/36000%100, 2), ':')
	text = append(appendFigures(text, tenths/600%60, 2), ':')
	text = append(appendFigures(text, tenths/10%60, 2), '.')
	return appendFigures(text, tenths%10, 1)
}

func appendFigures(text []byte, n int64, figures int) []byte {
	for range figures {
		text = append(text, '0')
	}
	for i := len(text) - 1; figures > 0; i, figures = i-1, figures-1 {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return text
}

func (g *glyph) draw(band picture.View, x, y int) {
	if x < 0 || x+g.width > band.Width || y < 0 || y+g.height > band.Height {
		return
	}
	for row := range g.height {
		to := band.Y[(y+row)*band.StrideY+x:][:g.width]
		for i, a := range g.alpha[row*g.width:][:g.width] {
			to[i] += byte(int(inkLuma-bandLuma) * int(a) / 255)
		}
	}
}
