package kiosk

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"studio/ui"
	"studio/ui/xvfbtest"
)

// BenchmarkCPU reports what the whole screen costs on air, in percent of a core, with
// OpenGL in software: four cameras and the programme move.
func BenchmarkCPU(b *testing.B) {
	d, e := xvfbtest.New(b, 1280, 800), newEngine(b)
	defer func() { e.stop() }()
	e.Change(func(s *ui.Status) { s.Broadcast = ui.OnAir{On: true, Since: s.Time} })
	k := newKiosk(b, d, e.socket, "zh", "")
	await(b, d, StartSpot(), rgb(wine), "the end button")
	cpu, start := k.cpu(b), time.Now()
	for b.Loop() {
		time.Sleep(10 * time.Second)
	}
	b.ReportMetric(100*(k.cpu(b)-cpu).Seconds()/time.Since(start).Seconds(), "%core")
}

// cpu is the time that the kiosk has had of all cores: proc(5), /proc/pid/stat, in
// ticks of 10 ms.
func (k *kiosk) cpu(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", k.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	var user, system int
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
