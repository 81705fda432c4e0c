package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"studio/ui"
)

type statusOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ui.Status
}

type commandInput[C ui.Command] struct{ Body C }

// registerCommands adds the status and one operation for each command.
func (s *server) registerCommands(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: "/api/status",
		Summary: "How everything is now",
	}, func(context.Context, *struct{}) (*statusOutput, error) { return s.status(), nil })
	registerCommand[ui.Take](s, api, "take", "Put a shot on air")
	registerCommand[ui.Step](s, api, "step", "Go to a step of the procedure")
	registerCommand[ui.Broadcast](s, api, "broadcast", "Start or end the broadcast")
	registerCommand[ui.Recording](s, api, "recording", "Start or end the recording")
}

// registerCommand adds POST /api/name: it carries the command out and answers with
// the status that follows from it.
func registerCommand[C ui.Command](s *server, api huma.API, name, summary string) {
	huma.Register(api, huma.Operation{
		OperationID: name, Method: http.MethodPost, Path: "/api/" + name, Summary: summary,
		Description:  "Returns when it has taken effect, with the status after it.",
		MaxBodyBytes: mostBody, Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *commandInput[C]) (*statusOutput, error) {
		if take, ok := any(in.Body).(ui.Take); ok && len(take.Cameras) == 0 {
			return nil, huma.Error422UnprocessableEntity("cameras: name at least one")
		}
		if err := s.Studio.Do(ctx, in.Body); err != nil {
			return nil, s.problem(err)
		}
		return s.status(), nil
	})
}

func (s *server) status() *statusOutput {
	return &statusOutput{CacheControl: "no-store", Body: s.Studio.Status()}
}
