package iso

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/media/samples"
	"studio/publish"
)

// Options say where a recording goes. Name, Folder and Start are needed.
type Options struct {
	Name   string    // of the camera; begins the files' names
	Folder string    // must exist
	Start  time.Time // of the programme's clock, monotonic

	// Hidden says that parts of this camera's pictures may not be seen by anybody:
	// then they cannot be kept as they came, and the switch is refused.
	Hidden bool

	RotateAfter time.Duration // a file is at most about as long; 0 is 30 min, negative is for ever
	RotateBytes int64         // a file is at most about as big; 0 is 4 GB less a little; negative is any size
	QueueBytes  int           // what waits in memory for a slow disk at most; 0 is 24 MiB, 4 MiB for sound

	// Reserve is how many bytes of the disk are left to the programme's recording: 0
	// is 1 GiB, negative is none.
	Reserve int64
	Log     *slog.Logger // nil is none

	sync func(*os.File) error // tests make it slow, or let it fail; nil is fdatasync
}

// Status is how a recording is doing at one moment.
type Status struct {
	Name    string
	On      bool          // the switch
	State   publish.State // Off, Connecting, Live, Troubled, Waiting
	Message publish.Text  // what is wrong; empty if nothing
	Since   time.Time     // of the state
	Path    string        // of the newest file
	Bytes   uint64        // written since it was made
	Dropped uint64        // pictures, or stretches of sound, that had no room
}

// Recorder keeps one camera's pictures or the microphones' sound. Any goroutine may
// call its methods.
type Recorder struct {
	options Options
	titles  []string // of the tracks of sound; nil: pictures
	log     *slog.Logger
	wanted  atomic.Bool
	more    chan struct{} // capacity 1: there is something to do; a second mark is the same one

	mu       sync.Mutex
	ring     ring
	awaits   awaited
	status   Status
	lastDrop time.Time
}

// awaited is what has to come before pictures that stand on each other are kept.
type awaited uint8

const (
	beginning awaited = iota // a key frame: the recording begins there
	nothing
	next // a key frame: one before was dropped, and what stands on it goes with it
)

// NewCamera returns a recorder of a camera's pictures. It is switched off.
func NewCamera(o Options) *Recorder { return newRecorder(o, nil, 24<<20) }

// NewSound returns a recorder of so many microphones' sound, a track for each.
func NewSound(o Options, titles []string) *Recorder { return newRecorder(o, titles, 4<<20) }

func newRecorder(o Options, titles []string, queue int) *Recorder {
	if o.RotateAfter == 0 {
		o.RotateAfter = 30 * time.Minute
	}
	if o.RotateBytes == 0 {
		o.RotateBytes = 4_000_000_000
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = queue
	}
	if o.Reserve == 0 {
		o.Reserve = 1 << 30
	}
	if o.sync == nil {
		o.sync = func(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{
		options: o, titles: titles, log: log.With("recording", o.Name), more: make(chan struct{}, 1),
		ring:   ring{limit: o.QueueBytes},
		status: Status{Name: o.Name, State: publish.Off, Since: time.Now()},
	}
}

// errHidden and its like are refusals: nothing gets better by itself.
func (o Options) hidden() error {
	return &publish.Error{Fault: publish.NotCarried, Text: publish.Text{
		En: fmt.Sprintf("camera %s: parts of its picture are hidden for privacy, so it is not kept as it comes; the programme's recording has it", o.Name),
		Zh: fmt.Sprintf("摄像头 %s：画面有隐私遮挡区域，不能保存原始画面；节目录像中有遮挡后的画面", o.Name),
	}}
}

// Switch starts or ends the recording. It returns at once; the error is a refusal.
func (r *Recorder) Switch(on bool) error {
	if on && r.options.Hidden {
		return r.options.hidden()
	}
	if r.wanted.Swap(on) != on {
		r.wake()
	}
	return nil
}

func (r *Recorder) wake() {
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// Offer keeps a copy of a frame, if the recorder is switched on; see
// capture.CameraOptions.Tap. It never waits. Only JPEG and H.264 are kept: raw
// pictures would have to be coded, or fill a disk in no time.
func (r *Recorder) Offer(f *capture.Frame) {
	if !r.wanted.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := entry{at: f.Taken.Sub(r.options.Start), width: f.Width, height: f.Height, key: true}
	switch f.Format {
	case capture.MJPEG:
	case capture.H264:
		e.h264, e.key = true, f.Key
	default:
		r.refuse(f.Format)
		return
	}
	switch {
	case len(f.Data) == 0, !e.key && r.awaits == beginning:
		return
	case !e.key && r.awaits == next:
		r.drop()
		return
	}
	if e.data = r.ring.reserve(len(f.Data)); e.data == nil {
		r.awaits = next
		r.drop()
		return
	}
	r.awaits = nothing
	copy(e.data, f.Data)
	r.add(e)
}

// OfferSound keeps a copy of a microphone's block on the programme's clock, if the
// recorder is switched on. It never waits. Values beyond ±1 are limited.
func (r *Recorder) OfferSound(track int, b samples.Block) {
	if !r.wanted.Load() || len(b.Data) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := entry{track: track, key: true, at: samples.Duration(b.Position), lasts: samples.Duration(int64(b.Frames()))}
	if e.data = r.ring.reserve(2 * len(b.Data)); e.data == nil {
		r.drop()
		return
	}
	for i, x := range b.Data {
		v := int16(math.RoundToEven(float64(min(max(x, -1), 1)) * math.MaxInt16))
		e.data[2*i], e.data[2*i+1] = byte(v), byte(v>>8)
	}
	r.add(e)
}

func (r *Recorder) add(e entry) {
	if !r.wanted.Load() { // switched off meanwhile: the writer may have gone
		return
	}
	r.ring.push(e)
	r.wake()
}

func (r *Recorder) drop() {
	now := time.Now()
	if now.Sub(r.lastDrop) > lately {
		r.log.Warn("pictures or sound of this recording are dropped: the disk is too slow or away")
	}
	r.lastDrop = now
	r.status.Dropped++
}

// lately is how long a recording counts as troubled after a drop.
const lately = 10 * time.Second

func (r *Recorder) refuse(f capture.Format) {
	if r.status.State == publish.Waiting {
		return
	}
	r.status.State, r.status.Since = publish.Waiting, time.Now()
	r.status.Message = publish.Text{
		En: fmt.Sprintf("camera %s sends uncompressed pictures (%v): only a camera set to MJPEG or H.264 can be kept as it comes", r.options.Name, f),
		Zh: fmt.Sprintf("摄像头 %s 输出未压缩画面（%v）：只有设为 MJPEG 或 H.264 的摄像头才能原样保存", r.options.Name, f),
	}
}

// Status returns how the recording is doing.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.On = r.wanted.Load()
	if s.State == publish.Live && time.Since(r.lastDrop) < lately {
		s.State, s.Since = publish.Troubled, r.lastDrop
		s.Message = publish.Text{
			En: fmt.Sprintf("%s: the disk is too slow: %d pictures or stretches of sound are lost so far", r.options.Name, s.Dropped),
			Zh: fmt.Sprintf("%s：磁盘太慢，已丢失 %d 段画面或声音", r.options.Name, s.Dropped),
		}
	}
	return s
}

func (r *Recorder) change(state publish.State, message publish.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.State != state {
		r.status.Since = time.Now()
	}
	r.status.State, r.status.Message = state, message
}

// Run writes while the recorder is switched on, until ctx ends; then it finishes
// the file with what waits in memory. It returns nil, or the error that kept the
// last file from being finished. It is called once.
func (r *Recorder) Run(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 250*time.Millisecond, 3500*time.Millisecond
	for ctx.Err() == nil {
		if !r.wanted.Load() {
			r.rest()
			r.wait(ctx, nil)
			continue
		}
		began := time.Now()
		err := r.session(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		if time.Since(began) > 5*time.Second {
			pause.Reset()
		}
		r.fail(err)
		timer := time.NewTimer(pause.NextBackOff())
		for r.wanted.Load() && r.wait(ctx, timer.C) {
		}
		timer.Stop()
	}
	r.rest()
	return nil
}

func (r *Recorder) fail(err error) {
	said := new(publish.Error)
	text := publish.Text{En: err.Error(), Zh: err.Error()}
	if errors.As(err, &said) {
		text = said.Text
	}
	r.mu.Lock()
	news := r.status.Message != text
	r.mu.Unlock()
	r.change(publish.Waiting, text)
	if news {
		r.log.Warn("recording failed, will be tried again", "error", err)
	}
}

// rest forgets what waits and gives the memory back.
func (r *Recorder) rest() {
	r.mu.Lock()
	r.ring, r.awaits = ring{limit: r.options.QueueBytes}, beginning
	r.mu.Unlock()
	r.change(publish.Off, publish.Text{})
}

// wait returns true when there is something to do, false when ctx has ended or the
// alarm has gone off.
func (r *Recorder) wait(ctx context.Context, alarm <-chan time.Time) bool {
	select {
	case <-r.more:
		return true
	case <-alarm:
	case <-ctx.Done():
	}
	return false
}

// session records into one file after the other until the switch is off or ctx has
// ended, and what waits is written.
func (r *Recorder) session(ctx context.Context) (err error) {
	r.change(publish.Connecting, publish.Text{})
	s := &session{recorder: r, name: fileName(r.options.Name)}
	defer func() { err = errors.Join(err, s.close(err == nil)) }()
	for {
		r.mu.Lock()
		e, some := r.ring.oldest()
		r.mu.Unlock()
		switch {
		case some && !e.key && s.file == nil: // what it stands on is lost with the file before
			r.mu.Lock()
			r.ring.pop()
			r.drop()
			r.mu.Unlock()
		case some:
			if err := s.write(e); err != nil {
				return err
			}
			r.mu.Lock()
			r.ring.pop()
			r.status.Bytes += uint64(len(e.data))
			r.mu.Unlock()
		case !r.wanted.Load() || ctx.Err() != nil:
			return nil
		default:
			r.wait(ctx, nil)
		}
	}
}

// fileName makes a name of a camera fit for a file.
func fileName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, name)
	return strings.TrimLeft(name, ".")
}
