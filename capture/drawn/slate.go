package drawn

import (
	"fmt"
	"html"
	"math"
	"time"

	"studio/capture"
	"studio/media/picture"
)

// breath is how long the slate's bar takes to swell and fade.
const breath = 4 * time.Second

// slate is what a viewer sees instead of a camera that is gone.
type slate struct {
	zh, en    string
	rasterize Rasterizer
	start     time.Time

	build func(picture.Size) *picture.Picture // background
	plain kept[*picture.Picture]
}

// NewSlate returns the picture that stands in for a camera without a signal: its
// title in both languages, one plain sentence, and a bar that breathes, so that
// everybody sees that the programme itself is alive. The titles are plain text;
// either may be empty.
func NewSlate(zh, en string, rasterize Rasterizer) capture.Painter {
	s := &slate{zh: zh, en: en, rasterize: rasterize, start: time.Now()}
	s.build = s.background
	return s
}

// Paint implements capture.Painter. The bar moves with the wall clock, since a
// slate has no frames of its own.
func (s *slate) Paint(dst picture.View) { s.paint(dst, time.Since(s.start)) }

func (s *slate) paint(dst picture.View, elapsed time.Duration) {
	picture.Copy(dst, s.plain.get(dst.Size(), s.build).View)
	swell := 0.5 - 0.5*math.Cos(2*math.Pi*elapsed.Seconds()/breath.Seconds())
	width := float64(dst.Width) * (0.06 + 0.10*swell)
	height := max(2, dst.Height/120&^1)
	left := int(float64(dst.Width)/2-width/2) &^ 1
	bar := dst.Sub(picture.Rect{X: left, Y: barTop(dst.Size()), Width: (dst.Width/2 - left) * 2, Height: height})
	picture.Fill(bar, byte(90+80*swell), 118, 124)
}

func barTop(size picture.Size) int { return size.Height * 79 / 100 &^ 1 }

// background returns the slate without its bar.
func (s *slate) background(size picture.Size) *picture.Picture {
	pic := picture.New(size)
	picture.Fill(pic.View, 32, 129, 127)
	layer := picture.NewLayer(size)
	// A slate that cannot be drawn stays dark: better than no picture at all.
	if pix, stride, err := s.rasterize(s.document(size), size); err == nil {
		layer.SetARGB(pix, stride)
		picture.Blend(pic.View, layer, 0, 0, 255)
	}
	return pic
}

// document is laid out on a field 100 high whose middle is the picture's, so
// that the letters are as large as any shape of picture allows.
func (s *slate) document(size picture.Size) []byte {
	title, second := s.zh, s.en
	if title == "" || title == second {
		title, second = second, ""
	}
	if title == "" {
		title = "—"
	}
	width := 100 * float64(size.Width) / float64(size.Height)
	room := width * 0.86
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g 100" width="%[2]d" height="%[3]d">
<defs><radialGradient id="g" cx="50%%" cy="42%%" r="75%%"><stop offset="0" stop-color="#2c3534"/><stop offset="0.55" stop-color="#1d2324"/><stop offset="1" stop-color="#101415"/></radialGradient></defs>
<rect width="100%%" height="100%%" fill="url(#g)"/>
<g fill="none" stroke="#8fb3a4" stroke-width="1.1" stroke-linecap="round" opacity="0.85" transform="translate(%[4]g 19)">
<rect x="-8" y="-4.5" width="12" height="9" rx="1.6"/><path d="M4 -1.4l4.4 -2.4v7.6l-4.4 -2.4M-9.5 7.6L9.5 -7.6"/></g>
<g text-anchor="middle" font-family="'Noto Sans CJK SC','Noto Sans SC',sans-serif">
<text x="%[4]g" y="46" font-size="%[5]g" font-weight="bold" fill="#f0ebe0">%[6]s</text>
<text x="%[4]g" y="57" font-size="%[7]g" fill="#c9c3b4">%[8]s</text>
<text x="%[4]g" y="71.5" font-size="%[9]g" fill="#a9c3b7">信号中断 · No signal</text></g></svg>`,
		width, size.Width, size.Height, width/2,
		fitted(title, 15, room), html.EscapeString(title),
		fitted(second, 7, room), html.EscapeString(second),
		fitted("信号中断 · No signal", 7.4, room))
}

// fitted returns the font size, at most largest, at which text is not wider than
// room: a Chinese letter is as wide as it is high, others about six tenths.
func fitted(text string, largest, room float64) float64 {
	var wide float64
	for _, r := range text {
		if r >= 0x2e80 {
			wide += 1
		} else {
			wide += 0.6
		}
	}
	if wide*largest > room {
		return room / wide
	}
	return largest
}
