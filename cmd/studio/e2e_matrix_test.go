package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
)

// planted stands in every secret of these tests, and may be seen nowhere.
const planted = "planted-4d1c"

// row is one destination that something is wrong with.
type row struct {
	goal
	en, zh string        // of what is said
	within time.Duration // from when it is switched on
	act    func()        // once it is on air; nil: it never is
}

// company is the servers that nothing is wrong with: their streams go out beside every
// row.
type company struct {
	rtmp *servertest.RTMP
	srt  *srtListener
	whip *whipKeeper
	ca   *servertest.Authority
}

func newCompany(t *testing.T) *company {
	t.Helper()
	// The platform asks its shop whether it knows a key, as platforms do.
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.PostFormValue("name"), "good") {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(shop.Close)
	return &company{
		rtmp: servertest.NewRTMP(t, "on_publish "+shop.URL+"/;"),
		srt:  newSRTListener(t, "127.0.0.1", planted+"-passphrase"),
		whip: newWHIPKeeper(t), ca: servertest.NewAuthority(t),
	}
}

func (c *company) goals(t *testing.T) []goal {
	secure := serveConnections(t, c.ca.Sign(t, "localhost"), passTo(c.rtmp.Address, nil))
	_, port, _ := net.SplitHostPort(secure)
	return []goal{
		{name: "rtmp", address: c.rtmp.To(""), key: "good-" + planted},
		{name: "rtmps", address: "rtmps://localhost:" + port + "/live", key: "good-secure-" + planted},
		{name: "srt", address: c.srt.address + "?passphrase=" + planted + "-passphrase"},
		{name: "whip", address: c.whip.url, bearer: planted},
	}
}

// trust makes the authority the only one that the program trusts.
func (c *company) trust(t *testing.T, s *small) {
	t.Helper()
	s.begins += "mount --bind " + c.ca.File(t) + " /etc/ssl/certs/ca-certificates.crt\n"
}

// rows are all the ways to be wrong that need nothing but a server.
func (c *company) rows(t *testing.T) []row {
	const key = "bad-" + planted
	rtmp := func(address string) string { return "rtmp://" + address + "/live" }
	rtmps := func(host, address string) string {
		_, port, _ := net.SplitHostPort(address)
		return "rtmps://" + host + ":" + port + "/live"
	}
	right := serveConnections(t, c.ca.Sign(t, "localhost"), passTo(c.rtmp.Address, nil))
	stranger := serveConnections(t, servertest.NewAuthority(t).Sign(t, "localhost"), listenOnly)
	silent := serveConnections(t, nil, listenOnly)
	var stalled atomic.Bool
	greedy := serveConnections(t, nil, passTo(c.rtmp.Address, &stalled))
	other := newSRTListener(t, "127.0.0.1", "another-passphrase")
	web := httptest.NewServer(whipRefusals())
	t.Cleanup(web.Close)
	noise := make([]byte, 50_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise) // it cannot fail
	const quick, slow = 10 * time.Second, 25 * time.Second
	rows := []row{
		{goal: goal{name: "wrong-key", address: c.rtmp.To(""), key: key}, en: "is the stream key right", zh: "密钥", within: quick},
		{goal: goal{name: "wrong-path", address: "rtmp://" + c.rtmp.Address + "/other", key: key}, en: "is the address right", zh: "地址", within: quick},
		{goal: goal{name: "nothing-listens", address: rtmp(servertest.FreeAddress(t)), key: key}, en: "connection refused", zh: "连接被拒绝", within: quick},
		{goal: goal{name: "no-such-name", address: "rtmp://nobody.invalid/live", key: key}, en: "nobody.invalid", zh: "nobody.invalid", within: slow},
		{goal: goal{name: "says-nothing", address: rtmp(silent), key: key}, en: "did not answer within 5s", zh: "没有应答", within: slow},
		{goal: goal{name: "garbage", address: rtmp(serveConnections(t, nil, func(c net.Conn) {
			theirs := make([]byte, 1537)
			if _, err := io.ReadFull(c, theirs); err != nil {
				return
			}
			_, _ = c.Write(append(theirs, theirs[1:]...)) // a greeting, and then nonsense
			_, _ = io.ReadFull(c, theirs[1:])
			_, _ = c.Write(noise)
			listenOnly(c)
		})), key: key}, en: "not RTMP", zh: "不是 RTMP", within: quick},
		{goal: goal{name: "hangs-up", address: rtmp(serveConnections(t, nil, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 1537)) })), key: key},
			en: "in the middle of the greeting", zh: "握手中途挂断", within: quick},
		{goal: goal{name: "tls-wrong-name", address: rtmps("127.0.0.1", right), key: key}, en: "certificate is for another name", zh: "证书属于别的名称", within: quick},
		{goal: goal{name: "tls-stranger", address: rtmps("localhost", stranger), key: key}, en: "certificate is not trusted", zh: "不受信任", within: quick},
		{goal: goal{name: "tls-garbage", address: rtmps("localhost", serveConnections(t, nil, func(c net.Conn) {
			_, _ = c.Write(noise)
			listenOnly(c)
		})), key: key}, en: "no secure connection", zh: "加密连接", within: quick},
		{goal: goal{name: "tls-hangs-up", address: rtmps("localhost", serveConnections(t, nil, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 50)) })), key: key},
			en: "in the middle of the secure greeting", zh: "加密握手中途", within: quick},
		{goal: goal{name: "srt-passphrase", address: other.address + "?passphrase=" + planted + "-wrong-one"}, en: "is the passphrase right", zh: "口令", within: quick},
		{goal: goal{name: "srt-nobody", address: "srt://" + servertest.FreeAddress(t) + "?streamid=" + planted}, en: "did not answer", zh: "没有应答", within: slow},
		{goal: goal{name: "whip-wrong-name", address: strings.Replace(rtmps("127.0.0.1", right), "rtmps", "https", 1), bearer: key}, en: "certificate", zh: "证书", within: quick},
		{goal: goal{name: "whip-says-nothing", address: "http://" + silent + "/live", bearer: key}, en: "does not answer", zh: "没有应答", within: slow},
		{goal: goal{name: "reads-nothing", address: rtmp(greedy), key: "good-greedy"}, en: "took no data", zh: "不接收数据", within: 60 * time.Second,
			act: func() { stalled.Store(true) }},
	}
	for _, w := range []struct{ path, en, zh string }{
		{"401", "refused the key (401)", "密钥"}, {"404", "no such address", "没有这个地址"}, {"409", "already on air", "已经有人在直播"},
		{"500", "is in trouble (500)", "出了问题"}, {"302", "in a way WHIP does not allow", "转到别处"},
		{"sdp", "did not answer with an SDP", "不是 SDP"}, {"vp8", "takes no H.264", "H.264"},
	} {
		rows = append(rows, row{goal: goal{name: "whip-" + w.path, address: web.URL + "/" + w.path, key: key, bearer: key}, en: w.en, zh: w.zh, within: quick})
	}
	return rows
}

// TestFaultMatrix has one destination after the other fail in its own way, beside four
// that are well and a recording: each says what is wrong, in both languages, within its
// time; the others lose no picture.
func TestFaultMatrix(t *testing.T) {
	c := newCompany(t)
	goals := c.goals(t)
	rows := c.rows(t)
	well := []string{"rtmp", "rtmps", "srt", "whip"}
	all := slices.Clone(goals)
	for _, r := range rows {
		r.off = true
		all = append(all, r.goal)
	}
	s := newSmall(t, all, "")
	c.trust(t, s)
	s.start(t)
	s.do(t, ui.Broadcast{On: true})
	s.goes(t, well...)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { s.fails(t, r, well) })
	}
	now := s.status(t)
	s.do(t, ui.Broadcast{On: false})
	s.undroppedBeyond(t, now)
	c.srt.finish(t)
	made := s.recorded(t)
	sound := missing(t, "recording", made)
	t.Logf("%d pictures recorded, %d left out; the box could not make %d", len(made), sound, now.Canvases[0].Dropped)
	if sound > now.Canvases[0].Dropped {
		t.Errorf("%d pictures are missing in the recording", sound)
	}
	arrived := map[string]string{"srt": c.srt.file, "whip": c.whip.file}
	for _, path := range c.rtmp.Recordings(t) {
		switch name := filepath.Base(path); {
		case strings.HasPrefix(name, "good-secure"):
			arrived["rtmps"] = path
		case strings.HasPrefix(name, "good-"+planted):
			arrived["rtmp"] = path
		}
	}
	for _, name := range well {
		numbers := burnt(t, arrived[name], smallSize)
		sameAs(t, name, made, numbers)
		if len(numbers) < len(made)*9/10 {
			t.Errorf("%s: only %d of %d pictures arrived", name, len(numbers), len(made))
		}
	}
	if got := c.whip.bearer.Load(); got != "Bearer "+planted {
		t.Errorf("the WHIP server got %q", got)
	}
	s.end(t, syscall.SIGTERM)
	if said := s.stderr.String() + s.stdout.String(); strings.Contains(said, planted) {
		t.Errorf("a secret is in the log: %s", around(said, planted))
	}
}

// fails switches one destination on until it says what is wrong, and off again.
func (s *small) fails(t *testing.T, r row, well []string) {
	begin := time.Now()
	s.send(t, r.name, true)
	if r.act != nil {
		s.goes(t, r.name)
		r.act()
	}
	var d ui.Destination
	told := func() bool {
		now := s.statusText(t)
		if strings.Contains(now, planted) {
			t.Fatalf("a secret is in the status: %s", around(now, planted))
		}
		d = named(t, s.status(t), r.name)
		return d.State == ui.Waiting && strings.Contains(d.Message.En, r.en) && strings.Contains(d.Message.Zh, r.zh)
	}
	for !told() {
		if time.Since(begin) > r.within {
			t.Fatalf("after %v: %s, %q, %q; want %q and %q", r.within, d.State, d.Message.En, d.Message.Zh, r.en, r.zh)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("%.1f s: %s / %s", time.Since(begin).Seconds(), d.Message.En, d.Message.Zh)
	s.send(t, r.name, false)
	now := s.status(t)
	if d = named(t, now, r.name); d.State != ui.Off {
		t.Errorf("switched off it is %s", d.State)
	}
	for _, name := range well {
		if o := named(t, now, name); o.State != ui.Live || o.Dropped > 0 || o.Attempts != 1 {
			t.Errorf("%s felt it: %s, %d dropped, attempt %d: %s", name, o.State, o.Dropped, o.Attempts, o.Message.En)
		}
	}
	if now.Recording.State != ui.Live || now.Recording.Message != (ui.Text{}) {
		t.Errorf("the recording felt it: %s %s", now.Recording.State, now.Recording.Message.En)
	}
}

// undroppedBeyond says how busy the box was, for whoever reads a failure.
func (s *small) undroppedBeyond(t *testing.T, now ui.Status) {
	t.Helper()
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("%d frames made, %d dropped (load %s)", now.Canvases[0].Frames, now.Canvases[0].Dropped, strings.TrimSpace(string(load)))
}

// around is where a text holds a word, without the word.
func around(text, word string) string {
	i := strings.Index(text, word)
	return fmt.Sprintf("…%s*****", text[max(0, i-150):i])
}
