package api

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"studio/ui"
	"studio/words"
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
	// Support makes the file for whoever helps from afar; nil: there is none.
	Support Support
	// Version is the program's, told to the page in the header Studio-Version.
	Version string
	Log     *slog.Logger
}

// server holds what the operations share.
type server struct {
	Options
	streams chan struct{} // one token per open picture stream, live status or support file
	making  chan struct{} // one token: a support file is made at a time, whoever comes meanwhile waits
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
	s := &server{Options: o, streams: make(chan struct{}, mostStreams), making: make(chan struct{}, 1)} // streams full: refused, never queued
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
		writeProblem(w, http.StatusNotFound, words.Textf("the API has no %s %s", "接口里没有 %s %s", r.Method, r.URL.Path))
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
	config.Transformers = append(config.Transformers, inBothLanguages)
	api := humago.New(mux, config)
	s.registerCommands(api)
	s.registerPictures(api)
	s.registerPreview(api)
	s.registerLive(api, mux)
	s.registerSupport(api)
	describeProblems(api)
	return api
}
