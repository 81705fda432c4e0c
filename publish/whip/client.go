package whip

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"studio/publish"
	"studio/publish/internal/rtc"
)

const (
	maxRedirects = 5
	maxAnswer    = 256 << 10 // bytes

	offerType   = "application/sdp"
	trickleType = "application/trickle-ice-sdpfrag"
)

// client speaks the HTTP half of WHIP. Its errors name the server's host and nothing
// behind it.
type client struct {
	http   *http.Client
	home   *url.URL // the address that was entered, with the bearer
	bearer string
	own    *http.Transport // to close, nil if the HTTP client was given
}

// session is what a server has opened for us.
type session struct {
	url      *url.URL // of the server that answered
	location *url.URL // of the session; nil if the server gave none
	answer   string   // SDP
	servers  []rtc.Server
	trickles bool   // candidates may come later
	etag     string // of the ICE session, to be named with them; empty if there is none
}

func newClient(given *http.Client, home *url.URL, bearer string) *client {
	c := &client{home: home, bearer: bearer}
	if given == nil {
		c.own = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: connectTimeout}
		given = &http.Client{Transport: c.own}
	}
	// Redirects are followed by hand: only two of them are allowed, and where the key
	// may go is decided here.
	mine := *given
	mine.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &mine
	return c
}

func (c *client) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// post sends the offer and returns the session.
func (c *client) post(ctx context.Context, offer string) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	at := c.home
	for range maxRedirects + 1 {
		response, err := c.do(ctx, http.MethodPost, at, offerType, "", offer)
		if err != nil {
			return nil, unreached(at.Host, err)
		}
		switch code := response.StatusCode; {
		case code == http.StatusTemporaryRedirect, code == http.StatusPermanentRedirect:
			_ = response.Body.Close()
			if at, err = c.follow(at, response.Header.Get("Location")); err != nil {
				return nil, err
			}
		case code == http.StatusCreated, code == http.StatusOK:
			s, err := read(at, response)
			if err != nil {
				_ = c.delete(ctx, s) // what it opened is of no use to anybody
				return nil, err
			}
			return s, nil
		case (code == http.StatusUnauthorized || code == http.StatusForbidden) && c.bearer != "" && !mayCarry(c.home, at):
			_ = response.Body.Close()
			return nil, failed(publish.RedirectedWrongly, nil,
				"服务器 "+c.home.Host+" 把我们转到 "+at.Host+"，而密钥不会带到别家去：如果信得过，请直接填写那里的地址。",
				"the WHIP server "+c.home.Host+" sends us to "+at.Host+", and the key is not taken to somebody else's server; if you trust it, enter its address")
		default:
			_ = response.Body.Close()
			return nil, refusal(at.Host, response, time.Now())
		}
	}
	return nil, failed(publish.RedirectedWrongly, nil, "服务器 "+c.home.Host+" 一再把我们转到别处。",
		"the WHIP server "+c.home.Host+" sends us elsewhere again and again")
}

// follow says where a redirect leads.
func (c *client) follow(at *url.URL, location string) (*url.URL, error) {
	to, err := at.Parse(location)
	if err != nil || location == "" || to.Host == "" {
		return nil, failed(publish.RedirectedWrongly, nil, "服务器 "+at.Host+" 把我们转到别处，却没有说是哪里。",
			"the WHIP server "+at.Host+" sends us elsewhere without saying where")
	}
	if to.Scheme != at.Scheme && to.Scheme != "https" {
		return nil, failed(publish.RedirectedWrongly, nil, "服务器 "+at.Host+" 把我们转到不加密的地址：为了保护密钥，没有照办。",
			"the WHIP server "+at.Host+" sends us to an address without encryption; not followed, to keep the key secret")
	}
	return to, nil
}

// mayCarry reports whether a key entered for one address may be shown to another:
// within one origin, or by https between hosts of one registered domain, for
// balancing servers send us from one to the other of these and expect it.
func mayCarry(home, to *url.URL) bool {
	if to.Scheme == home.Scheme && strings.EqualFold(to.Hostname(), home.Hostname()) && port(to) == port(home) {
		return true
	}
	if home.Scheme != "https" || to.Scheme != "https" || net.ParseIP(to.Hostname()) != nil {
		return false
	}
	ours, err1 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(home.Hostname()))
	theirs, err2 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(to.Hostname()))
	return err1 == nil && err2 == nil && ours == theirs
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// read takes the session out of a server's 201. When the answer does not come whole,
// there is a session all the same, to be deleted.
func read(at *url.URL, response *http.Response) (*session, error) {
	defer response.Body.Close()
	s := &session{url: at, servers: iceServers(response.Header.Values("Link"))}
	if location := response.Header.Get("Location"); location != "" {
		if to, err := at.Parse(location); err == nil && (to.Scheme == at.Scheme || to.Scheme == "https") {
			s.location = to
		}
	}
	// A weak entity-tag is a web framework's, of no use for If-Match (RFC 9110, 13.1.1).
	if etag := response.Header.Get("ETag"); strings.HasPrefix(etag, `"`) {
		s.etag = etag
	}
	patches := slices.ContainsFunc(response.Header.Values("Accept-Patch"), func(types string) bool {
		return strings.Contains(strings.ToLower(types), trickleType)
	})
	s.trickles = s.location != nil && (patches || s.etag != "")
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return s, unreached(at.Host, bare(err))
	}
	s.answer = string(body)
	return s, nil
}

// patch tells the server of further candidates (RFC 9725, 4.3.2).
func (c *client) patch(ctx context.Context, s *session, fragment string) error {
	ctx, cancel := context.WithTimeout(ctx, patchTimeout)
	defer cancel()
	response, err := c.do(ctx, http.MethodPatch, s.location, trickleType, s.etag, fragment)
	if err != nil {
		return fmt.Errorf("tell the WHIP server %s our addresses: %w", s.location.Host, unreached(s.location.Host, err))
	}
	_ = response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("tell the WHIP server %s our addresses: status %d", s.location.Host, response.StatusCode)
	}
	return nil
}

// delete ends a session. It takes deleteTimeout at most, also when ctx has ended.
func (c *client) delete(ctx context.Context, s *session) error {
	if s.location == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
	defer cancel()
	response, err := c.do(ctx, http.MethodDelete, s.location, "", "", "")
	if err != nil {
		return fmt.Errorf("end the session at the WHIP server %s: %w", s.location.Host, unreached(s.location.Host, err))
	}
	_ = response.Body.Close()
	switch {
	case response.StatusCode < 300, response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusGone:
		return nil
	}
	return fmt.Errorf("end the session at the WHIP server %s: status %d", s.location.Host, response.StatusCode)
}

// do sends a request. Its errors are without the address.
func (c *client) do(ctx context.Context, method string, to *url.URL, contentType, etag, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(body))
	if err != nil {
		return nil, bare(err)
	}
	for name, value := range map[string]string{"Content-Type": contentType, "If-Match": etag} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	if method == http.MethodPost {
		request.Header.Set("Accept", offerType)
	}
	if c.bearer != "" && mayCarry(c.home, to) {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, bare(err)
	}
	return response, nil
}
