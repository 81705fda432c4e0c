package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"studio/ui"
)

// policy lets the page load and reach nothing but this box.
const policy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard stands before everything: headers that bind the browser to this box, and no
// answer to other sites.
func (s *server) guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(refuseSite))
	next = origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if s.Version != "" {
			h.Set("Studio-Version", s.Version)
		}
		if !loopbackHost(r.Host) {
			writeProblem(w, http.StatusForbidden, ui.Text{
				En: "the studio answers only on this box, as localhost or 127.0.0.1", Zh: "只能在本机上用 localhost 或 127.0.0.1 打开"})
			return
		}
		// CrossOriginProtection lets every GET pass; pictures and status are not for
		// other sites either. Following a link to the page is fine.
		switch r.Header.Get("Sec-Fetch-Site") {
		case "cross-site", "same-site":
			if strings.HasPrefix(r.URL.Path, "/api/") {
				refuseSite(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func refuseSite(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, http.StatusForbidden, ui.Text{En: "the studio takes no requests from other sites' pages", Zh: "不接受其他网站发来的请求"})
}

// loopbackHost reports whether a Host header names this box: a name that a
// stranger's name server answers for never does.
func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
