package srt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"studio/publish"
)

// TestRefused has a listener for each way in which a call may come to nothing: each is
// a kind and a sentence of its own, within a bounded time and without a secret.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := short(t)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	encrypted, plain := listen(t, "127.0.0.1", "&passphrase=the-right-passphrase").address, listen(t, "127.0.0.1", "").address
	const secret = "?streamid=planted&passphrase=planted-passphrase"
	for _, c := range []struct {
		name, address string
		fault         publish.Fault
		en, zh        string
	}{
		{"says nothing", silent.LocalAddr().String() + secret, publish.NoAnswer, "the server did not answer within 700ms", "服务器在 0.7 秒内没有应答"},
		{"its own time", silent.LocalAddr().String() + secret + "&connect_timeout=300", publish.NoAnswer, "the server did not answer within 300ms", "服务器在 0.3 秒内没有应答"},
		{"no way there", "[fe80::1]:9000" + secret, publish.Unreachable, "the server cannot be reached from this network", "从这里的网络到不了该服务器"},
		{"no such name", "nobody.invalid:9000" + secret, publish.NoSuchName, `no server has the name "nobody.invalid"`, "没有名为“nobody.invalid”的服务器"},
		{"wrong passphrase", encrypted + secret, publish.WrongPassphrase, "the server refuses the passphrase: is the passphrase right?", "服务器不接受这个口令：口令对吗？"},
		{"no passphrase", encrypted, publish.WrongPassphrase, "the server wants a passphrase", "服务器要求口令"},
		{"a passphrase too many", plain + secret, publish.WrongPassphrase, "the server wants no passphrase, but the address has one", "服务器不用口令，但地址里写了口令"},
		{"unauthorised", refuser(t, 1401) + secret, publish.WrongKey, "the server does not allow it: is the stream id right? (1401)", "服务器不允许：流名（streamid）对吗？（1401）"},
		{"overload", refuser(t, 1402) + secret, publish.ServerTrouble, "the server has too much to do, or the account is used up (1402)", "服务器太忙，或账户额度已用完（1402）"},
		{"forbidden", refuser(t, 1403) + secret, publish.WrongKey, "the server does not allow it: is the stream id right? (1403)", "服务器不允许：流名（streamid）对吗？（1403）"},
		{"not found", refuser(t, 1404) + secret, publish.WrongPath, "the server knows no such stream: is the stream id right? (1404)", "服务器上没有这个流：流名（streamid）对吗？（1404）"},
		{"bad request", refuser(t, 1400) + secret, publish.WrongPath, "the server does not understand the stream id: is it written as the server wants it? (1400)", "服务器看不懂流名（streamid）：写法对吗？（1400）"},
		{"bad mode", refuser(t, 1405) + secret, publish.RefusedOtherwise, "the server takes no stream under this stream id: does it want m=publish in it? (1405)", "服务器不在这个流名（streamid）下收流：是否要加 m=publish？（1405）"},
		{"conflict", refuser(t, 1409) + secret, publish.InUse, "somebody is on air there already, or the stream is locked (1409)", "那里已经有人在直播，或该流被锁定（1409）"},
		{"unacceptable", refuser(t, 1406) + secret, publish.NotCarried, "the server does not take such a stream (1406)", "服务器不接受这样的流（1406）"},
		{"server error", refuser(t, 1500) + secret, publish.ServerTrouble, "the server is in trouble (1500)", "服务器出了问题（1500）"},
		{"its own code", refuser(t, 2345) + secret, publish.RefusedOtherwise, "the server refuses the stream id (2345)", "服务器拒绝了这个流名（streamid）（2345）"},
		{"without a reason", refuser(t, 2) + secret, publish.RefusedOtherwise, "the server refused the connection without a reason: are stream id and passphrase right?", "服务器拒绝了连接，没说原因：流名（streamid）和口令对吗？"},
		{"full", refuser(t, 5) + secret, publish.ServerTrouble, "the server takes no more connections now", "服务器现在不接受更多连接"},
		{"for files", refuser(t, 12) + secret, publish.NotCarried, "the server is set up for another kind of SRT: it must take a live stream", "服务器设置成了别的 SRT 模式：应设为直播（live）"},
		{"older", refuser(t, 8) + secret, publish.RefusedOtherwise, "the server wants another version of SRT", "服务器要求别的 SRT 版本"},
	} {
		t.Run(c.name, func(t *testing.T) {
			begin := time.Now()
			sink, err := dial(t, Options{Address: "srt://" + c.address, ConnectTimeout: 700 * time.Millisecond})(context.Background(), p.Streams)
			if err == nil {
				sink.Close()
				t.Fatal("it was accepted")
			}
			told(t, err, c.fault, c.en, c.zh)
			if errors.Is(err, publish.ErrRefused) != c.fault.Refusal() {
				t.Errorf("%s is taken for a refusal: %v", c.fault, !c.fault.Refusal())
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestAddressesInTurn has a name with two addresses, of which only the second has a
// listener: it is found on the second attempt.
func TestAddressesInTurn(t *testing.T) {
	t.Parallel()
	p := short(t)
	l := listen(t, "::1", "")
	d := dial(t, Options{Address: strings.Replace("srt://"+l.address, "[::1]", "live.example", 1), ConnectTimeout: time.Second, Resolver: bothLoopbacks(t)})
	if _, err := d(context.Background(), p.Streams); err == nil {
		t.Fatal("IPv4 was not tried first")
	}
	sink, err := d(context.Background(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	sink.Close()
}

func TestAddresses(t *testing.T) {
	for query, want := range map[string]string{
		"":                                      "latency 500ms, payload 1316",
		"?latency=200":                          "latency 200ms, payload 1316",
		"?latency=200000":                       "latency 200ms, payload 1316",
		"?latency=2000000":                      "latency 2s, payload 1316",
		"?payload_size=1456":                    "latency 500ms, payload 1316",
		"?pkt_size=400":                         "latency 500ms, payload 376",
		"?passphrase=&tlpktdrop=1":              "latency 500ms, payload 1316",
		"?streamid=#!::r=a,m=publish&latency=0": "stream id #!::r=a,m=publish, latency 0s, payload 1316",
		"?streamid=%23!::r=a%26b,m=publish":     "stream id #!::r=a&b,m=publish, latency 500ms, payload 1316",
		"/?srt_streamid=50%25&passphrase=100%ok-ok-ok": "stream id 50%, passphrase 100%ok-ok-ok, latency 500ms, payload 1316",
		"?maxbw=-1&inputbw=5&oheadbw=50":               "latency 500ms, payload 1316, bandwidth -1 5 50",
	} {
		_, _, s, err := parse("srt://host:9" + query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		got := fmt.Sprintf("latency %v, payload %d", s.latency, s.payload)
		if s.passphrase != "" {
			got = "passphrase " + s.passphrase + ", " + got
		}
		if s.streamID != "" {
			got = "stream id " + s.streamID + ", " + got
		}
		if s.maxBandwidth != 0 {
			got += fmt.Sprintf(", bandwidth %d %d %d", s.maxBandwidth, s.inputBandwidth, s.overhead)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for address, want := range map[string]string{
		"http://host:9":                                     "must begin with srt://",
		"srt://:9":                                          "it names no server",
		"srt://host":                                        "it names no port",
		"srt://host:0":                                      "the port is a number",
		"srt://me:planted@host:9":                           "user names",
		"srt://host:9?mode=listener":                        "only caller is supported",
		"srt://host:9?mode=rendezvous":                      "only caller is supported",
		"srt://host:9?passphrase=planted":                   "the passphrase has 7 characters, SRT wants 10 to 79",
		"srt://host:9?passphrase=a-passphrase&planted":      "its query has",
		"srt://host:9?pasphrase=planted-x":                  "it may have mode=caller, streamid",
		"srt://host:9?pbkeylen=17":                          "16, 24 or 32",
		"srt://host:9?latency=planted":                      "latency: a whole number from 0 to 20000000",
		"srt://host:9?oheadbw=200":                          "oheadbw: a whole number from 5 to 100",
		"srt://host:9?streamid=" + strings.Repeat("x", 513): "the stream id has 513 bytes",
	} {
		_, err := New(Options{Address: address})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		} else if strings.Contains(err.Error(), "planted") {
			t.Errorf("a secret is in %q", err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("srt://host:9?streamid=#!::r=a&latency=5&passphrase=0123456789")
	f.Fuzz(func(t *testing.T, address string) {
		if _, _, s, err := parse(address); err == nil && (s.payload%tsPacket != 0 || s.payload <= 0 || s.latency < 0 || s.latency > mostLatency || len(s.streamID) > mostStreamID) {
			t.Errorf("%q: %+v", address, s)
		}
	})
}
