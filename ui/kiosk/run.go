package kiosk

import (
	"context"
	"fmt"
	"image"
	"os"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"studio/ui"
)

// Repainting the window is what costs: everything that came since the last beat is
// painted in one go.
const (
	beat        = time.Second / liveRate
	commandTime = 10 * time.Second // until a command without an answer counts as failed
	endWithin   = 5 * time.Second  // for the screen
)

// Options say which engine to show, and how.
type Options struct {
	Socket     string    // path of the engine's unix socket
	Language   string    // "zh" or "en"; empty is "zh"
	FullScreen bool      // the whole screen instead of a window
	Size       fyne.Size // of the window; zero is 1280x800
	// Stuck is called when the screen has not ended some seconds after ctx: Fyne 2.7's
	// driver may wait for ever for an event that came while it emptied its queue for the
	// last time. Nothing is lost with the process then. nil: it is waited for.
	Stuck func()
}

// Run shows the touchscreen until ctx ends or the window is closed, and returns
// when all that it started has ended. It must be called on the main goroutine, at
// most once in a process: the graphics driver asks for both. The driver exits the
// process when there is no display.
func Run(ctx context.Context, o Options) error {
	if o.Language != "" && o.Language != "zh" && o.Language != "en" {
		return fmt.Errorf("kiosk language %q: allowed are zh and en", o.Language)
	}
	theme, err := newLook()
	if err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	if o.Size.IsZero() {
		o.Size = fyne.NewSize(unitsWide, unitsHigh)
	}
	if err := spare(); err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	a := app.NewWithID("") // a name would make it keep preferences, and watch their file for ever
	a.Settings().SetTheme(theme)
	w := a.NewWindow("studio")
	w.SetPadded(false)
	w.Resize(o.Size)
	w.SetFullScreen(o.FullScreen)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := NewClient(o.Socket)
	defer client.Close()
	var commands sync.WaitGroup
	var s *screen
	s = newScreen(language(o.Language), time.Now, func(c ui.Command) {
		commands.Go(func() {
			waiting, done := context.WithTimeout(ctx, commandTime)
			defer done()
			status, err := client.Do(waiting, c)
			onScreen(ctx, func() { s.answered(c, status, err) })
		})
	})
	w.SetContent(s.root)

	// What feeds the screen ends before the driver does: the driver takes no more
	// work once it stops.
	w.SetCloseIntercept(cancel)
	var feeding sync.WaitGroup
	ended := make(chan struct{})
	feeding.Go(func() {
		feed(ctx, client, s)
		fyne.Do(a.Driver().Quit) // does nothing if a signal has ended the driver already
	})
	feeding.Go(func() {
		<-ctx.Done()
		select {
		case <-ended:
		case <-time.After(endWithin):
			if o.Stuck != nil {
				o.Stuck()
			}
		}
	})
	w.ShowAndRun()
	close(ended)
	cancel()
	feeding.Wait()
	commands.Wait()
	return nil
}

// spare keeps Mesa's software renderer, on a panel without a graphics chip, from
// spreading each frame over all cores: that costs a fifth more, of the cores that
// encode. Nothing else reads the variable (docs.mesa3d.org/envvars.html).
func spare() error {
	const threads = "LP_NUM_THREADS"
	if _, set := os.LookupEnv(threads); set {
		return nil
	}
	return os.Setenv(threads, "1")
}

// feed brings status and pictures to the screen until ctx ends.
func feed(ctx context.Context, client *Client, s *screen) {
	in := &inbox{pictures: map[string]image.Image{}}
	var parts sync.WaitGroup
	parts.Go(func() { client.Watch(ctx, in.status, in.lost) })
	parts.Go(func() { stream(ctx, client, in) })
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			onScreen(ctx, func() {
				in.empty(s)
				s.tick()
			})
		}
	}
	parts.Wait()
}

// onScreen runs f on the interface's thread and returns when it is done, or when
// ctx has ended.
func onScreen(ctx context.Context, f func()) {
	done := make(chan struct{})
	fyne.Do(func() {
		defer close(done)
		if ctx.Err() == nil {
			f()
		}
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// inbox keeps the newest of everything until the next beat; what it replaces was
// never seen.
type inbox struct {
	mu       sync.Mutex
	state    *ui.Status
	gone     bool
	wishes   []wish
	pictures map[string]image.Image
}

func (in *inbox) status(s ui.Status) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.state, in.gone = &s, false
}

func (in *inbox) lost(error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.state, in.gone = nil, true
}

func (in *inbox) picture(name string, img image.Image) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pictures[name] = img
}

// empty hands everything to the screen: what came since the last beat shares one
// repaint.
func (in *inbox) empty(s *screen) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.gone {
		in.gone = false
		s.lost()
	}
	if in.state != nil {
		s.show(*in.state)
		in.state = nil
	}
	for name, img := range in.pictures {
		s.picture(name, img)
	}
	clear(in.pictures)
	in.wishes = s.wishes()
}

// wanted returns the pictures to be shown.
func (in *inbox) wanted() []wish {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.wishes)
}

// stream keeps one stream of pictures for each that is wanted, until ctx ends.
func stream(ctx context.Context, client *Client, in *inbox) {
	var streams sync.WaitGroup
	defer streams.Wait()
	stops := map[wish]context.CancelFunc{}
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for {
		wanted := in.wanted()
		for w, stop := range stops {
			if !slices.Contains(wanted, w) {
				stop()
				delete(stops, w)
			}
		}
		for _, w := range wanted {
			if stops[w] != nil {
				continue
			}
			one, stop := context.WithCancel(ctx)
			stops[w] = stop
			streams.Go(func() {
				client.Pictures(one, w.name, w.width, w.rate, func(img image.Image) { in.picture(w.name, img) })
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
