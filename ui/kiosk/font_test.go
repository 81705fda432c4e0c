package kiosk

import (
	"bytes"
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
)

// drawn paints words as the screen does and returns their picture.
func drawn(words string, bold bool) *image.NRGBA {
	text := newText(bold)
	text.Text, text.TextSize = words, 48
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetContent(text)
	c.Resize(fyne.NewSize(240, 80))
	seen := c.Capture()
	out := image.NewNRGBA(seen.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, seen.At(x, y))
		}
	}
	return out
}

// inked counts the pixels that are not ground.
func inked(img *image.NRGBA) (n int) {
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] > 128 {
			n++
		}
	}
	return n
}

func TestChineseIsDrawn(t *testing.T) {
	for _, bold := range []bool{false, true} {
		box := drawn("\U0010fff0", bold) // a character that no font has
		seen := map[string]*image.NRGBA{"box": box}
		for _, glyph := range strings.Split("开始直播结束下一步录像中超量程断线无数据", "") {
			img := drawn(glyph, bold)
			if n := inked(img); n < 40 || n > 48*48/2+200 {
				t.Errorf("%s (bold %v) has %d pixels of ink", glyph, bold, n)
			}
			for other, o := range seen {
				if other != glyph && bytes.Equal(o.Pix, img.Pix) {
					t.Errorf("%s (bold %v) looks like %s", glyph, bold, other)
				}
			}
			seen[glyph] = img
		}
		if words, boxes := drawn("开始直播", bold), drawn(strings.Repeat("\U0010fff0", 4), bold); bytes.Equal(words.Pix, boxes.Pix) {
			t.Errorf("开始直播 (bold %v) is four boxes", bold)
		}
	}
	if bytes.Equal(drawn("开始直播", false).Pix, drawn("开始直播", true).Pix) {
		t.Error("bold is not bolder")
	}
}

// TestFaceOfChina tells the Chinese face from the Japanese, the first one of the
// collection: the two write 直 differently.
func TestFaceOfChina(t *testing.T) {
	chinese, err := findFace(fontFolders(), "Regular")
	if err != nil {
		t.Fatal(err)
	}
	japanese := &typeface{path: chinese.path, data: func(path string) ([]byte, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return faceOf(data, "Noto Sans CJK JP")
	}}
	draw := func(f fyne.Resource, name string) []byte {
		text := canvas.NewText("直", rgb(paper))
		text.TextSize, text.FontSource = 48, fyne.NewStaticResource(name, f.Content())
		c := software.NewCanvas()
		c.SetContent(text)
		return c.Capture().(*image.NRGBA).Pix
	}
	theme := newText(false)
	theme.Text, theme.TextSize = "直", 48
	c := software.NewCanvas()
	c.SetContent(theme)
	if !bytes.Equal(c.Capture().(*image.NRGBA).Pix, draw(chinese, "zh")) {
		t.Error("the screen does not draw with the Chinese face")
	}
	if bytes.Equal(draw(chinese, "zh"), draw(japanese, "ja")) {
		t.Error("the Chinese and the Japanese 直 are the same")
	}
}

func TestNoFont(t *testing.T) {
	_, err := findFace([]string{t.TempDir(), "/nowhere"}, "Regular")
	if err == nil || !strings.Contains(err.Error(), "fonts-noto-cjk") {
		t.Errorf("without the font: %v", err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "NotoSansCJK-Regular.ttc"), []byte("ttcf"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := findFace([]string{folder}, "Regular"); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("with a damaged font: %v", err)
	}
}

// collection makes a font collection of tiny faces that share one table.
func collection(families ...string) []byte {
	be := binary.BigEndian
	out := be.AppendUint32([]byte("ttcf\x00\x01\x00\x00"), uint32(len(families)))
	at := len(out) + 4*len(families)
	var body []byte
	for range families {
		out = be.AppendUint32(out, uint32(at))
		at += 12 + 2*16
	}
	shared := at
	for i, family := range families {
		name := be.AppendUint16(nil, 0)
		for _, v := range []uint16{1, 18, 3, 1, 0x409, 1, uint16(2 * len(family)), 0} {
			name = be.AppendUint16(name, v)
		}
		for _, r := range family {
			name = be.AppendUint16(name, uint16(r))
		}
		out = append(out, "OTTO\x00\x02\x00\x20\x00\x01\x00\x00"...)
		for _, table := range []struct {
			tag    string
			at     int
			length int
		}{{"CFF ", shared, 5}, {"name", shared + 8 + 64*i, len(name)}} {
			out = append(out, table.tag...)
			for _, v := range []int{7, table.at, table.length} {
				out = be.AppendUint32(out, uint32(v))
			}
		}
		body = append(body, append(name, make([]byte, 64-len(name))...)...)
	}
	return append(append(out, "glyph\x00\x00\x00"...), body...)
}

func TestFaceOf(t *testing.T) {
	file := collection("One", "Two")
	got, err := faceOf(file, "Two")
	if err != nil {
		t.Fatal(err)
	}
	tables, kind, err := directory(got, 0)
	if err != nil || string(kind) != "OTTO" || len(tables) != 2 || string(tables[0].data) != "glyph" || tables[0].checksum != 7 || familyOf(tables) != "Two" {
		t.Errorf("face %q: kind %q, tables %v, %v", "Two", kind, tables, err)
	}
	if _, err := faceOf(file, "Three"); err == nil {
		t.Error("found a face that is not there")
	}
	for n := range file { // every way of being cut short
		if face, err := faceOf(file[:n], "Two"); err == nil && !bytes.Equal(face, got) {
			t.Errorf("%d bytes of %d gave another face", n, len(file))
		}
	}
}
