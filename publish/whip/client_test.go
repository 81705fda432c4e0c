package whip

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"studio/publish/internal/rtc"
)

func TestICEServers(t *testing.T) {
	for _, test := range []struct {
		name  string
		links []string
		want  []rtc.Server
	}{
		{"none", nil, nil},
		{"stun", []string{`<stun:stun.example.net>; rel="ice-server"`}, []rtc.Server{{URL: "stun:stun.example.net"}}},
		{"turn", []string{`<turn:turn.example.net?transport=udp>; rel="ice-server"; username="user"; credential="a\"b,c;d"; credential-type="password"`},
			[]rtc.Server{{URL: "turn:turn.example.net?transport=udp", Username: "user", Credential: `a"b,c;d`}}},
		{"two in one header", []string{`<stun:a>; rel=ice-server, <turns:b:443>;rel="ice-server";username=u;credential=c`},
			[]rtc.Server{{URL: "stun:a"}, {URL: "turns:b:443", Username: "u", Credential: "c"}}},
		{"two headers", []string{`<stun:a>; rel="ice-server"`, `<stun:b>; rel="ice-server"`}, []rtc.Server{{URL: "stun:a"}, {URL: "stun:b"}}},
		{"others", []string{`<https://example.net/doc>; rel="help"`, `<stun:a>`, `<stun:b>; rel="ice-server"`}, []rtc.Server{{URL: "stun:b"}}},
		{"of two relations", []string{`<stun:a>; REL="help ice-server"`}, []rtc.Server{{URL: "stun:a"}}},
		{"another credential type", []string{`<turn:a>; rel="ice-server"; username="u"; credential="c"; credential-type="oauth"`}, nil},
		{"turn without credential", []string{`<turn:a>; rel="ice-server"; username="u"`}, nil},
		{"broken", []string{`<stun:a; rel="ice-server"`, `;;,,`, `<stun:b>; rel="ice`, `<stun:c>;;rel`, ``}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := iceServers(test.links); !slices.Equal(got, test.want) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func TestMayCarry(t *testing.T) {
	for _, test := range []struct {
		home, to string
		want     bool
	}{
		{"https://whip.example.com/a", "https://whip.example.com/b", true},
		{"https://whip.example.com/a", "https://WHIP.example.com:443/b", true},
		{"https://whip.example.com/a", "https://edge7.example.com:4443/b", true},
		{"https://whip.example.com/a", "https://example.com/b", true},
		{"https://whip.example.com/a", "http://whip.example.com/b", false},
		{"https://whip.example.com/a", "https://example.org/b", false},
		{"https://whip.example.com/a", "https://whip.example.com.evil.net/b", false},
		{"https://studio.co.uk/a", "https://evil.co.uk/b", false},
		{"https://studio.github.io/a", "https://evil.github.io/b", false},
		{"http://whip.example.com/a", "http://whip.example.com:80/b", true},
		{"http://whip.example.com/a", "https://whip.example.com/b", false},
		{"http://whip.example.com/a", "http://edge.example.com/b", false},
		{"http://127.0.0.1:80/a", "http://127.0.0.1:81/b", false},
		{"https://10.0.0.1/a", "https://10.0.0.2/b", false},
		{"https://10.0.0.1/a", "https://10.0.0.1/b", true},
		{"https://[::1]/a", "https://[::1]/b", true},
		{"https://box/a", "https://other/b", false},
	} {
		home, err1 := url.Parse(test.home)
		to, err2 := url.Parse(test.to)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got := mayCarry(home, to); got != test.want {
			t.Errorf("from %s to %s: %v", test.home, test.to, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, "-5": 0, "soon": 0, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 12:01:30 GMT": 90 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzICEServers(f *testing.F) {
	f.Add(`<turn:a>; rel="ice-server"; username="u", <stun:b>`)
	f.Fuzz(func(_ *testing.T, link string) { iceServers([]string{link}) })
}
