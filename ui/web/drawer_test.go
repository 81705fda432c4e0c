package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
		s.Sound.Sources[0].State, s.Sound.Sources[0].Message = ui.Waiting, ui.Text{Zh: "没有连接", En: "unplugged"}
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
		d.Message = ui.Text{Zh: "服务器需要密钥", En: "the server wants a key"}
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

	// The platform gives a new address; then all that is stored is deleted, by two clicks.
	p.click("key-museum")
	p.run(chromedp.SendKeys(`[data-testid=address-input]`, "https://planted.example.org/whip", chromedp.ByQuery))
	p.click("key-store")
	want(ui.StreamKey{Destination: "museum", Address: "https://planted.example.org/whip"})
	p.click("key-museum")
	p.click("key-delete")
	p.until("the question", `document.querySelector('[data-testid=key-delete]').innerText === 'Click again to delete'`)
	p.look("desktop-key-delete")
	p.click("key-delete")
	want(ui.StreamKey{Destination: "museum"})
	p.until("no stored key", `document.querySelector('[data-testid=key-museum]').innerText === 'no key' && !document.documentElement.outerHTML.includes('planted')`)
	p.click("key-museum")
	p.until("nothing to delete", `document.querySelector('[data-testid=key-input]') && !document.querySelector('[data-testid=key-delete]')`)
	p.click("key-cancel")
	p.look("desktop-destinations")
	p.click("language")
	p.until("the message in Chinese", `document.querySelector('[data-testid=destination-museum]').innerText.includes('服务器需要密钥')`)
	p.look("desktop-destinations-zh")
	p.click("language")
	p.clean()
	if n := len(e.Commands()); n != 6 { // typing a key's letters does nothing else
		t.Errorf("%d commands: %v", n, e.Commands())
	}
}

// testNeed changes what a destination is sent, and reads what that costs before.
func testNeed(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		s.Destinations = append(s.Destinations, ui.Destination{Name: "grabber", Kind: "window", Canvas: "landscape", State: ui.Off, Notes: []ui.Text{}})
	})
	e := start(t, studio, live(t))
	p := open(t, browser, e, 1440, 900)
	want := wants(t, e)
	p.click("start-broadcast")
	want(ui.Broadcast{On: true})
	p.click("tab-destinations")
	p.click("need-school")
	p.until("what it gets, and nothing to apply", `document.querySelector('[data-testid=need-outcome]').innerText.includes('1920×1080 main 4000 kb/s') && document.querySelector('[data-testid=need-apply]').disabled && !document.querySelector('[data-testid=need-back]')`)
	p.run(chromedp.SetValue(`[data-testid=need-platform]`, "bilibili", chromedp.ByQuery))
	p.until("what the platform says", `document.querySelector('[data-testid=need-outcome]').innerText.includes('3000 kb/s') && document.querySelector('[data-testid=need-outcome]').innerText.includes('Copy all of the key')`)
	p.click("need-fit")
	p.until("what it takes", `document.querySelector('[data-testid=need-bits]').value === '3000' && !document.querySelector('[data-testid=need-fit]') && document.querySelector('[data-testid=need-outcome]').innerText.includes('25 % of a core')`)
	p.run(chromedp.SetValue(`[data-testid=need-size]`, "1280x720", chromedp.ByQuery), chromedp.SetValue(`[data-testid=need-profile]`, "baseline", chromedp.ByQuery))
	p.until("the whole of it", `document.querySelector('[data-testid=need-outcome]').innerText.includes('1280x720 baseline 3000 kb/s')`)
	p.until("that it begins anew", `document.querySelector('[data-testid=need-dialog]').innerText.includes('away for a moment')`)
	p.look("desktop-need")
	if n := len(e.Commands()); n != 1 {
		t.Fatalf("it was changed before it was applied: %v", e.Commands())
	}
	p.click("need-apply")
	platform, size, profile, bits := "bilibili", "1280x720", "baseline", 3_000_000
	want(ui.ChangeDestination{Destination: "school", Platform: &platform, Size: &size, Profile: &profile, BitsPerSecond: &bits})
	p.until("the row", `document.querySelector('[data-testid=destination-school]').innerText.includes('1280x720 baseline 3000 kb/s') && document.querySelector('[data-testid=destination-school]').innerText.includes('set by hand')`)

	// Another canvas has another shape; only what is changed is sent.
	p.click("need-school")
	p.run(chromedp.SetValue(`[data-testid=need-canvas]`, "portrait", chromedp.ByQuery))
	p.until("its sizes", `[...document.querySelector('[data-testid=need-size]').options].some((o) => o.value === '720x1280') && document.querySelector('[data-testid=need-size]').value === ''`)
	p.run(chromedp.SetValue(`[data-testid=need-size]`, "720x1280", chromedp.ByQuery))
	p.until("ready", `!document.querySelector('[data-testid=need-apply]').disabled && document.querySelector('[data-testid=need-outcome]').innerText.includes('720x1280')`)
	p.click("need-apply")
	canvas, tall := "portrait", "720x1280"
	want(ui.ChangeDestination{Destination: "school", Canvas: &canvas, Size: &tall})
	p.click("need-school")
	p.click("need-back")
	want(ui.ChangeDestination{Destination: "school", Configured: true})
	p.click("need-grabber")
	p.until("no bit rate for a window", `document.querySelector('[data-testid=need-size]') && !document.querySelector('[data-testid=need-bits]')`)
	p.click("need-cancel")

	// One is made, and removed by two clicks.
	p.click("add")
	p.until("nothing to add yet", `document.querySelector('[data-testid=add-store]').disabled && !document.querySelector('[data-testid=add-bearer]')`)
	p.run(chromedp.SendKeys(`[data-testid=add-name]`, "guild", chromedp.ByQuery), chromedp.SendKeys(`[data-testid=add-address]`, "https://guild.example/planted", chromedp.ByQuery),
		chromedp.SendKeys(`[data-testid=add-bearer]`, "token", chromedp.ByQuery), chromedp.SetValue(`[data-testid=add-canvas]`, "portrait", chromedp.ByQuery))
	p.look("desktop-add")
	p.click("add-store")
	want(ui.AddDestination{Name: "guild", Address: "https://guild.example/planted", Bearer: "token", Canvas: "portrait"})
	p.until("its row, and nothing of its address", `document.querySelector('[data-testid=destination-guild]').dataset.state === 'live' && !document.documentElement.outerHTML.includes('planted')`)
	p.click("need-guild")
	p.click("need-remove")
	p.until("the question", `document.querySelector('[data-testid=need-remove]').innerText === 'Click again to remove'`)
	p.look("desktop-remove")
	p.click("need-remove")
	want(ui.RemoveDestination{Destination: "guild"})
	p.until("no row", `!document.querySelector('[data-testid=destination-guild]')`)
	p.click("need-school")
	p.until("one of the configuration cannot be removed", `document.querySelector('[data-testid=need-apply]') && !document.querySelector('[data-testid=need-remove]')`)
	p.click("need-cancel")
	p.clean()

	// What is refused stays typed, with the reason.
	p.click("add")
	p.run(chromedp.SendKeys(`[data-testid=add-name]`, "school", chromedp.ByQuery), chromedp.SendKeys(`[data-testid=add-address]`, "rtmp://guild.example/app", chromedp.ByQuery))
	studio.Refuse(ui.Refused("that name is taken", "这个名称已经用过"))
	p.click("add-store")
	p.until("the reason", `document.querySelector('[data-testid=add-refusal]').innerText === 'that name is taken' && document.querySelector('[data-testid=add-name]').value === 'school'`)
	p.click("add-cancel")

	// A refusal stands where the cost did, in the language of the page.
	p.click("language")
	p.click("need-school")
	p.run(chromedp.SendKeys(`[data-testid=need-bits]`, "9", chromedp.ByQuery))
	p.until("the refusal", `document.querySelector('[data-testid=need-outcome]').innerText === '码率太低' && document.querySelector('[data-testid=need-apply]').disabled`)
	p.look("desktop-need-zh")
	p.run(chromedp.KeyEvent(kb.Escape))
	p.until("no dialog", `!document.querySelector('[data-testid=need-dialog]')`)
	p.click("language")
	if n := len(e.Commands()); n != 7 {
		t.Errorf("%d commands: %v", n, e.Commands())
	}
}

// testGivenUp tries a destination again that was given up, on a phone too.
func testGivenUp(t *testing.T, browser context.Context) {
	studio := uitest.New()
	studio.Change(func(s *ui.Status) {
		s.Broadcast = ui.OnAir{On: true, Since: time.Now()}
		s.Destinations[0].State, s.Destinations[0].Message = ui.Failed, ui.Text{Zh: "服务器不认这个密钥", En: "the server refused the stream key"}
		s.Destinations[1].State = ui.Live
	})
	e := start(t, studio, live(t))
	p := open(t, browser, e, 390, 844, chromedp.EmulateTouch, chromedp.EmulateMobile)
	want := wants(t, e)
	p.click("tab-destinations")
	p.until("both ways out", `document.querySelector('[data-testid=again-school]').innerText === 'Try again' && document.querySelector('[data-testid=send-school]').innerText === 'Stop' && !document.querySelector('[data-testid=again-museum]')`)
	p.until("nothing beyond the edge", `document.documentElement.scrollWidth <= 390`)
	p.look("phone-given-up")
	p.click("again-school")
	want(ui.Send{Destination: "school", On: true})
	p.until("on air", `document.querySelector('[data-testid=destination-school]').dataset.state === 'live' && !document.querySelector('[data-testid=again-school]')`)
	p.click("need-school")
	p.until("the dialog within the screen", `(() => { const r = document.querySelector('[data-testid=need-dialog]').getBoundingClientRect(); return r.left >= 0 && r.right <= 390 && r.bottom <= 844 })()`)
	p.until("what it gets", `document.querySelector('[data-testid=need-outcome]').innerText.includes('main')`)
	p.until("fields for a finger", `[...document.querySelectorAll('dialog :is(button, select, input)')].every((b) => b.offsetHeight >= 44)`)
	p.look("phone-need")
	p.click("need-cancel")
	e.Change(func(s *ui.Status) { s.Destinations[0].State, s.Destinations[0].Wanted = ui.Failed, false })
	p.until("nothing to try of what is not wanted", `document.querySelector('[data-testid=destination-school]').dataset.state === 'failed' && !document.querySelector('[data-testid=again-school]')`)
	p.clean()
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
		s.Clips[0].Message = ui.Text{Zh: "磁盘已满", En: "the disk is full"}
		s.Recording = ui.FileStatus{On: true, State: ui.Live, Since: time.Now(), File: "/x/2026-05-01.mp4", Bytes: 1 << 30, Microphones: 2, HoursLeft: 3.25, Disk: ui.Text{Zh: "磁盘快满", En: "the disk is nearly full"}}
	})
	p.until("what is lost and what is left", `document.querySelector('[data-testid=kept-hands]').innerText.includes('dropped 7')
		&& document.querySelector('[data-testid=tracks]').innerText === 'tracks: mix + 2 microphones'
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
