package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"studio/ui"
)

type pictureInput struct {
	File  string  `path:"file" pattern:"\\.(jpg|mjpg)$" patternDescription:"a name with .jpg or .mjpg" maxLength:"200" doc:"name of a canvas or a camera, with .jpg for one picture, .mjpg for a running one" example:"landscape.jpg"`
	Width int     `query:"width" minimum:"64" maximum:"1280" default:"320" doc:"pixels, about"`
	Rate  float64 `query:"rate" minimum:"0.2" maximum:"15" default:"5" doc:"pictures a second, .mjpg only"`
}

// writeTime is how long a viewer may take for one picture or one status; a slower
// one is dropped.
const writeTime = 5 * time.Second

// boundary stands between the pictures of a running one.
const boundary = "picture"

func (s *server) registerPictures(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "picture", Method: http.MethodGet, Path: "/api/pictures/{file}",
		Summary:     "A small picture of a canvas or a camera, one or running",
		Description: "A running picture is multipart/x-mixed-replace and ends with the request.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {Description: "The picture", Content: map[string]*huma.MediaType{
			"image/jpeg":                {Schema: &huma.Schema{Type: huma.TypeString, ContentEncoding: "binary"}},
			"multipart/x-mixed-replace": {Schema: &huma.Schema{Type: huma.TypeString, ContentEncoding: "binary"}},
		}}},
	}, s.picture)
}

// picture makes the first picture before it answers, so that a wrong name is an
// error and not a broken stream.
func (s *server) picture(ctx context.Context, in *pictureInput) (*huma.StreamResponse, error) {
	name, running := strings.CutSuffix(in.File, ".mjpg")
	name = strings.TrimSuffix(name, ".jpg")
	release := func() {}
	if running {
		var ok bool
		if release, ok = s.stream(); !ok {
			return nil, newProblem(http.StatusServiceUnavailable, tooMany())
		}
	}
	first, err := s.Studio.JPEG(ctx, name, in.Width)
	if err != nil {
		release()
		return nil, s.problem(err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer release()
		_, w := humago.Unwrap(hc)
		w.Header().Set("Cache-Control", "no-store")
		if running {
			s.run(ctx, w, name, in, first)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		// A viewer that is gone needs no picture.
		_, _ = w.Write(first)
	}}, nil
}

// run sends pictures until the viewer goes, is too slow, or the server closes.
func (s *server) run(ctx context.Context, w http.ResponseWriter, name string, in *pictureInput, data []byte) {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	// Browsers show a picture when the boundary after it has come: it follows at once.
	if _, err := fmt.Fprintf(w, "--%s\r\n", boundary); err != nil {
		return
	}
	ticker := time.NewTicker(time.Duration(float64(time.Second) / in.Rate))
	defer ticker.Stop()
	for {
		if data != nil && sendPart(w, control, data) != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-closing(ctx):
			return
		case <-ctx.Done():
			return
		}
		var err error
		// No picture now, for want of a buffer perhaps: the viewer keeps the last one.
		if data, err = s.Studio.JPEG(ctx, name, in.Width); errors.Is(err, ui.ErrUnknown) {
			return
		} else if err != nil {
			data = nil
		}
	}
}

func sendPart(w http.ResponseWriter, control *http.ResponseController, data []byte) error {
	if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", len(data)); err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\r\n--%s\r\n", boundary); err != nil {
		return err
	}
	return control.Flush()
}

func tooMany() ui.Text {
	return ui.Text{En: "too many viewers at once: close a page that is not needed", Zh: "同时打开的画面太多，请关掉不用的网页"}
}

// stream takes a place for a viewer; release gives it back.
func (s *server) stream() (release func(), ok bool) {
	select {
	case s.streams <- struct{}{}:
		return func() { <-s.streams }, true
	default:
		return nil, false
	}
}
