package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/mp4"
)

// Options say where and how recordings are kept. Only Folder is needed.
type Options struct {
	Folder string // must exist
	Prefix string // put before the date in file names

	Titles []string          // of the streams that are dialled, as players show them: a microphone's name; may be shorter
	Tags   map[string]string // what each file says of itself, such as "title"

	RotateAfter time.Duration // a file is at most about as long; 0 is an hour, negative is for ever
	RotateBytes int64         // a file is at most about as big; 0 is 4 GB less a little, which every file system takes; negative is any size

	// Reserve is how many bytes of the disk are never filled, so that the rest of
	// the box goes on working: 0 is 64 MiB, negative is none.
	Reserve int64
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is none

	// Written is told, if set, of each file as it is begun (with 0 bytes), after each
	// fragment that is safe on the disk, and when it is finished. It is called from
	// the goroutine that writes and must not block.
	Written func(path string, bytes int64)

	sync func(*os.File) error // tests make it slow, or let it fail; nil is fdatasync
}

// Status is what is being written.
type Status struct {
	Path    string // of the newest file; empty before the first
	Part    int    // its number within this recording, from 1
	Bytes   int64  // of it that are safe on the disk
	Length  time.Duration
	Writing bool
}

// Recorder keeps one canvas's programme. Any goroutine may call its methods; only
// one sink is open at a time.
type Recorder struct {
	options Options
	log     *slog.Logger

	mu       sync.Mutex
	status   Status
	open     []string // paths of files that are written, or not yet finished
	chapters []mark   // not yet in a file
	last     mark     // the newest chapter, and the one before it
	previous mark
	parts    []*part
	grown    chan struct{} // closed when a part has grown, and then made anew
}

// mark is a chapter in the programme's time.
type mark struct {
	at    time.Duration
	title string
}

// part is a file that pieces may be taken from.
type part struct {
	path  string
	zero  time.Duration // the programme's time at its beginning
	movie *mp4.Movie    // a snapshot
}

// New returns a recorder that writes nothing until it is dialled.
func New(o Options) *Recorder {
	if o.RotateAfter == 0 {
		o.RotateAfter = time.Hour
	}
	if o.RotateBytes == 0 {
		o.RotateBytes = 4_000_000_000
	}
	if o.Reserve == 0 {
		o.Reserve = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Written == nil {
		o.Written = func(string, int64) {}
	}
	if o.sync == nil {
		o.sync = func(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{options: o, log: log, grown: make(chan struct{})}
}

// Dial begins a new recording, named after the time: 2026-01-31_18-30-00_001.mp4;
// the parts that follow have the same time and the next numbers. It is a publish.Dial.
func (r *Recorder) Dial(_ context.Context, streams []*packet.Stream) (publish.Sink, error) {
	s := &session{recorder: r, streams: streams, reached: make(map[*packet.Stream]time.Duration), name: r.options.Prefix + r.options.Now().Format("2006-01-02_15-04-05")}
	f, err := s.begin()
	if err != nil {
		return nil, err
	}
	s.newest = f
	return s, nil
}

// Chapter names a place in the recording: a step that begins, a mark. at is the
// programme's time. It is on the disk with the next fragment. A new file begins
// with the chapter that the one before was in; an empty title ends that.
func (r *Recorder) Chapter(title string, at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Writing && title != "" {
		r.chapters = append(r.chapters, mark{at, title})
	}
	r.previous, r.last = r.last, mark{at, title}
}

// Status returns what is being written.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Open returns the paths of the files that are written or not yet finished: after a
// rotation the part before is, until its last sound has come and its table is made.
func (r *Recorder) Open() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.open)
}

// room reports an error when the disk is filled up to the reserve.
func (o Options) room() error {
	if o.Reserve < 0 {
		return nil
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(o.Folder, &disk); err != nil {
		return err
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < o.Reserve {
		return &publish.Error{Fault: publish.DiskFull, Text: publish.Text{
			En: fmt.Sprintf("record into %s: the disk is full: %d MiB are free, %d MiB are kept free", o.Folder, free>>20, o.Reserve>>20),
			Zh: fmt.Sprintf("录制到 %s：磁盘已满：还剩 %d MiB，须留 %d MiB", o.Folder, free>>20, o.Reserve>>20),
		}}
	}
	return nil
}

func into(where string) publish.Text {
	return publish.Text{En: "record into " + where, Zh: "录制到 " + where}
}

// create makes a file that did not exist and returns its number. It counts as open
// before it is there, so that nobody can find it and think that it is finished.
func (r *Recorder) create(name string, number int) (*os.File, int, error) {
	for ; ; number++ {
		path := filepath.Join(r.options.Folder, fmt.Sprintf("%s_%03d.mp4", name, number))
		r.opens(path)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			r.closed(path)
		}
		if !errors.Is(err, fs.ErrExist) || number > 100_000 {
			return f, number, err
		}
	}
}

func (r *Recorder) opens(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, path)
}

func (r *Recorder) closed(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.open, path); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
	}
}

// file is one open file.
type file struct {
	recorder  *Recorder
	file      *os.File
	fragments *avformat.Fragments
	movie     *mp4.Movie
	written   int64 // fragments that are safe
	zero      time.Duration
	begun     bool // it has its first picture
	failed    bool
}

func (s *session) begin() (*file, error) {
	r := s.recorder
	o := r.options
	fail := func(where string, err error) (*file, error) {
		return nil, avformat.DiskError(into(where), err)
	}
	if err := o.room(); err != nil {
		return fail(o.Folder, err)
	}
	opened, number, err := r.create(s.name, s.part+1)
	if err != nil {
		return fail(o.Folder, err)
	}
	s.part = number
	f := &file{recorder: r, file: opened}
	err = f.head(s.streams)
	if err == nil {
		err = syncFolder(o.Folder) // or a power cut takes the name
	}
	if err != nil {
		err = errors.Join(err, opened.Close(), os.Remove(opened.Name()))
		r.closed(opened.Name())
		return fail(opened.Name(), err)
	}
	r.mu.Lock()
	r.status = Status{Path: opened.Name(), Part: number, Writing: true}
	r.mu.Unlock()
	o.Written(opened.Name(), 0)
	return f, nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// head lets the muxer write its head and makes it a recording's.
func (f *file) head(streams []*packet.Stream) (err error) {
	o := f.recorder.options
	f.fragments, err = avformat.NewFragments(f.file, avformat.FragmentOptions{Streams: streams, Titles: o.Titles, Tags: o.Tags})
	if err != nil {
		return err
	}
	if f.movie, err = mp4.Begin(f.file); err != nil {
		return errors.Join(err, f.fragments.Close(false))
	}
	return nil
}

// write hands a packet to the muxer, and puts a fragment just finished on the disk.
func (f *file) write(p *packet.Packet) error {
	err := f.fragments.Write(p)
	if count := f.fragments.Count(); err == nil && count != f.written {
		f.written = count
		err = f.secure()
	}
	if err != nil {
		f.failed = true
		return avformat.DiskError(into(f.file.Name()), err)
	}
	return nil
}

func (f *file) secure() error {
	if err := f.writeChapters(); err != nil {
		return err
	}
	if err := f.recorder.options.sync(f.file); err != nil {
		return err
	}
	if err := f.readOn(); err != nil {
		return err
	}
	f.recorder.options.Written(f.file.Name(), f.movie.End)
	return f.recorder.options.room()
}

// readOn reads the tables of the fragments just written, which are still in memory.
func (f *file) readOn() error {
	size, err := f.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := f.movie.Advance(f.file, size); err != nil {
		return err
	}
	f.recorder.grew(f)
	return nil
}

func (f *file) writeChapters() error {
	for _, m := range f.recorder.due(f) {
		c := mp4.Chapter{At: max(0, m.at-f.zero), Title: m.title}
		if _, err := f.file.Write(mp4.ChapterBox(c)); err != nil {
			return err
		}
	}
	return nil
}

// close finishes the file: after a failed write too, when it is cut to its last
// whole fragment. One that holds nothing is removed.
func (f *file) close() error {
	flushed := f.fragments.Close(!f.failed)
	if flushed != nil {
		f.failed = true
	}
	err := f.finish()
	if closed := f.file.Close(); err == nil {
		err = closed
	}
	f.recorder.left(f)
	f.recorder.closed(f.file.Name())
	if f.failed { // told by the write; what is left is well formed, or for Repair
		return nil
	}
	if err != nil {
		return avformat.DiskError(publish.Text{En: "finish " + f.file.Name(), Zh: "结束录像 " + f.file.Name()}, err)
	}
	return nil
}

func (f *file) finish() error {
	var chapters error
	if !f.failed {
		chapters = f.writeChapters()
	}
	if err := errors.Join(chapters, f.readOn()); err != nil {
		return err
	}
	if f.movie.Fragments() == 0 {
		return os.Remove(f.file.Name())
	}
	size, err := f.movie.Finish(f.file)
	if err != nil { // no room for the table: Repair makes it when there is
		return errors.Join(err, f.file.Truncate(f.movie.End))
	}
	f.recorder.options.Written(f.file.Name(), size)
	return nil
}
