package whiptest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// startTimeout bounds the start of a browser on a busy machine.
const startTimeout = 60 * time.Second

// newProfile returns an empty folder for a browser's profile. Helper processes of a
// browser that has ended may write into it for a moment longer, so it is removed
// as often as it takes.
func newProfile(tb testing.TB) string {
	folder, err := os.MkdirTemp("", "chromium-profile-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		deadline := time.Now().Add(startTimeout)
		for err := os.RemoveAll(folder); err != nil; err = os.RemoveAll(folder) {
			if time.Now().After(deadline) {
				tb.Errorf("remove the browser's profile: %v", err)
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	return folder
}

// Chromium starts a headless Chromium with an empty profile and returns a context to
// run chromedp actions in. It ends with the test, or when stop is called.
func Chromium(tb testing.TB) (tab context.Context, stop func()) {
	tb.Helper()
	profile := newProfile(tb)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath("/usr/bin/chromium"),
		chromedp.UserDataDir(profile),
		chromedp.Headless,
		chromedp.NoSandbox,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(startTimeout),
	}
	for _, name := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-dev-shm-usage", "disable-extensions", "mute-audio",
		// A machine without any network still reaches itself.
		"allow-loopback-in-peer-connection",
		"disable-background-timer-throttling", "disable-renderer-backgrounding",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	options = append(options, chromedp.Flag("autoplay-policy", "no-user-gesture-required"))

	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	tab, close := chromedp.NewContext(allocator)
	stop = func() {
		close()
		end()
	}
	tb.Cleanup(stop)
	if err := chromedp.Run(tab); err != nil {
		tb.Fatalf("start Chromium: %v", err)
	}
	return tab, stop
}

// Evaluate runs JavaScript in the page and waits for its promise, if it is one.
func Evaluate(ctx context.Context, script string, result any) error {
	return chromedp.Run(ctx, chromedp.Evaluate(script, result,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}
