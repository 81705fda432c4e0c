package recording

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"studio/publish/mp4"
)

// longestClip is how far back pieces can be asked for; older files are forgotten
// here, not on the disk.
const longestClip = 6 * time.Minute

// enter notes a file that has got its first picture. The chapter in which the one
// before it ended is its first.
func (r *Recorder) enter(f *file) {
	r.mu.Lock()
	defer r.mu.Unlock()
	current := r.last
	if current.at > f.zero {
		current = r.previous
	}
	if current.title != "" && !slices.ContainsFunc(r.chapters, func(m mark) bool { return m.at == f.zero }) {
		r.chapters = append(r.chapters, mark{f.zero, current.title})
	}
	r.parts = append(r.parts, &part{path: f.file.Name(), zero: f.zero})
}

// due returns the chapters that belong into a file, and forgets them.
func (r *Recorder) due(f *file) []mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	var until time.Duration = 1 << 62
	for _, p := range r.parts {
		if p.zero > f.zero {
			until = min(until, p.zero)
		}
	}
	var due []mark
	r.chapters = slices.DeleteFunc(r.chapters, func(m mark) bool {
		if m.at < until {
			due = append(due, m)
			return true
		}
		return false
	})
	return due
}

// grew notes what a file holds now.
func (r *Recorder) grew(f *file) {
	snapshot := f.movie.Snapshot()
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := f.zero + snapshot.Duration()
	r.parts = slices.DeleteFunc(r.parts, func(p *part) bool {
		if p.path == f.file.Name() {
			p.movie = snapshot
		}
		return p.movie != nil && p.zero+p.movie.Duration() < ends-longestClip
	})
	if r.status.Path == f.file.Name() {
		r.status.Bytes, r.status.Length = snapshot.End, snapshot.Duration()
	}
	close(r.grown)
	r.grown = make(chan struct{})
}

// left notes that a file is closed.
func (r *Recorder) left(f *file) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Path == f.file.Name() {
		r.status.Writing = false
		r.chapters = nil
	}
}

// Held says how much of a stretch of the programme is recorded, or will be in a
// moment.
func (r *Recorder) Held(from, to time.Duration) (held time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, p := range r.parts {
		ends := p.zero
		if p.movie != nil {
			ends += p.movie.Duration()
		}
		if i == len(r.parts)-1 && r.status.Writing {
			ends = max(ends, to)
		}
		held += max(0, min(to, ends)-max(from, p.zero))
	}
	return held
}

// Pieces opens what is recorded of a stretch of the programme, waiting until it
// reaches to, ctx ends, or nothing more is written. The caller closes them. There
// may be less than was asked for, or none.
func (r *Recorder) Pieces(ctx context.Context, from, to time.Duration) ([]mp4.Piece, func(), error) {
	for {
		r.mu.Lock()
		parts, writing, grown := slices.Clone(r.parts), r.status.Writing, r.grown
		var reached time.Duration
		var found []part
		for _, p := range parts {
			if p.movie == nil {
				continue
			}
			ends := p.zero + p.movie.Duration()
			reached = max(reached, ends)
			if p.zero < to && ends > from {
				found = append(found, *p)
			}
		}
		r.mu.Unlock()
		if reached < to && writing && ctx.Err() == nil {
			select {
			case <-grown:
				continue
			case <-ctx.Done():
			}
		}
		return open(found)
	}
}

func open(parts []part) ([]mp4.Piece, func(), error) {
	var pieces []mp4.Piece
	closeAll := func() {
		for _, p := range pieces {
			if c, ok := p.Reader.(io.Closer); ok {
				_ = c.Close() // read only: nothing can be lost
			}
		}
	}
	for _, p := range parts {
		f, err := os.Open(p.path)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		pieces = append(pieces, mp4.Piece{Reader: f, Movie: p.movie, Zero: p.zero})
	}
	return pieces, closeAll, nil
}
