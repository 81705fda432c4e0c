package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"studio/ui"
	"studio/ui/api"
	"studio/ui/uitest"
	"studio/ui/web"
)

// patience bounds every wait in the browser: two busy cores may be slow.
const patience = 30 * time.Second

// engine serves the page and the API of a studio without an engine.
type engine struct {
	*uitest.Studio
	handler http.Handler
	address string
	stop    func() // ends serving and waits for it
}

func start(t *testing.T, studio *uitest.Studio, preview ui.Preview) *engine {
	t.Helper()
	handler, err := api.New(api.Options{Studio: studio, Preview: preview, Page: web.Files(), Clips: studio.Clips(), Support: studio, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{Studio: studio, handler: handler, address: "127.0.0.1:0", stop: func() {}}
	e.serve(t)
	t.Cleanup(func() { e.stop() })
	return e
}

// serve begins to answer, the second time at the same address as the first.
func (e *engine) serve(t *testing.T) {
	t.Helper()
	var l net.Listener
	eventually(t, "the port", func() (err error) {
		l, err = api.Bind(e.address)
		return err
	})
	e.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, l, e.handler) }()
	e.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// tab is one page in the browser, with what it complained of and whom it asked.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	outside    []string
}

// open shows the page of an engine in a new tab of the browser.
func open(t *testing.T, browser context.Context, e *engine, width, height int64, options ...chromedp.EmulateViewportOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			p.complaints = append(p.complaints, event.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if event.Type == runtime.APITypeError || event.Type == runtime.APITypeWarning {
				p.complaints = append(p.complaints, fmt.Sprintf("console: %s", event.Args[0].Value))
			}
		case *log.EventEntryAdded:
			if event.Entry.Level == log.LevelError || event.Entry.Level == log.LevelWarning {
				p.complaints = append(p.complaints, event.Entry.Text+" "+event.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			if url := event.Request.URL; !strings.HasPrefix(url, "http://"+e.address+"/") {
				p.outside = append(p.outside, url)
			}
		case *network.EventWebSocketCreated:
			if !strings.HasPrefix(event.URL, "ws://"+e.address+"/") {
				p.outside = append(p.outside, event.URL)
			}
		}
	})
	// The tab lives as long as the context of its first action: that one has no time-out.
	if err := chromedp.Run(ctx, network.Enable()); err != nil {
		t.Fatal(err)
	}
	p.run(log.Enable(), chromedp.EmulateViewport(width, height, options...), chromedp.Navigate("http://"+e.address+"/"))
	p.until("the first status", `!!document.querySelector('[data-testid=page][data-link=up]')`)
	return p
}

func (p *tab) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// click touches the middle of what has a test id.
func (p *tab) click(id string) {
	p.t.Helper()
	// chromedp's own picture of what is enabled lags behind the page's: a button that
	// still waits for an answer would swallow the touch.
	p.until(id+" can be touched", `document.querySelector('[data-testid="`+id+`"]').disabled !== true`)
	p.run(chromedp.Click(`[data-testid="`+id+`"]`, chromedp.ByQuery, chromedp.NodeVisible, chromedp.NodeEnabled))
}

// until waits until a JavaScript expression is true.
func (p *tab) until(what, expression string) {
	p.t.Helper()
	eventually(p.t, what, func() error {
		var ok bool
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		if err := chromedp.Run(ctx, chromedp.Evaluate(`(() => { try { return !!(`+expression+`) } catch { return false } })()`, &ok)); err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("never true: %s", expression)
		}
		return nil
	})
}

// text returns the words that a person sees in what has a test id.
func (p *tab) text(id string) (words string) {
	p.t.Helper()
	p.run(chromedp.Text(`[data-testid="`+id+`"]`, &words, chromedp.ByQuery))
	return words
}

// look keeps a picture of the page if STUDIO_SHOTS names a folder for that.
func (p *tab) look(name string) {
	p.t.Helper()
	folder := os.Getenv("STUDIO_SHOTS")
	if folder == "" {
		return
	}
	var data []byte
	p.run(chromedp.FullScreenshot(&data, 100))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// clean fails if the page has complained or asked elsewhere.
func (p *tab) clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.complaints {
		p.t.Errorf("the page complains: %s", c)
	}
	for _, url := range p.outside {
		p.t.Errorf("the page asks elsewhere: %s", url)
	}
}

func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s: %v", what, err)
		}
	}
}

// wants returns a function that waits for the next command and compares it.
func wants(t *testing.T, e *engine) func(ui.Command) {
	done := 0
	return func(command ui.Command) {
		t.Helper()
		done++
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if got, err := e.Await(ctx, done); err != nil || !reflect.DeepEqual(got, command) {
			t.Fatalf("command %d: %#v, %v; want %#v", done, got, err, command)
		}
	}
}

// awaited has an evaluation wait for its promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
