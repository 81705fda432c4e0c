package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"studio/ui"
	"studio/words"
)

// problem is an answer that says no: an RFC 9457 problem, whose detail stands beside
// it in both languages.
type problem struct {
	huma.ErrorModel
	Words ui.Text `json:"words"`
}

// describeProblems tells the API's description of the member that problems have
// beside those of the standard.
func describeProblems(api huma.API) {
	schemas := api.OpenAPI().Components.Schemas
	schemas.Map()["ErrorModel"].Properties["words"] = schemas.Schema(reflect.TypeFor[ui.Text](), true, "")
}

// problem turns an error into an answer with a sentence for a person.
func (s *server) problem(err error) error {
	said := words.Of(err)
	switch {
	case errors.Is(err, ui.ErrUnknown):
		said.En = sentence(err, ui.ErrUnknown)
		return newProblem(http.StatusNotFound, said)
	case errors.Is(err, ui.ErrRefused):
		said.En = sentence(err, ui.ErrRefused)
		return newProblem(http.StatusConflict, said)
	}
	s.Log.Warn("the engine could not do what a face asked", "error", err)
	return newProblem(http.StatusInternalServerError, said)
}

func newProblem(status int, said ui.Text) *problem {
	return &problem{ErrorModel: huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: said.En}, Words: said}
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

// inBothLanguages puts the refusals of huma itself, which are about a request's
// form, into words; and takes what was sent out of them: it may be a stream key, and
// answers are kept in places where keys are not.
func inBothLanguages(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	for _, d := range m.Errors {
		d.Value = nil
	}
	return &problem{ErrorModel: *m, Words: ui.Text{En: m.Detail, Zh: misshapen(m.Status)}}, nil
}

func misshapen(status int) string {
	switch status {
	case http.StatusNotFound:
		return "没有这一项"
	case http.StatusRequestTimeout:
		return "等了太久，请求没有发完，请再试一次"
	case http.StatusRequestEntityTooLarge:
		return "发来的内容太长"
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return "填写的内容不完整，或超出允许的范围，请检查后再试"
	}
	return "主机没能完成这个请求，请再试一次"
}

// writeProblem answers as the typed operations do.
func writeProblem(w http.ResponseWriter, status int, said ui.Text) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// A viewer that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(newProblem(status, said))
}
