package scene_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"studio/configs/layouts"
	"studio/media/picture"
	"studio/mixer/scene"
)

func library(t *testing.T) *scene.Library {
	t.Helper()
	l, err := layouts.Library("")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// sizes are the usual canvases and a hundred odd ones.
func sizes() []picture.Size {
	list := []picture.Size{{Width: 1920, Height: 1080}, {Width: 1080, Height: 1920}, {Width: 1280, Height: 720}, {Width: 720, Height: 1280}, {Width: 720, Height: 720}}
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		list = append(list, picture.Size{Width: 64 + 2*random.IntN(2000), Height: 64 + 2*random.IntN(2000)})
	}
	return list
}

func TestEverySlotIsEvenAndOnTheCanvas(t *testing.T) {
	l := library(t)
	for _, size := range sizes() {
		for _, name := range l.Fit(size) {
			places, err := l.Place(name, size)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range places {
				r := p.Rect
				if r.X < 0 || r.Y < 0 || r.X+r.Width > size.Width || r.Y+r.Height > size.Height || r.Width <= 0 || r.Height <= 0 {
					t.Errorf("%s on %v: slot %d %v leaves the canvas", name, size, i, r)
				}
				if (r.X|r.Y|r.Width|r.Height|p.Border)&1 != 0 || 2*p.Radius > min(r.Width, r.Height) {
					t.Errorf("%s on %v: slot %d %+v is odd", name, size, i, p)
				}
			}
		}
	}
}

// What was measured against other mixers stays where it was.
func TestPositionsOnFullHD(t *testing.T) {
	whole := picture.Rect{Width: 1920, Height: 1080}
	inset := func(x, y int) picture.Rect { return picture.Rect{X: x, Y: y, Width: 480, Height: 270} }
	for name, want := range map[string][]picture.Rect{
		scene.Full:         {whole},
		scene.PIP:          {whole, inset(1416, 24), inset(1416, 318), inset(1416, 612)},
		"pip-top-left":     {whole, inset(24, 24), inset(24, 318), inset(24, 612)},
		"pip-bottom-right": {whole, inset(1416, 786), inset(1416, 492), inset(1416, 198)},
		"pip-bottom-left":  {whole, inset(24, 786), inset(24, 492), inset(24, 198)},
		"sidebyside":       {{Width: 960, Height: 1080}, {X: 960, Width: 960, Height: 1080}},
		"quad":             {{Width: 960, Height: 540}, {X: 960, Width: 960, Height: 540}, {Y: 540, Width: 960, Height: 540}, {X: 960, Y: 540, Width: 960, Height: 540}},
	} {
		places, err := library(t).Place(name, picture.Size{Width: 1920, Height: 1080})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range places {
			if p.Rect != want[i] {
				t.Errorf("%s: slot %d at %v, want %v", name, i, p.Rect, want[i])
			}
		}
	}
}

func TestBuiltinLayoutsFitAndHaveTitles(t *testing.T) {
	l := library(t)
	both := []string{"full", "pip", "pip-top-left", "pip-bottom-left", "pip-bottom-right", "inset", "sidebyside", "big-and-column", "quad"}
	for _, c := range []struct {
		size picture.Size
		want []string
	}{
		{picture.Size{Width: 1920, Height: 1080}, both},
		{picture.Size{Width: 1080, Height: 1920}, append(both, "stack", "stack3")},
	} {
		fit := l.Fit(c.size)
		if len(fit) != len(c.want) {
			t.Errorf("%v: %v fit", c.size, fit)
		}
		for _, name := range c.want {
			if !strings.Contains(" "+strings.Join(fit, " ")+" ", " "+name+" ") {
				t.Errorf("%v: %s does not fit", c.size, name)
			}
		}
	}
	for _, name := range l.Names() {
		if layout, err := l.Get(name); err != nil || layout.Title.Zh == "" || layout.Title.En == "" || layout.Title.Zh == name {
			t.Errorf("%s: title %+v, %v", name, layout.Title, err)
		}
	}
}

func TestWhatCannotBePlacedIsRefused(t *testing.T) {
	l := library(t)
	hd := picture.Size{Width: 1920, Height: 1080}
	for name, want := range map[string]string{
		"mosaic": `layout "mosaic": there is none of that name; allowed: ` + strings.Join(l.Names(), ", "),
		"stack":  `layout "stack": does not suit a canvas of 1920×1080; allowed: ` + strings.Join(l.Fit(hd), ", "),
	} {
		if _, err := l.Place(name, hd); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	whole := scene.Slot{Width: 1, Height: 1}
	for _, c := range []struct {
		layout scene.Layout
		want   string
	}{
		{scene.Layout{Name: "a"}, `layout "a": has no slot`},
		{scene.Layout{Landscape: []scene.Slot{whole}}, "a layout has no name"},
		{scene.Layout{Name: "full", Landscape: []scene.Slot{whole}}, `layout "full": there are two of that name`},
		{scene.Layout{Name: "a", Portrait: []scene.Slot{whole, {X: 0.6, Width: 0.5, Height: 0.2}}},
			`layout "a": portrait slot 2: width 0.5: allowed: 1/64 up to the canvas's right edge, x + width at most 1`},
		{scene.Layout{Name: "a", Landscape: []scene.Slot{{Y: math.NaN(), Width: 1, Height: 1}}}, `layout "a": landscape slot 1: y NaN: allowed: 0 to 1, a share of the canvas's height`},
	} {
		full := scene.Layout{Name: "full", Landscape: []scene.Slot{whole}}
		if _, err := scene.NewLibrary([]scene.Layout{full}, []scene.Layout{c.layout}); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
