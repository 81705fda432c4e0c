package recording

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// Kept is a recording on the disk.
type Kept struct {
	Path     string
	Bytes    int64
	Changed  time.Time
	Finished bool // nothing writes to it
}

// Rule is what an operator set about old recordings. Without a rule nothing is ever
// deleted.
type Rule struct {
	KeepFor   time.Duration // older ones are deleted; 0 is for ever
	KeepBytes int64         // beyond that, the oldest are deleted; 0 is any size
}

// named are the names of files that recordings have: the programme's, cameras',
// microphones' and clips'.
var named = regexp.MustCompile(`_?\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{3,}\.(mp4|mkv)$`)

// Ours reports whether a file has the name of one of our recordings.
func Ours(name string) bool { return named.MatchString(name) }

// List returns the recordings in a folder. open returns the paths of those that
// somebody writes to, however they are spelled; it is asked once the folder is read,
// so that a file that is begun meanwhile is not taken for a finished one. List is
// called after Repair.
func List(folder string, open func() []string) ([]Kept, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var written []os.FileInfo
	for _, path := range open() {
		if info, err := os.Stat(path); err == nil { // else it is gone
			written = append(written, info)
		}
	}
	var list []Kept
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !Ours(e.Name()) {
			continue // gone meanwhile, or not a recording
		}
		finished := !slices.ContainsFunc(written, func(w os.FileInfo) bool { return os.SameFile(info, w) })
		list = append(list, Kept{Path: filepath.Join(folder, e.Name()), Bytes: info.Size(), Changed: info.ModTime(), Finished: finished})
	}
	return list, nil
}

// Expired returns which recordings a rule gives up, oldest first. Files that are not
// finished or have other names are never among them, nor do they count.
func Expired(files []Kept, r Rule, now time.Time) []Kept {
	files = slices.DeleteFunc(slices.Clone(files), func(k Kept) bool { return !k.Finished || !Ours(k.Path) })
	slices.SortFunc(files, func(a, b Kept) int {
		return cmp.Or(a.Changed.Compare(b.Changed), cmp.Compare(a.Path, b.Path))
	})
	var total int64
	for _, k := range files {
		total += k.Bytes
	}
	n := 0
	for _, k := range files {
		if (r.KeepFor <= 0 || now.Sub(k.Changed) <= r.KeepFor) && (r.KeepBytes <= 0 || total <= r.KeepBytes) {
			break
		}
		total -= k.Bytes
		n++
	}
	return files[:n]
}
