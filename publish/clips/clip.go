package clips

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/mp4"
)

// Source holds some of a canvas's past. Held says how much of a stretch of the
// programme it has, or will have in a moment, without waiting. Pieces opens it,
// waiting until it reaches to or ctx ends; the caller calls the function that comes
// with it when it is done.
type Source interface {
	Held(from, to time.Duration) time.Duration
	Pieces(ctx context.Context, from, to time.Duration) ([]mp4.Piece, func(), error)
}

// Wish says which clip is wanted.
type Wish struct {
	Folder   string        // must exist
	Name     string        // begins the file's name: the canvas
	From, To time.Duration // in the programme's time
	At       time.Time     // when it was wished for; in the file's name

	Title string    // as players show it; may be empty
	Step  string    // of the craft that was under way; may be empty
	Tags  []mp4.Tag // what else the file says of itself
}

// Clip is a file that is ready.
type Clip struct {
	Path     string
	From, To time.Duration // in the programme's time; From is a key frame's
	Bytes    int64
}

// Cut makes an MP4 of what the source that holds most of it has, the first of equal
// ones. Recording goes on beside it. Errors are plain sentences in both languages.
func Cut(ctx context.Context, w Wish, sources ...Source) (Clip, error) {
	var best Source
	var most time.Duration
	for _, s := range sources {
		if held := s.Held(w.From, w.To); held > most {
			best, most = s, held
		}
	}
	if best == nil {
		return Clip{}, nothing(w)
	}
	pieces, done, err := best.Pieces(ctx, w.From, w.To)
	if err != nil {
		return Clip{}, w.fault(err)
	}
	defer done()
	return w.cut(pieces)
}

func (w Wish) cut(pieces []mp4.Piece) (Clip, error) {
	return w.put(".mp4", func(file *os.File) (Clip, error) {
		buffered := bufio.NewWriterSize(file, 1<<20)
		cut, err := mp4.Cut(buffered, pieces, w.From, w.To, w.tags())
		if err != nil {
			return Clip{}, err
		}
		return Clip{From: cut.From, To: cut.To, Bytes: cut.Bytes}, buffered.Flush()
	})
}

// FromProgramme makes an MP4 of a stretch of a programme's recording, also of one that
// is being written. From and To of the wish are the recording's own time.
func FromProgramme(w Wish, recording string) (Clip, error) {
	file, err := os.Open(recording)
	if err != nil {
		return Clip{}, err
	}
	defer file.Close() // read only: nothing can be lost
	info, err := file.Stat()
	if err != nil {
		return Clip{}, err
	}
	movie, err := mp4.Read(file, info.Size())
	if err != nil {
		return Clip{}, fmt.Errorf("read %s: %w", recording, err)
	}
	if w.From >= movie.Duration() {
		return Clip{}, nothing(w)
	}
	return w.cut([]mp4.Piece{{Reader: file, Movie: movie}})
}

// FromISO makes a Matroska file of a stretch of a camera's or the microphones' own
// recording, without coding anything again. From and To of the wish are the
// recording's own time.
func FromISO(ctx context.Context, w Wish, recording string) (Clip, error) {
	return w.put(".mkv", func(file *os.File) (Clip, error) {
		tags := map[string]string{}
		for _, t := range w.tags() {
			tags[t.Name] = t.Value
		}
		begins, err := avformat.Remux(ctx, recording, file.Name(), w.From, w.To, tags)
		if err != nil {
			return Clip{}, err
		}
		info, err := file.Stat()
		if err != nil {
			return Clip{}, err
		}
		return Clip{From: begins, To: w.To, Bytes: info.Size()}, nil
	})
}

// put lets a clip be written beside its place, and puts it there when it is safe.
func (w Wish) put(suffix string, write func(*os.File) (Clip, error)) (Clip, error) {
	file, place, err := w.create(suffix)
	if err != nil {
		return Clip{}, w.fault(err)
	}
	clip, err := write(file)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), place)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the fault is told; Tidy removes it otherwise
		if errors.Is(err, mp4.ErrNothing) || errors.Is(err, avformat.ErrNothing) {
			return Clip{}, nothing(w)
		}
		return Clip{}, w.fault(err)
	}
	clip.Path = place
	return clip, nil
}

// create opens a file that did not exist, for a place that is free:
// landscape_2026-01-31_18-30-00.mp4, or …_2.mp4.
func (w Wish) create(suffix string) (file *os.File, place string, err error) {
	name := fmt.Sprintf("%s_%s", strings.ReplaceAll(w.Name, "/", "_"), w.At.Format("2006-01-02_15-04-05"))
	for n := 1; ; n++ {
		place = filepath.Join(w.Folder, name+suffix)
		if n > 1 {
			place = filepath.Join(w.Folder, fmt.Sprintf("%s_%d%s", name, n, suffix))
		}
		if _, err := os.Lstat(place); err == nil {
			continue
		}
		file, err := os.OpenFile(place+part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) || n > 10_000 {
			return file, place, err
		}
	}
}

// part ends the names of clips that are being written.
const part = ".part"

// Tidy removes what clips left behind that a power cut kept from being finished. It
// is called before any clip is made. It returns how many there were.
func Tidy(folder string) (int, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		name := e.Name()
		if e.Type().IsRegular() && (strings.HasSuffix(name, ".mp4"+part) || strings.HasSuffix(name, ".mkv"+part) || strings.HasPrefix(name, ".clip-")) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (w Wish) tags() []mp4.Tag {
	tags := []mp4.Tag{{Name: "date", Value: w.At.Format(time.RFC3339)}}
	if w.Title != "" {
		tags = append(tags, mp4.Tag{Name: "title", Value: w.Title})
	}
	if w.Step != "" {
		tags = append(tags, mp4.Tag{Name: "comment", Value: w.Step})
	}
	return append(tags, w.Tags...)
}

func (w Wish) fault(err error) error {
	return avformat.DiskError(publish.Text{En: "make a clip in " + w.Folder, Zh: "制作片段 " + w.Folder}, err)
}

func nothing(w Wish) error {
	return &publish.Error{Fault: publish.Unknown, Err: mp4.ErrNothing, Text: publish.Text{
		En: "no clip: nothing of " + w.Name + " is kept of that time",
		Zh: "无法制作片段：那段时间没有保存 " + w.Name + " 的画面",
	}}
}
