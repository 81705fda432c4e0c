package avformat

import (
	"context"
	"syscall"
	"testing"
	"time"

	"studio/media/packet"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
	"studio/publish/servertest"
)

// BenchmarkDestination is what one more RTMP destination costs a running
// programme of 4 Mb/s: this process's user and system time, as a share of one core,
// less what the same programme takes without it.
func BenchmarkDestination(b *testing.B) {
	p, err := filetest.Record(10, 4_000_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	s := servertest.NewRTMP(b, "")
	bytes := 0
	for _, q := range p.Packets {
		bytes += len(q.Data)
	}
	var used time.Duration
	for b.Loop() {
		alone := processorTime(b)
		p.Play(context.Background(), 10, func(*packet.Packet) {})
		used -= processorTime(b) - alone

		o := NetworkOptions{Address: s.To("bench")}
		d, err := publish.New(publish.Options{Name: "bench", Kind: "rtmp", Address: o.Address, Streams: p.Streams, Dial: dial(b, o), Interleaved: true, QueueSeconds: 60, QueueBytes: 1 << 30, Log: (&log{}).logger()})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		polltest.Until(b, 5*time.Second, "the destination is live", func() bool { return d.Status().State == publish.Live })
		before := processorTime(b)
		p.Play(ctx, 10, d.Offer)
		polltest.Until(b, 30*time.Second, "all is sent", func() bool { return d.Status().SentBytes >= uint64(bytes)*9/10 && d.Status().QueueSeconds < 0.1 })
		used += processorTime(b) - before
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
	seconds := float64(b.N) * 10
	b.ReportMetric(100*used.Seconds()/seconds, "%core")
	b.ReportMetric(float64(bytes)*8/10/1e6, "Mb/s")
}

func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
