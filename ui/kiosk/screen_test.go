package kiosk

import (
	"errors"
	"image"
	"image/color"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"studio/ui"
	"studio/ui/uitest"
)

// bench is a screen in a window of software, with a clock to turn.
type bench struct {
	*screen
	window   fyne.Window
	clock    time.Time
	commands []ui.Command
}

func newBench(t *testing.T, words phrases, size fyne.Size) *bench {
	t.Helper()
	b := &bench{clock: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)}
	b.screen = newScreen(words, func() time.Time { return b.clock }, func(c ui.Command) { b.commands = append(b.commands, c) })
	b.window = test.NewTempWindow(t, b.root)
	b.window.SetPadded(false)
	b.window.Resize(size)
	return b
}

func panel() fyne.Size { return fyne.NewSize(unitsWide, unitsHigh) }

// touch touches the middle of a spot as the driver would, with what lies on top.
func (b *bench) touch(s Spot) {
	size := b.window.Canvas().Size()
	x, y := s.Centre(int(size.Width), int(size.Height))
	at := fyne.NewPos(float32(x), float32(y))
	b.down(at)
	test.TapCanvas(b.window.Canvas(), at)
}

func (b *bench) down(at fyne.Position) {
	for _, o := range slices.Backward(b.root.Objects) {
		p, s := o.Position(), o.Size()
		if !o.Visible() || at.X < p.X || at.Y < p.Y || at.X >= p.X+s.Width || at.Y >= p.Y+s.Height {
			continue
		}
		if m, ok := o.(desktop.Mouseable); ok {
			m.MouseDown(&desktop.MouseEvent{})
			m.MouseUp(&desktop.MouseEvent{})
			return
		}
	}
}

func status(edit func(*ui.Status)) ui.Status {
	s := uitest.Status()
	if edit != nil {
		edit(&s)
	}
	return s
}

func TestTouches(t *testing.T) {
	last := func(s *ui.Status) { s.Procedure.Present = len(s.Procedure.Steps) - 1 }
	first := func(s *ui.Status) { s.Procedure.Present = 0 }
	none := func(s *ui.Status) { s.Procedure = ui.Procedure{Present: -1} }
	gone := func(s *ui.Status) { s.Cameras[1].State, s.Cameras[1].Message = ui.Waiting, "unplugged" }
	for _, c := range []struct {
		name string
		edit func(*ui.Status)
		spot Spot
		want []ui.Command
	}{
		{"start", nil, StartSpot(), []ui.Command{ui.Broadcast{On: true}}},
		{"a touch does not end", func(s *ui.Status) { s.Broadcast.On = true }, StartSpot(), nil},
		{"next", nil, NextSpot(), []ui.Command{ui.Step{To: "next"}}},
		{"next at the last step", last, NextSpot(), nil},
		{"next without a procedure", none, NextSpot(), nil},
		{"previous", nil, PreviousSpot(), []ui.Command{ui.Step{To: "previous"}}},
		{"previous at the first step", first, PreviousSpot(), nil},
		{"take", nil, TileSpot(1, 4), []ui.Command{ui.Take{Cameras: []string{"hands"}}}},
		{"take the last", nil, TileSpot(3, 4), []ui.Command{ui.Take{Cameras: []string{"bench"}}}},
		{"take a camera that is gone", gone, TileSpot(1, 4), nil},
		{"no tile there", func(s *ui.Status) { s.Cameras = s.Cameras[:2] }, TileSpot(2, 2), nil},
		{"the picture is no button", nil, LiveSpot(), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, mandarin(), panel())
			b.show(status(c.edit))
			b.touch(c.spot)
			if !reflect.DeepEqual(b.commands, c.want) {
				t.Errorf("commands %v, want %v", b.commands, c.want)
			}
		})
	}
}

func TestNothingIsTouchedWithoutTheEngine(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	all := []Spot{StartSpot(), NextSpot(), PreviousSpot(), TileSpot(0, 4)}
	if !b.veil.Visible() || b.veil.title.Text != "正在连接…" {
		t.Errorf("before the first status: veil %v, %q", b.veil.Visible(), b.veil.title.Text)
	}
	b.show(status(nil))
	if b.veil.Visible() {
		t.Error("a veil although the engine is there")
	}
	b.picture("landscape", image.NewRGBA(image.Rect(0, 0, 96, 54)))
	b.lost()
	if !b.veil.Visible() || b.veil.title.Text != "正在重新连接…" {
		t.Errorf("after the loss: veil %v, %q", b.veil.Visible(), b.veil.title.Text)
	}
	if b.live.picture.Visible() {
		t.Error("an old picture looks like a live one")
	}
	for _, s := range all {
		b.touch(s)
	}
	if b.commands != nil {
		t.Errorf("commands without an engine: %v", b.commands)
	}
	b.show(status(nil))
	if b.veil.Visible() {
		t.Error("the veil stays although the engine is back")
	}
}

func TestReadings(t *testing.T) {
	for _, c := range []struct {
		reading     ui.Reading
		zh, en      string // in place of the number; empty: the number
		settlingToo bool
	}{
		{reading: ui.Reading{Value: "1 247", Unit: "°C", Quality: "ok"}},
		{reading: ui.Reading{Value: "1.250", Unit: "kg", Quality: "unstable"}, settlingToo: true},
		{reading: ui.Reading{Unit: "°C", Quality: "over"}, zh: "超量程", en: "Over range"},
		{reading: ui.Reading{Unit: "°C", Quality: "under"}, zh: "低于量程", en: "Under range"},
		{reading: ui.Reading{Unit: "°C", Quality: "fault"}, zh: "断线", en: "Broken wire"},
		{reading: ui.Reading{Unit: "°C", Quality: "stale"}, zh: "无数据", en: "No data"},
		{reading: ui.Reading{Unit: "°C", Quality: "ok"}, zh: "无数据", en: "No data"},
		{reading: ui.Reading{Value: "99", Unit: "°C", Quality: "stale"}, zh: "无数据", en: "No data"}, // a number that may not be
		{reading: ui.Reading{Value: "99", Unit: "°C", Quality: "odd"}, zh: "", en: ""},
	} {
		for _, words := range []phrases{mandarin(), english()} {
			b := newBench(t, words, panel())
			b.show(status(func(s *ui.Status) { s.Readings = []ui.Reading{c.reading} }))
			card := b.figures.cards[0]
			number := c.reading.Quality == "ok" && c.reading.Value != "" || c.settlingToo
			wantValue, wantState := "", words.pick(c.zh, c.en)
			if number {
				wantValue, wantState = c.reading.Value, ""
			}
			if c.settlingToo {
				wantState = words.unsettled
			}
			if card.value.Text != wantValue || card.state.Text != wantState || (card.unit.Text == "") == number {
				t.Errorf("%+v: shows %q %q, %q; want %q, %q", c.reading, card.value.Text, card.unit.Text, card.state.Text, wantValue, wantState)
			}
		}
	}
}

func (p phrases) pick(zh, en string) string {
	if p.chinese {
		return zh
	}
	return en
}

func TestNumbersAreNeverCut(t *testing.T) {
	b := newBench(t, mandarin(), fyne.NewSize(1024, 600))
	reading := ui.Reading{Title: ui.Text{Zh: "某个名字很长很长的量"}, Value: "-1 234 567.890", Unit: "mmol/l", Quality: "unstable"}
	for n := 1; n <= maxFigures; n++ {
		b.show(status(func(s *ui.Status) { s.Readings = slices.Repeat([]ui.Reading{reading}, n) }))
		for _, c := range b.figures.cards[:n] {
			if c.value.Text != reading.Value || c.unit.Text != reading.Unit {
				t.Errorf("%d readings: %q %q", n, c.value.Text, c.unit.Text)
			}
		}
	}
}

func TestSteps(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	if b.steps.count.Text != "第 2 步，共 5 步" || b.steps.title.Text != "定中心" || b.steps.then.Text != "接下来：开孔" {
		t.Errorf("%q %q %q", b.steps.count.Text, b.steps.title.Text, b.steps.then.Text)
	}
	b.show(status(func(s *ui.Status) { s.Procedure.Present = 4 }))
	if b.steps.title.Text != "修坯" || b.steps.then.Text != "这是最后一步" {
		t.Errorf("%q %q", b.steps.title.Text, b.steps.then.Text)
	}
}

func TestLanguage(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	seen := []string{}
	for range 3 {
		seen = append(seen, b.start.title.Text, b.next.title.Text, b.tiles[0].title.Text, b.health.word.Text)
		b.touch(LanguageSpot())
	}
	zh, en := []string{"开始直播", "下一步", "转盘", "一切正常"}, []string{"Go live", "Next step", "Wheel", "All is well"}
	if want := slices.Concat(zh, en, zh); !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

func TestTiles(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	img := image.NewRGBA(image.Rect(0, 0, 32, 18))
	b.show(status(func(s *ui.Status) { s.Cameras[3].OnAir, s.Broadcast.On = false, true }))
	b.picture("wheel", img)
	b.picture("hands", img)
	if got := b.tiles[0]; !got.picture.Visible() || got.label.Text != "主画面" || got.frame.StrokeColor != rgb(cinnabar) {
		t.Errorf("main camera: picture %v, %q, rim %v", got.picture.Visible(), got.label.Text, got.frame.StrokeColor)
	}
	if got := b.tiles[1]; got.label.Text != "画面中" {
		t.Errorf("a camera on air says %q", got.label.Text)
	}
	if got := b.tiles[3]; got.badge.Visible() || got.frame.StrokeColor != rgb(line) {
		t.Errorf("a camera off air: badge %v, rim %v", got.badge.Visible(), got.frame.StrokeColor)
	}
	b.show(status(nil))
	if got := b.tiles[0]; got.frame.StrokeColor != rgb(celadon) || got.badge.FillColor != rgb(pine) {
		t.Errorf("red although nothing goes out: rim %v, badge %v", got.frame.StrokeColor, got.badge.FillColor)
	}
	b.show(status(func(s *ui.Status) { s.Cameras[1].State, s.Cameras[1].Message = ui.Waiting, "摄像头已拔出" }))
	b.picture("hands", img) // the last one, late
	if got := b.tiles[1]; got.picture.Visible() || got.headline.Text != "无信号" || got.sentence[0].Text != "摄像头已拔出" {
		t.Errorf("a camera that is gone: picture %v, %q, %q", got.picture.Visible(), got.headline.Text, got.sentence[0].Text)
	}
}

func TestTouchedTileAnswersAtOnceAndForgets(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(func(s *ui.Status) { s.Cameras[2].OnAir = false }))
	for name, mend := range map[string]func(){
		"taken":    func() { b.show(status(func(s *ui.Status) { s.Canvases[0].Cameras[0] = "kiln" })) },
		"refused":  func() { b.answered(ui.Take{Cameras: []string{"kiln"}}, errors.New("no")) },
		"no reply": func() { b.clock = b.clock.Add(patience + time.Second); b.tick() },
	} {
		b.show(status(func(s *ui.Status) { s.Cameras[2].OnAir = false }))
		b.touch(TileSpot(2, 4))
		if b.tiles[2].frame.StrokeColor != rgb(paper) {
			t.Errorf("%s: a touch is not seen", name)
		}
		mend()
		if b.tiles[2].frame.StrokeColor == rgb(paper) {
			t.Errorf("%s: a touch is seen for ever", name)
		}
	}
}

func TestRefusalIsSaidForAWhile(t *testing.T) {
	b := newBench(t, english(), panel())
	b.show(status(nil))
	b.touch(StartSpot())
	if b.start.title.Text != "Starting…" {
		t.Errorf("after the touch: %q", b.start.title.Text)
	}
	b.answered(ui.Broadcast{On: true}, &Problem{Status: 409, Detail: "there is no destination"})
	said := b.notice.text[0].Text
	if !b.notice.Visible() || !strings.Contains(said, "there is no destination") || b.start.title.Text != "Go live" {
		t.Errorf("notice %v %q, button %q", b.notice.Visible(), said, b.start.title.Text)
	}
	b.clock = b.clock.Add(noticeTime + time.Second)
	b.tick()
	if b.notice.Visible() {
		t.Error("the notice stays")
	}
}

func TestOnAirClock(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(func(s *ui.Status) {
		s.Broadcast = ui.OnAir{On: true, Since: s.Time.Add(-(time.Hour + 2*time.Minute + 3*time.Second))}
	}))
	if b.air.state.Text != "直播中" || b.air.time.Text != "1:02:03" {
		t.Errorf("%q %q", b.air.state.Text, b.air.time.Text)
	}
	b.clock = b.clock.Add(2 * time.Second)
	b.tick()
	if b.air.time.Text != "1:02:05" {
		t.Errorf("two seconds later: %q", b.air.time.Text)
	}
}

func TestHealth(t *testing.T) {
	for state, want := range map[ui.State]string{ui.Live: "一切正常", ui.Troubled: "请注意", ui.Failed: "有故障"} {
		b := newBench(t, mandarin(), panel())
		b.show(status(func(s *ui.Status) { s.Health = ui.Health{State: state, Faults: []string{"disk full", "second"}} }))
		sentence := b.health.sentence[0].Text
		if b.health.word.Text != want || (sentence == "disk full") != (state != ui.Live) {
			t.Errorf("%s: %q %q", state, b.health.word.Text, sentence)
		}
	}
}

// TestEverythingFits shows the longest things that may come, in both languages and on
// both panels: every text stays within its part, and no part grows.
func TestEverythingFits(t *testing.T) {
	long := ui.Text{Zh: strings.Repeat("景德镇手工制瓷技艺，", 9), En: strings.Repeat("a remarkably long sentence ", 9)}
	edit := func(s *ui.Status) {
		s.Name = long.Zh
		s.Health = ui.Health{State: ui.Failed, Faults: []string{long.En}}
		s.Broadcast = ui.OnAir{On: true, Since: s.Time.Add(-200 * time.Hour)}
		s.Recording.On, s.Recording.State = true, ui.Live
		for i := range s.Cameras {
			s.Cameras[i].Title = long
		}
		s.Cameras[2].State, s.Cameras[2].Message = ui.Failed, long.En
		s.Cameras = append(s.Cameras, s.Cameras...)
		s.Readings = slices.Repeat([]ui.Reading{{Title: long, Value: "-12 345.678", Unit: "kg/m³", Quality: "unstable"}}, 5)
		s.Procedure.Title = long
		for i := range s.Procedure.Steps {
			s.Procedure.Steps[i].Title, s.Procedure.Steps[i].Caption = long, long
		}
		for len(s.Destinations) < 9 {
			s.Destinations = append(s.Destinations, ui.Destination{Name: "a long name of a platform", State: ui.Waiting})
		}
		s.Sound.State, s.Sound.Message = ui.Waiting, long.En
	}
	for _, size := range []fyne.Size{panel(), fyne.NewSize(1024, 600)} {
		for _, words := range []phrases{mandarin(), english()} {
			for _, e := range []func(*ui.Status){nil, edit} {
				b := newBench(t, words, size)
				b.show(status(e))
				b.answered(ui.Step{}, &Problem{Detail: long.En})
				if got := b.window.Canvas().Size(); got != size {
					t.Errorf("the window grew from %v to %v", size, got)
				}
				for _, o := range b.root.Objects {
					checkFits(t, o)
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
		touched := map[string]Spot{"start": StartSpot(), "next": NextSpot(), "previous": PreviousSpot(), "language": LanguageSpot()}
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
		if s := TileSpot(min(n, maxTiles)-1, n); s.X+s.Width > LiveSpot().X+LiveSpot().Width+0.001 {
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
