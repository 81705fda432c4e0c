package whip

import (
	"slices"
	"testing"

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

func FuzzICEServers(f *testing.F) {
	f.Add(`<turn:a>; rel="ice-server"; username="u", <stun:b>`)
	f.Fuzz(func(_ *testing.T, link string) { iceServers([]string{link}) })
}
