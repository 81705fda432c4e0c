package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"studio/configs/wanted"
	"studio/publish"
	"studio/ui"
	"studio/words"
)

// air is what leaves the box: the broadcast to its destinations, and the
// recordings. What people want of it is stored before it is carried out; the run
// loop then makes what is there equal to what is wanted.
type air struct {
	log        *slog.Logger
	wanted     *wanted.Store
	recordings []*post                        // of the programme, one a canvas
	together   bool                           // the recording starts and ends with the broadcast
	roomy      func() bool                    // the disk has room for recordings
	settled    func(broadcast, recorded bool) // is told what is so after each wish
	wishes     chan wish
	over       chan struct{} // closed when run has ended

	mu             sync.Mutex
	posts          []*post   // replaced, never changed
	since          time.Time // zero: off air
	recordingSince time.Time
	unstored       error // why a wish would be forgotten
}

// wish is what a person wants of the air; done takes its one answer.
type wish struct {
	change func(*wanted.State)
	again  *post // to be ended and started anew; nil: none
	next   *post // that takes the place of again, or comes new; nil: again itself
	gone   bool  // again is ended and not started any more
	done   chan error
}

func newAir(store *wanted.Store, posts, recordings []*post, together bool, roomy func() bool, settled func(broadcast, recorded bool), log *slog.Logger) *air {
	return &air{
		log: log, wanted: store, posts: posts, recordings: recordings, together: together, roomy: roomy, settled: settled,
		wishes: make(chan wish), over: make(chan struct{}),
	}
}

// run starts what was wanted before, carries out wishes until ctx ends, and then
// ends what is on air, in order. What is wanted stays wanted.
func (a *air) run(ctx context.Context) error {
	defer close(a.over)
	if err := a.reconcile(ctx); err != nil {
		a.log.Warn("not everything that was wanted could be started", "error", err)
	}
	for {
		select {
		case w := <-a.wishes:
			w.done <- a.carryOut(ctx, w)
		case <-ctx.Done():
			a.end(append(slices.Clone(a.list()), a.recordings...))
			return nil
		}
	}
}

func (a *air) carryOut(ctx context.Context, w wish) error {
	if w.change != nil {
		err := a.wanted.Change(w.change)
		a.mu.Lock()
		a.unstored = err
		a.mu.Unlock()
		if err != nil {
			a.log.Warn("what is wanted holds until the program ends, but cannot be stored", "error", err)
		}
	}
	switch {
	case w.next != nil && w.again != nil && w.next.sentAs(w.again):
		w.next.takeOver(w.again)
	case w.again != nil:
		a.end([]*post{w.again})
	}
	if w.next != nil || w.gone {
		a.replace(w.again, w.next)
	}
	return a.reconcile(ctx)
}

// list returns the destinations; what is returned is nobody's to change.
func (a *air) list() []*post {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posts
}

// replace puts next where before was; nil is none.
func (a *air) replace(before, next *post) {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := slices.Clone(a.posts)
	i := slices.Index(list, before)
	switch {
	case before == nil:
		list = append(list, next)
	case next == nil:
		list = slices.Delete(list, i, i+1)
	default:
		list[i] = next
	}
	a.posts = list
}

// reconcile starts what is wanted and not there, and ends what is there and not
// wanted. The error says what could not be started.
func (a *air) reconcile(ctx context.Context) error {
	w := a.wanted.State()
	a.note(w)
	var surplus []*post
	var errs []error
	settle := func(p *post, want bool) {
		running := p.running() != nil
		switch {
		case want && !running:
			if err := p.start(ctx, a.log); err != nil {
				errs = append(errs, words.Errorf("%[2]w", "%[1]s：%[2]w", p.Name, err))
			}
		case !want && (running || p.status().State != publish.Off): // or it could not be started
			surplus = append(surplus, p)
		}
	}
	made := func(p *post) bool { return wanted.On(w.Canvases, p.line.Name, !p.line.Off) }
	for _, p := range a.list() {
		settle(p, w.Broadcast && made(p) && wanted.On(w.Destinations, p.Name, !p.Off))
	}
	for _, p := range a.recordings {
		settle(p, w.Recording && made(p) && a.roomy())
	}
	a.end(surplus)
	a.settled(w.Broadcast, w.Recording)
	if errs != nil {
		return fmt.Errorf("%w: %w", ui.ErrRefused, errors.Join(errs...))
	}
	return nil
}

// end ends several destinations at once.
func (a *air) end(posts []*post) {
	var ends sync.WaitGroup
	for _, p := range posts {
		ends.Go(p.end)
	}
	ends.Wait()
}

// note keeps since when the broadcast and the recording are on.
func (a *air) note(w wanted.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := func(t *time.Time, on bool, what string) {
		if on == t.IsZero() {
			*t = time.Time{}
			if on {
				*t = time.Now()
			}
			a.log.Info(what, "on", on)
		}
	}
	since(&a.since, w.Broadcast, "broadcast")
	since(&a.recordingSince, w.Recording, "recording")
}

func (a *air) wish(ctx context.Context, w wish) error {
	w.done = make(chan error, 1) // one answer, also when nobody waits any more
	select {
	case a.wishes <- w:
	case <-a.over:
		return ui.Refused("the engine is ending", "程序正在退出")
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// broadcast starts or ends the broadcast, and with it the recording if they go
// together; asking for what is already so is fine.
func (a *air) broadcast(ctx context.Context, on bool) error {
	if on && len(a.list()) == 0 && len(a.recordings) == 0 {
		return ui.Refused("no destination and no recording folder is configured", "没有设置直播去向，也没有录像文件夹，请先设置")
	}
	err := a.wish(ctx, wish{change: func(w *wanted.State) {
		if on && !w.Broadcast && a.together && len(a.recordings) > 0 && !w.Recording {
			w.Recording, w.RecordingWithBroadcast = true, true
		}
		if !on && w.RecordingWithBroadcast {
			w.Recording, w.RecordingWithBroadcast = false, false
		}
		w.Broadcast = on
	}})
	if err != nil && a.anyRuns() {
		return nil // those that could not be started say so themselves
	}
	return err
}

// anyRuns tells whether anything leaves the box.
func (a *air) anyRuns() bool {
	for _, p := range append(slices.Clone(a.list()), a.recordings...) {
		if p.running() != nil {
			return true
		}
	}
	return false
}

// record starts or ends the recording. One that a person asked for outlives the
// broadcast.
func (a *air) record(ctx context.Context, on bool) error {
	if on && len(a.recordings) == 0 {
		return ui.Refused("no recording folder is configured", "没有设置录像文件夹，请联系技术人员")
	}
	return a.wish(ctx, wish{change: func(w *wanted.State) { w.Recording, w.RecordingWithBroadcast = on, false }})
}

// send starts or ends one destination; it goes on air if the broadcast is.
func (a *air) send(ctx context.Context, name string, on bool) error {
	p, err := a.post(name)
	if err != nil {
		return err
	}
	w := wish{change: func(w *wanted.State) { wanted.Set(&w.Destinations, name, on) }}
	if on && p.running() != nil && p.status().State == publish.Failed {
		w.again = p // somebody mended what was wrong
	}
	return a.wish(ctx, w)
}

// exchange lets another form of a destination take the place of the present one; nil
// is none.
func (a *air) exchange(ctx context.Context, present, next *post, change func(*wanted.State)) error {
	err := a.wish(ctx, wish{change: change, again: present, next: next, gone: next == nil})
	if list := a.list(); err != nil && (next == nil || slices.Contains(list, next)) && (present == nil || !slices.Contains(list, present)) {
		return nil // it is so; what cannot be started says so itself
	}
	return err
}

// renew starts a destination anew, because something about it changed.
func (a *air) renew(ctx context.Context, name string) error {
	p, err := a.post(name)
	if err != nil {
		return err
	}
	return a.wish(ctx, wish{again: p})
}

func (a *air) post(name string) (*post, error) {
	for _, p := range a.list() {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, ui.Unknown("destination %q: there is none of that name", "没有名为“%s”的直播去向", name)
}

// onAir returns since when the broadcast is on, zero if it is off.
func (a *air) onAir() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.since
}

// recorded returns since when the recording is on, zero if it is off.
func (a *air) recorded() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.recordingSince
}

// forgetful says why what is wanted would be forgotten, nil if it would not.
func (a *air) forgetful() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unstored
}
