package kiosk

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours, as 0xRRGGBB: ink for the ground, rice paper for words, celadon for
// what may be touched, cinnabar for what is on air, amber for what needs a look.
const (
	ink      = 0x111719
	card     = 0x1b2427
	raised   = 0x28353a
	line     = 0x35454a
	paper    = 0xeef2ec
	muted    = 0x9aaaa6
	celadon  = 0x93c7ae
	pine     = 0x2f5f50
	cinnabar = 0xdc4a3a
	wine     = 0x4a1d1a
	amber    = 0xe3ad45
)

func rgb(hex uint32) color.NRGBA { return rgba(hex, 255) }

func rgba(hex uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), alpha}
}

// look is the screen's theme. Fyne's own theme stands behind it.
type look struct {
	fyne.Theme
	regular, bold fyne.Resource
}

func newLook() (*look, error) {
	regular, err := findFace(fontFolders(), "Regular")
	if err != nil {
		return nil, err
	}
	bold, err := findFace(fontFolders(), "Bold")
	if err != nil {
		return nil, err
	}
	return &look{theme.DefaultTheme(), regular, bold}, nil
}

// Font returns the screen's typeface in a style; it has no slanted form.
func (l *look) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return l.Theme.Font(style)
	case style.Bold:
		return l.bold
	}
	return l.regular
}

// Color returns the screen's colours; it is dark by day and by night.
func (l *look) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameBackground:
		return rgb(ink)
	case theme.ColorNameForeground:
		return rgb(paper)
	case theme.ColorNamePrimary:
		return rgb(celadon)
	case theme.ColorNameError:
		return rgb(cinnabar)
	}
	return l.Theme.Color(name, theme.VariantDark)
}

// Size returns the theme's sizes; nothing may stand between the screen and its rim.
func (l *look) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNamePadding {
		return 0
	}
	return l.Theme.Size(name)
}
