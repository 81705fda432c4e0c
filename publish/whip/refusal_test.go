package whip_test

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// TestRefusals: every way in which a server refuses is one sentence with its host and
// without a secret.
func TestRefusals(t *testing.T) {
	video := &packet.Stream{Codec: packet.H264, Extra: []byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f}}
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "no good: "+r.URL.String())
		}
	}
	const unusable = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	created := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/session/"+secret)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, answer)
		}
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
		fault   publish.Fault
		deletes int
	}{
		{"401", status(401), "refused the key (401)", publish.WrongKey, 0},
		{"403", status(403), "refused the key (403)", publish.WrongKey, 0},
		{"404", status(404), "there is no such address", publish.WrongPath, 0},
		{"405", status(405), "does not take WHIP", publish.WrongPath, 0},
		{"406", status(406), "takes no such picture or sound", publish.NotCarried, 0},
		{"409", status(409), "already on air", publish.InUse, 0},
		{"418", status(418), "refused the stream (418)", publish.RefusedOtherwise, 0},
		{"429", status(429, "Retry-After", "30"), "asks us to wait for 30s", publish.ServerTrouble, 0},
		{"500", status(500), "is in trouble (500)", publish.ServerTrouble, 0},
		{"503", status(503, "Retry-After", "5"), "is in trouble for 5s (503)", publish.ServerTrouble, 0},
		{"503 until a date", status(503, "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat)), "is in trouble for ", publish.ServerTrouble, 0},
		{"301", status(301, "Location", "/elsewhere/"+secret), "in a way WHIP does not allow (301)", publish.RedirectedWrongly, 0},
		{"302", status(302, "Location", "/elsewhere/"+secret), "in a way WHIP does not allow (302)", publish.RedirectedWrongly, 0},
		{"303", status(303, "Location", "/elsewhere/"+secret), "in a way WHIP does not allow (303)", publish.RedirectedWrongly, 0},
		{"307 without address", status(307), "without saying where", publish.RedirectedWrongly, 0},
		{"307 for ever", status(307, "Location", "/again/"+secret), "again and again", publish.RedirectedWrongly, 0},
		{"no SDP", created("hello " + secret), "did not answer with an SDP", publish.NotUnderstood, 1},
		{"no media", created(unusable), "did not answer with an SDP", publish.NotUnderstood, 1},
		{"VP8 only", created(unusable + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"), "takes no H.264", publish.NotCarried, 1},
		{"picture rejected", created(unusable + "m=video 0 UDP/TLS/RTP/SAVPF 102\r\na=rtpmap:102 H264/90000\r\n"), "takes no H.264", publish.NotCarried, 1},
		{"H.264 and nothing else", created(unusable + "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=rtpmap:102 H264/90000\r\n"), "answer that cannot be used", publish.NotUnderstood, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaks(t)
			var deletes atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					deletes.Add(1)
					return
				}
				test.handler(w, r)
			}))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			refused(t, whip.Options{URL: "http://name:" + secret + "@" + host + "/live/" + secret + "?k=" + secret, Bearer: secret}, video, host, test.want, test.fault)
			if int(deletes.Load()) != test.deletes {
				t.Errorf("%d sessions deleted, want %d", deletes.Load(), test.deletes)
			}
		})
	}
	for _, test := range []struct {
		name, url, host, want string
		fault                 publish.Fault
	}{
		{"nobody there", "http://127.0.0.1:1/" + secret, "127.0.0.1:1", "connection refused", publish.NothingListens},
		{"no such server", "http://nobody.invalid/" + secret, "nobody.invalid", "nobody.invalid", ""},
		{"no scheme", "127.0.0.1/" + secret, "", "not a complete", publish.WrongPath},
		{"no URL", "http://[" + secret, "", "not a complete", publish.WrongPath},
		{"RTMP", "rtmp://127.0.0.1/" + secret, "", "begins with http", publish.WrongPath},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaks(t)
			refused(t, whip.Options{URL: test.url}, video, test.host, test.want, test.fault)
		})
	}
	t.Run("no picture", func(t *testing.T) {
		refused(t, whip.Options{URL: "http://127.0.0.1:1/"}, &packet.Stream{Codec: packet.Opus}, "", "needs an H.264 picture", publish.NotCarried)
	})
	t.Run("no SPS", func(t *testing.T) {
		refused(t, whip.Options{URL: "http://127.0.0.1:1/"}, &packet.Stream{Codec: packet.H264}, "", "no SPS", publish.NotCarried)
	})
}

// TestNoServer: what is there, but is no WHIP server.
func TestNoServer(t *testing.T) {
	video := &packet.Stream{Codec: packet.H264, Extra: []byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f}}
	for _, test := range []struct {
		name, says, want string
		fault            publish.Fault
	}{
		{"garbage", "\x00\x01" + secret + "\r\n\r\n", "cannot be understood", publish.NotUnderstood},
		{"nothing", "", "hung up", publish.HungUp},
		{"half an answer", "HTTP/1.1 201 Created\r\nLocation: /session/" + secret + "\r\nContent-Length: 1000\r\n\r\nv=0", "hung up", publish.HungUp},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaks(t)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var serving sync.WaitGroup
			var deleted atomic.Bool
			serving.Go(func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					request := make([]byte, 16<<10)
					n, _ := conn.Read(request) // all of it: it is small
					if strings.HasPrefix(string(request[:n]), "DELETE /session/") {
						deleted.Store(true)
					}
					_, _ = io.WriteString(conn, test.says)
					_ = conn.Close()
				}
			})
			defer serving.Wait()
			defer listener.Close()
			host := listener.Addr().String()
			refused(t, whip.Options{URL: "http://" + host + "/" + secret, Bearer: secret}, video, host, test.want, test.fault)
			if opened := strings.Contains(test.says, "Location"); opened != deleted.Load() {
				t.Errorf("a session was opened: %v, deleted: %v", opened, deleted.Load())
			}
		})
	}
	t.Run("not by TLS", func(t *testing.T) {
		leaks(t)
		server := httptest.NewServer(http.NotFoundHandler())
		defer server.Close()
		host := strings.TrimPrefix(server.URL, "http://")
		refused(t, whip.Options{URL: "https://" + host, Bearer: secret}, video, host, "", "")
	})
	t.Run("a certificate of its own making", func(t *testing.T) {
		leaks(t)
		server := httptest.NewTLSServer(http.NotFoundHandler())
		defer server.Close()
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		host := strings.TrimPrefix(server.URL, "https://")
		refused(t, whip.Options{URL: "https://" + host, Bearer: secret}, video, host, "cannot be trusted", publish.UntrustedServer)
	})
	t.Run("a certificate for another name", func(t *testing.T) {
		leaks(t)
		server := httptest.NewTLSServer(http.NotFoundHandler())
		defer server.Close()
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		trusting := server.Client()
		defer trusting.CloseIdleConnections()
		_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
		refused(t, whip.Options{URL: "https://localhost:" + port, Bearer: secret, HTTPClient: trusting}, video, "localhost", "for another name", publish.WrongCertificate)
	})
}

// refused checks the sentences that somebody reads when a Dial fails: whole, in both
// languages, with the server's host and without any secret. An empty fault: some.
func refused(t *testing.T, o whip.Options, stream *packet.Stream, host, want string, fault publish.Fault) {
	t.Helper()
	sink, err := whip.New(o)(t.Context(), []*packet.Stream{stream})
	if err == nil {
		t.Fatalf("Dial gave %v", sink)
	}
	var e *publish.Error
	if !errors.As(err, &e) || fault != "" && e.Fault != fault || e.Fault == publish.Unknown {
		t.Fatalf("%v: %+v, want the fault %q", err, e, fault)
	}
	if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, host) || strings.Contains(text, "\n") {
		t.Errorf("%q, want %q and %q", text, want, host)
	}
	if !strings.Contains(e.Zh, host) || !strings.ContainsAny(e.Zh, "。") {
		t.Errorf("in Chinese: %q", e.Zh)
	}
	for cause := error(e); cause != nil; cause = errors.Unwrap(cause) {
		if strings.Contains(cause.Error(), secret) || strings.Contains(e.Zh, secret) {
			t.Errorf("a secret comes out: %q", cause)
		}
	}
	if errors.Is(err, publish.ErrRefused) != e.Fault.Refusal() {
		t.Errorf("%v: refused %v", err, e.Fault.Refusal())
	}
	if asks := strings.Contains(want, " for ") && e.Fault == publish.ServerTrouble; asks != (e.RetryAfter > 0) {
		t.Errorf("%v: to be tried again after %v", err, e.RetryAfter)
	}
}

// TestRedirect: a balancing server sends us to another host, which is somebody else's
// for all we know: the key stays behind. The session's address is relative to where it
// was opened.
func TestRedirect(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	leaks(t)
	s := newServer(t)
	var key atomic.Value
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key.Store(r.Header.Get("Authorization"))
		http.Redirect(w, r, s.URL+"/edge/live", http.StatusTemporaryRedirect)
	}))
	defer balancer.Close()
	sink, err := whip.New(whip.Options{URL: balancer.URL + "/a", Bearer: secret})(t.Context(), []*packet.Stream{film.Picture})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	if key.Load() != "Bearer "+secret {
		t.Errorf("the balancing server got the key %q", key.Load())
	}
	if len(s.deleted) != 1 || s.deleted[0] != "/session/1?of=geheim " {
		t.Errorf("deleted %q, want one session and no key", s.deleted)
	}
}

// TestRedirectWantsKey: where the key is not taken, and is wanted, a person must know.
func TestRedirectWantsKey(t *testing.T) {
	leaks(t)
	edge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the key went to another server")
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer edge.Close()
	balancer := httptest.NewServer(http.RedirectHandler(edge.URL+"/live", http.StatusTemporaryRedirect))
	defer balancer.Close()
	video := &packet.Stream{Codec: packet.H264, Extra: []byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f}}
	refused(t, whip.Options{URL: balancer.URL, Bearer: secret}, video, strings.TrimPrefix(edge.URL, "http://"), "not taken to somebody else's server", publish.RedirectedWrongly)
}

// TestNoDowngrade: the key is never sent without encryption after it was to be sent
// with.
func TestNoDowngrade(t *testing.T) {
	var asked atomic.Bool
	open := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer open.Close()
	safe := httptest.NewTLSServer(http.RedirectHandler(open.URL+"/live", http.StatusPermanentRedirect))
	defer safe.Close()
	video := &packet.Stream{Codec: packet.H264, Extra: []byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f}}
	refused(t, whip.Options{URL: safe.URL, Bearer: secret, HTTPClient: safe.Client()}, video,
		strings.TrimPrefix(safe.URL, "https://"), "without encryption", publish.RedirectedWrongly)
	if asked.Load() {
		t.Error("the key went out without encryption")
	}
}
