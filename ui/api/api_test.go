package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"studio/ui"
	"studio/ui/api"
	"studio/ui/uitest"
)

func TestCommands(t *testing.T) {
	e := start(t)
	bits, none := 2_500_000, ""
	for i, c := range []struct {
		path, body string
		want       ui.Command
		effect     func(ui.Status) bool
	}{
		{"/api/take", `{"cameras":["kiln"],"layout":"sidebyside","transition":"cut"}`,
			ui.Take{Cameras: []string{"kiln"}, Layout: "sidebyside", Transition: "cut"},
			func(s ui.Status) bool { return s.Canvases[0].Cameras[0] == "kiln" && len(s.Canvases[0].Cameras) == 2 }},
		{"/api/step", `{"to":"next"}`, ui.Step{To: "next"}, func(s ui.Status) bool { return s.Procedure.Present == 2 }},
		{"/api/broadcast", `{"on":true}`, ui.Broadcast{On: true}, func(s ui.Status) bool { return s.Broadcast.On }},
		{"/api/recording", `{"on":true}`, ui.Recording{On: true}, func(s ui.Status) bool { return s.Recording.On }},
		{"/api/change-destination", `{"destination":"school","bitsPerSecond":2500000,"platform":""}`,
			ui.ChangeDestination{Destination: "school", BitsPerSecond: &bits, Platform: &none},
			func(s ui.Status) bool {
				d := s.Destinations[0]
				return d.Changed && d.Need == ui.Need{BitsPerSecond: 2_500_000} && strings.Contains(d.Encode, "2500 kb/s")
			}},
		{"/api/change-destination", `{"destination":"school","configured":true}`, ui.ChangeDestination{Destination: "school", Configured: true},
			func(s ui.Status) bool { return !s.Destinations[0].Changed && s.Destinations[0].Need == ui.Need{} }},
		{"/api/stream-key", `{"destination":"museum","address":"https://new.example.org/whip"}`,
			ui.StreamKey{Destination: "museum", Address: "https://new.example.org/whip"}, func(s ui.Status) bool { return s.Destinations[1].HasKey }},
		{"/api/add-destination", `{"name":"guild","address":"rtmp://guild.example/app","key":"planted"}`,
			ui.AddDestination{Name: "guild", Address: "rtmp://guild.example/app", Key: "planted"},
			func(s ui.Status) bool {
				d := s.Destinations[2]
				return d.Added && d.HasKey && !strings.Contains(d.Address, "app")
			}},
		{"/api/remove-destination", `{"destination":"guild"}`, ui.RemoveDestination{Destination: "guild"},
			func(s ui.Status) bool { return len(s.Destinations) == 2 }},
		{"/api/stream-key", `{"destination":"museum"}`, ui.StreamKey{Destination: "museum"}, func(s ui.Status) bool { return !s.Destinations[1].HasKey }},
	} {
		code, _, answer := e.ask(t, "POST", c.path, c.body)
		var status ui.Status
		if err := json.Unmarshal([]byte(answer), &status); code != 200 || err != nil {
			t.Fatalf("%s: %d %v %s", c.path, code, err, answer)
		}
		if !c.effect(status) {
			t.Errorf("%s: the answer does not show the effect: %s", c.path, answer)
		}
		if got := e.Commands()[i]; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: command %#v, want %#v", c.path, got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	e := start(t)
	for _, c := range []struct {
		name, method, path, body string
		refusal                  error
		code                     int
		detail                   string // what the answer says, or a part of it
	}{
		{"unknown camera", "POST", "/api/take", `{"cameras":["door"]}`, nil, 404, `camera "door": there is none of that name`},
		{"refused", "POST", "/api/broadcast", `{"on":true}`, ui.Refused("no destination is configured", "没有设置直播去向"), 409, "no destination is configured"},
		{"broken engine", "POST", "/api/broadcast", `{"on":true}`, errors.New("open file: no space"), 500, "open file: no space"},
		{"no camera", "POST", "/api/take", `{"cameras":[]}`, nil, 422, "validation failed"},
		{"null cameras", "POST", "/api/take", `{"cameras":null}`, nil, 422, ""},
		{"nine cameras", "POST", "/api/take", `{"cameras":["a","b","c","d","e","f","g","h","i"]}`, nil, 422, ""},
		{"wrong layout", "POST", "/api/take", `{"cameras":["wheel"],"layout":"heap"}`, nil, 404, ""},
		{"wrong transition", "POST", "/api/take", `{"cameras":["wheel"],"transition":"star wipe"}`, nil, 422, ""},
		{"zoom out of reach", "POST", "/api/frame", `{"canvas":"portrait","camera":"wheel","focusX":0.5,"focusY":0.5,"zoom":9}`, nil, 422, ""},
		{"misspelt key", "POST", "/api/take", `{"cameras":["wheel"],"camera":"x"}`, nil, 422, ""},
		{"no body", "POST", "/api/step", ``, nil, 400, ""},
		{"not JSON", "POST", "/api/step", `to=next`, nil, 400, ""},
		{"too large", "POST", "/api/step", `{"to":"` + strings.Repeat("n", 65<<10) + `"}`, nil, 413, ""},
		{"no such destination", "POST", "/api/change-destination", `{"destination":"moon"}`, nil, 404, `destination "moon": there is none of that name`},
		{"no such destination to look at", "POST", "/api/check-destination", `{"destination":"moon"}`, nil, 404, `destination "moon": there is none of that name`},
		{"bit rate out of reach", "POST", "/api/change-destination", `{"destination":"school","bitsPerSecond":9}`, nil, 409, "bit rate: allowed: from 64k"},
		{"a bit rate in words", "POST", "/api/check-destination", `{"destination":"school","bitsPerSecond":"4M"}`, nil, 422, ""},
		{"a destination without a name", "POST", "/api/add-destination", `{"name":"","address":"rtmp://guild.example/app"}`, nil, 422, ""},
		{"no such operation", "GET", "/api/cameras", ``, nil, 404, "the API has no GET /api/cameras"},
		{"no such picture", "GET", "/api/pictures/door.jpg", ``, nil, 404, `picture "door": there is no canvas and no camera of that name`},
		{"no such running picture", "GET", "/api/pictures/door.mjpg", ``, nil, 404, ""},
		{"no extension", "GET", "/api/pictures/wheel", ``, nil, 422, ""},
		{"too wide", "GET", "/api/pictures/wheel.jpg?width=5000", ``, nil, 422, ""},
		{"too fast", "GET", "/api/pictures/wheel.mjpg?rate=60", ``, nil, 422, ""},
		{"no such viewer", "DELETE", "/api/preview/viewer9", ``, nil, 404, `viewer "viewer9": there is none of that id`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.refusal != nil {
				e.Refuse(c.refusal)
			}
			code, header, answer := e.ask(t, c.method, c.path, c.body)
			var problem struct {
				Title, Detail string
				Status        int
				Words         ui.Text
			}
			if err := json.Unmarshal([]byte(answer), &problem); err != nil {
				t.Fatalf("not a problem: %q: %v", answer, err)
			}
			if code != c.code || problem.Status != c.code || header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("status %d (%s), want %d: %s", code, header.Get("Content-Type"), c.code, answer)
			}
			if zh := problem.Words.Zh; problem.Words.En != problem.Detail || !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("detail %q, in both languages %+v", problem.Detail, problem.Words)
			}
			if c.detail != "" && problem.Detail != c.detail {
				t.Errorf("detail %q, want %q", problem.Detail, c.detail)
			}
		})
	}
}

// TestAChangeIsLookedAtBeforeItIsMade asks what it would cost and what the platform
// says, and is refused in both languages.
func TestAChangeIsLookedAtBeforeItIsMade(t *testing.T) {
	e := start(t)
	code, header, answer := e.ask(t, "POST", "/api/check-destination", `{"destination":"school","platform":"bilibili"}`)
	var found ui.DestinationCheck
	if err := json.Unmarshal([]byte(answer), &found); err != nil || code != 200 || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", code, err, answer)
	}
	if len(found.Notes) != 2 || !strings.Contains(found.Notes[0].En, "3000 kb/s") || found.Fit.BitsPerSecond != 3_000_000 || len(found.Sizes) == 0 || found.Platforms[0].Name != "bilibili" {
		t.Errorf("%+v", found)
	}
	if len(e.Commands()) != 0 || e.Status().Destinations[0].Changed {
		t.Errorf("the look has changed something: %+v", e.Status().Destinations[0])
	}
	code, header, answer = e.ask(t, "POST", "/api/check-destination", `{"destination":"school","bitsPerSecond":9}`)
	var problem struct {
		Detail string
		Words  ui.Text
	}
	if err := json.Unmarshal([]byte(answer), &problem); err != nil || code != 409 || header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %v %v %s", code, header, err, answer)
	}
	if problem.Detail == "" || problem.Words.Zh != "码率太低" {
		t.Errorf("%+v", problem)
	}
}

func TestWHEP(t *testing.T) {
	e := start(t)
	code, header, answer := e.ask(t, "POST", "/api/preview", "v=0 test", "Content-Type: application/sdp")
	if code != 201 || header.Get("Content-Type") != "application/sdp" || answer != "v=0 answer" {
		t.Fatalf("%d %v %q", code, header, answer)
	}
	viewer := header.Get("Location")
	if viewer != "/api/preview/viewer1" {
		t.Errorf("location %q", viewer)
	}
	if code, _, answer := e.ask(t, "DELETE", viewer, ""); code != 204 {
		t.Errorf("hang up: %d %s", code, answer)
	}
	if code, _, _ := e.ask(t, "DELETE", viewer, ""); code != 404 {
		t.Errorf("hang up twice: %d", code)
	}
	if code, _, answer := e.ask(t, "POST", "/api/preview", "v=0 other", "Content-Type: application/sdp"); code != 409 || !strings.Contains(answer, "no live preview") {
		t.Errorf("refused offer: %d %s", code, answer)
	}
	if code, _, _ := e.ask(t, "POST", "/api/preview", "{}"); code != 415 {
		t.Errorf("JSON for an offer: %d", code)
	}
}

func TestGuard(t *testing.T) {
	e := start(t)
	take := `{"cameras":["wheel"]}`
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		code                     int
	}{
		{"localhost", "GET", "/api/status", "", []string{"Host: localhost:8080"}, 200},
		{"IPv6", "GET", "/api/status", "", []string{"Host: [::1]:8080"}, 200},
		{"rebound name", "GET", "/api/status", "", []string{"Host: studio.example.org:8080"}, 403},
		{"name that begins so", "GET", "/", "", []string{"Host: 127.0.0.1.example.org"}, 403},
		{"another address", "GET", "/", "", []string{"Host: 192.168.1.7"}, 403},
		{"own page", "POST", "/api/take", take, []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"other site", "POST", "/api/take", take, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"other origin, old browser", "POST", "/api/take", take, []string{"Origin: http://example.org"}, 403},
		{"other port", "POST", "/api/take", take, []string{"Sec-Fetch-Site: same-site"}, 403},
		{"picture on another site", "GET", "/api/pictures/wheel.jpg", "", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"followed link", "GET", "/", "", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"WebSocket of another site", "GET", "/api/status/live", "", []string{
			"Origin: http://example.org", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, header, answer := e.ask(t, c.method, c.path, c.body, c.headers...)
			if code != c.code {
				t.Errorf("%d, want %d: %s", code, c.code, answer)
			}
			if policy := header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
				t.Errorf("policy %q", policy)
			}
		})
	}
	if n := len(e.Commands()); n != 1 {
		t.Errorf("%d commands came through, want 1", n)
	}
}

func TestPage(t *testing.T) {
	e := start(t)
	code, header, answer := e.ask(t, "GET", "/", "")
	if code != 200 || !strings.Contains(answer, "<title>studio") || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v %q", code, header, answer)
	}
	if code, _, _ := e.ask(t, "GET", "/", "", "If-None-Match: "+header.Get("ETag")); code != 304 {
		t.Errorf("again: %d, want 304", code)
	}
	if code, header, _ := e.ask(t, "GET", "/page.js", ""); code != 200 || !strings.Contains(header.Get("Content-Type"), "javascript") {
		t.Errorf("script: %d %v", code, header)
	}
	for path, want := range map[string]int{"/.keep": 404, "/nothing": 404, "/docs": 404} {
		if code, _, _ := e.ask(t, "GET", path, ""); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	if code, _, _ := e.ask(t, "POST", "/", "x"); code != 405 {
		t.Errorf("POST of the page: %d", code)
	}
	if code, _, answer := e.ask(t, "GET", "/api/openapi.json", ""); code != 200 || !strings.Contains(answer, `"/api/status/live"`) {
		t.Errorf("OpenAPI: %d", code)
	}
}

func TestPageNotBuilt(t *testing.T) {
	studio := uitest.New()
	handler, err := api.New(api.Options{Studio: studio, Preview: studio})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r, _ := http.NewRequest("GET", "http://localhost/", nil)
	handler.ServeHTTP(w, r)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "run make build") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
