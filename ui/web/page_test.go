package web_test

import (
	"context"
	"io/fs"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"studio/media/packet"
	"studio/publish/preview"
	"studio/publish/whip/whiptest"
	"studio/ui"
	"studio/ui/uitest"
	"studio/ui/web"
)

func TestPage(t *testing.T) {
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		t.Fatal("the page is not built: run make build")
	}
	browser, _ := whiptest.Chromium(t)
	t.Run("work", func(t *testing.T) { testWork(t, browser) })
	t.Run("desk", func(t *testing.T) { testDesk(t, browser) })
	t.Run("full house", func(t *testing.T) { testFullHouse(t, browser) })
	t.Run("camera", func(t *testing.T) { testCamera(t, browser) })
	t.Run("sound", func(t *testing.T) { testSound(t, browser) })
	t.Run("destinations", func(t *testing.T) { testDestinations(t, browser) })
	t.Run("need", func(t *testing.T) { testNeed(t, browser) })
	t.Run("given up", func(t *testing.T) { testGivenUp(t, browser) })
	t.Run("recordings", func(t *testing.T) { testRecordings(t, browser) })
	t.Run("end", func(t *testing.T) { testEndNeedsConfirmation(t, browser) })
	t.Run("trouble", func(t *testing.T) { testTrouble(t, browser) })
	t.Run("language", func(t *testing.T) { testOneLanguage(t, browser) })
	t.Run("lost", func(t *testing.T) { testConnectionLost(t, browser) })
	t.Run("nothing configured", func(t *testing.T) { testEmpty(t, browser) })
	t.Run("phone", func(t *testing.T) { testPhone(t, browser) })
}

// live plays a film to whoever watches.
func live(t *testing.T) *preview.Preview {
	t.Helper()
	p, err := preview.New(preview.Options{LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	film := whiptest.NewFilm(t, 640, 360, "baseline")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- film.Play(ctx, 0, func(packet *packet.Packet) error {
			p.Offer(packet)
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("play: %v", err)
		}
		p.Close()
	})
	return p
}

// testWork does a technician's work and finds every touch in the engine.
func testWork(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)

	p.until("the live programme", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'
		&& document.querySelector('video').videoWidth === 640 && document.querySelector('video').muted`)
	for _, c := range e.Status().Cameras {
		p.until("running tile of "+c.Name, `Number(document.querySelector('[data-testid=camera-`+c.Name+`] canvas').dataset.drawn) >= 2`)
	}
	p.click("tab-numbers")
	p.until("a measured frame rate", `/^(29|30|31)\.\d/.test(document.querySelector('[data-testid=numbers-landscape]').innerText.split('Rate')[1].trim())`)
	p.until("one screen", `document.documentElement.scrollHeight <= 900 && document.documentElement.scrollWidth <= 1440`)
	p.look("desktop-off")
	var name string
	p.run(chromedp.Evaluate(`fetch(document.querySelector('a[download][data-testid=support]').href).then((r) => r.headers.get('Content-Disposition'))`, &name, awaited))
	if !strings.Contains(name, url.PathEscape(e.SupportName())) {
		t.Errorf("the support file comes as %q", name)
	}

	p.click("mute")
	p.until("its sound", `!document.querySelector('video').muted && document.querySelector('[data-testid=mute]').ariaPressed === 'true'`)
	p.click("mute")
	p.until("silence", `document.querySelector('video').muted`)

	p.click("camera-hands")
	want(ui.Take{Cameras: []string{"hands"}, Transition: "dissolve"})
	p.until("hands as the main camera", `document.querySelector('[data-testid=camera-hands]').ariaPressed === 'true'
		&& document.querySelector('[data-testid=camera-wheel]').ariaPressed === 'false'`)
	p.run(chromedp.KeyEvent("3"))
	want(ui.Take{Cameras: []string{"kiln"}, Transition: "dissolve"})
	p.click("transition-cut")
	p.click("layout-sidebyside")
	want(ui.Take{Canvas: "landscape", Layout: "sidebyside", Cameras: []string{"kiln", "wheel", "hands", "bench"}, Transition: "cut"})
	p.until("the layout", `document.querySelector('[data-testid=layout-sidebyside]').ariaPressed === 'true'`)

	p.run(chromedp.KeyEvent(" "))
	want(ui.Step{To: "next"})
	p.until("the third step", `document.querySelector('[data-testid=step-opening]').ariaCurrent === 'step'`)
	p.click("step-next")
	want(ui.Step{To: "next"})
	p.click("step-previous")
	want(ui.Step{To: "previous"})
	p.click("step-trimming")
	want(ui.Step{To: "trimming"})
	p.until("no step after the last", `document.querySelector('[data-testid=step-next]').disabled`)
	p.run(chromedp.KeyEvent(" ", chromedp.KeyModifiers(input.ModifierShift)))
	want(ui.Step{To: "previous"})
	p.until("the present step in sight", `(() => { const s = document.querySelector('[data-testid=step-pulling]'), r = s.getBoundingClientRect(), l = s.closest('ol').getBoundingClientRect(); return s.ariaCurrent === 'step' && r.top >= l.top && r.bottom <= l.bottom + 1 })()`)

	// A control that was reached by keyboard keeps its own keys.
	p.run(chromedp.Focus(`[data-testid=transition-dissolve]`, chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	p.until("dissolve", `document.querySelector('[data-testid=transition-dissolve]').ariaPressed === 'true'`)
	p.run(chromedp.Evaluate(`document.activeElement.blur()`, nil))

	p.click("start-broadcast")
	want(ui.Broadcast{On: true})
	p.until("on air", `document.querySelector('[data-testid=air]').dataset.on === 'true' && document.title.startsWith('● ON AIR')`)
	p.click("start-recording")
	want(ui.Recording{On: true})
	p.click("tab-recordings")
	p.until("the recording", `document.querySelector('[data-testid=recording]').innerText.includes('.mp4')`)
	p.look("desktop-air")

	p.click("language")
	p.until("Chinese", `document.querySelector('[data-testid=air]').innerText.includes('直播中') && document.documentElement.lang === 'zh-CN'`)
	p.look("desktop-air-zh")
	p.run(chromedp.Reload())
	p.until("Chinese, remembered", `document.querySelector('[data-testid=air]').innerText.includes('直播中')`)
	p.click("language")
	if n := len(e.Commands()); n != 10 {
		t.Errorf("%d commands: %v", n, e.Commands())
	}
	p.clean()
}

// testEndNeedsConfirmation ends a broadcast by two clicks, and another by holding.
func testEndNeedsConfirmation(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	p.click("start-broadcast")
	p.until("on air", `document.querySelector('[data-testid=air]').dataset.on === 'true'`)
	p.run(chromedp.DoubleClick(`[data-testid=end-broadcast]`, chromedp.ByQuery))
	p.until("the question", `document.querySelector('[data-testid=end-broadcast]').innerText === 'Click again to end'`)
	if n := len(e.Commands()); n != 1 {
		t.Fatalf("a double click did something: %v", e.Commands())
	}
	p.until("second click taken", `(() => { document.querySelector('[data-testid=end-broadcast]')?.click(); return !document.querySelector('[data-testid=end-broadcast]') })()`)
	p.click("start-broadcast")
	p.until("on air again", `document.querySelector('[data-testid=end-broadcast]').disabled === false`)
	var x, y float64
	p.run(chromedp.Evaluate(`document.querySelector('[data-testid=end-broadcast]').getBoundingClientRect().x + 20`, &x),
		chromedp.Evaluate(`document.querySelector('[data-testid=end-broadcast]').getBoundingClientRect().y + 20`, &y))
	p.run(chromedp.MouseEvent(input.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	begin := time.Now()
	if c, err := e.Await(ctx, 4); err != nil || c != (ui.Broadcast{}) {
		t.Fatalf("held: %v, %v", c, err)
	}
	if held := time.Since(begin); held < time.Second {
		t.Errorf("ended after %v, want 1.2 s", held)
	}
	p.run(chromedp.MouseEvent(input.MouseReleased, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	p.until("off air", `document.querySelector('[data-testid=air]').dataset.on === 'false'`)
	if n := len(e.Commands()); n != 4 {
		t.Errorf("commands %v", e.Commands())
	}
	p.clean()
}

// testTrouble shows what is wrong in words, and never a number that is not true.
func testTrouble(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		s.Health = ui.Health{State: ui.Troubled, Faults: []ui.Text{
			{Zh: "机位“窑口”：没有连接，请检查插头和连线", En: "camera kiln: unplugged; waiting for it to come back"},
			{Zh: "直播去向“school”：服务器不认这个密钥", En: "destination school: the server refused the stream key"}}}
		s.Cameras[2].State, s.Cameras[2].Message, s.Cameras[2].Lost = ui.Waiting, ui.Text{Zh: "没有连接，请检查插头和连线", En: "unplugged; waiting for it to come back"}, 12
		s.Readings[0] = ui.Reading{Channel: "kiln1", Title: s.Readings[0].Title, Unit: "°C", Quality: "over"}
		s.Readings[1].Quality = "unstable"
		s.Broadcast = ui.OnAir{On: true, Since: time.Now().Add(-754 * time.Second)}
		s.Destinations[0].State, s.Destinations[0].Message = ui.Waiting, ui.Text{Zh: "服务器不认这个密钥，8 秒后再试", En: "the server refused the stream key; next attempt in 8 s"}
		s.Destinations[0].Attempts, s.Destinations[0].Dropped = 7, 1290
		s.Destinations[1].State, s.Destinations[1].SentBytes, s.Destinations[1].QueueSeconds = ui.Live, 412_000_000, 0.2
		s.Sound.PeakDB = [2]float64{-4, -3}
		s.Canvases[0].Dropped = 3
	})
	e := start(t, studio, studio) // its preview refuses: pictures stand in
	p := open(t, browser, e, 1440, 900)
	p.click("tab-destinations")
	for id, words := range map[string]string{
		"health":             "Needs a look",
		"faults":             "refused the stream key",
		"camera-kiln":        "unplugged; waiting for it to come back",
		"reading-kiln1":      "Over range",
		"reading-clay":       "1.250",
		"reading-wall":       "Out of date",
		"destination-school": "dropped 1290",
		"destination-museum": "412 MB",
		"air":                "0:12:3",
	} {
		if text := p.text(id); !strings.Contains(text, words) {
			t.Errorf("%s says %q, want %q in it", id, text, words)
		}
	}
	for _, id := range []string{"reading-kiln1", "reading-wall"} {
		if text := p.text(id); strings.ContainsAny(text, "0123456789") {
			t.Errorf("%s shows a number: %q", id, text)
		}
	}
	p.until("pictures for the live programme", `document.querySelector('[data-testid=programme]').dataset.mode === 'pictures'
		&& Number(document.querySelector('[data-testid=programme] canvas').dataset.drawn) >= 3`)
	studio.Refuse(ui.Refused("no recording folder is configured", "没有设置录像文件夹，请联系技术人员"))
	p.click("start-recording")
	p.until("the refusal", `document.querySelector('[data-testid=refusal]')?.innerText.includes('no recording folder is configured')`)
	p.look("desktop-trouble")
	if len(studio.Offers()) == 0 {
		t.Error("the page never asked for the live picture")
	}
}

// testOneLanguage has everything say something: the page shows nothing of it in the
// other language, whatever is open and a refusal among it.
func testOneLanguage(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		uitest.Speak(s)
		s.Health.State, s.Director.On, s.Load.Level = ui.Troubled, true, 1
		s.Recording.On = true
		for i := range s.Cameras {
			s.Cameras[i].State = ui.Waiting
		}
		for i := range s.Destinations {
			s.Destinations[i].State = ui.Failed
		}
	})
	p := open(t, browser, start(t, studio, studio), 1440, 900)
	for _, c := range []struct{ shown, hidden string }{{uitest.English, uitest.Chinese}, {uitest.Chinese, uitest.English}} {
		studio.Refuse(ui.Refused(uitest.English, uitest.Chinese))
		p.click("start-broadcast")
		p.until("the refusal in "+c.shown, `document.querySelector('[data-testid=refusal]')?.innerText.includes('`+c.shown+`')`)
		p.click("health")
		for _, tab := range []string{"sound", "camera", "destinations", "recordings", "numbers"} {
			p.click("tab-" + tab)
			p.until(tab+" in "+c.shown+" alone", `document.body.innerText.includes('`+c.shown+`') && !document.body.innerText.includes('`+c.hidden+`')
				&& ![...document.querySelectorAll('[title]')].some((e) => e.title.includes('`+c.hidden+`'))`)
		}
		p.look("desktop-language-" + c.shown)
		p.click("health")
		p.click("language")
	}
}

// testConnectionLost takes the engine away and brings it back.
func testConnectionLost(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	e.stop()
	p.until("the banner", `document.querySelector('[data-testid=lost]').innerText.includes('reconnecting')`)
	p.until("controls at rest", `['start-broadcast', 'camera-wheel', 'step-next', 'layout-full', 'take', 'director', 'privacy', 'mark'].every((id) => document.querySelector('[data-testid=' + id + ']').disabled)`)
	p.run(chromedp.KeyEvent("2"))
	p.look("desktop-lost")
	e.serve(t)
	p.until("the way back", `!document.querySelector('[data-testid=lost]') && !document.querySelector('[data-testid=camera-wheel]').disabled`)
	p.until("the live programme again", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'`)
	p.click("camera-wheel")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if c, err := e.Await(ctx, 1); err != nil || !reflect.DeepEqual(c, ui.Take{Cameras: []string{"wheel"}, Transition: "dissolve"}) {
		t.Errorf("%v, %v", c, err)
	}
}

// testEmpty shows a studio of which nothing but a canvas is configured.
func testEmpty(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		s.Cameras, s.Readings, s.Destinations = []ui.Camera{}, []ui.Reading{}, []ui.Destination{}
		s.Procedure = ui.Procedure{Steps: []ui.ProcedureStep{}, Present: -1}
		s.Sound = ui.Sound{State: ui.Off, PeakDB: [2]float64{-120, -120}, Sources: []ui.SoundSource{}}
		s.Canvases[0].Cameras = []string{}
	})
	e := start(t, studio, live(t))
	p := open(t, browser, e, 1440, 900)
	p.click("tab-destinations")
	p.until("words for what is not there", `['No procedure is loaded', 'No instrument is configured', 'No destination is configured'].every((words) => document.body.innerText.includes(words))`)
	p.look("desktop-empty")
	p.run(chromedp.KeyEvent(" "), chromedp.KeyEvent("1"))
	p.clean()
	if n := len(e.Commands()); n != 0 {
		t.Errorf("commands %v", e.Commands())
	}
}

// testPhone finds the page whole on a narrow screen, in both languages.
func testPhone(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 390, 844, chromedp.EmulateTouch, chromedp.EmulateMobile)
	p.until("the live programme", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'`)
	for _, name := range []string{"en", "zh"} {
		p.until("nothing beyond the edge", `document.documentElement.scrollWidth <= 390`)
		for _, tab := range []string{"sound", "camera", "destinations", "recordings", "numbers"} {
			p.click("tab-" + tab)
			p.until("nothing beyond the edge", `document.documentElement.scrollWidth <= 390`)
			p.until("controls for a finger", `[...document.querySelectorAll('button, select')].every((b) => b.offsetHeight >= 40)`)
			p.look("phone-" + name + "-" + tab)
		}
		p.click("language")
	}
	p.clean()
}
