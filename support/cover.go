package support

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"studio/configs/vault"
)

// hidden stands where a secret would.
const hidden = "…"

// Shorter ones are words of the house ("live", "wheel") as often as secrets: covering
// them would hide what the bundle is for, and nobody would be safer.
const (
	leastSecret = 6 // bytes of a key or a bearer
	leastPiece  = 8 // bytes of a piece of one, or of an address
)

// Cover replaces secrets, and what of their addresses may be secret, wherever they
// stand in a line, as they are and as addresses, JSON and logs write them.
func Cover(secrets []vault.Secret) *strings.Replacer {
	all := make(map[string]bool)
	for _, s := range secrets {
		for _, whole := range []string{s.Key, s.Bearer} {
			if len(whole) >= leastSecret {
				spell(all, whole)
			}
		}
		for _, piece := range slices.Concat(pieces(s.Key), addressPieces(s.Address)) {
			if len(piece) >= leastPiece {
				spell(all, piece)
			}
		}
	}
	spellings := make([]string, 0, len(all))
	for s := range all {
		spellings = append(spellings, s)
	}
	// The longest first: what is left of a whole key must not tell of it.
	slices.SortFunc(spellings, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, s := range spellings {
		pairs = append(pairs, s, hidden)
	}
	return strings.NewReplacer(pairs...)
}

// addressPieces are the pieces of an address on the network: user and password, and
// all behind the host.
func addressPieces(address string) []string {
	scheme, rest, found := strings.Cut(address, "://")
	if scheme = strings.ToLower(scheme); !found || slices.Contains([]string{"file", "virtualcam", "window"}, scheme) {
		return nil
	}
	place, behind := rest, ""
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		place, behind = rest[:end], rest[end:]
	}
	list := pieces(behind)
	if at := strings.LastIndexByte(place, '@'); at >= 0 {
		user, password, _ := strings.Cut(place[:at], ":")
		list = append(list, user, password)
	}
	return list
}

// pieces are a path's names and a query's values.
func pieces(s string) []string {
	path, query, _ := strings.Cut(s, "?")
	list := strings.Split(path, "/")
	for pair := range strings.SplitSeq(query, "&") {
		_, value, _ := strings.Cut(pair, "=")
		list = append(list, value)
	}
	return list
}

// spell adds the ways in which a text is written.
func spell(all map[string]bool, s string) {
	plain := []string{s}
	for _, decode := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
		if decoded, err := decode(s); err == nil {
			plain = append(plain, decoded)
		}
	}
	for _, p := range plain {
		for _, spelled := range []string{p, url.PathEscape(p), url.QueryEscape(p), (&url.URL{Path: p}).EscapedPath()} {
			all[spelled], all[lowerEscapes(spelled)] = true, true
		}
		all[inJSON(p, true)], all[inJSON(p, false)] = true, true // the latter is as logs quote it
	}
	delete(all, "")
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// inJSON is a text as it stands between the quotes.
func inJSON(s string, forPages bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(forPages)
	if e.Encode(s) != nil {
		return s // a string always can be
	}
	return b.String()[1 : b.Len()-2] // a quote before it, a quote and the line's end behind it
}
