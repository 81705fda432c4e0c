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

type checkOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ui.DestinationCheck
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
	registerCommand[ui.Cue](s, api, "cue", "Put a shot on preview")
	registerCommand[ui.TakeCue](s, api, "take-cue", "Put what is on preview on air, now or after a countdown")
	registerCommand[ui.SwitchCanvas](s, api, "canvas", "Switch a canvas on or off")
	registerCommand[ui.Direct](s, api, "director", "Let the director choose the shots, or not")
	registerCommand[ui.Frame](s, api, "frame", "Say which part of a camera a canvas shows")
	registerCommand[ui.Delay](s, api, "delay", "Make a camera wait")
	registerCommand[ui.Clap](s, api, "clap", "Measure how far a camera and a microphone are apart")
	registerCommand[ui.SetSound](s, api, "sound", "Change how a source is heard")
	registerCommand[ui.Privacy](s, api, "privacy", "Mute every microphone at every output")
	registerCommand[ui.Send](s, api, "destination", "Start or end one destination")
	registerCommand[ui.Mark](s, api, "mark", "Keep the last moments as a clip")
	registerCommand[ui.Keep](s, api, "keep", "Record a camera's own picture, or not")
	registerCommand[ui.ChangeDestination](s, api, "change-destination", "Change what a destination is sent")
	registerCommand[ui.AddDestination](s, api, "add-destination", "Make a destination")
	registerCommand[ui.RemoveDestination](s, api, "remove-destination", "End and forget a destination that was added")
	registerCommand[ui.StreamKey](s, api, "stream-key", "Store or delete a destination's secret")
	registerCommand[ui.CheckLine](s, api, "check-line", "Look whether the network can carry the broadcast")
	huma.Register(api, huma.Operation{
		OperationID: "check-destination", Method: http.MethodPost, Path: "/api/check-destination",
		Summary:      "Say what a change of a destination would cost",
		Description:  "Nothing is changed. What change-destination would refuse is refused with the same sentence.",
		MaxBodyBytes: mostBody, Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(_ context.Context, in *commandInput[ui.ChangeDestination]) (*checkOutput, error) {
		found, err := s.Studio.CheckDestination(in.Body)
		if err != nil {
			return nil, s.problem(err)
		}
		return &checkOutput{CacheControl: "no-store", Body: found}, nil
	})
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
			return nil, newProblem(http.StatusUnprocessableEntity, ui.Text{En: "cameras: name at least one", Zh: "至少要选一个机位"})
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
