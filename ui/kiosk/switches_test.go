package kiosk

import (
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"studio/ui"
)

// TestPrivacy is one touch on and one touch off: what is shown is what the engine
// says, and nothing but that.
func TestPrivacy(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	b.touch(PrivacySpot())
	b.touch(PrivacySpot()) // the answer has not come: it is still the same wish
	if len(b.commands) != 1 || b.privacy.title.Text != "静音" || b.sound.muted.Visible() {
		t.Errorf("before the answer: %v, %q, meter muted %v", b.commands, b.privacy.title.Text, b.sound.muted.Visible())
	}
	b.answered(b.commands[0], status(func(s *ui.Status) { s.Sound.Privacy = true }), nil)
	if b.privacy.title.Text != "已静音" || b.privacy.ground.FillColor != rgb(cinnabar) {
		t.Errorf("muted: the button says %q on %v", b.privacy.title.Text, b.privacy.ground.FillColor)
	}
	if b.sound.muted.Text != "已静音" || !b.sound.muted.Visible() || b.sound.shut.FillColor != rgb(cinnabar) || b.sound.level[0].Visible() {
		t.Errorf("muted: the meter says %q, %v on %v", b.sound.muted.Text, b.sound.muted.Visible(), b.sound.shut.FillColor)
	}
	b.touch(PrivacySpot())
	if want := (ui.Privacy{On: false}); len(b.commands) != 2 || b.commands[1] != want {
		t.Errorf("the second touch: %v, want %v", b.commands, want)
	}
	b.answered(b.commands[1], ui.Status{}, errors.New("no answer"))
	if b.privacy.title.Text != "已静音" {
		t.Error("the engine did not answer, and the screen says that we are heard")
	}
	b.touch(PrivacySpot())
	b.answered(b.commands[2], status(nil), nil)
	if b.privacy.title.Text != "静音" || b.sound.muted.Visible() || !b.sound.level[0].Visible() {
		t.Errorf("heard again: %q, %v", b.privacy.title.Text, b.sound.muted.Visible())
	}
}

func TestMark(t *testing.T) {
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	benches := []*bench{newBench(t, mandarin(), panel()), newBench(t, english(), panel())}
	clip := func(at time.Time, seconds float64) ui.Clip { return ui.Clip{Time: at, Seconds: seconds} }
	for _, c := range []struct {
		clips    []ui.Clip
		err      error
		zh, en   string
		hue      uint32
		patience time.Duration
	}{
		{[]ui.Clip{clip(now, 30.4), clip(now, 29.2)}, nil, "已留住这一刻：30 秒", "The moment is kept: 30 seconds", celadon, keptTime},
		{[]ui.Clip{clip(now, 11.8), clip(now.Add(-time.Hour), 300)}, nil, "已留住这一刻：12 秒", "The moment is kept: 12 seconds", celadon, keptTime},
		{nil, nil, "已留住这一刻", "The moment is kept", celadon, keptTime},
		{nil, &Problem{Detail: "nothing is on air", Words: ui.Text{Zh: "没有在直播", En: "nothing is on air"}}, "未能完成：没有在直播", "Not done: nothing is on air", amber, refusalTime},
		{nil, &Problem{Detail: "an older engine"}, "未能完成：an older engine", "Not done: an older engine", amber, refusalTime},
		{nil, errors.New("broken pipe"), "未能完成", "Not done", amber, refusalTime},
	} {
		for _, b := range benches {
			words := b.words
			b.commands = nil
			b.show(status(nil))
			b.touch(MarkSpot())
			b.touch(MarkSpot())
			if len(b.commands) != 1 || b.mark.second.Text != words.marking {
				t.Errorf("two touches: %v, %q", b.commands, b.mark.second.Text)
			}
			b.answered(ui.Mark{}, status(func(s *ui.Status) { s.Clips = c.clips }), c.err)
			if got, want := b.notice.text[0].Text, words.pick(c.zh, c.en); got != want || !b.notice.Visible() || b.notice.ground.StrokeColor != rgb(c.hue) {
				t.Errorf("notice %v %q, rim %v; want %q", b.notice.Visible(), got, b.notice.ground.StrokeColor, want)
			}
			if b.mark.second.Text != words.markHint {
				t.Errorf("after the answer: %q", b.mark.second.Text)
			}
			b.clock = b.clock.Add(c.patience - time.Second)
			b.tick()
			visible := b.notice.Visible()
			b.clock = b.clock.Add(2 * time.Second)
			if b.tick(); !visible || b.notice.Visible() {
				t.Errorf("notice before its time is up: %v, after: %v", visible, b.notice.Visible())
			}
		}
	}
}

// TestWhatWasGivenUpIsTriedAgain shows a button for it, with room for a finger, only
// while there is something to try again.
func TestWhatWasGivenUpIsTriedAgain(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	failed := func(names ...string) ui.Status {
		return status(func(s *ui.Status) {
			s.Broadcast.On = true
			for i := range s.Destinations {
				s.Destinations[i].State = ui.Live
				if slices.Contains(names, s.Destinations[i].Name) {
					s.Destinations[i].State = ui.Failed
				}
			}
		})
	}
	b.show(failed())
	wide := b.sound.Size().Width
	if b.touch(RetrySpot()); b.retry.Visible() || len(b.commands) != 0 {
		t.Errorf("nothing was given up: a button %v, %v", b.retry.Visible(), b.commands)
	}
	b.show(failed("school", "museum"))
	left := b.retry.Position().X
	if !b.retry.Visible() || b.retry.title.Text != "再试一次" || b.retry.second.Text != "school, museum" {
		t.Errorf("a button %v, %q, %q", b.retry.Visible(), b.retry.title.Text, b.retry.second.Text)
	}
	for _, o := range []fyne.CanvasObject{b.sound, b.destinations} {
		if right := o.Position().X + o.Size().Width; right > left || o.Size().Width < wide/2 {
			t.Errorf("%T ends at %v, the button begins at %v", o, right, left)
		}
	}
	b.touch(RetrySpot())
	b.touch(RetrySpot())
	if want := []ui.Command{ui.Send{Destination: "school", On: true}, ui.Send{Destination: "museum", On: true}}; !slices.Equal(b.commands, want) {
		t.Errorf("two touches: %v", b.commands)
	}
	b.answered(b.commands[0], failed("museum"), nil)
	if b.retry.second.Text != "museum" {
		t.Errorf("one is back: %q", b.retry.second.Text)
	}
	b.answered(b.commands[1], failed(), nil)
	if b.retry.Visible() || b.sound.Size().Width != wide {
		t.Errorf("all are back: a button %v, the meter is %v wide, was %v", b.retry.Visible(), b.sound.Size().Width, wide)
	}
	unwanted := status(func(s *ui.Status) { s.Destinations[0].State, s.Destinations[0].Wanted = ui.Failed, false })
	if b.show(unwanted); b.retry.Visible() {
		t.Error("a button for one that nobody wants")
	}
}

func TestDirector(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	busy := ui.Text{Zh: "双手机位动作最多", En: "hands are busiest"}
	for _, c := range []struct {
		director           ui.Director
		state, zh, english string
	}{
		{ui.Director{Reason: busy, HoldMS: 9000}, "已关", "", ""},
		{ui.Director{On: true, Reason: busy}, "已开", "自动导播：双手机位动作最多", "Director: hands are busiest"},
		{ui.Director{On: true, Reason: busy, HoldMS: 12_001}, "已开", "您选的画面保持 13 秒，然后自动导播继续", "Your choice stays for 13 s, then the director goes on"},
		{ui.Director{On: true}, "已开", "", ""},
	} {
		b.show(status(func(s *ui.Status) { s.Director = c.director }))
		if b.director.second.Text != c.state || b.reason.text.Text != c.zh {
			t.Errorf("%+v: %q, %q", c.director, b.director.second.Text, b.reason.text.Text)
		}
		b.touch(LanguageSpot())
		if b.reason.text.Text != c.english {
			t.Errorf("%+v: %q", c.director, b.reason.text.Text)
		}
		b.touch(LanguageSpot())
	}
}

// TestCanvases changes between both canvases: the upright one is drawn upright, as
// large as it fits, and no picture of the other is mistaken for it.
func TestCanvases(t *testing.T) {
	b := newBench(t, mandarin(), panel())
	b.show(status(nil))
	lying, standing := image.NewRGBA(image.Rect(0, 0, 96, 54)), image.NewRGBA(image.Rect(0, 0, 54, 96))
	b.picture("landscape", lying)
	b.picture("portrait", standing)
	want := []wish{{"landscape", 768, liveRate}, {"wheel", 224, tileRate}, {"hands", 224, tileRate}, {"kiln", 224, tileRate}, {"bench", 224, tileRate}}
	if got := b.wishes(); !slices.Equal(got, want) || b.live.picture.Image != lying || b.view.title.Text != "横屏" {
		t.Errorf("landscape: wishes %v, own picture %v, %q", got, b.live.picture.Image == lying, b.view.title.Text)
	}
	b.touch(ViewSpot())
	if b.live.picture.Visible() {
		t.Error("the old picture stays")
	}
	b.picture("portrait", standing)
	b.picture("landscape", lying) // the last one, late
	if got := b.wishes()[0]; got != (wish{"portrait", 256, liveRate}) || b.live.picture.Image != standing || b.view.title.Text != "竖屏" {
		t.Errorf("portrait: wish %v, own picture %v, %q", got, b.live.picture.Image == standing, b.view.title.Text)
	}
	b.show(status(func(s *ui.Status) { s.Canvases[1].On = false }))
	if b.view.Visible() || b.wishes()[0].name != "landscape" {
		t.Errorf("the upright canvas is off: a button %v, wish %v", b.view.Visible(), b.wishes()[0])
	}
	for name, edit := range map[string]func(*ui.Status){
		"landscape": func(s *ui.Status) { s.Canvases = s.Canvases[:1] },
		"portrait":  func(s *ui.Status) { s.Canvases[0].On = false },
	} {
		if b.show(status(edit)); b.view.Visible() || b.wishes()[0].name != name {
			t.Errorf("only %s: a button %v, wish %v", name, b.view.Visible(), b.wishes()[0])
		}
	}
	if b.show(status(func(s *ui.Status) { s.Canvases = nil })); b.wishes()[0].name != "wheel" {
		t.Errorf("no canvas: wishes %v", b.wishes())
	}
}
