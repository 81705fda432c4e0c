package kiosk

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

// Options say which engine to show, and how.
type Options struct {
	Socket     string    // path of the engine's unix socket
	Language   string    // "zh" or "en"; empty is "zh"
	FullScreen bool      // the whole screen instead of a window
	Size       fyne.Size // of the window; zero is 1280x800
}

// Run shows the touchscreen until ctx ends or the window is closed, and returns
// when all that it started has ended. It must be called on the main goroutine, at
// most once in a process: the graphics driver asks for both.
func Run(ctx context.Context, o Options) error {
	a := app.NewWithID("studio.kiosk")
	w := a.NewWindow("studio")
	w.Resize(fyne.NewSize(1280, 800))
	w.SetFullScreen(o.FullScreen)
	stop := context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	defer stop()
	w.ShowAndRun()
	return nil
}
