package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"studio/publish/whip/whiptest"
	"studio/ui"
	"studio/ui/web"
)

// TestPageOfDemo is a technician who opens the address that the demo says: the
// programme plays, and every touch is seen in the engine.
func TestPageOfDemo(t *testing.T) {
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		t.Fatal("the page is not built: run make build")
	}
	browser, _ := whiptest.Chromium(t)
	demo := startDemo(t)
	p := &tab{t, browser}
	p.run(chromedp.EmulateViewport(1440, 900), chromedp.Navigate("http://"+demo.page+"/"))
	p.until("a live status", `document.querySelector('[data-testid=page]').dataset.link === 'up'`)
	p.until("the live programme", `document.querySelector('[data-testid=programme]').dataset.mode === 'live'`)
	p.until("many pictures", frames+` > 60`)
	var before, after float64
	p.run(chromedp.Evaluate(frames, &before))
	p.until("more pictures", fmt.Sprintf(`%s > %f`, frames, before+60))
	p.run(chromedp.Evaluate(frames, &after))
	if after <= before {
		t.Errorf("pictures decoded: %v, then %v", before, after)
	}
	var luma struct{ Mean, Low, High float64 }
	p.run(chromedp.Evaluate(lookAtVideo, &luma))
	if luma.Mean < 20 || luma.High-luma.Low < 100 {
		t.Errorf("the programme is nearly black or plain: %+v", luma)
	}

	p.click("start-broadcast")
	demo.becomes(t, "on air", func(s ui.Status) bool { return s.Broadcast.On && s.Recording.On })
	p.until("on air", `document.querySelector('[data-testid=air]').dataset.on === 'true'`)
	p.click("camera-kiln")
	demo.becomes(t, "the kiln on air", func(s ui.Status) bool { return s.Canvases[0].Cameras[0] == "kiln" })
	p.click("layout-quad")
	demo.becomes(t, "four at once", func(s ui.Status) bool { return s.Canvases[0].Layout == "quad" })
	p.click("step-next")
	demo.becomes(t, "the second step", func(s ui.Status) bool { return s.Procedure.Present == 1 })
	p.until("the scale's figure", `/\d/.test(document.querySelector('[data-testid=reading-clay]').innerText)`)
	p.keep("page-on-air")
	demo.undropped(t)
	p.until("the second click", `(() => { document.querySelector('[data-testid=end-broadcast]')?.click(); return !document.querySelector('[data-testid=end-broadcast]') })()`)
	demo.becomes(t, "off air", func(s ui.Status) bool { return !s.Broadcast.On && !s.Recording.On })
	demo.end(t, syscall.SIGTERM)
	p.until("the loss of the engine", `!!document.querySelector('[data-testid=lost]')`)
}

// frames counts the pictures that the page's player has shown or dropped.
const frames = `document.querySelector('[data-testid=video]').getVideoPlaybackQuality().totalVideoFrames`

const lookAtVideo = `(() => {
	const video = document.querySelector('[data-testid=video]'), canvas = document.createElement('canvas')
	canvas.width = 96; canvas.height = 54
	const g = canvas.getContext('2d')
	g.drawImage(video, 0, 0, 96, 54)
	const d = g.getImageData(0, 0, 96, 54).data
	let sum = 0, low = 255, high = 0
	for (let i = 0; i < d.length; i += 4) {
		const y = 0.2126 * d[i] + 0.7152 * d[i+1] + 0.0722 * d[i+2]
		sum += y; low = Math.min(low, y); high = Math.max(high, y)
	}
	return {Mean: sum / (d.length / 4), Low: low, High: high}
})()`

// becomes waits until the engine's status is so.
func (c *child) becomes(t *testing.T, what string, ok func(ui.Status) bool) {
	t.Helper()
	until(t, 20*time.Second, what, func() bool { return ok(c.status(t)) })
}

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (p *tab) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// click touches what has a test id.
func (p *tab) click(id string) {
	p.t.Helper()
	p.run(chromedp.Click(`[data-testid="`+id+`"]`, chromedp.ByQuery, chromedp.NodeVisible, chromedp.NodeEnabled))
}

// until waits until a JavaScript expression is true.
func (p *tab) until(what, expression string) {
	p.t.Helper()
	until(p.t, 40*time.Second, "the page shows "+what, func() (ok bool) {
		p.run(chromedp.Evaluate(`(() => { try { return !!(`+expression+`) } catch { return false } })()`, &ok))
		return ok
	})
}

// keep leaves a screenshot in the folder that STUDIO_SHOTS names, for a look.
func (p *tab) keep(name string) {
	p.t.Helper()
	folder := os.Getenv("STUDIO_SHOTS")
	if folder == "" {
		return
	}
	var data []byte
	p.run(chromedp.CaptureScreenshot(&data))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
