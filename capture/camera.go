package capture

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"studio/words"
)

// State is how a camera is doing; the values are those of ui.State.
type State string

const (
	Connecting State = "connecting" // wanted, no picture yet
	Live       State = "live"       // pictures come in
	Waiting    State = "waiting"    // failed or silent; tried again by itself
)

// A camera that delivers nothing for silence is taken off the picture: the slate
// is on air within 500 ms, the program's own frame time included. One whose
// frames are rarer than that gets silentFrames frame times instead.
const (
	silence      = 400 * time.Millisecond
	silentFrames = 3
	lookEvery    = 20 * time.Millisecond
)

// A source that streams and brings nothing is closed and opened again: after
// firstPicture when nothing came at all (webcams take seconds to wake), after
// reopen when it fell silent; in both cases not before reopenFrames frame times.
const (
	firstPicture = 5 * time.Second
	reopen       = 2 * time.Second
	reopenFrames = 6
)

// A source that was live for steady starts the back-off from its beginning when
// it fails. The first retry comes after about firstRetry, none later than two
// seconds after the one before: a replugged camera is back within three.
const (
	steady     = 3 * time.Second
	firstRetry = 200 * time.Millisecond
	lastRetry  = 1600 * time.Millisecond
	jitter     = 0.2
)

// lineEvery is how far apart two log lines of the same kind are at least.
const lineEvery = time.Second

// CameraOptions says which source a camera supervises. Name and Source must be set.
type CameraOptions struct {
	Name   string // as the configuration calls it
	Source Source
	Log    *slog.Logger  // nil: no log
	Delay  time.Duration // see SetDelay

	// Tap sees every frame the moment it comes, whatever the delay, also those that
	// nobody looks at. It is called by the goroutine that reads the device and must
	// not block; it holds the frame no longer than the call, or the device has too
	// few buffers left, and copies what it keeps. nil: nobody does.
	Tap func(*Frame)
}

// Camera supervises one source: opens it, opens it again after a fault, empties
// the mailbox the moment the picture is gone, and says in plain words what is wrong.
type Camera struct {
	name   string
	source Source
	log    *slog.Logger
	box    Mailbox
	wake   chan struct{} // one pending wake-up; more are the same one

	mu      sync.Mutex
	state   State
	message words.Text
	mode    Mode
	rate    rate

	logged              string // the fault that the operator was told last, empty once live
	liveSaid, faultSaid time.Time
}

// CameraStatus is how a camera is doing at one moment.
type CameraStatus struct {
	State           State
	Message         words.Text // what is wrong, one sentence; empty if nothing
	Mode            Mode       // what the source was set to last; zero before it was ever open
	FramesPerSecond float64
	Delay           time.Duration // see SetDelay
	Counts          Counts
}

// NewCamera returns a camera that does nothing until Run.
func NewCamera(o CameraOptions) *Camera {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Camera{
		name:   o.Name,
		source: o.Source,
		log:    log.With("camera", o.Name),
		wake:   make(chan struct{}, 1),
		state:  Connecting,
	}
	c.box.tap = o.Tap
	c.SetDelay(o.Delay)
	return c
}

// Name returns the camera's name.
func (c *Camera) Name() string { return c.name }

// Mailbox returns where the camera's newest frame is; it is empty while there is
// no picture.
func (c *Camera) Mailbox() *Mailbox { return &c.box }

// SetDelay makes the camera wait for slower ones and for the sound: its pictures
// are shown so much later, 0 to MostDelay, from now on. A camera that is gone is
// gone at once, whatever its delay.
func (c *Camera) SetDelay(d time.Duration) { c.box.SetDelay(d) }

// Wake cuts the waiting before the next attempt short: a device has appeared. It
// never blocks and may be called by anyone at any time.
func (c *Camera) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run keeps the source streaming until ctx ends and returns nil once the source
// is closed and the mailbox empty.
func (c *Camera) Run(ctx context.Context) error {
	pause := backoff.ExponentialBackOff{
		InitialInterval:     firstRetry,
		MaxInterval:         lastRetry,
		Multiplier:          1.6,
		RandomizationFactor: jitter,
	}
	for {
		lived, err := c.attempt(ctx)
		c.box.Clear()
		if ctx.Err() != nil {
			return nil
		}
		c.fault(words.Of(err))
		if lived >= steady {
			pause.Reset()
		}
		if c.sleep(ctx, pause.NextBackOff()) {
			pause.Reset()
		}
	}
}

// attempt streams once, until the source ends, is silent for too long or ctx
// ends. It returns how long pictures came in and why they no longer do.
func (c *Camera) attempt(ctx context.Context) (lived time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1) // what Stream returns
	opened := make(chan Mode, 1) // told once a call
	go func() {
		ended <- c.source.Stream(ctx, &c.box, func(m Mode) {
			select {
			case opened <- m:
			default:
			}
		})
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()

	pulse := pulse{frames: c.box.Counts().Frames}
	for {
		select {
		case err := <-ended:
			switch {
			case pulse.dead:
				err = words.Errorf("read camera %[1]q: no picture for %[2]v, opening it again", "已有 %[3]g 秒没有画面，正在重新打开",
					c.name, pulse.patience(), pulse.patience().Seconds())
			case err == nil:
				err = words.Errorf("read camera %q: the pictures have ended", "画面已结束", c.name)
			}
			return pulse.lived(), err
		case mode := <-opened:
			pulse.open(time.Now(), mode)
			c.opened(mode)
		case now := <-look.C:
			frames := c.box.Counts().Frames
			select { // a source opens before its first frame comes: the mode belongs to what was counted
			case mode := <-opened:
				pulse.open(now, mode)
				c.opened(mode)
			default:
			}
			switch pulse.look(now, frames) {
			case begins:
				c.live()
			case stops:
				c.box.Clear()
				c.silent()
			case dies:
				cancel()
			}
			c.measure(now, frames)
		}
	}
}

// sleep waits for d, a wake-up or the end of ctx, and reports whether it was woken.
func (c *Camera) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.wake:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (c *Camera) opened(m Mode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mode = m
	c.state, c.message = Connecting, words.Text{}
}

func (c *Camera) live() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.message, c.logged = Live, c.mode.Warning, ""
	if now := time.Now(); now.Sub(c.liveSaid) >= lineEvery {
		c.liveSaid = now
		c.log.Info("camera is live", "format", c.mode.Format, "width", c.mode.Width, "height", c.mode.Height,
			"framesPerSecond", c.mode.FrameRate, "warning", c.mode.Warning.En)
	}
}

func (c *Camera) silent() {
	c.fault(words.Textf("read camera %q: no picture comes in", "收不到画面，请检查摄像头和连线", c.name))
}

// fault keeps the sentence for the interface and tells it to the operator, but
// neither the same one at every retry nor more than one a second.
func (c *Camera) fault(message words.Text) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.message = Waiting, message
	c.rate = rate{}
	if now := time.Now(); message.En != c.logged && now.Sub(c.faultSaid) >= lineEvery {
		c.logged, c.faultSaid = message.En, now
		c.log.Warn("camera has no picture; its slate is shown and it is tried again", "error", message.En)
	}
}

func (c *Camera) measure(now time.Time, frames uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Live {
		c.rate.add(now, frames)
	}
}

// Status returns how the camera is doing now.
func (c *Camera) Status() CameraStatus {
	counts := c.box.Counts()
	c.mu.Lock()
	defer c.mu.Unlock()
	return CameraStatus{
		State:           c.state,
		Message:         c.message,
		Mode:            c.mode,
		FramesPerSecond: c.rate.perSecond(),
		Delay:           c.box.Delay(),
		Counts:          counts,
	}
}
