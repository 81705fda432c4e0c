package recording

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/mp4"
)

// Found is a recording that was never finished, and what became of it.
type Found struct {
	Path      string
	Length    time.Duration // that plays
	Chapters  int
	TornBytes int64 // cut off at its end
	Removed   bool  // it held nothing
	Err       error // it could not be finished, and is as it was; nil if it was
}

// Text says what happened in a sentence.
func (f Found) Text() publish.Text {
	name := filepath.Base(f.Path)
	switch {
	case f.Err != nil:
		return publish.Text{
			En: fmt.Sprintf("recording %s was not finished and cannot be finished now: %v", name, f.Err),
			Zh: fmt.Sprintf("录像 %s 上次没有正常结束，现在还不能修复：%v", name, f.Err),
		}
	case f.Removed:
		return publish.Text{
			En: fmt.Sprintf("recording %s had just begun and held nothing; it was removed", name),
			Zh: fmt.Sprintf("录像 %s 刚开始就中断了，没有内容，已删除", name),
		}
	}
	length := f.Length.Round(100 * time.Millisecond)
	return publish.Text{
		En: fmt.Sprintf("recording %s was not finished; it was repaired and plays for %v", name, length),
		Zh: fmt.Sprintf("录像 %s 上次没有正常结束，已修复，可播放 %v", name, length),
	}
}

// Repair finishes every recording in a folder that was not: after a power cut, a
// crash, a full disk. It is called before anything records there. Files of others
// and finished ones are not touched. The error is that of reading the folder.
func Repair(folder string) ([]Found, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, avformat.DiskError(publish.Text{En: "look for unfinished recordings in " + folder, Zh: "检查未完成的录像 " + folder}, err)
	}
	var list []Found
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if !e.Type().IsRegular() || filepath.Ext(path) != ".mp4" {
			continue
		}
		found, err := repair(path)
		if errors.Is(err, mp4.ErrForeign) || err == nil && found.Path == "" {
			continue
		}
		found.Path = path
		if err != nil {
			found.Err = err
		}
		list = append(list, found)
	}
	return list, nil
}

// noHead is how big a file of ours may be that was torn before its head was whole.
const noHead = 128 << 10

// repair finishes one file; without a path, it was finished.
func repair(path string) (found Found, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return Found{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return Found{}, err
	}
	state, err := mp4.Look(f, info.Size())
	if err == nil && state == mp4.Finished {
		return Found{}, nil
	}
	var movie *mp4.Movie
	if err == nil {
		movie, err = whole(f, info.Size())
	}
	if errors.Is(err, mp4.ErrForeign) && info.Size() < noHead && Ours(path) {
		return Found{Path: path, Removed: true, TornBytes: info.Size()}, os.Remove(path)
	} else if err != nil {
		return Found{}, err
	}
	found = Found{Path: path, Length: movie.Duration(), Chapters: len(movie.Chapters), TornBytes: info.Size() - movie.End}
	if movie.Fragments() == 0 {
		found.Removed = true
		return found, os.Remove(path)
	}
	_, err = movie.Finish(f)
	return found, err
}

// whole reads a recording up to the last fragment whose pictures are there.
func whole(f *os.File, size int64) (*mp4.Movie, error) {
	for {
		movie, err := mp4.Read(f, size)
		if err != nil || movie.Fragments() == 0 || movie.Check(f) == nil {
			return movie, err
		}
		size = movie.LastFragment()
	}
}
