package srt

import (
	"context"
	"syscall"
	"testing"
	"time"

	"studio/media/packet"
	"studio/publish/filetest"
)

// BenchmarkDestination is what one more SRT destination costs a running programme of
// 4 Mb/s: this process's user and system time, as a share of one core, less what the
// same programme takes without it.
func BenchmarkDestination(b *testing.B) {
	p, err := filetest.Record(30, 4_000_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	var used time.Duration
	for b.Loop() {
		before := processorTime(b)
		p.Play(context.Background(), 1, func(*packet.Packet) {})
		used -= processorTime(b) - before

		l := listen(b, "127.0.0.1", "")
		sink := connected(b, Options{Address: "srt://" + l.address}, p.Streams)
		before = processorTime(b)
		play(b, sink, p)
		used += processorTime(b) - before
		l.finish(b)
	}
	b.ReportMetric(100*used.Seconds()/(30*float64(b.N)), "%core")
}

func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
