// Package wall makes the small pictures of all cameras: for the faces' tiles, and
// for the director, who sees in them where hands work.
//
// It stands beside the programme and never on its way. A picture is made when
// somebody asks for one and the last is too old, one at a time, so that however
// many look, the programme keeps its cores; when nobody looks and the director is
// off, nothing is made at all.
package wall

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"studio/capture"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/mixer"
	"studio/mixer/activity"
	"studio/words"
)

const (
	// Width is how many pixels wide the pictures are at most.
	Width = 240
	// usualRate is how many pictures of a camera are made a second.
	usualRate = 5
	// fresh is how old a measured activity may be.
	fresh   = 3 * time.Second
	quality = 75
)

var (
	// ErrUnknown is for a camera that there is none of.
	ErrUnknown = words.New("there is no camera of that name", "没有这个机位")
	// ErrEnded is for asking a wall that does not run.
	ErrEnded = words.New("no small pictures are made", "程序正在退出，没有小图")
)

// Source is a camera as the wall sees it.
type Source struct {
	Name string
	// Newest returns the newest frame at a program time with a hold for the wall, or
	// nil when the camera is gone. It must not block.
	Newest func(at time.Duration) *capture.Frame
	// Slate is shown while the camera is gone.
	Slate capture.Painter
}

// Options describe a wall.
type Options struct {
	Sources []Source
	Start   time.Time // program time 0
}

// Wall keeps the newest small picture of each camera. Its methods may be called by
// several goroutines.
type Wall struct {
	start time.Time
	tiles []*tile
	pool  *picture.Pool
	wake  chan struct{} // one pending; more are the same one

	mu        sync.Mutex
	every     time.Duration // between two pictures of a camera; 0: paused
	held      bool
	developer *mixer.Developer // nil: not running
}

// tile is one camera's small picture. All but its activity is under the wall's
// mutex.
type tile struct {
	Source
	size  picture.Size
	meter activity.Meter
	pic   *picture.Picture // held; nil: none yet
	jpeg  []byte           // of pic; nil: not encoded yet
	made  time.Time        // when pic was looked after last
	of    moment

	level struct {
		sync.Mutex
		value float64
		at    time.Time
	}
}

// moment identifies a frame even when its memory is used again.
type moment struct {
	sequence uint64
	taken    time.Time
}

// New returns a wall that makes nothing before it runs.
func New(o Options) *Wall {
	w := &Wall{
		start: o.Start,
		// a picture each, and those on their way: a raw camera's whole one, its small
		// one, and that of a Watch
		pool:  picture.NewPool(len(o.Sources) + 4),
		wake:  make(chan struct{}, 1),
		every: time.Second / usualRate,
	}
	for _, s := range o.Sources {
		w.tiles = append(w.tiles, &tile{Source: s, size: picture.Size{Width: Width, Height: Width * 9 / 16 &^ 1}})
	}
	return w
}

// SetRate sets how many pictures of a camera are made a second at most; 0 pauses
// the wall, which then shows what it has. It is 5 at the start.
func (w *Wall) SetRate(framesPerSecond float64) {
	w.mu.Lock()
	w.every = 0
	if framesPerSecond > 0 {
		w.every = time.Duration(float64(time.Second) / framesPerSecond)
	}
	w.mu.Unlock()
	w.look()
}

// Hold says whether pictures of all cameras are made all the time, as the director
// needs them for the activity; otherwise only on request.
func (w *Wall) Hold(on bool) {
	w.mu.Lock()
	w.held = on
	w.mu.Unlock()
	w.look()
}

func (w *Wall) look() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run makes pictures until ctx ends, and returns nil with all pictures given back.
func (w *Wall) Run(ctx context.Context) error {
	developer, err := mixer.NewDeveloper(w.pool)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.developer = developer
	w.mu.Unlock()
	defer w.end()

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-timer.C:
		}
		begun := time.Now()
		if every := w.pass(begun); every > 0 {
			timer.Reset(time.Until(begun.Add(every)))
		} else {
			timer.Stop()
		}
	}
}

// pass looks after all cameras and returns when to do so again, 0 if not before
// somebody says so. Between two cameras others get their turn.
func (w *Wall) pass(now time.Time) (again time.Duration) {
	for _, t := range w.tiles {
		w.mu.Lock()
		if again = w.every; !w.held {
			again = 0
		}
		if again > 0 {
			w.refresh(t, now)
		}
		w.mu.Unlock()
	}
	return again
}

func (w *Wall) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.developer.Close()
	w.developer = nil
	for _, t := range w.tiles {
		if t.pic != nil {
			t.pic.Release()
			t.pic, t.jpeg = nil, nil
		}
	}
}

// refresh makes a tile's picture again if it is too old and there is a newer one.
func (w *Wall) refresh(t *tile, now time.Time) {
	if t.pic != nil && (w.every == 0 || now.Sub(t.made) < w.every*9/10) {
		return
	}
	t.made = now
	frame := t.Newest(now.Sub(w.start))
	if frame == nil {
		t.gone(w.pool)
		return
	}
	defer frame.Release()
	of := moment{frame.Sequence, frame.Taken}
	if t.pic != nil && of == t.of {
		return
	}
	t.size = Fit(picture.Size{Width: frame.Width, Height: frame.Height}, Width)
	pic, err := w.developer.Develop(frame, t.size)
	if err != nil {
		return // damaged: the last good picture stays, the programme counts it
	}
	t.keep(pic, of)
	t.measured(t.meter.Add(pic.View, frame.Taken), now)
}

// gone shows the slate.
func (t *tile) gone(pool *picture.Pool) {
	t.meter.Reset()
	t.measured(0, t.made)
	if pic := pool.Get(t.size); pic != nil {
		t.Slate.Paint(pic.View)
		t.keep(pic, moment{})
	}
}

func (t *tile) keep(pic *picture.Picture, of moment) {
	if t.pic != nil {
		t.pic.Release()
	}
	t.pic, t.jpeg, t.of = pic, nil, of
}

func (t *tile) measured(level float64, now time.Time) {
	t.level.Lock()
	t.level.value, t.level.at = level, now
	t.level.Unlock()
}

// Picture returns a camera's newest small picture as JPEG; its slate while the
// camera is gone. The bytes are the caller's. The error is ErrUnknown or ErrEnded.
func (w *Wall) Picture(name string) ([]byte, error) {
	t, err := w.tile(name)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.developer == nil {
		return nil, fmt.Errorf("small picture of camera %q: %w", name, ErrEnded)
	}
	w.refresh(t, time.Now())
	if t.pic == nil {
		t.gone(w.pool) // its only frames so far were damaged
	}
	if t.pic == nil {
		return nil, words.Errorf("small picture of camera %q: no free picture", "画面缓存用完了，请稍后再试", name)
	}
	if t.jpeg == nil {
		if t.jpeg, err = jpeg.Encode(t.pic.View, quality); err != nil {
			return nil, fmt.Errorf("small picture of camera %q: %w", name, err)
		}
	}
	return slices.Clone(t.jpeg), nil
}

// Activity returns how much moves before a camera, 0 to 1 (see activity.Meter); 0
// for one that is gone or that nobody has looked at for seconds. It never waits
// for a picture.
func (w *Wall) Activity(name string) float64 {
	t, err := w.tile(name)
	if err != nil {
		return 0
	}
	t.level.Lock()
	defer t.level.Unlock()
	if time.Since(t.level.at) > fresh {
		return 0
	}
	return t.level.value
}

func (w *Wall) tile(name string) (*tile, error) {
	for _, t := range w.tiles {
		if t.Name == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("camera %q: %w", name, ErrUnknown)
}

// Fit returns the even size of that width with whole's proportions; never larger
// than whole.
func Fit(whole picture.Size, width int) picture.Size {
	width = max(2, min(width, whole.Width)&^1)
	return picture.Size{Width: width, Height: max(2, width*whole.Height/max(1, whole.Width)&^1)}
}
