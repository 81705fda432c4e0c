package whip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"studio/publish/internal/rtc"
)

const (
	maxRedirects = 5
	maxAnswer    = 256 << 10 // bytes
)

// client speaks the HTTP half of WHIP. Its errors name the server's host and nothing
// behind it.
type client struct {
	http   *http.Client
	bearer string
	own    *http.Transport // to close, nil if the HTTP client was given
}

// session is what a server has opened for us.
type session struct {
	url     *url.URL // of the server that answered
	delete  *url.URL // Location; nil if the server gave none
	answer  string   // SDP
	servers []rtc.Server
}

func newClient(given *http.Client, bearer string) *client {
	c := &client{bearer: bearer}
	if given == nil {
		c.own = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: connectTimeout}
		given = &http.Client{Transport: c.own}
	}
	// Redirects are followed by hand: the library would leave the key behind when the
	// host changes, which is just what a balancing server does.
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
func (c *client) post(ctx context.Context, endpoint *url.URL, offer string) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	at := endpoint
	for range maxRedirects + 1 {
		response, err := c.do(ctx, http.MethodPost, at, offer)
		if err != nil {
			return nil, fmt.Errorf("reach the WHIP server %s: %w", at.Host, err)
		}
		switch response.StatusCode {
		case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			_ = response.Body.Close()
			to, err := at.Parse(response.Header.Get("Location"))
			if err != nil || response.Header.Get("Location") == "" || to.Host == "" {
				return nil, fmt.Errorf("the WHIP server %s sends us elsewhere without saying where", at.Host)
			}
			if to.Scheme != at.Scheme && to.Scheme != "https" {
				return nil, fmt.Errorf("the WHIP server %s sends us to an address without encryption; not followed, to keep the key secret", at.Host)
			}
			at = to
		case http.StatusCreated, http.StatusOK:
			return read(at, response)
		default:
			_ = response.Body.Close()
			return nil, statusError(at.Host, response)
		}
	}
	return nil, fmt.Errorf("the WHIP server %s sends us elsewhere again and again", endpoint.Host)
}

// read takes the session out of a server's 201.
func read(at *url.URL, response *http.Response) (*session, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer of the WHIP server %s: %w", at.Host, bare(err))
	}
	s := &session{url: at, answer: string(body), servers: iceServers(response.Header.Values("Link"))}
	if location := response.Header.Get("Location"); location != "" {
		if to, err := at.Parse(location); err == nil && (to.Scheme == at.Scheme || to.Scheme == "https") {
			s.delete = to
		}
	}
	return s, nil
}

// delete ends a session. It takes deleteTimeout at most, also when ctx has ended.
func (c *client) delete(ctx context.Context, s *session) error {
	if s.delete == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
	defer cancel()
	response, err := c.do(ctx, http.MethodDelete, s.delete, "")
	if err != nil {
		return fmt.Errorf("end the session at the WHIP server %s: %w", s.delete.Host, err)
	}
	_ = response.Body.Close()
	switch {
	case response.StatusCode < 300, response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusGone:
		return nil
	}
	return fmt.Errorf("end the session at the WHIP server %s: status %d", s.delete.Host, response.StatusCode)
}

func (c *client) do(ctx context.Context, method string, to *url.URL, sdp string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(sdp))
	if err != nil {
		return nil, bare(err)
	}
	if sdp != "" {
		request.Header.Set("Content-Type", "application/sdp")
		request.Header.Set("Accept", "application/sdp")
	}
	if c.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, bare(err)
	}
	return response, nil
}

// bare takes the address out of an HTTP error, for it may hold a key.
func bare(err error) error {
	var withURL *url.Error
	for errors.As(err, &withURL) {
		err = withURL.Err
	}
	return err
}

// statusError says in a sentence what a refusal means. The server's own text is left
// out: some repeat the address with its key.
func statusError(host string, response *http.Response) error {
	code := response.StatusCode
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("the WHIP server %s refused the key (%d)", host, code)
	case code == http.StatusNotFound || code == http.StatusGone:
		return fmt.Errorf("there is no such address at the WHIP server %s (%d)", host, code)
	case code == http.StatusMethodNotAllowed:
		return fmt.Errorf("this address at %s does not take WHIP (%d)", host, code)
	case code == http.StatusConflict:
		return fmt.Errorf("somebody is already on air at this address of the WHIP server %s (%d)", host, code)
	case code == http.StatusNotAcceptable, code == http.StatusUnsupportedMediaType, code == http.StatusUnprocessableEntity:
		return fmt.Errorf("the WHIP server %s takes no such picture or sound as ours, H.264 and Opus (%d)", host, code)
	case code == http.StatusTooManyRequests:
		return fmt.Errorf("the WHIP server %s asks us to wait%s (%d)", host, retryAfter(response), code)
	case code >= 500:
		return fmt.Errorf("the WHIP server %s is in trouble%s (%d)", host, retryAfter(response), code)
	case code >= 300 && code < 400:
		return fmt.Errorf("the WHIP server %s sends us elsewhere in a way WHIP does not allow (%d)", host, code)
	}
	return fmt.Errorf("the WHIP server %s refused the stream (%d)", host, code)
}

// retryAfter is the server's wish, if it names seconds.
func retryAfter(response *http.Response) string {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return ""
	}
	return fmt.Sprintf(" for %v", time.Duration(seconds)*time.Second)
}

// iceServers reads Link headers (RFC 8288) as RFC 9725, 4.6 uses them:
//
//	<turn:example.net?transport=udp>; rel="ice-server"; username="u"; credential="c"
func iceServers(links []string) []rtc.Server {
	var servers []rtc.Server
	for _, header := range links {
		for header != "" {
			var s rtc.Server
			var rel string
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
				}
			}
			if _, rest, more := strings.Cut(header, ","); more {
				header = rest
			} else {
				header = ""
			}
			if rel == "ice-server" && usable(s) {
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
