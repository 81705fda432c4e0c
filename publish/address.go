package publish

import "strings"

// hidden stands where a secret was.
const hidden = "…"

// SplitAddress splits a push address at the last "/" before the "?", if there is
// one: rtmp://host/app/key?x=1 is the server rtmp://host/app and the key
// "key?x=1". The query is kept byte for byte. The key is a secret.
func SplitAddress(address string) (server, key string) {
	path, query := address, ""
	if i := strings.IndexByte(address, '?'); i >= 0 {
		path, query = address[:i], address[i:]
	}
	start := strings.Index(path, "://")
	if start < 0 {
		start = 0
	} else {
		start += len("://")
	}
	i := strings.LastIndexByte(path[start:], '/')
	if i < 0 {
		return path, query
	}
	return path[:start+i], path[start+i+1:] + query
}

// Redact returns an address as people may see it: without stream key, query, user
// name and password. Of an http or https address only the host remains, because
// some services put the secret in the middle of the path. A file's path, a virtual
// camera and a display stay whole.
func Redact(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		if strings.HasPrefix(address, "/") || strings.HasPrefix(address, ".") {
			return address
		}
		return hidden
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[strings.LastIndexByte(rest[:end], '@')+1 : end]
	path := rest[end:]
	switch strings.ToLower(scheme) {
	case "file", "virtualcam", "window":
		return address
	case "rtmp", "rtmps":
		server, key := SplitAddress(scheme + "://" + host + path)
		if key == "" {
			return server
		}
		return server + "/" + hidden
	}
	if path == "" || path == "/" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + "/" + hidden
}

// RedactText removes a stream key, and every value in its query, from a text that
// came from elsewhere, such as a server's message.
func RedactText(text, key string) string {
	if key == "" {
		return text
	}
	text = strings.ReplaceAll(text, key, hidden)
	name, query, _ := strings.Cut(key, "?")
	parts := []string{name, query}
	for pair := range strings.SplitSeq(query, "&") {
		_, value, _ := strings.Cut(pair, "=")
		parts = append(parts, value)
	}
	for _, part := range parts {
		if len(part) >= 4 {
			text = strings.ReplaceAll(text, part, hidden)
		}
	}
	return text
}
