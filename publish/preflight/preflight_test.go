package preflight

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/publish"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func port(t *testing.T, address string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// free is a port on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return port(t, l.Addr().String())
}

// silent accepts connections, by the kernel alone, and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return port(t, l.Addr().String())
}

func TestReach(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	secure := port(t, web.Listener.Addr().String())
	quiet := silent(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	garbage, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		b := make([]byte, 1500)
		for {
			n, from, err := garbage.ReadFrom(b)
			if err != nil {
				return
			}
			garbage.WriteTo([]byte(strings.Repeat("x", n)), from)
		}
	}()
	t.Cleanup(func() {
		garbage.Close()
		<-answered
	})

	for _, test := range []struct {
		name, address string
		fault         publish.Fault
		tls           bool
		en, zh        string // the beginning
	}{
		{"RTMP", "rtmp://127.0.0.1:" + quiet + "/live/s3cr3t", "", false, "a: the server is there (connection ", "a：服务器在（连接 "},
		{"RTMPS", "rtmps://127.0.0.1:" + secure + "/live/s3cr3t", "", true, "a: the server is there (connection ", "a：服务器在（连接 "},
		{"WHIP", "https://127.0.0.1:" + secure + "/s3cr3t", "", true, "a: the server is there (connection ", "a：服务器在（连接 "},
		{"a name", "rtmp://localhost:" + quiet + "/live/s3cr3t", "", false, "a: the server is there (name ", "a：服务器在（查名称 "},
		{"no server in it", "rtmp:///live/s3cr3t", publish.Unknown, false, "a: rtmp:///live/…: it names no server", "a："},
		{"nothing listens", "rtmp://127.0.0.1:" + free(t) + "/live/s3cr3t", publish.NothingListens, false, "a: nothing listens there (connection refused)", "a：那里没有直播服务器"},
		{"no such name", "rtmp://no-such-host.invalid/live/s3cr3t", publish.NoSuchName, false, `a: no server has the name "no-such-host.invalid"`, "a：没有名为“no-such-host.invalid”的服务器"},
		{"no greeting", "rtmps://127.0.0.1:" + quiet + "/live/s3cr3t", publish.NoAnswer, false, "a: the server did not answer within 700ms", "a：服务器在 0.7 秒内没有应答"},
		{"no TLS there", "https://127.0.0.1:" + port(t, plain.Listener.Addr().String()) + "/s3cr3t", publish.NotSecure, false, "a: no secure connection could be agreed", "a：建立不了加密连接"},
		{"another name", "https://localhost:" + secure + "/s3cr3t", publish.WrongCertificate, false, "a: the server's certificate is for another name", "a：服务器的证书属于别的名称"},
		{"SRT: nothing there", "srt://127.0.0.1:" + free(t) + "?streamid=s3cr3t", publish.NothingListens, false, "a: nothing listens there", "a：那里没有直播服务器"},
		{"SRT: garbage", "srt://" + garbage.LocalAddr().String() + "?streamid=s3cr3t", publish.NotUnderstood, false, "a: what the server answers is not SRT", "a：服务器的回答不是 SRT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := Check(context.Background(), Options{Places: []Place{{Destination: "a", Address: test.address}}, CAFile: caFile, StepTimeout: 700 * time.Millisecond})
			got := r.Places[0]
			fault := publish.Fault("")
			if got.Fault != nil {
				fault = got.Fault.Fault
			}
			if fault != test.fault || fault == "" && (got.Connect == 0 || test.tls != (got.TLS > 0)) {
				t.Errorf("%+v, %q", got, fault)
			}
			if words := r.Words[0]; !strings.HasPrefix(words.En, test.en) || !strings.HasPrefix(words.Zh, test.zh) {
				t.Errorf("%s\n%s", words.En, words.Zh)
			}
			if text := r.Words[0].En + r.Words[0].Zh; strings.Contains(text, "s3cr3t") || fault == "" && !strings.Contains(text, "The key was not tried") {
				t.Error(text)
			}
		})
	}
	if got := (Options{StepTimeout: time.Second}).reach(context.Background(), Place{Address: "https://127.0.0.1:" + secure}); got.Fault == nil || got.Fault.Fault != publish.UntrustedServer {
		t.Errorf("an unknown authority: %+v", got.Fault)
	}
}

// TestReachSRT asks a real listener, which is still there for its caller afterwards.
func TestReachSRT(t *testing.T) {
	address := "srt://127.0.0.1:" + free(t)
	ffmpeg := exec.Command("ffmpeg", "-v", "quiet", "-nostdin", "-i", address+"?mode=listener&passphrase=0123456789", "-f", "null", "-")
	if err := ffmpeg.Start(); err != nil {
		t.Fatal(err)
	}
	defer ffmpeg.Wait()
	defer ffmpeg.Process.Kill()
	for end := time.Now().Add(5 * time.Second); ; {
		r := Check(context.Background(), Options{Places: []Place{{Destination: "a", Address: address + "?passphrase=s3cr3t"}}, StepTimeout: time.Second})
		if r.Places[0].Fault == nil {
			if r.Places[0].Connect <= 0 || r.Places[0].Connect > time.Second {
				t.Errorf("%+v", r.Places[0])
			}
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the listener is not found: %s", r.Words[0].En)
		}
	}
}

// sink reads as fast as a line of some bits a second carries.
func sink(t *testing.T, bitsPerSecond float64) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, read := time.Now(), 0
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			n, err := io.CopyN(io.Discard, r.Body, int64(time.Since(began).Seconds()*bitsPerSecond/8)-int64(read))
			read += int(n)
			if err != nil {
				return
			}
			<-tick.C
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestUpload(t *testing.T) {
	places := []Place{{"a", "rtmp://127.0.0.1:" + silent(t) + "/live/x", 4_128_000}, {"b", "rtmp://127.0.0.1:" + silent(t) + "/live/y", 4_128_000}}
	for _, test := range []struct {
		bits float64
		en   string
	}{
		{20e6, "8.3 Mb/s are to go out in all: they fit"},
		{6e6, "8.3 Mb/s are to go out in all: they do not fit. Let each destination (2) have at most "},
	} {
		r := Check(context.Background(), Options{Places: places, UploadURL: sink(t, test.bits).URL + "/s3cr3t", UploadSeconds: 1})
		if r.UploadError != nil || float64(r.UpBitsPerSecond) < 0.7*test.bits || float64(r.UpBitsPerSecond) > 1.1*test.bits {
			t.Errorf("%.0f b/s measured as %d: %v", test.bits, r.UpBitsPerSecond, r.UploadError)
		}
		if last := r.Words[len(r.Words)-1]; len(r.Words) != 4 || !strings.HasPrefix(last.En, test.en) || last.Zh == "" {
			t.Errorf("%+v", r.Words)
		}
	}
}

func TestNoUpload(t *testing.T) {
	teapot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(teapot.Close)
	for _, test := range []struct{ url, en string }{
		{"", "how much the line carries was not measured: platforms allow no trial"},
		{teapot.URL + "/s3cr3t", "the upload could not be measured: upload test " + teapot.URL + "/…: the server answered 418"},
		{"http://127.0.0.1:" + free(t) + "/s3cr3t", "the upload could not be measured: upload test http://127.0.0.1:"},
		{"http://%zz/s3cr3t", "the upload could not be measured: upload test http://%zz/…: the address cannot be used"},
	} {
		r := Check(context.Background(), Options{UploadURL: test.url, UploadSeconds: 0.2, StepTimeout: time.Second})
		if len(r.Words) != 1 || !strings.HasPrefix(r.Words[0].En, test.en) || strings.Contains(r.Words[0].En, "s3cr3t") || r.UpBitsPerSecond != 0 {
			t.Errorf("%s: %+v", test.url, r)
		}
	}
}

// TestCheckEnds ends the context while everything hangs.
func TestCheckEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	began := time.Now()
	r := Check(ctx, Options{
		Places:      []Place{{Destination: "a", Address: "rtmps://127.0.0.1:" + silent(t) + "/live/x"}, {Destination: "b", Address: "srt://127.0.0.1:" + silentUDP(t)}},
		UploadURL:   "http://127.0.0.1:" + silent(t),
		StepTimeout: time.Minute,
	})
	if took := time.Since(began); took > 2*time.Second || len(r.Places) != 2 || r.Places[0].Fault == nil || r.UploadError == nil {
		t.Errorf("after %v: %+v", took, r)
	}
	for _, p := range r.Places {
		if p.Fault == nil || p.Fault.En != "the check was ended" {
			t.Errorf("%+v", p.Fault)
		}
	}
}

func silentUDP(t *testing.T) string {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return port(t, l.LocalAddr().String())
}
