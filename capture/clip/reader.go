package clip

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"studio/capture"
	"studio/media/picture"
	"studio/words"
)

// framesOut is how many frames of one Reader may be held at a time; the frame
// that would be one more is dropped. Those of a mailbox's delay are among them.
const framesOut = 32 + capture.HeldBack

var (
	// ErrExhausted is what Next answers for a frame that it dropped because
	// framesOut of them are held; the next call goes on with the next frame.
	ErrExhausted = errors.New("clip: too many frames are held, one was dropped")
	// ErrDamaged is what Next answers for a packet that cannot be decoded; the
	// next call goes on behind it.
	ErrDamaged = errors.New("clip: damaged frame dropped")
)

// defaultRate is the frame rate of a file that does not tell, as a raw MJPEG
// stream: that of most cameras.
const defaultRate = 30

// Reader takes the frames out of a file one after another, without pacing. Its
// methods are called by one goroutine; frames may be released by any, also after
// Close.
type Reader struct {
	path     string
	file     *file
	mode     capture.Mode
	sequence uint64 // frames read so far
	round    uint64 // of them since the last Rewind

	at time.Duration // position of the newest frame since the first one
	// what the newest ctx passed to Next is watched by; its Done channel tells
	// whether the next one is the same.
	watched <-chan struct{}
	unwatch func() bool
	frames  freeList
}

// OpenReader opens a video file and reads as much of it as it takes to know what
// is in it. The error is a sentence that names the file.
func OpenReader(path string) (*Reader, error) {
	if info, err := os.Stat(path); err != nil {
		var why *os.PathError
		if errors.As(err, &why) {
			err = why.Err
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, words.Errorf("open clip %[1]q: %[2]w", "找不到视频文件（%[3]s）", path, err, filepath.Base(path))
		}
		return nil, words.Errorf("open clip %[1]q: %[2]w", "打不开视频文件：%[2]w（%[3]s）", path, err, filepath.Base(path))
	} else if info.IsDir() {
		return nil, words.Errorf("open clip %[1]q: is a folder", "这是文件夹，不是视频文件（%[2]s）", path, filepath.Base(path))
	} else if !info.Mode().IsRegular() {
		// libavformat could not be interrupted while it waits for a pipe
		return nil, words.Errorf("open clip %[1]q: is not a file", "这不是文件（%[2]s）", path, filepath.Base(path))
	}
	file, err := openFile(path)
	if err != nil {
		return nil, words.Errorf("open clip %[1]q: %[2]w", "视频文件%[2]w（%[3]s）", path, err, filepath.Base(path))
	}
	r := &Reader{path: path, file: file}
	r.frames.owner = r
	r.mode = capture.Mode{Format: capture.I420, Width: file.width &^ 1, Height: file.height &^ 1, FrameRate: file.rate}
	if file.mjpeg {
		r.mode.Format, r.mode.Width, r.mode.Height = capture.MJPEG, file.width, file.height
	}
	if r.mode.FrameRate == 0 {
		r.mode.FrameRate = defaultRate
	}
	return r, nil
}

// Mode returns what the frames are.
func (r *Reader) Mode() capture.Mode { return r.mode }

// Next returns the next frame with a hold for the caller, io.EOF at the end of
// the file, ErrExhausted or ErrDamaged for a frame that was dropped, or the
// ctx's error when ctx ended while it read. Taken is the frame's place in the
// file after the zero time; Sequence counts the file's frames from 0 on and goes
// on counting through Rewind.
func (r *Reader) Next(ctx context.Context) (*capture.Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.watch(ctx)
	found, err := r.file.next()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == io.EOF || err == ErrDamaged {
			return nil, err
		}
		return nil, words.Errorf("read clip %[1]q: %[2]w", "读不了视频文件：%[2]w（%[3]s）", r.path, err, filepath.Base(r.path))
	}
	sequence := r.sequence
	r.sequence++
	if found.timed {
		r.at = max(found.at, 0)
	} else {
		r.at = time.Duration(float64(r.round) / r.mode.FrameRate * float64(time.Second))
	}
	r.round++
	frame := r.frames.get()
	if frame == nil {
		return nil, ErrExhausted
	}
	r.file.fill(frame)
	frame.Sequence = sequence
	frame.Taken = time.Time{}.Add(r.at)
	return frame, nil
}

// watch makes the end of ctx end a blocking read.
func (r *Reader) watch(ctx context.Context) {
	if ctx.Done() == r.watched {
		return
	}
	if r.unwatch != nil {
		r.unwatch()
	}
	r.watched, r.unwatch = ctx.Done(), nil
	r.file.interrupt(false)
	if ctx.Done() != nil {
		file := r.file
		r.unwatch = context.AfterFunc(ctx, func() { file.interrupt(true) })
	}
}

// Rewind goes back to the first frame.
func (r *Reader) Rewind() error {
	if err := r.file.rewind(); err != nil {
		return words.Errorf("rewind clip %[1]q: %[2]w", "视频文件不能从头再放：%[2]w（%[3]s）", r.path, err, filepath.Base(r.path))
	}
	r.at, r.round = 0, 0
	return nil
}

// Close closes the file. Frames that are still held stay valid.
func (r *Reader) Close() {
	if r.unwatch != nil {
		r.unwatch()
		r.unwatch = nil
	}
	r.file.close()
}

// position returns where in the file the newest frame stands.
func (r *Reader) position() time.Duration { return r.at }

// frameTime returns how long one frame is shown.
func (r *Reader) frameTime() time.Duration {
	return time.Duration(float64(time.Second) / r.mode.FrameRate)
}

// freeList keeps the frames that came back, so that reading allocates nothing
// once it runs.
type freeList struct {
	owner *Reader
	mu    sync.Mutex
	free  []*capture.Frame
	made  int
}

// get returns a frame that is held once, or nil when framesOut are held.
func (l *freeList) get() *capture.Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		f := l.free[n-1]
		l.free = l.free[:n-1]
		f.Renew()
		return f
	}
	if l.made == framesOut {
		return nil
	}
	l.made++
	return capture.NewFrame(l.put)
}

func (l *freeList) put(f *capture.Frame) {
	l.mu.Lock()
	l.free = append(l.free, f)
	l.mu.Unlock()
}

// room returns memory of n bytes for a frame, its old one if that is enough.
func room(f *capture.Frame, n int) []byte {
	if cap(f.Data) >= n {
		return f.Data[:n]
	}
	return make([]byte, n, n+n/8)
}

// colourOf turns a file's tags into our words. A file that says nothing is taken
// for what such files usually are: BT.709 from 720 lines on, BT.601 below.
func colourOf(full, tagged601, tagged709 bool, height int) picture.Colour {
	c := picture.Colour{Matrix: picture.BT601}
	if full {
		c.Range = picture.Full
	}
	if tagged709 || (!tagged601 && height >= 720) {
		c.Matrix = picture.BT709
	}
	return c
}
