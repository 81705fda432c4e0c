package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"studio/media/packet"
	"studio/polltest"
	"studio/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a stand-in for a server: what it took, and how it fails.
type place struct {
	mu       sync.Mutex
	took     [][]*packet.Packet // one row for each connection
	dialErr  error
	writeErr error
	closeErr error
	block    bool // writes wait for the context
	open     atomic.Int32
	most     atomic.Int32
	closed   atomic.Int32
}

func (pl *place) dial(ctx context.Context, _ []*packet.Stream) (Sink, error) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.dialErr != nil {
		return nil, pl.dialErr
	}
	pl.took = append(pl.took, nil)
	n := pl.open.Add(1)
	pl.most.Store(max(n, pl.most.Load()))
	return &visit{place: pl, ctx: ctx, number: len(pl.took) - 1}, nil
}

func (pl *place) set(change func()) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	change()
}

func (pl *place) rows() []string {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	var rows []string
	for _, list := range pl.took {
		rows = append(rows, row(list))
	}
	return rows
}

type visit struct {
	place  *place
	ctx    context.Context // a test double may keep it
	number int
}

func (v *visit) Write(p *packet.Packet) error {
	v.place.mu.Lock()
	block, err := v.place.block, v.place.writeErr
	if err == nil && !block {
		v.place.took[v.number] = append(v.place.took[v.number], p)
	}
	v.place.mu.Unlock()
	if block {
		<-v.ctx.Done()
		return v.ctx.Err()
	}
	return err
}

func (v *visit) Close() error {
	v.place.open.Add(-1)
	v.place.closed.Add(1)
	v.place.mu.Lock()
	defer v.place.mu.Unlock()
	return v.place.closeErr
}

func start(t *testing.T, pl *place, change func(*Options)) (d *Destination, end func() error) {
	t.Helper()
	o := Options{
		Name: "here", Kind: "rtmp", Address: "rtmp://host/app/secret", Streams: []*packet.Stream{videoStream, audioStream}, Dial: pl.dial,
		QueueSeconds: 1, FirstRetry: time.Millisecond, MaxRetry: 20 * time.Millisecond, RefusedRetry: 5 * time.Millisecond, CloseWithin: 200 * time.Millisecond,
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { stop() })
	return d, stop
}

func offer(d *Destination, row string) {
	for _, p := range packets(row) {
		d.Offer(p)
	}
}

func TestDestinationSends(t *testing.T) {
	pl := &place{}
	d, end := start(t, pl, nil)
	polltest.Until(t, 5*time.Second, "live", func() bool { return d.Status().State == Live })
	offer(d, "P0 a0 K1 a1 P2")
	d.Offer(&packet.Packet{Stream: &packet.Stream{Codec: packet.Opus}, Data: []byte("not mine")})
	polltest.Until(t, 5*time.Second, "sent", func() bool { return d.Status().SentBytes == 300 })
	s := d.Status()
	if s.State != Live || s.Dropped != 0 || s.Attempts != 1 || s.Address != "rtmp://host/app/…" || s.Name != "here" || s.Kind != "rtmp" || s.QueueSeconds != 0 {
		t.Errorf("status %+v", s)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	offer(d, "K9")
	if got := fmt.Sprint(pl.rows()); got != "[K1 a1 P2]" {
		t.Errorf("sent %s", got)
	}
	if s := d.Status(); s.State != Off || pl.closed.Load() != 1 || pl.open.Load() != 0 {
		t.Errorf("after the end: %+v, closed %d times", s, pl.closed.Load())
	}
}

// TestSoundWaitsForAPicture has a sink that interleaves: what wakes the sender is a
// picture, or a tenth of a second of sound where none comes.
func TestSoundWaitsForAPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pl := &place{}
		d, end := start(t, pl, func(o *Options) { o.Interleaved = true })
		for _, step := range []struct{ offer, sent string }{
			{"K0", "[K0]"},
			{"a1", "[K0]"},
			{"P1", "[K0 a1 P1]"},
			{"a2", "[K0 a1 P1]"},
			{"a3", "[K0 a1 P1 a2 a3]"},
			{"a4", "[K0 a1 P1 a2 a3]"},
		} {
			offer(d, step.offer)
			synctest.Wait()
			if got := fmt.Sprint(pl.rows()); got != step.sent {
				t.Errorf("after %s: %s, not %s", step.offer, got, step.sent)
			}
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(pl.rows()); !strings.HasSuffix(got, " a4]") {
			t.Errorf("at the end: %s", got)
		}
	})
}

func TestDestinationComesBack(t *testing.T) {
	pl := &place{dialErr: errors.New("nothing listens there")}
	d, end := start(t, pl, nil)
	polltest.Until(t, 5*time.Second, "waiting", func() bool {
		s := d.Status()
		return s.State == Waiting && s.Message.En == "nothing listens there" && s.Attempts > 3
	})
	offer(d, "K0 P1 K2 P3")
	if n := d.Status().Dropped; n != 0 {
		t.Errorf("%d packets lost before it was ever live", n)
	}
	pl.set(func() { pl.dialErr = nil })
	polltest.Until(t, 5*time.Second, "live", func() bool { return d.Status().State == Live && d.Status().SentBytes == 200 })
	pl.set(func() { pl.writeErr = errors.New("the server ended the connection") })
	offer(d, "P4 P5 a5")
	polltest.Until(t, 5*time.Second, "waiting again", func() bool { return d.Status().State == Waiting })
	pl.set(func() { pl.writeErr = fmt.Errorf("wrong key: %w", ErrRefused) })
	offer(d, "K6 P7")
	polltest.Until(t, 5*time.Second, "refused", func() bool {
		return d.Status().State == Waiting && strings.HasPrefix(d.Status().Message.En, "wrong key")
	})
	pl.set(func() { pl.writeErr = nil })
	offer(d, "P8 K9 a9 P10")
	polltest.Until(t, 5*time.Second, "troubled, but there", func() bool {
		s := d.Status()
		rows := pl.rows()
		return s.State == Troubled && s.Dropped > 0 && strings.HasPrefix(rows[len(rows)-1], "K9 a9 P10")
	})
	if err := end(); err != nil {
		t.Error(err)
	}
	if pl.most.Load() != 1 {
		t.Errorf("%d connections at a time", pl.most.Load())
	}
	if got := pl.rows()[0]; got != "K2 P3" {
		t.Errorf("the first connection got %q, want the newest group", got)
	}
	for _, r := range pl.rows() {
		if r != "" && r[0] != 'K' {
			t.Errorf("a connection began with %q", r)
		}
	}
}

// TestDestinationGivesUp has a server that refuses the key for good: the reason
// stands in both languages, nothing is tried or kept any more, and only a fresh
// start tries again. Its neighbour on the same fanout feels nothing.
func TestDestinationGivesUp(t *testing.T) {
	wrong := &place{dialErr: &Error{Fault: WrongKey, Text: Text{En: "is the key right?", Zh: "密钥对吗？"}}}
	right := &place{}
	d, end := start(t, wrong, func(o *Options) { o.GiveUpAfter = 50 * time.Millisecond })
	neighbour, _ := start(t, right, nil)
	var fan Fanout
	fan.Add(d)
	fan.Add(neighbour)
	polltest.Until(t, 5*time.Second, "refused", func() bool {
		s := d.Status()
		return s.State == Waiting && s.Fault == WrongKey && s.Message.En == "is the key right?" && s.Message.Zh == "密钥对吗？" && s.RetryAt.After(dawn)
	})
	polltest.Until(t, 5*time.Second, "the neighbour is live", func() bool { return neighbour.Status().State == Live })
	for _, p := range packets("K0 P1 a1 K2") {
		fan.Offer(p)
	}
	polltest.Until(t, 5*time.Second, "given up", func() bool { return d.Status().State == Failed })
	fan.Offer(packets("K3")[0])
	s := d.Status()
	if s.Message.En != "is the key right?" || s.Fault != WrongKey || s.QueueSeconds != 0 || !s.RetryAt.IsZero() || s.Attempts < 2 {
		t.Errorf("status %+v", s)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	if s := d.Status(); s.State != Off || s.Message.En != "" || s.Fault != "" || s.Attempts < 2 {
		t.Errorf("after the end: %+v", s)
	}
	polltest.Until(t, 5*time.Second, "the neighbour got all", func() bool { return strings.HasSuffix(fmt.Sprint(right.rows()), "K2 K3]") })
	if s := neighbour.Status(); s.State != Live || s.Dropped != 0 {
		t.Errorf("the neighbour: %+v", s)
	}
}

// TestErrorsAreTold has the three kinds of errors that a Dial may return.
func TestErrorsAreTold(t *testing.T) {
	cause := errors.New("cause")
	refusal := fmt.Errorf("dial: %w", &Error{Fault: InUse, Text: Text{En: "in use", Zh: "占用中"}, Err: cause, RetryAfter: time.Second})
	if !errors.Is(refusal, ErrRefused) || !errors.Is(refusal, cause) || refusal.Error() != "dial: in use" {
		t.Errorf("%v", refusal)
	}
	for _, test := range []struct {
		err  error
		want event
	}{
		{refusal, event{happening: ended, text: Text{En: "in use", Zh: "占用中"}, fault: InUse, refused: true, retryAfter: time.Second}},
		{&Error{Fault: NoAnswer, Text: Text{En: "silence", Zh: "无声"}}, event{happening: ended, text: Text{En: "silence", Zh: "无声"}, fault: NoAnswer}},
		{fmt.Errorf("no: %w", ErrRefused), event{happening: ended, text: Text{En: "no: refused", Zh: words.Unexplained}, fault: Unknown, refused: true}},
		{cause, event{happening: ended, text: Text{En: "cause", Zh: words.Unexplained}, fault: Unknown}},
	} {
		got := failure(test.err)
		got.chance = 0
		if got != test.want {
			t.Errorf("%v: %+v, want %+v", test.err, got, test.want)
		}
	}
}

// TestDestinationBlocks has a sink that takes nothing: Offer returns at once, the
// queue stays within bounds, and the end comes in time.
func TestDestinationBlocks(t *testing.T) {
	pl := &place{}
	d, end := start(t, pl, nil)
	offer(d, "K0")
	polltest.Until(t, 5*time.Second, "sent", func() bool { return d.Status().SentBytes > 0 })
	pl.set(func() { pl.block = true })
	begin := time.Now()
	for i := 1; i <= 1000; i++ {
		kind := "P"
		if i%5 == 0 {
			kind = "K"
		}
		offer(d, fmt.Sprint(kind, i, " a", i))
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("2000 offers took %v", took)
	}
	if s := d.Status(); s.State != Troubled || s.QueueSeconds > 1 || s.Dropped < 1900 || !strings.Contains(s.Message.En, "packets lost") {
		t.Errorf("status %+v", s)
	}
	begin = time.Now()
	err := end()
	if took := time.Since(begin); took > 2*time.Second || !errors.Is(err, context.Canceled) {
		t.Errorf("ended after %v: %v", took, err)
	}
}

// TestRecordingLosesNothing ends a recording whose queue is not empty, and one
// that was interrupted for a while.
func TestRecordingLosesNothing(t *testing.T) {
	pl := &place{dialErr: errors.New("the disk is full"), closeErr: errors.New("finish file: the disk is full")}
	d, end := start(t, pl, func(o *Options) { o.Kind, o.Address, o.QueueSeconds = KindFile, "/recordings", 0 })
	polltest.Until(t, 5*time.Second, "waiting", func() bool { return d.Status().State == Waiting })
	offer(d, "K0 P1 a1 K2 P3 a3")
	pl.set(func() { pl.dialErr = nil })
	polltest.Until(t, 5*time.Second, "live", func() bool { return d.Status().State == Live })
	offer(d, "K4 P5 a5 P6")
	if err := end(); err == nil || err.Error() != `destination "here": finish file: the disk is full` {
		t.Errorf("error %v", err)
	}
	if got := fmt.Sprint(pl.rows()); got != "[K0 P1 a1 K2 P3 a3 K4 P5 a5 P6]" {
		t.Errorf("recorded %s", got)
	}
	if s := d.Status(); s.Address != "/recordings" || s.Dropped != 0 {
		t.Errorf("status %+v", s)
	}
}

func TestBadOptions(t *testing.T) {
	pl := &place{}
	for i, o := range []Options{
		{},
		{Name: "x", Dial: pl.dial},
		{Name: "x", Streams: []*packet.Stream{videoStream}},
		{Name: "x", Dial: pl.dial, Streams: []*packet.Stream{nil}},
		{Name: "x", Dial: pl.dial, Streams: []*packet.Stream{videoStream}, QueueSeconds: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("options %d were taken", i)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ address, server, key, shown string }{
		{"rtmp://h/app/key", "rtmp://h/app", "key", "rtmp://h/app/…"},
		{"rtmp://live-push.bilivideo.com/live-bvc/?streamname=a&key=b/c", "rtmp://live-push.bilivideo.com/live-bvc", "?streamname=a&key=b/c", "rtmp://live-push.bilivideo.com/live-bvc/…"},
		{"rtmps://a.rtmps.youtube.com:443/live2/x-y?backup=1", "rtmps://a.rtmps.youtube.com:443/live2", "x-y?backup=1", "rtmps://a.rtmps.youtube.com:443/live2/…"},
		{"rtmp://u:p@h/a/b/key", "rtmp://u:p@h/a/b", "key", "rtmp://h/a/b/…"},
		{"rtmp://h", "rtmp://h", "", "rtmp://h"},
		{"rtmp://h/key", "rtmp://h", "key", "rtmp://h/…"},
		{"https://x.cloudflarestream.com/secret/webRTC/publish", "https://x.cloudflarestream.com/secret/webRTC", "publish", "https://x.cloudflarestream.com/…"},
		{"srt://h:9000?passphrase=p", "srt://h:9000", "?passphrase=p", "srt://h:9000/…"},
		{"https://u:p@h?k=v@w", "https://u:p@h", "?k=v@w", "https://h/…"},
		{"RTMP://h/app/key", "RTMP://h/app", "key", "RTMP://h/app/…"},
		{"/var/recordings/x.mp4", "/var/recordings", "x.mp4", "/var/recordings/x.mp4"},
		{"secret", "secret", "", "…"},
	} {
		server, key := SplitAddress(test.address)
		if server != test.server || key != test.key {
			t.Errorf("%s split into %q and %q", test.address, server, key)
		}
		if got := Redact(test.address); got != test.shown {
			t.Errorf("%s shown as %s, want %s", test.address, got, test.shown)
		}
	}
	if got := RedactText("key abcd?t=vwxyz&u=12 bad: vwxyz, abcd", "abcd?t=vwxyz&u=12"); got != "key … bad: …, …" {
		t.Errorf("text shown as %q", got)
	}
	if got := RedactText("plain", ""); got != "plain" {
		t.Errorf("text shown as %q", got)
	}
}

type counter struct{ n atomic.Int64 }

func (c *counter) Offer(*packet.Packet) { c.n.Add(1) }

func TestFanout(t *testing.T) {
	var f Fanout
	f.Offer(nil)
	a, b := &counter{}, &counter{}
	f.Add(a)
	f.Add(a)
	f.Add(b)
	f.Offer(nil)
	f.Remove(a)
	f.Remove(a)
	f.Offer(nil)
	if a.n.Load() != 1 || b.n.Load() != 2 {
		t.Errorf("a got %d, b got %d", a.n.Load(), b.n.Load())
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				f.Add(a)
				f.Offer(nil)
				f.Remove(a)
			}
		})
	}
	group.Wait()
	if b.n.Load() != 2+800 {
		t.Errorf("b got %d", b.n.Load())
	}
}
