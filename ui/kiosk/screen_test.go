package kiosk

import (
	"errors"
	"image"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
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
	gone := func(s *ui.Status) {
		s.Cameras[1].State, s.Cameras[1].Message = ui.Waiting, ui.Text{Zh: "没有连接", En: "unplugged"}
	}
	b := newBench(t, mandarin(), panel())
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
		{"the director on", nil, DirectorSpot(), []ui.Command{ui.Direct{On: true}}},
		{"the director off", func(s *ui.Status) { s.Director.On = true }, DirectorSpot(), []ui.Command{ui.Direct{On: false}}},
		{"mute", nil, PrivacySpot(), []ui.Command{ui.Privacy{On: true}}},
		{"be heard", func(s *ui.Status) { s.Sound.Privacy = true }, PrivacySpot(), []ui.Command{ui.Privacy{On: false}}},
		{"keep the moment", nil, MarkSpot(), []ui.Command{ui.Mark{}}},
		{"the other canvas asks nobody", nil, ViewSpot(), nil},
		{"no tile there", func(s *ui.Status) { s.Cameras = s.Cameras[:2] }, TileSpot(2, 2), nil},
		{"the picture is no button", nil, LiveSpot(), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.commands = nil
			b.show(status(c.edit))
			b.touch(c.spot)
			if !reflect.DeepEqual(b.commands, c.want) {
				t.Errorf("commands %v, want %v", b.commands, c.want)
			}
			for _, asked := range b.commands {
				b.answered(asked, status(nil), nil)
			}
			b.show(status(func(s *ui.Status) { s.Broadcast.On = true })) // the big button has had its answer
			b.upright = false
		})
	}
}

func TestNothingIsTouchedWithoutTheEngine(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	all := []Spot{PrivacySpot(), MarkSpot(), DirectorSpot(), StartSpot(), NextSpot(), PreviousSpot(), TileSpot(0, 4)}
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
	b.show(status(func(s *ui.Status) {
		s.Cameras[1].State, s.Cameras[1].Message = ui.Waiting, ui.Text{Zh: "摄像头已拔出", En: "the camera was unplugged"}
	}))
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
		"refused":  func() { b.answered(ui.Take{Cameras: []string{"kiln"}}, ui.Status{}, errors.New("no")) },
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
	b.answered(ui.Broadcast{On: true}, ui.Status{}, &Problem{Status: 409, Detail: "there is no destination"})
	said := b.notice.text[0].Text
	if !b.notice.Visible() || !strings.Contains(said, "there is no destination") || b.start.title.Text != "Go live" {
		t.Errorf("notice %v %q, button %q", b.notice.Visible(), said, b.start.title.Text)
	}
	b.clock = b.clock.Add(refusalTime + time.Second)
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
