package layouts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"studio/media/picture"
	"studio/mixer/scene"
)

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnOwnLayoutStandsBesideTheBuiltinOnes(t *testing.T) {
	path := written(t, `
layouts:
  - name: porthole
    title: {zh: 圆窗, en: Porthole}
    landscape:
      - {x: 0, y: 0, width: 1, height: 1}
      - {x: 24/1920, y: 0.5, width: 540/1920, height: 1/2, border: 6/1080, radius: 0.25, colour: "#c9e3d3"}
`)
	l, err := Library(path)
	if err != nil {
		t.Fatal(err)
	}
	places, err := l.Place("porthole", picture.Size{Width: 1920, Height: 1080})
	if err != nil {
		t.Fatal(err)
	}
	want := scene.Place{Rect: picture.Rect{X: 24, Y: 540, Width: 540, Height: 540}, Border: 6, Radius: 270, Colour: scene.RGB{R: 0xc9, G: 0xe3, B: 0xd3}}
	if len(places) != 2 || places[1] != want {
		t.Errorf("placed %+v, want %+v", places, want)
	}
	if layout, err := l.Get("porthole"); err != nil || layout.Title != (scene.Title{Zh: "圆窗", En: "Porthole"}) {
		t.Errorf("%+v, %v", layout, err)
	}
}

func TestMistakesNameFileLineKeyValueAndWhatIsAllowed(t *testing.T) {
	slot := func(s string) string { return "layouts:\n  - name: a\n    landscape:\n      - {" + s + "}\n" }
	for text, want := range map[string]string{
		slot("x: 0.6, y: 0, width: 0.5, height: 1"):                                    `:4: key "layouts[0].landscape[0].width": "0.5": allowed: 1/64 up to the canvas's right edge, x + width at most 1`,
		slot("x: 0, y: 1/2, width: 1, height: 2/3"):                                    `:4: key "layouts[0].landscape[0].height": "2/3": allowed: 1/64 up to the canvas's lower edge, y + height at most 1`,
		slot("x: left, y: 0, width: 1, height: 1"):                                     `:4: key "layouts[0].landscape[0].x": "left": allowed: a fraction of the canvas such as 0.25 or 24/1080`,
		slot("x: 1/0, y: 0, width: 1, height: 1"):                                      `"1/0": allowed: a fraction`,
		slot("x: -1, y: 0, width: 1, height: 1"):                                       `"-1": allowed: 0 to 1, a share of the canvas's width`,
		slot("x: nan, y: 0, width: 1, height: 1"):                                      `"nan": allowed: 0 to 1`,
		slot("y: 0, width: 1, height: 1"):                                              `:4: key "layouts[0].landscape[0].x": is missing: allowed: a fraction`,
		slot("x: 0, y: 0, width: 1, height: 1, border: 1/2"):                           `landscape[0].border": "1/2": allowed: 0 to 1/20`,
		slot("x: 0, y: 0, width: 1, height: 1, colour: white"):                         `landscape[0].colour": "white": allowed: "#rrggbb"`,
		slot("x: 0, y: 0, w: 1"):                                                       `"w" is an unknown key: allowed: border, colour, height, radius, width, x, y`,
		"layouts:\n  - name: a\n":                                                      `:2: key "layouts[0].landscape": is missing: allowed: at least one slot under landscape, portrait or both`,
		"layouts:\n  - landscape: [{x: 0, y: 0, width: 1, height: 1}]\n":               `key "layouts[0].name": is missing: allowed: a name that no other layout has`,
		"layouts:\n  - name: pip\n    portrait: [{x: 0, y: 0, width: 1, height: 1}]\n": `:2: key "layouts[0].name": "pip": allowed: a name that no other layout has`,
		slot("x: 0, y: 0, width: 1, height: 1") + "  - name: a\n    portrait: [{x: 0, y: 0, width: 1, height: 1}]\n": `:5: key "layouts[1].name": "a": allowed: a name that no other layout has`,
	} {
		path := written(t, text)
		_, err := Read(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+":") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q:\n got %v\nwant …%s", text, err, want)
		}
	}
	if _, err := Library(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that is not there was read")
	}
}
