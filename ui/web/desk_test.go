package web_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"studio/ui"
	"studio/ui/uitest"
)

// testDesk mixes as a guest director would: cue, look, take, count down, and both canvases.
func testDesk(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	p.until("both programmes and the preview", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'
		&& ['[data-testid=programme-portrait]', '[data-testid=preview]'].every((s) => Number(document.querySelector(s + ' canvas').dataset.drawn) >= 2)`)
	p.until("the upright canvas, upright", `(() => { const b = document.querySelector('[data-testid=programme-portrait]').getBoundingClientRect(); return Math.abs(b.width / b.height - 9 / 16) < 0.01 })()`)

	p.click("cue")
	p.click("camera-kiln")
	want(ui.Cue{Canvas: "landscape", Cameras: []string{"kiln"}})
	p.click("layout-quad")
	want(ui.Cue{Canvas: "landscape", Layout: "quad", Cameras: []string{"kiln"}})
	p.until("quad on preview, not on air", `document.querySelector('[data-testid=layout-quad]').ariaPressed === 'true' && document.querySelector('[data-testid=camera-kiln]').ariaPressed === 'true'`)
	p.look("desktop-cue")
	p.run(chromedp.SetValue(`[data-testid=duration]`, "1000", chromedp.ByQuery))
	p.click("transition-wipe")
	p.click("take")
	want(ui.TakeCue{Canvas: "landscape", Transition: "wipe", DurationMS: 1000})
	p.run(chromedp.KeyEvent(kb.Enter))
	want(ui.TakeCue{Canvas: "landscape", Transition: "wipe", DurationMS: 1000})
	p.click("auto-5")
	want(ui.TakeCue{Canvas: "landscape", Transition: "wipe", DurationMS: 1000, InSeconds: 5})
	p.until("five seconds", `document.querySelector('[data-testid=countdown]').innerText === '5.0'`)
	p.look("desktop-countdown")
	p.run(chromedp.KeyEvent(kb.Enter)) // a countdown runs: nothing to take
	p.click("cancel")
	want(ui.TakeCue{Canvas: "landscape", Cancel: true})
	p.until("no countdown", `!document.querySelector('[data-testid=countdown]')`)
	p.click("cue")

	// On one canvas alone, the one that is looked at.
	p.click("together")
	p.click("transition-cut")
	p.click("look-portrait")
	p.until("the upright programme large", `(() => { const b = document.querySelector('[data-testid=programme-portrait]').getBoundingClientRect(); return b.height > 380 && Math.abs(b.width / b.height - 9 / 16) < 0.01 })()`)
	p.until("one screen", `document.documentElement.scrollHeight <= 900 && document.documentElement.scrollWidth <= 1440`)
	p.click("camera-bench")
	want(ui.Take{Canvas: "portrait", Cameras: []string{"bench"}, Transition: "cut"})
	p.click("layout-full")
	want(ui.Take{Canvas: "portrait", Layout: "full", Cameras: []string{"bench", "wheel"}, Transition: "cut"})
	p.until("the small live picture", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'`)
	p.look("desktop-portrait")
	p.click("canvas-switch-portrait")
	want(ui.SwitchCanvas{Canvas: "portrait"})
	p.until("no picture of a canvas that is off, and no take", `document.querySelector('[data-testid=programme-portrait]').dataset.mode === 'off' && document.querySelector('[data-testid=take]').disabled`)
	p.look("desktop-portrait-off")
	p.click("canvas-switch-portrait")
	want(ui.SwitchCanvas{Canvas: "portrait", On: true})
	p.click("look-landscape")

	p.click("director")
	want(ui.Direct{On: true})
	e.Change(func(s *ui.Status) { s.Director.HoldMS = 11_200 })
	p.until("its reason and the hold", `document.querySelector('[data-testid=reason]').innerText === 'held by hand 12 s · hands are busiest at the hands camera'`)
	p.clean()
	if n := len(e.Commands()); n != 11 {
		t.Errorf("%d commands: %v", n, e.Commands())
	}
}

// testCamera frames a camera, delays it and claps before it.
func testCamera(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	p.click("frame-hands")
	p.until("the still picture", `Number(document.querySelector('[data-testid=lens] canvas').dataset.drawn) >= 1`)
	var box struct{ X, Y, Width, Height float64 }
	p.run(chromedp.Evaluate(`document.querySelector('[data-testid=lens]').getBoundingClientRect().toJSON()`, &box))
	drag(p, box.X+box.Width/2, box.Y+box.Height/2, box.X+box.Width*0.3, box.Y+box.Height*0.75)
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.3, FocusY: 0.75, Zoom: 1})
	p.set("zoom", "2.5")
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.3, FocusY: 0.75, Zoom: 2.5})
	p.until("the part that is shown", `(() => { const c = document.querySelector('[data-testid=crop]').getBoundingClientRect(), l = document.querySelector('[data-testid=lens]').getBoundingClientRect(); return Math.abs(c.width / l.width - 0.4) < 0.01 && Math.abs((c.x - l.x) / l.width - 0.1) < 0.01 })()`)
	p.look("desktop-camera")
	p.run(chromedp.SetValue(`[data-testid=pan]`, "3000", chromedp.ByQuery))
	p.run(chromedp.Focus(`[data-testid=focus]`, chromedp.ByQuery), chromedp.KeyEvent(kb.ArrowRight))
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.32, FocusY: 0.75, Zoom: 2.5, DurationMS: 3000})
	p.click("rotate-right")
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.32, FocusY: 0.75, Zoom: 2.5, Rotate: 90, DurationMS: 3000})
	p.click("mirror")
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.32, FocusY: 0.75, Zoom: 2.5, Rotate: 90, Mirror: true, DurationMS: 3000})
	p.until("a picture that stands", `(() => { const b = document.querySelector('[data-testid=lens]').getBoundingClientRect(); return b.height > b.width })()`)
	p.click("usual-frame")
	want(ui.Frame{Canvas: "landscape", Camera: "hands", FocusX: 0.5, FocusY: 0.5, Zoom: 1, DurationMS: 3000})
	p.run(chromedp.SetValue(`[data-testid=framed-canvas]`, "portrait", chromedp.ByQuery))
	p.click("rotate-left")
	want(ui.Frame{Canvas: "portrait", Camera: "hands", FocusX: 0.5, FocusY: 0.5, Zoom: 1, Rotate: 270, DurationMS: 3000})

	p.set("camera-delay", "25")
	want(ui.Delay{Camera: "hands", DelayMS: 25})
	p.run(chromedp.SetValue(`[data-testid=clap-microphone]`, "voice", chromedp.ByQuery))
	p.click("clap")
	want(ui.Clap{Camera: "hands", Microphone: "voice"})
	p.until("what was found", `document.querySelector('[data-testid=clap-words]').innerText.includes('42 ms later')`)
	e.Change(func(s *ui.Status) { s.Clap.CameraDelayMS = 10 }) // both may be more than nothing
	p.until("both proposals", `document.querySelector('[data-testid=clap-apply]').innerText.includes('10 ms') && document.querySelector('[data-testid=clap-apply]').innerText.includes('42 ms')`)
	p.look("desktop-clap")
	p.click("clap-apply")
	delay := 42
	want(ui.Delay{Camera: "hands", DelayMS: 10})
	want(ui.SetSound{Name: "voice", DelayMS: &delay})
	p.until("nothing more to set", `document.querySelector('[data-testid=clap-apply]').disabled`)
	e.Change(func(s *ui.Status) { s.Clap.Running = true })
	p.until("a running test", `document.querySelector('[data-testid=clap-words]').innerText.includes('please clap') && document.querySelector('[data-testid=clap]').disabled`)
	e.Change(func(s *ui.Status) { s.Clap.Running, s.Clap.Sure = false, false })
	p.until("no proposal when it is not sure", `!document.querySelector('[data-testid=clap-apply]')`)
	p.clean()
}

// testFullHouse shows as much as a box may have, on one screen.
func testFullHouse(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		for i := range 7 {
			layout := s.Canvases[0].Layouts[1]
			layout.Name = fmt.Sprintf("own-%d", i)
			s.Canvases[0].Layouts = append(s.Canvases[0].Layouts, layout)
			s.Canvases[1].Layouts = append(s.Canvases[1].Layouts, layout)
		}
		for i := range 4 {
			camera, source, clip := s.Cameras[i], s.Sound.Sources[i%2], ui.Clip{Name: fmt.Sprintf("clip%d.mp4", i), Title: "a bowl of a long name, thrown in one pull", Canvas: "portrait", Time: s.Time, Seconds: 30, Bytes: 9e6}
			camera.Name, source.Name = fmt.Sprintf("camera%d", i+5), fmt.Sprintf("source%d", i)
			s.Cameras, s.Sound.Sources, s.Clips = append(s.Cameras, camera), append(s.Sound.Sources, source), append(s.Clips, clip)
		}
		s.Director = ui.Director{On: true, HoldMS: 9000, Reason: ui.Text{Zh: "窑温已到六百度以上，按照规则切到窑口的机位", En: "the kiln is at 600 °C or more, and the rule says to show the kiln door's camera then"}}
		s.Health = ui.Health{State: ui.Troubled, Faults: []ui.Text{{
			Zh: "机位“窑口”：没有连接，请把它插回设备上原来的那个插口", En: "camera kiln: unplugged; waiting for it to come back to the same port of the box"}}}
		s.Load = ui.Load{Level: 3, Steps: []ui.Text{{Zh: "缩略图变慢", En: "thumbnails are slower"}, {Zh: "预览变慢", En: "the preview is slower"}, {Zh: "帧率减半", En: "the frame rate is halved"}}, LagMS: 40}
	})
	e := start(t, studio, live(t))
	p := open(t, browser, e, 1440, 900)
	for _, size := range []struct{ width, height int64 }{{1440, 900}, {1920, 1080}} {
		p.run(chromedp.EmulateViewport(size.width, size.height))
		for _, canvas := range []string{"portrait", "landscape"} {
			p.click("look-" + canvas)
			p.until("pictures of all", `[...document.querySelectorAll('.cameras canvas, [data-testid=preview] canvas')].every((c) => Number(c.dataset.drawn) >= 1)`)
			p.until("one screen", fmt.Sprintf(`document.documentElement.scrollHeight <= %d && document.documentElement.scrollWidth <= %d`, size.height, size.width))
			p.until("room for each drawer", `document.querySelector('[data-testid=drawer]').clientHeight >= 120`)
			p.until("no control beyond its row", `[...document.querySelectorAll('.desk button')].every((b) => { const r = b.getBoundingClientRect(), d = document.querySelector('.desk .panel').getBoundingClientRect(); return r.left >= d.left && r.right <= d.right && r.bottom <= d.bottom })`)
			for range 2 {
				p.look(fmt.Sprintf("full-%d-%s-%s", size.width, canvas, p.text("language")))
				p.click("language")
			}
		}
	}
	p.clean()
}

// drag moves the pointer, pressed, from one place to another.
func drag(p *tab, fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.run(
		chromedp.MouseEvent(input.MousePressed, fromX, fromY, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(input.MouseMoved, toX, toY, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseReleased, toX, toY, chromedp.ButtonLeft, chromedp.ClickCount(1)),
	)
}

// set gives a field a value as a hand does that lets go of it.
func (p *tab) set(id, value string) {
	p.t.Helper()
	p.run(chromedp.SetValue(`[data-testid="`+id+`"]`, value, chromedp.ByQuery))
}
