package avformat

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"studio/media/packet"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/servertest"
)

const secret = "s3cr3t-k3y?token=h1dden-v4lue&path=a/b"

// noSecret fails the test if a text has any part of the secret in it.
func noSecret(t *testing.T, text string) {
	t.Helper()
	for _, part := range []string{"s3cr3t", "h1dden", "a/b"} {
		if strings.Contains(text, part) {
			t.Errorf("the key is in %q", text)
		}
	}
}

// pushAll sends a programme through a fresh connection as fast as it goes.
func pushAll(t *testing.T, d publish.Dial, p filetest.Programme) {
	t.Helper()
	sink, err := d(context.Background(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if err := sink.Write(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}

// arrived checks one file that a server recorded.
func arrived(t *testing.T, path string, frames int) {
	t.Helper()
	found := filetest.Look(t, path)
	if len(found.Streams) != 2 {
		t.Fatalf("%s: streams %+v", path, found.Streams)
	}
	for _, s := range found.Streams {
		if s.CodecName == "h264" && (s.RFrameRate != "30/1" || s.Profile == "") || s.CodecName == "aac" && s.SampleRate != "48000" {
			t.Errorf("%s: stream %+v", path, s)
		}
	}
	pictures := found.Times(t, found.Stream(t, "video"), 0.035)
	found.Times(t, found.Stream(t, "audio"), 0.023)
	if len(pictures) != frames || pictures[0] > 0.001 {
		t.Errorf("%s: %d pictures from %v, want %d from 0", path, len(pictures), pictures[0], frames)
	}
	filetest.Decodes(t, path)
}

func TestRTMP(t *testing.T) {
	s := servertest.NewRTMP(t, "")
	p := tenSeconds(t)
	pushAll(t, dial(t, NetworkOptions{Address: s.To("wheel?token=a/b&x=1")}), p)
	var files []string
	polltest.Until(t, 5*time.Second, "the recording is closed", func() bool {
		files, _ = filepath.Glob(filepath.Join(s.Folder, "wheel*.flv"))
		return len(files) == 1 && closed(files[0])
	})
	arrived(t, files[0], 300)
}

// closed reports whether no process of ours still writes the file: nginx writes
// the rest when it closes it, so its size stays the same for a while.
func closed(path string) bool {
	before, err := os.Stat(path)
	if err != nil {
		return false
	}
	time.Sleep(100 * time.Millisecond)
	after, err := os.Stat(path)
	return err == nil && before.Size() == after.Size() && after.Size() > 10000
}

// TestServerRestarts kills the server under a live destination and starts it
// again: the destination is back within 5 s, and never connected twice at a time.
func TestServerRestarts(t *testing.T) {
	s := servertest.NewRTMP(t, "")
	p := tenSeconds(t)
	var logged log
	d, err := publish.New(publish.Options{
		Name: "platform", Kind: "rtmp", Address: s.To(secret), Streams: p.Streams,
		Dial: dial(t, NetworkOptions{Address: s.To(secret)}), Log: logged.logger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() { p.Play(ctx, 1, d.Offer) })
	defer running.Wait()
	defer cancel()

	live := func() bool {
		s := d.Status()
		return (s.State == publish.Live || s.State == publish.Troubled) && s.SentBytes > 0
	}
	polltest.Until(t, 3*time.Second, "the destination is live", live)
	polltest.Until(t, 3*time.Second, "something was sent", func() bool { return d.Status().SentBytes > 50_000 })
	s.Kill()
	polltest.Until(t, 3*time.Second, "the failure is seen", func() bool { return d.Status().State == publish.Waiting })
	polltest.Until(t, 3*time.Second, "a retry is refused", func() bool { return strings.Contains(d.Status().Message.En, "nothing listens there") })
	noSecret(t, d.Status().Message.En+d.Status().Message.Zh)
	noSecret(t, d.Status().Address)

	sent := d.Status().SentBytes
	s.Start(t)
	restarted := time.Now()
	polltest.Until(t, 5*time.Second, "the destination is back", func() bool { return live() && d.Status().SentBytes > sent })
	t.Logf("back after %v, attempt %d", time.Since(restarted).Round(time.Millisecond), d.Status().Attempts)
	polltest.Until(t, 5*time.Second, "more was sent", func() bool { return d.Status().SentBytes > sent+30_000 })
	cancel()
	running.Wait()
	noSecret(t, logged.String())
	files := s.Recordings(t)
	polltest.Until(t, 2*time.Second, "the second recording is closed", func() bool { return closed(files[len(files)-1]) })
	second := filetest.Look(t, files[len(files)-1])
	if times := second.Times(t, second.Stream(t, "video"), 0.035); times[0] > 0.001 || !strings.HasPrefix(second.Packets[0].Flags, "K") && second.Packets[0].CodecType == "video" {
		t.Errorf("the new connection begins at %v: %+v", times[0], second.Packets[0])
	}
}

// TestBlackHole has one destination whose server reads nothing, and one that works.
func TestBlackHole(t *testing.T) {
	s := servertest.NewRTMP(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hole := newRelay(t, l, "")
	l2, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stalling := newRelay(t, l2, s.Address)
	p, err := filetest.Record(6, 6_000_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	address := func(port string) string { return "rtmp://127.0.0.1:" + port + "/live/" + secret }

	var fan publish.Fanout
	destinations := map[string]*publish.Destination{}
	for name, o := range map[string]NetworkOptions{
		"hole":   {Address: address(hole.port()), ConnectTimeout: 700 * time.Millisecond},
		"stalls": {Address: address(stalling.port()), WriteTimeout: time.Second},
		"works":  {Address: s.To("works")},
	} {
		d, err := publish.New(publish.Options{Name: name, Kind: "rtmp", Address: o.Address, Streams: p.Streams, Dial: dial(t, o), QueueSeconds: 2, Log: (&log{}).logger()})
		if err != nil {
			t.Fatal(err)
		}
		destinations[name] = d
		fan.Add(d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, d := range destinations {
		running.Go(func() { d.Run(ctx) })
	}
	messages := map[string]string{}
	slowest := time.Duration(0)
	n, stalled := 0, false
	p.Play(ctx, 1, func(q *packet.Packet) {
		if n++; n > 60 && !stalled && destinations["stalls"].Status().SentBytes > 0 {
			stalled = true
			close(stalling.stall)
		}
		begin := time.Now()
		fan.Offer(q)
		slowest = max(slowest, time.Since(begin))
		for name, d := range destinations {
			if s := d.Status(); s.State == publish.Waiting && messages[name] == "" {
				messages[name] = s.Message.En
			}
		}
	})
	if slowest > 300*time.Millisecond { // a write that is waited for takes a second
		t.Errorf("an Offer took %v", slowest)
	}
	for name, want := range map[string]string{"hole": "did not answer within 700ms", "stalls": "took no data for 1s", "works": ""} {
		if got := messages[name]; !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("%s: the status said %q, want %q; it is %+v", name, got, want, destinations[name].Status())
		}
		noSecret(t, messages[name])
	}
	if s := destinations["works"].Status(); s.State != publish.Live || s.Dropped != 0 || s.Attempts != 1 || s.QueueSeconds > 0.5 {
		t.Errorf("the destination that works: %+v", s)
	}
	if s := destinations["stalls"].Status(); s.Dropped == 0 {
		t.Errorf("the destination that stalls dropped nothing: %+v", s)
	}
	begin := time.Now()
	cancel()
	running.Wait()
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("ending took %v", took)
	}
}

func TestBadAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://host/live/" + secret:                         "must begin with",
		"srt://host:9?streamid=" + secret:                    "must begin with",
		"rtmp:///live/" + secret:                             "names no server",
		"rtmp://host":                                        "rtmp://server/application/key is wanted",
		"rtmp://host/" + secret:                              "rtmp://server/application/key is wanted",
		"rtmp://me:h1dden@host/a/" + secret:                  "user names",
		"rtmp://host/live/" + strings.Repeat("s3cr3t", 1000): "at most 1000 bytes",
		secret: "must begin with",
	} {
		_, err := Network(NetworkOptions{Address: address})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
			continue
		}
		noSecret(t, err.Error())
	}
	_, err := dial(t, NetworkOptions{Address: "rtmp://127.0.0.1/live/x"})(context.Background(), []*packet.Stream{{Codec: packet.Opus}})
	if !errors.Is(err, publish.ErrRefused) {
		t.Errorf("Opus over RTMP: %v", err)
	}
}
