package api

import (
	"context"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"studio/words"
)

// sdpType is the content type of WHEP's offers and answers.
const sdpType = "application/sdp"

type offerInput struct {
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"application/sdp"`
}

type answerOutput struct {
	Location    string `header:"Location" doc:"DELETE it to hang up"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type viewerInput struct {
	ID string `path:"id" maxLength:"200" doc:"last part of the answer's Location"`
}

// registerPreview adds WHEP (draft-ietf-wish-whep) without trickle: the offer holds
// what the viewer knows of itself, the answer all candidates of the box.
func (s *server) registerPreview(api huma.API) {
	answer := &huma.Response{Description: "The SDP answer", Content: map[string]*huma.MediaType{
		sdpType: {Schema: &huma.Schema{Type: huma.TypeString}},
	}, Headers: map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}, Description: "DELETE it to hang up"}}}
	huma.Register(api, huma.Operation{
		OperationID: "preview", Method: http.MethodPost, Path: "/api/preview",
		Summary: "Watch the programme live over WebRTC (WHEP)", DefaultStatus: http.StatusCreated,
		MaxBodyBytes: mostBody, Errors: []int{http.StatusConflict, http.StatusUnsupportedMediaType},
		Responses: map[string]*huma.Response{"201": answer},
	}, s.answer)
	huma.Register(api, huma.Operation{
		OperationID: "hang-up", Method: http.MethodDelete, Path: "/api/preview/{id}",
		Summary: "End watching", DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *viewerInput) (*struct{}, error) {
		if err := s.Preview.HangUp(in.ID); err != nil {
			return nil, s.problem(err)
		}
		return nil, nil
	})
}

func (s *server) answer(ctx context.Context, in *offerInput) (*answerOutput, error) {
	if kind, _, err := mime.ParseMediaType(in.ContentType); err != nil || kind != sdpType {
		return nil, newProblem(http.StatusUnsupportedMediaType, words.Textf("an offer has the content type %s", "连接请求的类型应是 %s", sdpType))
	}
	answer, id, err := s.Preview.Answer(ctx, string(in.RawBody))
	if err != nil {
		return nil, s.problem(err)
	}
	return &answerOutput{Location: "/api/preview/" + id, ContentType: sdpType, Body: []byte(answer)}, nil
}
