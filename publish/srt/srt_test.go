package srt

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is a programme that is made once.
var short = filetest.Once(2, 1_500_000, 1)

func dial(t testing.TB, o Options) publish.Dial {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func connected(t testing.TB, o Options, streams []*packet.Stream) *connection {
	t.Helper()
	sink, err := dial(t, o)(context.Background(), streams)
	if err != nil {
		t.Fatal(err)
	}
	return sink.(*connection)
}

// play sends a programme and says how long a packet took at most to be handed over.
func play(t testing.TB, c *connection, p filetest.Programme) (slowest time.Duration) {
	t.Helper()
	p.Play(context.Background(), 1, func(q *packet.Packet) {
		begin := time.Now()
		if err := c.Write(q); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(begin))
	})
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	return slowest
}

// whole requires that every picture and every sound arrived, the last ones too, and
// that all can be decoded.
func whole(t testing.TB, path string, p filetest.Programme) {
	t.Helper()
	pictures, sounds := 0, 0
	for _, q := range p.Packets {
		if q.Stream.Codec.Video() {
			pictures++
		} else {
			sounds++
		}
	}
	found := filetest.Look(t, path)
	if got := len(found.Times(t, found.Stream(t, "video"), 0.035)); got != pictures {
		t.Errorf("%d pictures of %d arrived", got, pictures)
	}
	// Sound from before the first picture is left out.
	if got := len(found.Times(t, found.Stream(t, "audio"), 0.023)); got < sounds-3 {
		t.Errorf("%d sounds of %d arrived", got, sounds)
	}
	filetest.Decodes(t, path)
}

// TestAllArrives: from the first picture to the last sound, on good lines and behind
// lines that lose and delay, which are not held back.
func TestAllArrives(t *testing.T) {
	t.Parallel()
	p := short(t)
	for _, c := range []struct {
		name, host, at, query string
		first, then           condition // of the line, while the server is called and from then on
	}{
		{name: "IPv6, small packets", host: "::1", query: "?payload_size=600&latency=120&mode=caller"},
		{name: "encrypted, and the receiver wants more latency", at: "&latency=700000&passphrase=planted-secret",
			query: "?passphrase=planted%2Dsecret&pbkeylen=32&streamid=#!::r=live/a,m=publish"},
		{name: "5 % and 100 ms", query: "?latency=1000", first: condition{delay: 50 * time.Millisecond}, then: condition{loss: 0.05, delay: 50 * time.Millisecond}},
		{name: "5 % and 200 ms", query: "?latency=1400000", first: condition{delay: 100 * time.Millisecond}, then: condition{loss: 0.05, delay: 100 * time.Millisecond}},
		{name: "200 ms and less latency", query: "?latency=120", first: condition{delay: 100 * time.Millisecond}, then: condition{delay: 100 * time.Millisecond}},
		{name: "becomes far", then: condition{delay: 100 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := listen(t, cmp.Or(c.host, "127.0.0.1"), c.at)
			address, way := l.address, (*line)(nil)
			if c.host == "" {
				way = newLine(t, l.address, c.first) // FFmpeg takes one call, and on a bad line that may fail
				address = way.address
			}
			sink := connected(t, Options{Address: "srt://" + address + c.query}, p.Streams)
			if way != nil {
				way.set(c.then)
			}
			slowest := play(t, sink, p)
			whole(t, l.finish(t), p)
			w := sink.window
			t.Logf("%d packets of %d were sent again; a packet waited %v at most; way %v", w.lost, w.packets, slowest, w.base)
			if slowest > 800*time.Millisecond {
				t.Errorf("a line that was wide enough was held back for %v", slowest)
			}
		})
	}
}

// TestNarrow sends twice what a line carries: it is the destination's own queue that
// grows and drops, hardly anything is lost on the line, and what arrives can be
// decoded.
func TestNarrow(t *testing.T) {
	t.Parallel()
	p, err := filetest.Record(5, 1_500_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t, "127.0.0.1", "")
	way := newLine(t, l.address, condition{bitsPerSecond: 800_000, queue: 300 * time.Millisecond})
	address := "srt://" + way.address
	d, err := publish.New(publish.Options{
		Name: "narrow", Kind: "srt", Address: address, Streams: p.Streams, QueueSeconds: 1.5,
		Dial: dial(t, Options{Address: address}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	var slow, offered int
	p.Play(ctx, 1, func(q *packet.Packet) {
		d.Offer(q)
		offered += len(q.Data)
		if d.Status().QueueSeconds > 0.5 {
			slow++
		}
	})
	s := d.Status()
	cancel()
	<-ended // the rest may be too much for the time to close
	l.finish(t)
	lost := way.losses()
	broken := complaints(t, l.file)
	t.Logf("%d of %d bytes sent, %d packets dropped; %d lost on the line; %d complaints of the decoder", s.SentBytes, offered, s.Dropped, lost, broken)
	if slow < len(p.Packets)/2 || s.Dropped == 0 || s.State != publish.Troubled {
		t.Errorf("the status does not tell: %d packets with a long queue, %+v", slow, s)
	}
	if carried := float64(s.SentBytes) / 5; carried < 65_000 || carried > 100_000 {
		t.Errorf("%.0f bytes a second went over a line for 100000", carried)
	}
	if lost > 100 {
		t.Errorf("%d packets were lost on the line", lost)
	}
	if broken > 12 { // the last picture is cut off, and the line's queue may have been full at first
		t.Errorf("the decoder complained %d times", broken)
	}
}

// TestVanishes has listeners that go away while a stream is sent.
func TestVanishes(t *testing.T) {
	t.Parallel()
	p := short(t)
	const brief = 1300 * time.Millisecond // libsrt would drop what is a second old
	for _, c := range []struct {
		name, en, zh string
		fault        publish.Fault
		act          func(*listener, *line, *connection)
	}{
		{"silently", "the server took no data for 1.3s", "服务器已有 1.3 秒不接收数据", publish.Stalled,
			func(_ *listener, way *line, _ *connection) { way.set(condition{dead: true}) }},
		{"at once", "the server ended the connection right after it began: is the stream id right, is it in use?", "刚连上，服务器就断开了：流名（streamid）对吗？是否正被占用？", publish.EndedSoon,
			func(l *listener, _ *line, _ *connection) { l.hangUp() }},
		{"later", "the server ended the connection", "服务器断开了连接", publish.Ended,
			func(l *listener, _ *line, c *connection) { c.began = c.began.Add(-time.Hour); l.hangUp() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := listen(t, "127.0.0.1", "")
			way := newLine(t, l.address, condition{})
			sink := connected(t, Options{Address: "srt://" + way.address + "?streamid=planted", WriteTimeout: brief}, p.Streams)
			defer sink.Close()
			n := 0
			var failed error
			var begin time.Time
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			p.Play(ctx, 1, func(q *packet.Packet) {
				if n++; n == 30 {
					begin = time.Now()
					c.act(l, way, sink)
				}
				if failed == nil {
					failed = sink.Write(q)
				}
				if failed != nil {
					cancel()
				}
			})
			told(t, failed, c.fault, c.en, c.zh)
			if took := time.Since(begin); took > brief+time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// told checks an error's kind and both its sentences, behind the shown address.
func told(t testing.TB, err error, fault publish.Fault, en, zh string) {
	t.Helper()
	var e *publish.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is of no kind", err)
	}
	if e.Fault != fault || !strings.HasPrefix(e.En, "srt://") || !strings.HasSuffix(e.En, ": "+en) || !strings.HasSuffix(e.Zh, "："+zh) {
		t.Errorf("%s\n%s\n%s", e.Fault, e.En, e.Zh)
	}
	if strings.Contains(e.En+e.Zh, "planted") {
		t.Errorf("a secret is in %q", e.En+e.Zh)
	}
}

// TestInterrupted ends the context while a call, a packet and a close wait.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	p := short(t)
	l := listen(t, "127.0.0.1", "")
	way := newLine(t, l.address, condition{})
	ctx, cancel := context.WithCancel(context.Background())
	sink, err := dial(t, Options{Address: "srt://" + way.address, WriteTimeout: time.Minute})(ctx, p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	way.set(condition{dead: true})
	var taken atomic.Int64
	wrote := make(chan error, 1)
	go func() {
		for _, q := range p.Packets {
			if err := sink.Write(q); err != nil {
				wrote <- err
				return
			}
			taken.Add(1)
		}
		wrote <- errors.New("all was taken")
	}()
	last, since := int64(0), time.Now()
	polltest.Until(t, 5*time.Second, "the line is full", func() bool {
		if n := taken.Load(); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > 100*time.Millisecond
	})
	called := make(chan error, 1)
	nobody := newLine(t, l.address, condition{dead: true})
	go func() {
		_, err := dial(t, Options{Address: "srt://" + nobody.address, ConnectTimeout: time.Minute})(ctx, p.Streams)
		called <- err
	}()
	begin := time.Now()
	cancel()
	for _, err := range []error{<-wrote, <-called} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	}
	sink.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v", took)
	}
}
