package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"studio/ui"
)

// page serves the built page from memory.
type page map[string]pageFile

type pageFile struct {
	data []byte
	etag string
}

func newPage(files fs.FS) (page, error) {
	p := page{}
	if files == nil {
		return p, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasPrefix(path.Base(name), ".") {
			return nil
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		p["/"+name] = pageFile{data, `"` + hex.EncodeToString(sum[:12]) + `"`}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	return p, nil
}

func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, http.StatusMethodNotAllowed, ui.Text{En: "the page can only be looked at", Zh: "网页只能查看"})
		return
	}
	name := r.URL.Path
	if name == "/" {
		name = "/index.html"
	}
	file, ok := p[name]
	if !ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if name == "/index.html" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, "page not built: run make build")
			return
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, "there is no page here")
		return
	}
	// The names stay the same from version to version: the browser asks each time,
	// and gets the bytes only if they are others.
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", file.etag)
	http.ServeContent(w, r, path.Base(name), time.Time{}, bytes.NewReader(file.data))
}
