package avformat

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/servertest"
)

// serve answers every connection as answer does, until the test ends.
func serve(t *testing.T, answer func(c net.Conn)) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	over := make(chan struct{})
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer c.Close()
				ended := make(chan struct{})
				defer close(ended)
				done.Go(func() {
					select {
					case <-over:
						c.Close()
					case <-ended:
					}
				})
				answer(c)
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		l.Close()
		done.Wait()
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// hold reads until the other side hangs up, and answers nothing.
func hold(c net.Conn) { io.Copy(io.Discard, c) }

// greet takes part in the RTMP handshake.
func greet(c net.Conn) {
	theirs := make([]byte, 1537)
	if _, err := io.ReadFull(c, theirs); err != nil {
		return
	}
	c.Write(theirs)
	c.Write(theirs[1:])
	io.ReadFull(c, theirs[1:])
}

// nameServer is a resolver whose server answers as answer does, or not at all if
// that returns nothing.
func nameServer(t *testing.T, answer func(question []byte) []byte) *net.Resolver {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 1500)
		for {
			n, from, err := l.ReadFrom(question)
			if err != nil {
				return
			}
			if out := answer(question[:n]); out != nil {
				l.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "udp", l.LocalAddr().String())
		if err == nil { // a lookup that nobody waits for any more would go on for seconds
			context.AfterFunc(ctx, func() { c.Close() })
		}
		return c, err
	}}
}

func noAnswer([]byte) []byte { return nil }

// says answers every question with a code (RFC 1035, section 4.1.1).
func says(code byte) func([]byte) []byte {
	return func(question []byte) []byte {
		question[2] |= 0x80 // an answer
		question[3] = 0x80 | code
		return question
	}
}

// twoAddresses answers every question about a name with 127.0.0.2 and 127.0.0.1.
func twoAddresses(question []byte) []byte {
	end := 12 // behind the head: labels, their end, type and class
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:end]...)
	if question[end-3] == 1 { // type A
		answer[7] = 2
		for _, last := range []byte{2, 1} {
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, last)
		}
	}
	return answer
}

const brief = 700 * time.Millisecond

// TestWhatServersDoWrong has a server for each thing that can go wrong while
// connecting: each is a kind and a sentence of its own, within a bounded time and
// without the key.
func TestWhatServersDoWrong(t *testing.T) {
	p := tenSeconds(t)
	deny := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(deny.Close)
	denying, taken := servertest.NewRTMP(t, "on_publish "+deny.URL+"/;"), servertest.NewRTMP(t, "")
	first, err := dial(t, NetworkOptions{Address: taken.To(secret)})(context.Background(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	secure := func(name string) (port, caFile string) {
		ca := servertest.NewAuthority(t)
		config := ca.Sign(t, name)
		return serve(t, func(c net.Conn) { hold(tls.Server(c, config)) }), ca.File(t)
	}
	right, caFile := secure("localhost")
	wrongName, otherCA := secure("elsewhere.example")
	silent, silentCA := serve(t, hold), caFile
	rtmp := func(port string) string { return "rtmp://127.0.0.1:" + port + "/live/" + secret }
	rtmps := func(port string) string { return "rtmps://localhost:" + port + "/live/" + secret }

	for _, test := range []struct {
		name   string
		o      NetworkOptions
		fault  publish.Fault
		en, zh string
	}{
		{"nothing listens", NetworkOptions{Address: rtmp(freePort(t))}, publish.NothingListens,
			"nothing listens there (connection refused)", "那里没有直播服务器（连接被拒绝）"},
		{"nothing listens, RTMPS", NetworkOptions{Address: rtmps(freePort(t))}, publish.NothingListens,
			"nothing listens there (connection refused)", "那里没有直播服务器（连接被拒绝）"},
		{"no such name", NetworkOptions{Address: "rtmp://live.example/live/" + secret, Resolver: nameServer(t, says(3))}, publish.NoSuchName,
			`no server has the name "live.example"`, "没有名为“live.example”的服务器"},
		{"the name server is in trouble", NetworkOptions{Address: "rtmp://live.example/live/" + secret, Resolver: nameServer(t, says(2))}, publish.NoNameService,
			`the name "live.example" cannot be looked up: is the network there?`, "查不到名称“live.example”：网络通吗？"},
		{"the name server is silent", NetworkOptions{Address: "rtmp://live.example/live/" + secret, Resolver: nameServer(t, noAnswer)}, publish.NoNameService,
			`the name "live.example" cannot be looked up: is the network there?`, "查不到名称“live.example”：网络通吗？"},
		{"accepts and says nothing", NetworkOptions{Address: rtmp(silent)}, publish.NoAnswer,
			"the server did not answer within 700ms", "服务器在 0.7 秒内没有应答"},
		{"accepts and says nothing, RTMPS", NetworkOptions{Address: rtmps(silent)}, publish.NoAnswer,
			"the server did not answer within 700ms", "服务器在 0.7 秒内没有应答"},
		{"says nothing after TLS", NetworkOptions{Address: rtmps(right), CAFile: silentCA}, publish.NoAnswer,
			"the server did not answer within 700ms", "服务器在 0.7 秒内没有应答"},
		{"hangs up at once", NetworkOptions{Address: rtmp(serve(t, func(net.Conn) {}))}, publish.HungUp,
			"the server hung up in the middle of the greeting: is it an RTMP server?", "服务器在握手中途挂断了：它是 RTMP 服务器吗？"},
		{"hangs up in the middle", NetworkOptions{Address: rtmp(serve(t, func(c net.Conn) { io.ReadFull(c, make([]byte, 1537)); c.Write(make([]byte, 100)) }))}, publish.HungUp,
			"the server hung up in the middle of the greeting: is it an RTMP server?", "服务器在握手中途挂断了：它是 RTMP 服务器吗？"},
		{"hangs up in the middle of TLS", NetworkOptions{Address: rtmps(serve(t, func(c net.Conn) { io.ReadFull(c, make([]byte, 50)) }))}, publish.HungUp,
			"the server hung up in the middle of the secure greeting", "服务器在加密握手中途挂断了"},
		{"garbage after the greeting", NetworkOptions{Address: rtmp(serve(t, func(c net.Conn) { greet(c); c.Write(garbage(50_000)); hold(c) }))}, publish.NotUnderstood,
			"what the server answers is not RTMP", "服务器的回答不是 RTMP"},
		{"a web server", NetworkOptions{Address: rtmp(serve(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, 1537))
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		}))}, publish.HungUp, "the server hung up in the middle of the greeting: is it an RTMP server?", "服务器在握手中途挂断了：它是 RTMP 服务器吗？"},
		{"garbage instead of TLS", NetworkOptions{Address: rtmps(serve(t, func(c net.Conn) { c.Write(garbage(5000)); hold(c) }))}, publish.NotSecure,
			"no secure connection could be agreed: does the server speak RTMPS at this port?", "建立不了加密连接：该端口是 RTMPS 吗？"},
		{"certificate for another name", NetworkOptions{Address: rtmps(wrongName), CAFile: otherCA}, publish.WrongCertificate,
			"the server's certificate is for another name", "服务器的证书属于别的名称"},
		{"certificate of an unknown authority", NetworkOptions{Address: rtmps(right)}, publish.UntrustedServer,
			"the server's certificate is not trusted", "服务器的证书不受信任"},
		{"wrong key", NetworkOptions{Address: denying.To(secret)}, publish.WrongKey,
			"the server hung up at the stream key: is the stream key right, is it in use?", "服务器收到密钥后就挂断了：密钥对吗？是否正被占用？"},
		{"wrong path", NetworkOptions{Address: "rtmp://" + denying.Address + "/other/" + secret}, publish.WrongPath,
			"the server hung up at the path: is the address right?", "服务器收到路径后就挂断了：推流地址对吗？"},
		{"key in use", NetworkOptions{Address: taken.To(secret)}, publish.InUse,
			`the server says "Already publishing" (is the stream key right, is it in use?)`, "服务器说“Already publishing”（密钥对吗？是否正被占用？）"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.o.ConnectTimeout = brief
			begin := time.Now()
			sink, err := dial(t, test.o)(context.Background(), p.Streams)
			took := time.Since(begin)
			if err == nil {
				sink.Close()
				t.Fatal("it was accepted")
			}
			told(t, err, test.fault, test.en, test.zh)
			if took > brief+2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// garbage is the same each time.
func garbage(n int) []byte {
	b := make([]byte, n)
	state := uint32(1)
	for i := range b {
		state = state*1664525 + 1013904223
		b[i] = byte(state >> 24)
	}
	return b
}

// told checks an error's kind and both its sentences, behind the shown address.
func told(t *testing.T, err error, fault publish.Fault, en, zh string) {
	t.Helper()
	var e *publish.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is of no kind", err)
	}
	if e.Fault != fault || !strings.HasSuffix(e.En, ": "+en) || !strings.HasSuffix(e.Zh, "："+zh) {
		t.Errorf("%s\n%s\n%s", e.Fault, e.En, e.Zh)
	}
	if errors.Is(err, publish.ErrRefused) != fault.Refusal() {
		t.Errorf("%s is taken for a refusal: %v", fault, !fault.Refusal())
	}
	noSecret(t, e.En+e.Zh)
}

// TestWhatServersDoWrongOnAir has servers that take the stream first.
func TestWhatServersDoWrongOnAir(t *testing.T) {
	long, err := filetest.Record(5, 6_000_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	push := func(t *testing.T, address string, act func(*connection)) error {
		sink, err := dial(t, NetworkOptions{Address: address, WriteTimeout: brief})(context.Background(), long.Streams)
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		for i, q := range long.Packets {
			if i == 30 {
				act(sink.(*connection))
			}
			if err := sink.Write(q); err != nil {
				return err
			}
		}
		t.Fatal("all of it was taken")
		return nil
	}
	relayed := func(t *testing.T) (*relay, string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := newRelay(t, l, servertest.NewRTMP(t, "").Address)
		return r, "rtmp://127.0.0.1:" + r.port() + "/live/" + secret
	}
	t.Run("reads nothing", func(t *testing.T) {
		r, address := relayed(t)
		begin := time.Now()
		err := push(t, address, func(*connection) { close(r.stall) })
		told(t, err, publish.Stalled, "the server took no data for 700ms", "服务器已有 0.7 秒不接收数据")
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	t.Run("ends at once", func(t *testing.T) {
		s := servertest.NewRTMP(t, "")
		err := push(t, s.To(secret), func(*connection) { s.Kill() })
		told(t, err, publish.EndedSoon, "the server ended the connection right after it began: is the stream key right, is it in use?", "刚连上，服务器就断开了：密钥对吗？是否正被占用？")
	})
	t.Run("ends later", func(t *testing.T) {
		s := servertest.NewRTMP(t, "")
		err := push(t, s.To(secret), func(c *connection) { c.began = c.began.Add(-time.Hour); s.Kill() })
		told(t, err, publish.Ended, "the server ended the connection", "服务器断开了连接")
	})
}

// TestInterrupted ends the context while something hangs that would hang for long.
func TestInterrupted(t *testing.T) {
	p := tenSeconds(t)
	silent := serve(t, hold)
	for name, o := range map[string]NetworkOptions{
		"RTMP":  {Address: "rtmp://127.0.0.1:" + silent + "/live/" + secret},
		"RTMPS": {Address: "rtmps://127.0.0.1:" + silent + "/live/" + secret},
		"name":  {Address: "rtmp://live.example/live/" + secret, Resolver: nameServer(t, noAnswer)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.ConnectTimeout = time.Minute
			ctx, cancel := context.WithCancel(context.Background())
			defer time.AfterFunc(200*time.Millisecond, cancel).Stop()
			begin := time.Now()
			_, err := dial(t, o)(ctx, p.Streams)
			if took := time.Since(begin); !errors.Is(err, context.Canceled) || took > 2*time.Second {
				t.Errorf("after %v: %v", took, err)
			}
			noSecret(t, err.Error())
		})
	}
}

// TestAddressesInTurn has a name with two addresses, of which only the second has
// a server: it is found on the second attempt.
func TestAddressesInTurn(t *testing.T) {
	s := servertest.NewRTMP(t, "")
	_, port, _ := net.SplitHostPort(s.Address)
	d := dial(t, NetworkOptions{Address: "rtmp://live.example:" + port + "/live/" + secret, Resolver: nameServer(t, twoAddresses)})
	p := tenSeconds(t)
	if _, err := d(context.Background(), p.Streams); err == nil {
		t.Fatal("the first address was not tried first")
	} else {
		told(t, err, publish.NothingListens, "nothing listens there (connection refused)", "那里没有直播服务器（连接被拒绝）")
	}
	sink, err := d(context.Background(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	sink.Close()
}
