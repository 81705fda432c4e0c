package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"studio/publish/clips"
	"studio/ui"
)

const (
	usualMark = 30 * time.Second
	// markTime bounds how long a clip may take.
	markTime = 10 * time.Second
	// shownClips is how many clips the faces list.
	shownClips = 20
)

// mark keeps the last moments of every canvas that is encoded as clips, and names
// the place in the recordings. It returns when the clips are ready.
func (e *engine) mark(ctx context.Context, m ui.Mark) error {
	if e.storage.folder == "" {
		return ui.Refused("no recording folder is configured", "没有设置录像文件夹，请联系技术人员")
	}
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	now, to := time.Now(), time.Since(e.start)
	span := usualMark
	if m.Seconds > 0 {
		span = time.Duration(m.Seconds) * time.Second
	}
	wish := clips.Wish{
		Folder: filepath.Join(e.storage.folder, clipFolder), From: max(0, to-span), To: to, At: now, Title: m.Title,
	}
	if step := e.explain.step(); step != nil {
		wish.Step = step.Title.Zh
	}
	e.storage.chapter(cmp.Or(m.Title, "★"), to)
	var mu sync.Mutex
	var made []ui.Clip
	var errs []error
	var cutting sync.WaitGroup
	for i, l := range e.lines {
		if !e.state(l).On {
			continue
		}
		own := wish
		own.Name = l.Name
		cutting.Go(func() {
			clip, err := clips.Cut(ctx, own, e.storage.past(i, l)...)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			made = append(made, ui.Clip{
				Name: filepath.Base(clip.Path), Canvas: l.Name, Title: m.Title, Time: now,
				Seconds: (clip.To - clip.From).Seconds(), Bytes: uint64(clip.Bytes),
			})
		})
	}
	cutting.Wait()
	e.storage.addClips(made)
	if len(made) == 0 {
		return fmt.Errorf("%w: %w", ui.ErrRefused, errors.Join(errs...))
	}
	return nil
}

// past is where a canvas's last minutes are.
func (s *storage) past(i int, l *line) []clips.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sources []clips.Source
	if at := slices.Index(s.recorded, l); at >= 0 {
		sources = append(sources, s.recorders[at])
	}
	if s.rings[i] != nil {
		sources = append(sources, s.rings[i])
	}
	return sources
}

func (s *storage) addClips(made []ui.Clip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(made, func(a, b ui.Clip) int { return strings.Compare(a.Name, b.Name) })
	s.clips = append(made, s.clips...)
	s.clips = s.clips[:min(len(s.clips), shownClips)]
}

// listClips finds the clips of former days.
func (s *storage) listClips() error {
	entries, err := os.ReadDir(filepath.Join(s.folder, clipFolder))
	if err != nil {
		return fmt.Errorf("list clips: %w", err)
	}
	var found []ui.Clip
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), ".part") {
			continue
		}
		canvas, _, _ := strings.Cut(entry.Name(), "_")
		found = append(found, ui.Clip{Name: entry.Name(), Canvas: canvas, Time: info.ModTime(), Bytes: uint64(info.Size())})
	}
	slices.SortFunc(found, func(a, b ui.Clip) int { return b.Time.Compare(a.Time) })
	s.clips = found[:min(len(found), shownClips)]
	return nil
}

func (s *storage) shownClips() []ui.Clip {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]ui.Clip{}, s.clips...)
}

// clipFiles is what the faces may fetch; nil: nothing is kept.
func (s *storage) clipFiles() fs.FS {
	if s.folder == "" {
		return nil
	}
	return os.DirFS(filepath.Join(s.folder, clipFolder))
}
