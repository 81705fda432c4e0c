package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"studio/ui"
	"studio/ui/uitest"
)

// testSound works the strips and the privacy mute.
func testSound(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	if text := p.text("loudness-integrated"); !strings.Contains(text, "-20.1") {
		t.Errorf("integrated loudness %q", text)
	}
	gain, hz, delay, yes := -6.0, 120, 80, true
	p.set("gain-voice", "-6")
	want(ui.SetSound{Name: "voice", GainDB: &gain})
	p.set("highpass-voice", "120")
	want(ui.SetSound{Name: "voice", HighPassHz: &hz})
	p.set("delay-of-voice", "80")
	want(ui.SetSound{Name: "voice", DelayMS: &delay})
	p.click("mute-voice")
	want(ui.SetSound{Name: "voice", Mute: &yes})
	p.click("solo-bench")
	want(ui.SetSound{Name: "bench", Solo: &yes})
	p.click("follow-voice")
	want(ui.SetSound{Name: "voice", Follow: &yes})
	p.until("no follow without a camera", `document.querySelector('[data-testid=follow-bench]').disabled`)
	p.click("privacy")
	want(ui.Privacy{On: true})
	p.until("words for the privacy mute", `document.querySelector('[data-testid=privacy]').innerText === 'All microphones muted' && document.querySelector('[data-testid=privacy-words]')`)
	p.look("desktop-privacy")
	p.click("privacy")
	want(ui.Privacy{})
	e.Change(func(s *ui.Status) {
		s.Sound.Silent, s.Sound.Loudness = true, ui.Loudness{Momentary: -120, ShortTerm: -120, Integrated: -120}
		s.Sound.Sources[0].State, s.Sound.Sources[0].Message = ui.Waiting, "unplugged"
	})
	p.until("the alarm", `document.querySelector('[data-testid=silent]').innerText === 'Nothing has been heard for a while'`)
	p.until("no figure for no sound", `!/\d/.test(document.querySelector('[data-testid=loudness-momentary]').innerText)`)
	p.clean()
}

// testDestinations starts and ends one, stores its key and looks at the line.
func testDestinations(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		s.Destinations = append(s.Destinations, ui.Destination{Name: "grabber", Kind: "window", Canvas: "landscape", State: ui.Off, Notes: []ui.Text{}})
		d := &s.Destinations[1]
		d.Message, d.MessageZh = "the server wants a key", "服务器需要密钥"
		d.Notes = []ui.Text{{Zh: "需要单独编码", En: "it needs an encode of its own: 20 % of a core"}}
	})
	e := start(t, studio, live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	p.click("tab-destinations")
	if text := p.text("destination-museum"); !strings.Contains(text, "20 % of a core") || !strings.Contains(text, "wants a key") || !strings.Contains(text, "1080×1920 main") {
		t.Errorf("museum: %q", text)
	}
	p.until("no key for a window", `document.querySelector('[data-testid=send-grabber]') && !document.querySelector('[data-testid=key-grabber]')`)
	p.click("send-museum")
	want(ui.Send{Destination: "museum"})
	p.until("left out", `document.querySelector('[data-testid=send-museum]').innerText === 'Include'`)
	p.click("send-museum")
	want(ui.Send{Destination: "museum", On: true})
	p.click("check-line")
	want(ui.CheckLine{})
	p.until("the line's words", `document.querySelector('[data-testid=line-words]').innerText.includes('38 ms')`)

	p.click("key-museum")
	p.until("empty fields", `document.querySelector('[data-testid=key-input]').value === '' && document.querySelector('[data-testid=key-input]').type === 'password' && document.querySelector('[data-testid=key-store]').disabled`)
	p.run(chromedp.SendKeys(`[data-testid=key-input]`, "3m planted", chromedp.ByQuery), chromedp.SendKeys(`[data-testid=bearer-input]`, "token", chromedp.ByQuery))
	p.look("desktop-key")
	p.click("key-store")
	want(ui.StreamKey{Destination: "museum", Key: "3m planted", Bearer: "token"})
	p.until("a stored key and nothing of it", `document.querySelector('[data-testid=key-museum]').innerText === 'key stored' && !document.documentElement.outerHTML.includes('planted')`)
	p.click("key-school")
	p.until("no bearer for RTMP", `!document.querySelector('[data-testid=bearer-input]')`)
	p.click("key-cancel")
	p.look("desktop-destinations")
	p.click("language")
	p.until("the message in Chinese", `document.querySelector('[data-testid=destination-museum]').innerText.includes('服务器需要密钥')`)
	p.look("desktop-destinations-zh")
	p.click("language")
	p.clean()
	if n := len(e.Commands()); n != 4 { // typing a key's letters does nothing else
		t.Errorf("%d commands: %v", n, e.Commands())
	}
}

// testRecordings keeps moments and cameras' own pictures, and reads what the disk says.
func testRecordings(t *testing.T, browser context.Context) {
	e := start(t, uitest.New(), live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	p.click("tab-recordings")
	p.until("no hours when they are not known", `!document.querySelector('[data-testid=hours-left]') && !document.querySelector('[data-testid=disk]')`)
	p.run(chromedp.KeyEvent("m"))
	want(ui.Mark{Seconds: 30})
	p.click("mark-300")
	p.click("mark")
	want(ui.Mark{Seconds: 300})
	p.until("the clips, newest first", `[...document.querySelectorAll('[data-testid=clips] li')].length === 4 && document.querySelector('[data-testid=clips] li').innerText.includes('0:05:00')`)
	var status int
	p.run(chromedp.Evaluate(`fetch(document.querySelector('[data-testid=clips] a').href).then((r) => r.status)`, &status, awaited))
	if status != 200 {
		t.Errorf("a clip's address answers %d", status)
	}
	p.click("keep-hands")
	want(ui.Keep{Camera: "hands", On: true})
	e.Change(func(s *ui.Status) {
		s.Cameras[1].Kept.Dropped = 7
		s.Clips[0].Message = "the disk is full"
		s.Recording = ui.FileStatus{On: true, State: ui.Live, Since: time.Now(), File: "/x/2026-05-01.mp4", Bytes: 1 << 30, HoursLeft: 3.25, Disk: ui.Text{Zh: "磁盘快满", En: "the disk is nearly full"}}
	})
	p.until("what is lost and what is left", `document.querySelector('[data-testid=kept-hands]').innerText.includes('dropped 7')
		&& document.querySelector('[data-testid=hours-left]').innerText.includes('3.3 h') && document.querySelector('[data-testid=disk]').innerText === 'the disk is nearly full'
		&& document.querySelector('[data-testid=clips] li').innerText.includes('the disk is full') && !document.querySelector('[data-testid=clips] li:first-child a')`)
	p.look("desktop-recordings")
	p.click("keep-hands")
	want(ui.Keep{Camera: "hands"})

	p.until("no word of load when there is none", `!document.querySelector('[data-testid=load]')`)
	e.Change(func(s *ui.Status) {
		s.Load = ui.Load{
			Level: 2, Steps: []ui.Text{{Zh: "缩略图变慢", En: "thumbnails are slower"}, {Zh: "预览变慢", En: "the preview is slower"}},
			Reason: ui.Text{Zh: "落后 40 毫秒", En: "40 ms behind"}, LagMS: 40,
		}
	})
	p.until("what is left out", `document.querySelector('[data-testid=load]').innerText === 'Left out: thumbnails are slower · the preview is slower'`)
	p.click("load")
	p.until("why", `document.querySelector('[data-testid=load-words]').innerText.includes('40 ms behind')`)
	p.look("desktop-load")
	p.clean()
}
