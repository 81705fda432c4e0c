package whip

import (
	"slices"
	"strings"

	"studio/publish/internal/rtc"
)

// iceServers reads Link headers (RFC 8288) as RFC 9725, 4.6 uses them:
//
//	<turn:example.net?transport=udp>; rel="ice-server"; username="u"; credential="c"
//
// Servers that want another credential-type than a password are left out.
func iceServers(links []string) []rtc.Server {
	var servers []rtc.Server
	for _, header := range links {
		for header != "" {
			var s rtc.Server
			rel, kind := "", "password"
			s.URL, header = target(header)
			for strings.HasPrefix(header, ";") {
				var name, value string
				name, value, header = parameter(header[1:])
				switch name {
				case "rel":
					rel = value
				case "username":
					s.Username = value
				case "credential":
					s.Credential = value
				case "credential-type":
					kind = value
				}
			}
			if _, rest, more := strings.Cut(header, ","); more {
				header = rest
			} else {
				header = ""
			}
			if slices.Contains(strings.Fields(rel), "ice-server") && kind == "password" && usable(s) {
				servers = append(servers, s)
			}
		}
	}
	return servers
}

// target takes <address> from the front of a Link header.
func target(header string) (address, rest string) {
	_, after, found := strings.Cut(header, "<")
	if !found {
		return "", ""
	}
	address, rest, found = strings.Cut(after, ">")
	if !found {
		return "", ""
	}
	return strings.TrimSpace(address), strings.TrimSpace(rest)
}

// parameter takes name=value or name="value" from the front of a Link header's
// parameters.
func parameter(header string) (name, value, rest string) {
	header = strings.TrimSpace(header)
	end := strings.IndexAny(header, "=;,")
	if end < 0 || header[end] != '=' {
		if end < 0 {
			end = len(header)
		}
		return strings.ToLower(strings.TrimSpace(header[:end])), "", header[end:]
	}
	name = strings.ToLower(strings.TrimSpace(header[:end]))
	header = strings.TrimSpace(header[end+1:])
	if !strings.HasPrefix(header, `"`) {
		end = strings.IndexAny(header, ";,")
		if end < 0 {
			end = len(header)
		}
		return name, strings.TrimSpace(header[:end]), header[end:]
	}
	var b strings.Builder
	for i := 1; i < len(header); i++ {
		switch header[i] {
		case '\\':
			if i++; i < len(header) {
				b.WriteByte(header[i])
			}
		case '"':
			return name, b.String(), strings.TrimSpace(header[i+1:])
		default:
			b.WriteByte(header[i])
		}
	}
	return name, b.String(), ""
}

// usable leaves out what the WebRTC library would refuse altogether.
func usable(s rtc.Server) bool {
	scheme, rest, _ := strings.Cut(s.URL, ":")
	switch strings.ToLower(scheme) {
	case "stun", "stuns":
		return rest != ""
	case "turn", "turns":
		return rest != "" && s.Username != "" && s.Credential != ""
	}
	return false
}
