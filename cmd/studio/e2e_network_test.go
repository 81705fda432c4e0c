package main

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
)

// newRTMPServerBehind is an RTMP server at the far end of a bad line.
func newRTMPServerBehind(t *testing.T, l *badLine) *servertest.RTMP {
	t.Helper()
	_, port, err := net.SplitHostPort(servertest.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return servertest.NewRTMPWithin(t, net.JoinHostPort(l.host, port), "", l.within()...)
}

// TestBadLines has two RTMP servers and an SRT server behind bad lines, beside one that
// is near: lines that lose and delay, a black hole, a narrow one, and then no line that
// is wide enough.
func TestBadLines(t *testing.T) {
	first, second := newBadLine(t, 1), newBadLine(t, 2)
	near, far, other := servertest.NewRTMP(t, ""), newRTMPServerBehind(t, first), newRTMPServerBehind(t, second)
	srt := newSRTListener(t, second.host, "", second.within()...)
	s := newSmall(t, []goal{
		{name: "near", address: near.To(""), key: "near"},
		{name: "far", address: far.To(""), key: "far"},
		{name: "other", address: other.To(""), key: "other", off: true},
		{name: "srt", address: srt.address, off: true},
	}, "")
	s.start(t)
	s.do(t, ui.Broadcast{On: true})
	s.goes(t, "near", "far")
	unhurt := func(t *testing.T) {
		t.Helper()
		now := s.status(t)
		if d := named(t, now, "near"); d.State != ui.Live || d.Dropped > 0 || d.Attempts != 1 {
			t.Errorf("the near one felt it: %+v", d)
		}
		if now.Recording.State != ui.Live || now.Recording.Message != (ui.Text{}) {
			t.Errorf("the recording felt it: %+v", now.Recording)
		}
	}
	s.send(t, "srt", true)
	s.goes(t, "srt")
	for _, c := range []struct {
		name string
		lineState
	}{
		{"1 % lost", lineState{loss: 0.01}}, {"3 % lost", lineState{loss: 0.03}}, {"5 % lost", lineState{loss: 0.05}},
		{"200 ms", lineState{delay: 200 * time.Millisecond}}, {"1 % lost and 200 ms", lineState{loss: 0.01, delay: 200 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			first.set(c.lineState)
			second.set(c.lineState)
			_, lostBefore := first.counts()
			before := s.status(t)
			queue := 0.0
			var now ui.Status
			until(t, 40*time.Second, "5 s of picture get through", func() bool {
				now = s.status(t)
				queue = max(queue, named(t, now, "far").QueueSeconds)
				through := now.Time.Sub(before.Time) > 5*time.Second
				for _, name := range []string{"far", "srt"} {
					d, was := named(t, now, name), named(t, before, name)
					through = through && d.State == ui.Live && d.SentBytes > was.SentBytes+100_000
				}
				return through
			})
			passed, lost := first.counts()
			if (lost > lostBefore) != (c.loss > 0) {
				t.Errorf("the line lost %d packets", lost-lostBefore)
			}
			t.Logf("RTMP: %d packets passed and %d lost so far, queue of %.1f s at most, %d dropped; SRT: %d dropped; %.0f kb/s", passed, lost, queue,
				named(t, now, "far").Dropped, named(t, now, "srt").Dropped, now.Canvases[0].BitsPerSecond/1000)
			unhurt(t)
		})
	}
	first.set(lineState{})
	second.set(lineState{})
	s.send(t, "srt", false)

	t.Run("black hole", func(t *testing.T) {
		second.set(lineState{dead: true})
		defer second.set(lineState{})
		s.send(t, "other", true)
		s.becomes(t, "the black hole is a sentence", func(now ui.Status) bool {
			d := named(t, now, "other")
			return d.State == ui.Waiting && strings.Contains(d.Message.En, "did not answer within") && strings.Contains(d.Message.Zh, "没有应答")
		})
		s.send(t, "other", false)
		unhurt(t)
	})
	t.Run("one is narrow", func(t *testing.T) { s.oneNarrow(t, first, unhurt) })
	t.Run("all are narrow", func(t *testing.T) { s.allNarrow(t, first, second) })
	s.do(t, ui.Broadcast{On: false})
	now := s.status(t)
	made := s.recorded(t)
	if left := missing(t, "recording", made); left > now.Canvases[0].Dropped {
		t.Errorf("%d pictures are missing in the recording", left)
	}
	// The near one was switched off before all were narrow.
	sameAs(t, "near", made, burnt(t, near.Recordings(t)[0], smallSize))
	for _, path := range far.Recordings(t) {
		arrived := burnt(t, path, smallSize)
		t.Logf("behind the bad line %d pictures arrived whole, %d were left out", len(arrived), missing(t, path, arrived))
	}
	s.end(t, syscall.SIGTERM)
}

// narrow is a line for half of what the programme takes.
const narrow = smallRate / 2

// oneNarrow limits one of two lines: its queue stays within its bounds, it drops to key
// frames or gets an encode of its own, and the other keeps its quality.
func (s *small) oneNarrow(t *testing.T, l *badLine, unhurt func(*testing.T)) {
	l.set(lineState{bitsPerSecond: narrow})
	queue, least := 0.0, 0.0
	begin := time.Now()
	until(t, 60*time.Second, "the slow one leaves the others", func() bool {
		now := s.status(t)
		queue = max(queue, named(t, now, "far").QueueSeconds)
		return strings.Contains(s.stderr.String(), `"far"`) && strings.Contains(s.stderr.String(), "the bit rate follows the network") || named(t, now, "far").Dropped > 0
	})
	left := time.Since(begin)
	// It then goes on, while the others have what they had.
	sent := named(t, s.status(t), "far").SentBytes
	for begin = time.Now(); time.Since(begin) < 8*time.Second; time.Sleep(100 * time.Millisecond) {
		now := s.status(t)
		queue = max(queue, named(t, now, "far").QueueSeconds)
		if bits := now.Canvases[0].BitsPerSecond; least == 0 || bits < least {
			least = bits
		}
	}
	now := s.status(t)
	t.Logf("after %.1f s it left; queue of %.1f s at most; it got %d bytes in 8 s; the others %.0f kb/s at least, now %.0f",
		left.Seconds(), queue, named(t, now, "far").SentBytes-sent, least/1000, now.Canvases[0].BitsPerSecond/1000)
	if queue > 4.5 {
		t.Errorf("its queue grew to %.1f s", queue)
	}
	if named(t, now, "far").SentBytes == sent {
		t.Error("nothing goes to it any more")
	}
	if now.Canvases[0].BitsPerSecond < 0.6*smallRate {
		t.Errorf("the others have %.0f bit/s, for one's sake", now.Canvases[0].BitsPerSecond)
	}
	unhurt(t)
	l.set(lineState{})
	s.send(t, "far", false)
	s.send(t, "far", true)
	s.goes(t, "far")
}

// allNarrow limits all lines: the encode that they share goes down to what they take,
// and up again after them. How far up, and how slowly, publish/adapt holds.
func (s *small) allNarrow(t *testing.T, lines ...*badLine) {
	s.send(t, "near", false)
	s.send(t, "other", true)
	s.goes(t, "far", "other")
	shared := func() int { return 1000 * kilobits(t, named(t, s.status(t), "other")) }
	for _, l := range lines {
		l.set(lineState{bitsPerSecond: narrow})
	}
	begin := time.Now()
	until(t, 60*time.Second, "the shared bit rate goes down", func() bool { return shared() < narrow })
	down := time.Since(begin)
	for _, l := range lines {
		l.set(lineState{})
	}
	lowest := shared()
	begin = time.Now()
	until(t, 90*time.Second, "the shared bit rate goes up again", func() bool {
		now := shared()
		lowest = min(lowest, now)
		return now > lowest
	})
	t.Logf("down to %d kb/s within %.1f s, up again %.1f s after the limit went", lowest/1000, down.Seconds(), time.Since(begin).Seconds())
}

// kilobits reads the bit rate that a destination is said to get, in kb/s.
func kilobits(t *testing.T, d ui.Destination) (n int) {
	t.Helper()
	fields := strings.Fields(d.Encode)
	if len(fields) != 4 {
		t.Fatalf("%s: encode %q", d.Name, d.Encode)
	}
	if _, err := fmt.Sscan(fields[2], &n); err != nil {
		t.Fatalf("%s: encode %q: %v", d.Name, d.Encode, err)
	}
	return n
}
