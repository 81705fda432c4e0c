package avformat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet"
	"studio/publish"
)

// FileOptions say where recordings go.
type FileOptions struct {
	Folder string // must exist
	Prefix string // put before the date in file names

	// Reserve is how many bytes of the disk are never filled, so that the rest of
	// the box goes on working: 0 is 64 MiB, negative is none.
	Reserve int64
	Now     func() time.Time // nil is time.Now

	// Written is told, if set, of each file as it is begun (with no fragments and 0
	// bytes), after each fragment that is safe on the disk, and when it is finished.
	// It is called from the goroutine that writes and must not block.
	Written func(path string, bytes int64)
}

// File returns a Dial that begins a new fragmented MP4 file at each attempt,
// named after the time: 2026-01-31_18-30-00.mp4, or 2026-01-31_18-30-00_2.mp4
// if there is such a file. A fragment begins at each key frame and at the latest
// 1.2 s after the one before; it is on the disk before the next begins. So the
// file plays at any moment, also after a power cut, up to its last fragment.
func File(o FileOptions) publish.Dial {
	if o.Reserve == 0 {
		o.Reserve = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Written == nil {
		o.Written = func(string, int64) {}
	}
	return o.dial
}

// recording is one open file.
type recording struct {
	options   FileOptions
	file      *os.File
	muxer     *muxer
	fragments int64
	failed    bool
}

func (o FileOptions) dial(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
	if err := o.room(); err != nil {
		return nil, fmt.Errorf("record into %s: %w", o.Folder, err)
	}
	file, err := o.create()
	if err != nil {
		return nil, fmt.Errorf("record into %s: %w", o.Folder, plain(err))
	}
	r := &recording{options: o, file: file}
	if err := r.begin(ctx, streams); err != nil {
		r.failed = true
		r.Close()
		return nil, fmt.Errorf("record into %s: %w", file.Name(), plain(err))
	}
	o.Written(file.Name(), 0)
	return r, nil
}

// room reports an error when the disk is filled up to the reserve.
func (o FileOptions) room() error {
	if o.Reserve < 0 {
		return nil
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(o.Folder, &disk); err != nil {
		return plain(err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < o.Reserve {
		return fmt.Errorf("the disk is full: %d MiB are free, %d MiB are kept free", free>>20, o.Reserve>>20)
	}
	return nil
}

// create makes a file that did not exist.
func (o FileOptions) create() (*os.File, error) {
	name := filepath.Join(o.Folder, o.Prefix+o.Now().Format("2006-01-02_15-04-05"))
	path := name + ".mp4"
	for n := 2; ; n++ {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return file, err
		}
		path = fmt.Sprintf("%s_%d.mp4", name, n)
	}
}

func (r *recording) begin(ctx context.Context, streams []*packet.Stream) (err error) {
	if r.muxer, err = newMuxer(ctx, "mp4", streams); err != nil {
		return err
	}
	if err := r.muxer.file(r.file.Fd(), false); err != nil {
		return err
	}
	r.muxer.option("movflags", "frag_keyframe+empty_moov+default_base_moof+frag_discont")
	r.muxer.option("frag_duration", longestFragment)
	return r.muxer.header(diskTimeout)
}

// Write implements publish.Sink.
func (r *recording) Write(p *packet.Packet) error {
	err := r.muxer.write(p, diskTimeout)
	if err == nil {
		err = r.secure()
	}
	if err != nil {
		r.failed = true
		return fmt.Errorf("record into %s: %w", r.file.Name(), plain(err))
	}
	return nil
}

// secure puts a fragment just finished on the disk.
func (r *recording) secure() error {
	finished := r.muxer.fragments()
	if finished == r.fragments {
		return nil
	}
	r.fragments = finished
	if err := unix.Fdatasync(int(r.file.Fd())); err != nil {
		return err
	}
	r.options.Written(r.file.Name(), r.muxer.written())
	return r.options.room()
}

// Close implements publish.Sink. After a failed write the file is cut to its last
// whole fragment, so that it stays well formed; one without any is removed.
func (r *recording) Close() error {
	err := r.finish()
	if closed := r.file.Close(); err == nil {
		err = closed
	}
	if err != nil && !r.failed {
		return fmt.Errorf("finish %s: %w", r.file.Name(), plain(err))
	}
	return nil
}

func (r *recording) finish() (err error) {
	var whole, fragments, written int64
	if r.muxer != nil {
		err = r.muxer.close(!r.failed, diskTimeout)
		whole, fragments, written = r.muxer.whole(), r.muxer.fragments(), r.muxer.written()
		r.muxer.free()
	}
	switch {
	case fragments == 0:
		return errors.Join(err, os.Remove(r.file.Name()))
	case r.failed || err != nil:
		written = whole
		err = errors.Join(err, r.file.Truncate(whole))
	}
	r.options.Written(r.file.Name(), written)
	return errors.Join(err, r.file.Sync())
}

// plain says what a file error means, without the path that the caller names.
func plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var e *muxError
	if errors.As(err, &e) && e.errno != 0 {
		err = e.errno
	}
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return errors.New("the disk is full")
	case errors.Is(err, syscall.EFBIG):
		return errors.New("the file may not grow any further (limit of the system)")
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return fmt.Errorf("no right to write there (%w)", err)
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such folder")
	}
	return err
}
