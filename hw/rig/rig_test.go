package rig

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/hw/hwtest"
	"studio/hw/reading"
	"studio/hw/serialport"
	"studio/polltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs something for the length of the test.
func run(t *testing.T, what func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- what(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// heard keeps what OnReading was told, and fails the test at any number that is
// not true.
type heard struct {
	t   *testing.T
	mu  sync.Mutex
	all []reading.Reading
}

func (h *heard) take(r reading.Reading) {
	h.mu.Lock()
	defer h.mu.Unlock()
	honest(h.t, r)
	h.all = append(h.all, r)
}

func (h *heard) qualities(channel string) (all []reading.Quality) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.all {
		if r.Channel == channel && (len(all) == 0 || all[len(all)-1] != r.Quality) {
			all = append(all, r.Quality)
		}
	}
	return all
}

func honest(t *testing.T, r reading.Reading) {
	t.Helper()
	if !r.Quality.Believable() && r.Value != "" {
		t.Errorf("%s: a number %q of quality %s", r.Channel, r.Value, r.Quality)
	}
	if r.Value != "" && !strings.Contains(string(r.Raw), r.Value) {
		t.Errorf("%s: %q is not in the frame %q", r.Channel, r.Value, r.Raw)
	}
}

// now returns the present reading of a channel.
func now(t *testing.T, r *Rig, channel string) reading.Reading {
	t.Helper()
	for _, x := range r.Latest() {
		honest(t, x)
		if x.Channel == channel {
			return x
		}
	}
	t.Fatalf("no channel %q", channel)
	return reading.Reading{}
}

func kiln(path string) InstrumentOptions {
	return InstrumentOptions{
		Name: "kiln", Protocol: HouseLine, Port: serialport.Selector{Path: path}, Stale: 400 * time.Millisecond,
		Channels: map[string]Channel{"kiln1": {Name: "glaze", Title: Title{"釉烧", "Glaze firing"}}},
	}
}

func scale(path string) InstrumentOptions {
	return InstrumentOptions{
		Name: "scale", Protocol: MTSICS, Port: serialport.Selector{Path: path}, Stale: 500 * time.Millisecond,
		Interval: 100 * time.Millisecond, Channels: map[string]Channel{"weight": {Name: "clay"}},
	}
}

func newRig(t *testing.T, o Options) *Rig {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The whole way: two simulated instruments, their ports, drivers and the rig.
func TestReadingsComeThrough(t *testing.T) {
	t.Parallel()
	k, err := hwtest.NewKiln(hwtest.KilnOptions{Interval: 20 * time.Millisecond, Start: 0.62})
	if err != nil {
		t.Fatal(err)
	}
	run(t, k.Run)
	s, err := hwtest.NewScale(hwtest.ScaleOptions{Alone: true, Load: 842.3})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Run)
	h := &heard{t: t}
	r := newRig(t, Options{Instruments: []InstrumentOptions{kiln(k.Path()), scale(s.Path())}, OnReading: h.take})
	if got := now(t, r, "clay"); got.Quality != reading.Stale || got.Device != "scale" {
		t.Errorf("before anything was heard: %+v", got)
	}
	run(t, r.Run)

	polltest.Until(t, 5*time.Second, "glaze near 1280 °C", func() bool {
		x := now(t, r, "glaze")
		return x.Quality == reading.OK && strings.HasPrefix(x.Value, "12") && x.Unit == "C" && x.Device == "kiln"
	})
	polltest.Until(t, 5*time.Second, "842.3 g of clay", func() bool {
		x := now(t, r, "clay")
		return x.Quality == reading.OK && x.Value == "842.3" && x.Unit == "g" && string(x.Raw) == "S S      842.3 g\r\n"
	})
	polltest.Until(t, 5*time.Second, "both live", func() bool {
		all := r.Status()
		return all[0].State == Live && all[1].State == Live && all[1].Identity == "B021002593"
	})
	if c := r.Channels(); len(c) != 2 || c[0].Name != "glaze" || c[0].Title.Zh != "釉烧" || c[1].Device != "scale" {
		t.Errorf("channels %+v", c)
	}

	s.Lay(400)
	polltest.Until(t, 5*time.Second, "moving", func() bool { return now(t, r, "clay").Quality == reading.Unstable })
	s.Lay(4000)
	polltest.Until(t, 5*time.Second, "overload", func() bool { return now(t, r, "clay").Quality == reading.Over })
	s.Lay(-100)
	polltest.Until(t, 5*time.Second, "underload", func() bool { return now(t, r, "clay").Quality == reading.Under })
	s.Break(true)
	polltest.Until(t, 5*time.Second, "fault", func() bool {
		return now(t, r, "clay").Quality == reading.Fault && r.Status()[1].State == Troubled &&
			strings.Contains(r.Status()[1].Message.En, "Error 10b")
	})
	s.Break(false)
	s.Lay(100)
	polltest.Until(t, 5*time.Second, "a hundred grams", func() bool { return now(t, r, "clay").Value == "100.0" })
	if q := now(t, r, "glaze").Quality; q != reading.OK {
		t.Errorf("the scale's troubles made the kiln %s", q)
	}
}

func TestScaleStreams(t *testing.T) {
	t.Parallel()
	s, err := hwtest.NewScale(hwtest.ScaleOptions{Alone: true, Load: 500})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Run)
	o := scale(s.Path())
	o.Stream = true
	r := newRig(t, Options{Instruments: []InstrumentOptions{o}})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "500 g", func() bool { return now(t, r, "clay").Value == "500.0" })
}

func TestPulledAndReplugged(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "scale")
	s, err := hwtest.NewScale(hwtest.ScaleOptions{Alone: true, Load: 842.3, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Run)
	h := &heard{t: t}
	r := newRig(t, Options{Instruments: []InstrumentOptions{scale(link)}, OnReading: h.take})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "a steady weight", func() bool { return now(t, r, "clay").Quality == reading.OK })

	s.Pull()
	if took := polltest.Until(t, 5*time.Second, "fault", func() bool {
		return now(t, r, "clay").Quality == reading.Fault
	}); took > time.Second {
		t.Errorf("the pull was noticed after %s", took)
	}
	st := r.Status()[0]
	if st.State != Waiting || !strings.HasSuffix(st.Message.En, ": not connected") || !strings.Contains(st.Message.En, link) {
		t.Errorf("status %+v", st)
	}
	// Long enough away for the pauses to have grown to their longest.
	polltest.Until(t, 10*time.Second, "the time to pass", func() bool { return time.Since(st.Since) > 2500*time.Millisecond })
	if x := now(t, r, "clay"); x.Quality != reading.Fault {
		t.Errorf("while away: %+v", x)
	}
	if err := s.Plug(); err != nil {
		t.Fatal(err)
	}
	took := polltest.Until(t, 6*time.Second, "the weight again", func() bool { return now(t, r, "clay").Value == "842.3" })
	if took > 3*time.Second {
		t.Errorf("back after %s", took)
	}
	t.Logf("back %s after plugging in", took)
	q := h.qualities("clay")
	if len(q) > 0 && q[0] == reading.Unstable { // the needle was still settling
		q = q[1:]
	}
	if len(q) < 3 || q[0] != reading.OK || q[1] != reading.Fault || !q[len(q)-1].Believable() {
		t.Errorf("told %v", q)
	}
}

func TestFrozenInstrumentTurnsStale(t *testing.T) {
	t.Parallel()
	k, err := hwtest.NewKiln(hwtest.KilnOptions{Interval: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	run(t, k.Run)
	h := &heard{t: t}
	r := newRig(t, Options{Instruments: []InstrumentOptions{kiln(k.Path())}, OnReading: h.take})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "a temperature", func() bool { return now(t, r, "glaze").Quality == reading.OK })
	k.Freeze(true)
	polltest.Until(t, 5*time.Second, "stale", func() bool { return now(t, r, "glaze").Quality == reading.Stale })
	polltest.Until(t, 5*time.Second, "trouble in the status", func() bool {
		st := r.Status()[0]
		return st.State == Troubled && strings.Contains(st.Message.En, "nothing understood for 400ms")
	})
	k.Freeze(false)
	polltest.Until(t, 5*time.Second, "live again", func() bool {
		return now(t, r, "glaze").Quality == reading.OK && r.Status()[0].State == Live
	})
	want := []reading.Quality{reading.OK, reading.Stale, reading.OK}
	if got := h.qualities("glaze"); len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("told %v, want %v", got, want)
	}
	if st := r.Status()[0]; st.Opened != 1 {
		t.Errorf("a silent instrument's port was opened %d times", st.Opened)
	}
}

func TestGarbageIsCounted(t *testing.T) {
	t.Parallel()
	c, err := hwtest.NewCable("")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h := &heard{t: t}
	r := newRig(t, Options{Instruments: []InstrumentOptions{kiln(c.Path())}, OnReading: h.take})
	run(t, r.Run)
	polltest.Until(t, 5*time.Second, "the port open", func() bool { return r.Status()[0].Opened == 1 })

	c.Send([]byte("\x00\xff\xfe\x80rubbish\n"))
	c.Send([]byte(`{"t":1,"ch":"kiln1","v":12` + "\n"))
	c.Send([]byte(`{"t":1,"ch":"kiln2","v":12}` + "\n")) // nobody asked for it
	c.Send([]byte("1,2,3\n"))
	for _, b := range []byte(`{"t":1,"ch":"kiln1","v":1250.5,"u":"C","s":"ok"}` + "\n") {
		c.Send([]byte{b})
	}
	polltest.Until(t, 5*time.Second, "1250.5", func() bool { return now(t, r, "glaze").Value == "1250.5" })
	polltest.Until(t, 5*time.Second, "the counts", func() bool {
		st := r.Status()[0]
		return st.Garbage == 3 && st.Unknown == 1 && st.Frames == 2 && st.State == Live
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.all {
		if r.Value != "" && r.Value != "1250.5" {
			t.Errorf("told %+v", r)
		}
	}
}
