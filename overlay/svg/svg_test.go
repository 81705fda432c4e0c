package svg

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"studio/media/picture"
)

const face = "Noto Sans CJK SC"

func pixel(pix []byte, stride, x, y int) color.NRGBA {
	p := pix[y*stride+4*x:]
	return color.NRGBA{R: p[2], G: p[1], B: p[0], A: p[3]}
}

func TestRenderFillsExactlyTheSize(t *testing.T) {
	doc := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">` +
		`<rect width="50" height="50" fill="#ff0000"/><rect x="50" width="50" height="50" fill="#0000ff" fill-opacity="0.5"/></svg>`)
	for _, size := range []picture.Size{{Width: 100, Height: 50}, {Width: 300, Height: 150}, {Width: 2, Height: 1}} {
		pix, stride, err := Render(doc, size)
		if err != nil {
			t.Fatalf("%v: %v", size, err)
		}
		if stride != 4*size.Width || len(pix) != stride*size.Height {
			t.Fatalf("%v: stride %d, %d bytes", size, stride, len(pix))
		}
		if got, want := pixel(pix, stride, 0, 0), (color.NRGBA{255, 0, 0, 255}); got != want {
			t.Errorf("%v: left is %v, want %v", size, got, want)
		}
		if got := pixel(pix, stride, size.Width-1, size.Height-1); got.A < 127 || got.A > 128 || got.B != got.A {
			t.Errorf("%v: right is %v, want half blue, premultiplied", size, got)
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		attributes    string
		width, height float64
	}{
		{`width="1200" height="220"`, 1200, 220},
		{`width="10mm" height="1in"`, 10 / 25.4 * 96, 96},
		{`viewBox="0 0 64 32"`, 64, 32},
	} {
		d, err := NewDocument([]byte(`<svg xmlns="http://www.w3.org/2000/svg" ` + c.attributes + `/>`))
		if err != nil {
			t.Fatal(err)
		}
		w, h := d.Size()
		d.Close()
		if fmt.Sprintf("%.3f %.3f", w, h) != fmt.Sprintf("%.3f %.3f", c.width, c.height) {
			t.Errorf("%s: size %g x %g, want %g x %g", c.attributes, w, h, c.width, c.height)
		}
	}
}

func TestBadDocumentsAndSizes(t *testing.T) {
	for _, doc := range []string{"", "words", "<svg", `<html/>`} {
		if d, err := NewDocument([]byte(doc)); err == nil {
			t.Errorf("%q: parsed", doc)
			d.Close()
		} else if !strings.HasPrefix(err.Error(), "parse SVG: ") {
			t.Errorf("%q: error %q does not say what failed", doc, err)
		}
	}
	d, err := NewDocument([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>`))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []picture.Size{{}, {Width: -2, Height: 2}, {Width: 20000, Height: 2}} {
		if _, _, err := d.Draw(size); err == nil {
			t.Errorf("%v: drawn", size)
		}
	}
	if err := d.DrawInto(make([]byte, 8), 8, picture.Size{Width: 2, Height: 2}); err == nil {
		t.Error("drawn into memory that is too small")
	}
	d.Close()
	d.Close()
	if _, _, err := d.Draw(picture.Size{Width: 4, Height: 4}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A document that names a file must not get to see it, one that carries the
// picture itself must.
func TestNothingIsLoadedFromOutside(t *testing.T) {
	red := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range red.Pix {
		red.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	var file bytes.Buffer
	if err := png.Encode(&file, red); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "red.png")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]byte{
		"data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes()): 255,
		path:                           0,
		"file://" + path:               0,
		"http://127.0.0.1:9/red.png":   0,
		filepath.Base(path):            0,
		"file://localhost" + path + "": 0,
	} {
		doc := `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="8" height="8">` +
			`<image width="8" height="8" xlink:href="` + address + `"/></svg>`
		pix, stride, err := Render([]byte(doc), picture.Size{Width: 8, Height: 8})
		if err != nil {
			t.Errorf("%.40s: %v", address, err)
			continue
		}
		if got := pixel(pix, stride, 4, 4).A; got != want {
			t.Errorf("%.40s: alpha %d, want %d", address, got, want)
		}
	}
}

// A missing glyph is drawn as a box with its code: the same Chinese character in
// the right font must have no unknown glyph, and two characters must not look alike.
func TestChineseIsReallyDrawn(t *testing.T) {
	draw := func(text string) []byte {
		doc := `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">` +
			`<text x="4" y="54" font-size="56" font-family="` + face + `" fill="#fff">` + text + `</text></svg>`
		pix, _, err := Render([]byte(doc), picture.Size{Width: 64, Height: 64})
		if err != nil {
			t.Fatal(err)
		}
		return pix
	}
	ink := func(pix []byte) (n int) {
		for i := 3; i < len(pix); i += 4 {
			if pix[i] > 127 {
				n++
			}
		}
		return n
	}
	glaze, clay, missing := draw("釉"), draw("泥"), draw("\U000F1234")
	if bytes.Equal(glaze, clay) || bytes.Equal(glaze, missing) {
		t.Error("characters look alike: the font has no Chinese")
	}
	if n := ink(glaze); n < 400 || n > 2500 {
		t.Errorf("釉 has %d pixels of ink", n)
	}
	if m := Measure("青瓷上釉", Font{Family: face, Size: 56}); m.Unknown != 0 {
		t.Errorf("%d characters without a glyph", m.Unknown)
	}
}

func TestMeasureAgreesWithWhatIsDrawn(t *testing.T) {
	for _, c := range []struct {
		text string
		font Font
	}{
		{"揉泥定心拉坯", Font{Family: face, Size: 48}},
		{"Wedging the clay", Font{Family: face, Size: 40, Weight: 700}},
		{"烧成 1250 °C", Font{Family: face, Size: 33.5, Weight: 400}},
		{"SPACED", Font{Family: face, Size: 30, LetterSpacing: 4}},
	} {
		weight := c.font.Weight
		if weight == 0 {
			weight = 400
		}
		doc := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="800" height="100">`+
			`<text x="20" y="70" font-family="%s" font-size="%g" font-weight="%d" letter-spacing="%g">%s</text></svg>`,
			c.font.Family, c.font.Size, weight, c.font.LetterSpacing, c.text)
		pix, stride, err := Render([]byte(doc), picture.Size{Width: 800, Height: 100})
		if err != nil {
			t.Fatal(err)
		}
		left, right := 800, 0
		for y := range 100 {
			for x := range 800 {
				if pix[y*stride+4*x+3] > 64 {
					left, right = min(left, x), max(right, x)
				}
			}
		}
		m := Measure(c.text, c.font)
		slack := c.font.Size*0.15 + c.font.LetterSpacing
		if ink := float64(right + 1 - left); ink > m.Width+1 || ink < m.Width-slack {
			t.Errorf("%q: measured %.1f, ink is %.0f wide", c.text, m.Width, ink)
		}
		if m.Ascent <= 0 || m.Descent <= 0 || m.Ascent+m.Descent > 2*c.font.Size {
			t.Errorf("%q: ascent %.1f, descent %.1f", c.text, m.Ascent, m.Descent)
		}
	}
}

func TestWrap(t *testing.T) {
	font := Font{Family: face, Size: 20}
	for _, c := range []struct {
		text  string
		width float64
		want  []string
	}{
		{"揉泥", 100, []string{"揉泥"}},
		{"揉泥揉泥揉泥", 81, []string{"揉泥揉泥", "揉泥"}},
		{"揉泥揉泥。定心", 81, []string{"揉泥揉", "泥。定心"}}, // no line begins with a full stop
		{"turn the wheel", 80, []string{"turn the", "wheel"}},
		{"", 80, []string{""}},
		{"one\ntwo", 800, []string{"one", "two"}},
	} {
		got := Wrap(c.text, font, c.width)
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q in %g: %q, want %q", c.text, c.width, got, c.want)
		}
		for _, line := range got {
			if w := Measure(line, font).Width; w > c.width {
				t.Errorf("%q: line %q is %.1f wide", c.text, line, w)
			}
		}
	}
}

func TestDocumentsFromManyGoroutines(t *testing.T) {
	shared, err := NewDocument([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text y="50" font-size="40">泥</text></svg>`))
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	want, _, err := shared.Draw(picture.Size{Width: 64, Height: 64})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				pix, _, err := shared.Draw(picture.Size{Width: 64, Height: 64})
				if err != nil || !bytes.Equal(pix, want) {
					t.Errorf("drawn otherwise beside others: %v", err)
				}
				Measure("定心", Font{Family: face, Size: 30})
			}
		})
	}
	wg.Wait()
}
