package hwtest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"

	"studio/hw/serialport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFiringIsBelievable(t *testing.T) {
	const steps = 10_000
	top, cold := 0.0, math.Inf(1)
	before := Celsius(0)
	for i := range steps {
		c := Celsius(float64(i) / steps)
		if math.Abs(c-before) > 1 {
			t.Fatalf("jumps from %.1f to %.1f °C", before, c)
		}
		top, cold, before = max(top, c), min(cold, c), c
	}
	if top != 1280 || cold != 20 {
		t.Errorf("between %.1f and %.1f °C, want 20 and 1280", cold, top)
	}
	if Celsius(0.6) != 1280 || Celsius(0.65) != 1280 {
		t.Error("no soak at the top")
	}
	if math.Abs(Celsius(3.25)-Celsius(0.25)) > 1e-9 || math.Abs(Celsius(-0.75)-Celsius(0.25)) > 1e-9 {
		t.Error("the firing does not repeat")
	}
}

// run runs a simulation for the length of the test.
func run(t *testing.T, simulation func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- simulation(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("simulation: %v", err)
		}
	})
}

func openPort(t *testing.T, path string) *serialport.Conn {
	t.Helper()
	c, err := serialport.Open(serialport.Selector{Path: path}, serialport.Mode{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	return c
}

func TestKilnSpeaksTheHouseLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		csv  bool
		want string
	}{
		{false, `^\{"t":\d+,"ch":"kiln1","v":\d+\.\d,"u":"C","s":"ok"\}\n$`},
		{true, `^(#t_ms,kiln1:C|\d+,\d+\.\d)\n$`},
	} {
		k, err := NewKiln(KilnOptions{Interval: 10 * time.Millisecond, CSV: c.csv, Start: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		port := openPort(t, k.Path())
		run(t, k.Run)
		form := regexp.MustCompile(c.want)
		lines := bufio.NewReader(port)
		for range 15 {
			line, err := lines.ReadString('\n')
			if err != nil || !form.MatchString(line) {
				t.Fatalf("line %q, %v", line, err)
			}
		}
	}
}

// talk sends a command and returns the first line that comes back.
func talk(t *testing.T, port *serialport.Conn, lines *bufio.Reader, command string) string {
	t.Helper()
	port.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(port, command+"\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return line
}

func TestScaleAnswersLikeTheRealOne(t *testing.T) {
	t.Parallel()
	s, err := NewScale(ScaleOptions{Alone: true, Load: 100})
	if err != nil {
		t.Fatal(err)
	}
	port := openPort(t, s.Path())
	run(t, s.Run)
	lines := bufio.NewReader(port)

	for _, c := range []struct{ command, answer string }{
		{"I4", "I4 A \"B021002593\"\r\n"},
		{"S", "S S      100.0 g\r\n"},
		{"SI", "S S      100.0 g\r\n"},
		{"T", "T S      100.0 g\r\n"},
		{"S", "S S        0.0 g\r\n"},
		{"TA", "TA A      100.0 g\r\n"},
		{"TA 40.0 g", "TA A       40.0 g\r\n"},
		{"S", "S S       60.0 g\r\n"},
		{"TA 40.0 lb", "TA L\r\n"},
		{"@", "I4 A \"B021002593\"\r\n"},
		{"S", "S S      100.0 g\r\n"},
		{"Z", "Z A\r\n"},
		{"S", "S S        0.0 g\r\n"},
		{"ZI", "ZI S\r\n"},
		{"TI", "TI S        0.0 g\r\n"},
		{"S 3", "S L\r\n"},
		{"HELLO", "ES\r\n"},
		{"s", "ES\r\n"},
	} {
		if got := talk(t, port, lines, c.command); got != c.answer {
			t.Errorf("%s: %q, want %q", c.command, got, c.answer)
		}
	}

	until := func(command, want string) {
		t.Helper()
		for deadline := time.Now().Add(8 * time.Second); ; {
			got := talk(t, port, lines, command)
			if strings.HasPrefix(got, want) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: still %q, want %q", command, got, want)
			}
		}
	}
	s.Lay(900)
	until("SI", "S D ")
	until("SI", "S S      800.0 g")
	s.Lay(5000)
	until("SI", "S +\r\n")
	until("S", "S +\r\n")
	s.Lay(-100)
	until("SI", "S -\r\n")
	s.Lay(100)
	s.Break(true)
	until("SI", "S S Error 10b\r\n")
	s.Break(false)
	until("SIR", "S S        0.0 g")
	for range 3 { // it goes on by itself
		if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, "S S ") {
			t.Fatalf("stream: %q, %v", line, err)
		}
	}
}

func TestScaleIsMovedByThePotter(t *testing.T) {
	p := pan{capacity: 3200, load: 1200, hand: rand.New(rand.NewPCG(7, 2))}
	now := time.Unix(0, 0)
	moving, still, loads := 0, 0, map[float64]bool{}
	for range 6000 { // ten minutes
		now = now.Add(100 * time.Millisecond)
		p.step(now, false)
		if p.still(now) {
			still++
			if math.Abs(p.felt-p.load) > 0.5 {
				t.Fatalf("rests at %.1f with %.1f g on it", p.felt, p.load)
			}
		} else {
			moving++
		}
		loads[p.load] = true
	}
	if len(loads) < 30 || moving < 500 || still < 3*moving {
		t.Errorf("%d loads, %d turns moving, %d still", len(loads), moving, still)
	}
}

func TestCablePulledAndPlugged(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "kiln")
	k, err := NewKiln(KilnOptions{Link: link, Interval: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	run(t, k.Run)
	if k.Path() != link {
		t.Fatalf("path %q", k.Path())
	}
	port := openPort(t, link)
	k.Pull()
	for {
		if _, err := port.Read(make([]byte, 256)); err != nil {
			if !errors.Is(err, serialport.ErrGone) {
				t.Fatalf("after the pull: %v", err)
			}
			break
		}
	}
	port.Close()
	if _, err := os.Lstat(link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is still there: %v", err)
	}
	if err := k.Plug(); err != nil {
		t.Fatal(err)
	}
	port = openPort(t, link)
	if n, err := port.Read(make([]byte, 256)); err != nil || n == 0 {
		t.Errorf("after plugging in again: %d bytes, %v", n, err)
	}
}

// What a simulated instrument says while nobody listens is lost, not heard later.
func TestCableLosesWhatNobodyReads(t *testing.T) {
	t.Parallel()
	c, err := NewCable("")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 1000 {
		c.Send([]byte("old line of thirty-two bytes...\n"))
	}
	port := openPort(t, c.Path())
	c.Send([]byte("new\n"))
	buf := make([]byte, 64)
	if n, err := port.Read(buf); err != nil || string(buf[:n]) != "new\n" {
		t.Errorf("read %q, %v", buf[:n], err)
	}
}

func TestScaleOnAnExistingPort(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	s, err := NewScale(ScaleOptions{Device: near.Name(), Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Run)
	if _, err := far.WriteString("I4\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(far).ReadString('\n')
	if err != nil || line != "I4 A \"B021002593\"\r\n" {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := NewScale(ScaleOptions{Device: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such port: %v", err)
	}
}
