package api

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"studio/ui"
)

// Options configure the API. Studio and Preview must be given.
type Options struct {
	Studio  ui.Studio
	Preview ui.Preview
	// Page is the built page: index.html and what it loads. Without index.html a
	// sentence is shown in its place.
	Page fs.FS
	// Clips holds the kept moments, a file each, served at /api/clips/NAME; nil: none.
	Clips fs.FS
	// Metrics answers GET /metrics; nil: there is no such page.
	Metrics http.Handler
	// Version is the program's, told to the page in the header Studio-Version.
	Version string
	Log     *slog.Logger
}

// server holds what the operations share.
type server struct {
	Options
	streams chan struct{} // one token per open picture stream or live status
}

// mostStreams is how many picture streams and live statuses may be open at once:
// a kiosk and a page use about eight.
const mostStreams = 48

// mostBody is the largest request in bytes: an SDP offer has about 8 KiB.
const mostBody = 64 << 10

// New returns the handler of the whole API and of the page.
func New(o Options) (http.Handler, error) {
	if o.Studio == nil || o.Preview == nil {
		return nil, errors.New("api: a studio and a preview are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{Options: o, streams: make(chan struct{}, mostStreams)} // full: refused, never queued
	mux := http.NewServeMux()
	s.register(mux)
	page, err := newPage(o.Page)
	if err != nil {
		return nil, err
	}
	if o.Metrics != nil {
		mux.Handle("GET /metrics", o.Metrics)
	}
	if o.Clips != nil {
		mux.Handle("GET /api/clips/{name}", s.clips())
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusNotFound, "the API has no "+r.Method+" "+r.URL.Path)
	})
	mux.Handle("/", page)
	return s.guard(mux), nil
}

// register adds all operations and their description.
func (s *server) register(mux *http.ServeMux) huma.API {
	// The figure is the API's own version; the program's is in the status.
	config := huma.DefaultConfig("studio", "1")
	config.Info.Description = "What the kiosk, the page and programs ask of the studio."
	config.OpenAPIPath = "/api/openapi"
	config.DocsPath = ""    // its page loads scripts from elsewhere
	config.SchemasPath = "" // the one document holds them
	config.CreateHooks = nil
	config.Transformers = append(config.Transformers, withoutValues)
	api := humago.New(mux, config)
	s.registerCommands(api)
	s.registerPictures(api)
	s.registerPreview(api)
	s.registerLive(api, mux)
	return api
}

// withoutValues takes what was sent out of the answer that refuses it: it may be a
// stream key, and answers are kept in places where keys are not.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if m, ok := v.(*huma.ErrorModel); ok {
		for _, d := range m.Errors {
			d.Value = nil
		}
	}
	return v, nil
}

// problem turns an error into an answer with a sentence for a person.
func (s *server) problem(err error) error {
	var refusal *ui.Refusal
	switch {
	case errors.As(err, &refusal):
		return &bilingual{
			ErrorModel: huma.ErrorModel{Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict, Detail: refusal.En},
			DetailZh:   refusal.Zh,
		}
	case errors.Is(err, ui.ErrUnknown):
		return huma.Error404NotFound(sentence(err, ui.ErrUnknown))
	case errors.Is(err, ui.ErrRefused):
		return huma.Error409Conflict(sentence(err, ui.ErrRefused))
	}
	s.Log.Warn("the engine could not do what a face asked", "error", err)
	return huma.Error500InternalServerError(err.Error())
}

// bilingual is a problem with its detail in Chinese as well.
type bilingual struct {
	huma.ErrorModel
	DetailZh string `json:"detailZh"`
}

// sentence returns the error's words without the sentinel in front, which the
// answer's status says already.
func sentence(err, sentinel error) string {
	words, prefix := err.Error(), sentinel.Error()+": "
	if len(words) > len(prefix) && words[:len(prefix)] == prefix {
		return words[len(prefix):]
	}
	return words
}

// writeProblem answers with an RFC 9457 problem, as the typed operations do.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// A viewer that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}
