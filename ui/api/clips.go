package api

import (
	"net/http"
	"strings"

	"studio/ui"
)

// clips serves kept moments as downloads. Names that begin with a dot are files
// that are still being made.
func (s *server) clips() http.Handler {
	files := http.FileServerFS(s.Clips)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\`) {
			writeProblem(w, http.StatusNotFound, ui.Text{En: "there is no such clip", Zh: "没有这个片段"})
			return
		}
		w.Header().Set("Content-Disposition", "attachment")
		w.Header().Set("Cache-Control", "no-store")
		r.URL.Path = "/" + name
		files.ServeHTTP(w, r)
	})
}
