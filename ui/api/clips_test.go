package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"studio/ui/uitest"
)

func TestClipsAndMetrics(t *testing.T) {
	studio := uitest.New()
	handler, err := New(Options{
		Studio: studio, Preview: studio, Page: fstest.MapFS{},
		Clips:   fstest.MapFS{"cup.mp4": {Data: []byte("film")}, ".cup.part": {Data: []byte("half")}, "deep/x.mp4": {Data: []byte("deep")}},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/api/clips/cup.mp4":      {200, "film"},
		"/api/clips/.cup.part":    {404, ""},
		"/api/clips/none.mp4":     {404, ""},
		"/api/clips/deep%2Fx.mp4": {404, ""},
		"/api/clips/":             {404, ""},
		"/metrics":                {200, "figures"},
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want.status || want.body != "" && w.Body.String() != want.body {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		if want.body == "film" && w.Header().Get("Content-Disposition") != "attachment" {
			t.Errorf("%s is not a download: %v", path, w.Header())
		}
	}
}
