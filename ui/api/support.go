package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"studio/ui"
)

// Support makes the support file. It may be called from several goroutines.
type Support interface {
	// SupportName is what a file that is made now is called.
	SupportName() string
	// WriteSupport writes it, a zip, as it is made; it ends by itself, in bounded time
	// but for w. Its errors are w's.
	WriteSupport(ctx context.Context, w io.Writer) error
}

// supportTime is how long a support file may take, its way to the viewer included.
const supportTime = 2 * time.Minute

func (s *server) registerSupport(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "support", Method: http.MethodGet, Path: "/api/support",
		Summary:     "A file for whoever helps from afar",
		Description: "A zip of plain text that says how the box is, what it was told and what it did of late: no pictures, no sound, no stream keys. It is made while it is sent and disturbs no programme.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {Description: "The file, as a download", Content: map[string]*huma.MediaType{
			"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, ContentEncoding: "binary"}},
		}}},
	}, s.support)
}

func (s *server) support(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	if s.Support == nil {
		return nil, newProblem(http.StatusNotFound, ui.Text{En: "this engine makes no support file", Zh: "这里不能生成支持文件"})
	}
	release, ok := s.stream()
	if !ok {
		return nil, newProblem(http.StatusServiceUnavailable, tooMany())
	}
	select {
	case s.making <- struct{}{}:
	case <-closing(ctx):
		release()
		return nil, newProblem(http.StatusServiceUnavailable, ending())
	case <-ctx.Done():
		release()
		return nil, ctx.Err()
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer release()
		defer func() { <-s.making }()
		_, w := humago.Unwrap(hc)
		ctx, cancel := context.WithTimeout(ctx, supportTime)
		defer cancel()
		if http.NewResponseController(w).SetWriteDeadline(time.Now().Add(supportTime)) != nil {
			return // the connection is gone
		}
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", attachment(s.Support.SupportName()))
		w.Header().Set("Cache-Control", "no-store")
		if s.Support.WriteSupport(ctx, w) != nil {
			panic(http.ErrAbortHandler) // half a file must not look whole
		}
	}}, nil
}

// attachment names a download, after RFC 6266: for all, and in letters of its own for
// those who read them.
func attachment(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r > '~' {
			return -1
		}
		return r
	}, name)
	ascii = strings.ReplaceAll(ascii, "--", "-") // where a word was
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + url.PathEscape(name)
}
