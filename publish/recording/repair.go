package recording

import (
	"errors"
	"os"
	"path/filepath"

	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/mp4"
)

// Repair finishes every recording in a folder that was not: after a power cut, a
// crash, a full disk. It is called before anything records there. Files of others
// and finished ones are not touched. The error is that of reading the folder.
func Repair(folder string) ([]publish.Repaired, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, avformat.DiskError(publish.Text{En: "look for unfinished recordings in " + folder, Zh: "检查未完成的录像 " + folder}, err)
	}
	var list []publish.Repaired
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
func repair(path string) (found publish.Repaired, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return publish.Repaired{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return publish.Repaired{}, err
	}
	state, err := mp4.Look(f, info.Size())
	if err == nil && state == mp4.Finished {
		return publish.Repaired{}, nil
	}
	var movie *mp4.Movie
	if err == nil {
		movie, err = whole(f, info.Size())
	}
	if errors.Is(err, mp4.ErrForeign) && info.Size() < noHead && Ours(path) {
		return publish.Repaired{Path: path, Removed: true}, os.Remove(path)
	} else if err != nil {
		return publish.Repaired{}, err
	}
	found = publish.Repaired{Path: path, Length: movie.Duration()}
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
