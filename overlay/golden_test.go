package overlay

import (
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"studio/hw/reading"
	"studio/media/picture"
	"studio/overlay/procedure"
)

var update = flag.Bool("update", false, "write the golden pictures anew, to be looked at before they are kept")

// The templates of the box look as somebody once found beautiful. Small, and with
// room for another version of the fonts; what differs is written beside for a look.
func TestGoldens(t *testing.T) {
	p := pottery(t)
	title := State{Overlays: []procedure.Overlay{{Template: "title", Set: map[string]string{"text": "龙泉青瓷 · 拉坯成形"}}}}
	long := State{Overlays: []procedure.Overlay{{Template: "title", Set: map[string]string{"text": "龙泉青瓷传统烧制技艺：从一团泥到一抹青，七十二道工序全程直播"}}}}
	for _, c := range []struct {
		name  string
		size  picture.Size
		state State
	}{
		{"wedging", picture.Size{Width: 960, Height: 540}, atStep(p, 0, "862.4", reading.Unstable)},
		{"firing", picture.Size{Width: 960, Height: 540}, atStep(p, 5, "1250.5", reading.OK)},
		{"firing-no-signal", picture.Size{Width: 960, Height: 540}, atStep(p, 5, "1250.5", reading.Stale)},
		{"portrait", picture.Size{Width: 540, Height: 960}, atStep(p, 2, "731.0", reading.OK)},
		{"title", picture.Size{Width: 960, Height: 540}, title},
		{"title-long", picture.Size{Width: 960, Height: 540}, long},
	} {
		s := newSet(t, c.size)
		if err := s.Draw(c.state); err != nil {
			t.Fatal(err)
		}
		v := grey(c.size)
		for y := range v.Height { // a slope behind, so that translucency shows
			for x := range v.Width {
				v.Y[y*v.StrideY+x] = byte(60 + 120*(x+y)/(v.Width+v.Height))
			}
		}
		s.Blend(v, noon)
		s.Blend(v, noon.Add(time.Second))
		compare(t, filepath.Join("testdata", c.name+".png"), picture.ToRGBA(v))
	}
}

// compare fails when got differs from the golden by more than another rasteriser
// or font version would make it.
func compare(t *testing.T, path string, got *image.RGBA) {
	t.Helper()
	if *update {
		write(t, path, got)
		return
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(decoded.Bounds())
	draw.Draw(want, want.Rect, decoded, decoded.Bounds().Min, draw.Src)
	far, sum := 0, 0
	if want.Rect == got.Rect {
		for i := range want.Pix {
			d := int(want.Pix[i]) - int(got.Pix[i])
			d = max(d, -d)
			sum += d
			if d > 48 {
				far++
			}
		}
	}
	n := len(want.Pix)
	if want.Rect != got.Rect || sum > n/2 || far > n/400 {
		failed := path[:len(path)-len(".png")] + ".failed.png"
		write(t, failed, got)
		t.Errorf("%s: mean difference %.2f levels, %d of %d values far off; see %s", path, float64(sum)/float64(n), far, n, failed)
	}
}

func write(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatal(err)
	}
}
