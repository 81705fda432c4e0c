package kiosk

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"studio/ui"
)

// TestEverythingFits shows the longest things that may come, in both languages and on
// both panels: every text stays within its part, and no part grows.
func TestEverythingFits(t *testing.T) {
	long := ui.Text{Zh: strings.Repeat("景德镇手工制瓷技艺，", 9), En: strings.Repeat("a remarkably long sentence ", 9)}
	edit := func(s *ui.Status) {
		s.Name = long.Zh
		s.Health = ui.Health{State: ui.Failed, Faults: []ui.Text{long}}
		s.Broadcast = ui.OnAir{On: true, Since: s.Time.Add(-200 * time.Hour)}
		s.Recording.On, s.Recording.State = true, ui.Live
		for i := range s.Cameras {
			s.Cameras[i].Title = long
		}
		s.Cameras[2].State, s.Cameras[2].Message = ui.Failed, long
		s.Cameras = append(s.Cameras, s.Cameras...)
		s.Readings = slices.Repeat([]ui.Reading{{Title: long, Value: "-12 345.678", Unit: "kg/m³", Quality: "unstable"}}, 5)
		s.Procedure.Title = long
		for i := range s.Procedure.Steps {
			s.Procedure.Steps[i].Title, s.Procedure.Steps[i].Caption = long, long
		}
		for len(s.Destinations) < 9 {
			s.Destinations = append(s.Destinations, ui.Destination{Name: "a long name of a platform", State: ui.Waiting})
		}
		s.Sound.State, s.Sound.Message = ui.Waiting, long
		s.Recording.HoursLeft, s.Recording.Disk = 9.99, long
		s.Director = ui.Director{On: true, Reason: long}
	}
	switched := func(s *ui.Status) {
		s.Sound.Privacy, s.Director = true, ui.Director{On: true, HoldMS: 123_456}
		s.Recording.HoursLeft, s.Canvases = 0.2, s.Canvases[1:]
		s.Destinations[0].State, s.Destinations[0].Name = ui.Failed, "a long name of a platform"
	}
	for _, size := range []fyne.Size{panel(), fyne.NewSize(1024, 600)} {
		for _, words := range []phrases{mandarin(), english()} {
			b := newBench(t, words, size)
			for _, e := range []func(*ui.Status){nil, switched, edit} {
				b.show(status(e))
				b.answered(ui.Step{}, ui.Status{}, &Problem{Detail: long.En, Words: long})
				if got := b.window.Canvas().Size(); got != size {
					t.Errorf("the window grew from %v to %v", size, got)
				}
				for _, o := range b.root.Objects {
					checkFits(t, o)
				}
				for _, own := range []*canvas.Text{b.director.title, b.view.title, b.mark.title, b.mark.second, b.privacy.title,
					b.privacy.second, b.retry.title, b.next.title, b.previous.title, b.start.title, b.start.hint, b.health.word, b.sound.muted} {
					if strings.HasSuffix(own.Text, "…") {
						t.Errorf("%v: there is no room for %q", size, own.Text)
					}
				}
			}
		}
	}
}

func checkFits(t *testing.T, o fyne.CanvasObject) {
	t.Helper()
	if !o.Visible() {
		return
	}
	part := o.Size()
	for _, shape := range test.WidgetRenderer(o.(fyne.Widget)).Objects() {
		text, ok := shape.(*canvas.Text)
		if !ok || text.Text == "" || !text.Visible() {
			continue
		}
		need := fyne.MeasureText(text.Text, text.TextSize, text.TextStyle)
		left, top := text.Position().X, text.Position().Y
		if need.Width > text.Size().Width+1.5 || left < 0 || left+text.Size().Width > part.Width+1.5 || top < -2 || top+need.Height > part.Height+3 {
			t.Errorf("%T of %v: %q needs %v, has %v at %v", o, part, text.Text, need, text.Size(), text.Position())
		}
	}
}

func TestSpots(t *testing.T) {
	for _, size := range []fyne.Size{panel(), fyne.NewSize(1024, 600)} {
		touched := map[string]Spot{"start": StartSpot(), "next": NextSpot(), "previous": PreviousSpot(), "language": LanguageSpot(),
			"privacy": PrivacySpot(), "mark": MarkSpot(), "retry": RetrySpot(), "director": DirectorSpot(), "view": ViewSpot(), "programme": LiveSpot()}
		for i, name := range []string{"tile 0", "tile 1", "tile 2", "tile 3"} {
			touched[name] = TileSpot(i, 4)
		}
		for name, s := range touched {
			if s.Width*size.Width < 64 || s.Height*size.Height < 64 {
				t.Errorf("%s is %.0fx%.0f on %v: too small for a finger", name, s.Width*size.Width, s.Height*size.Height, size)
			}
			for other, o := range touched {
				if other != name && s.X < o.X+o.Width && o.X < s.X+s.Width && s.Y < o.Y+o.Height && o.Y < s.Y+s.Height {
					t.Errorf("%s lies on %s", name, other)
				}
			}
		}
	}
	for n := 1; n <= 9; n++ {
		if s := TileSpot(min(n, maxTiles)-1, n); s.X+s.Width > DirectorSpot().X+DirectorSpot().Width+0.001 {
			t.Errorf("the last of %d tiles ends at %v", n, s.X+s.Width)
		}
	}
}

func TestBreakLine(t *testing.T) {
	size := float32(20)
	for _, c := range []struct {
		words string
		wide  float32
		want  []string
	}{
		{"让泥团与转盘同心", 82, []string{"让泥团与", "转盘同心"}},
		{"让泥团与，转盘", 82, []string{"让泥团", "与，转盘"}},
		{"one two three", fyne.MeasureText("one two", size, fyne.TextStyle{}).Width + 1, []string{"one two", "three"}},
		{"short", 500, []string{"short", ""}},
	} {
		first, rest := breakLine(c.words, c.wide, size, fyne.TextStyle{})
		if first != c.want[0] || rest != c.want[1] {
			t.Errorf("%q in %v: %q, %q; want %q", c.words, c.wide, first, rest, c.want)
		}
	}
}

// TestScreenPixels looks at what is really painted: the big button's colour and the
// programme's picture.
func TestScreenPixels(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	red := image.NewUniform(color.NRGBA{200, 10, 20, 255})
	img := image.NewRGBA(image.Rect(0, 0, 96, 54))
	for i := range img.Pix {
		img.Pix[i] = []byte{200, 10, 20, 255}[i%4]
	}
	b.picture("landscape", img)
	seen := b.window.Canvas().Capture()
	x, y := LiveSpot().Centre(unitsWide, unitsHigh)
	if !near(seen.At(x, y), red.C) {
		t.Errorf("the programme is %v", seen.At(x, y))
	}
	s := StartSpot()
	x, y = int((s.X+0.05*s.Width)*unitsWide), int((s.Y+0.5*s.Height)*unitsHigh)
	if !near(seen.At(x, y), rgb(celadon)) {
		t.Errorf("the button is %v", seen.At(x, y))
	}
}

// near says whether two colours are the same but for rounding.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return max(ar, br)-min(ar, br) < 0x800 && max(ag, bg)-min(ag, bg) < 0x800 && max(ab, bb)-min(ab, bb) < 0x800
}
