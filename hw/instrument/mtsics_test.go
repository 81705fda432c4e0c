package instrument

import (
	"strings"
	"testing"
	"time"

	"studio/hw/reading"
)

var noon = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

func newSICS(t testing.TB, o SICSOptions) *SICS {
	t.Helper()
	d, err := NewSICS(o)
	if err != nil {
		t.Fatal(err)
	}
	d.Reset(noon)
	return d
}

// feed gives the driver bytes and returns what came of them.
func feed(d Driver, bytes string, at time.Time) []reading.Reading {
	var all []reading.Reading
	d.Feed([]byte(bytes), at, func(r reading.Reading) { all = append(all, r) })
	return all
}

func TestSICSFrames(t *testing.T) {
	none := reading.Quality("")
	cases := []struct {
		name    string
		line    string
		quality reading.Quality // none: no reading
		value   string
		unit    string
		garbage uint64
		message string // a part of it
	}{
		{"stable", "S S     100.00 g", reading.OK, "100.00", "g", 0, ""},
		{"moving", "S D     100.07 g", reading.Unstable, "100.07", "g", 0, ""},
		{"negative", "S S      -0.02 g", reading.OK, "-0.02", "g", 0, ""},
		{"kilograms", "S S      1.234 kg", reading.OK, "1.234", "kg", 0, ""},
		{"pieces", "S S         12 PCS", reading.OK, "12", "PCS", 0, ""},
		{"percent", "S S      99.98 %", reading.OK, "99.98", "%", 0, ""},
		{"wider than ten", "S S  100.000000 g", reading.OK, "100.000000", "g", 0, ""},
		{"not padded", "S S 100.0 g", reading.OK, "100.0", "g", 0, ""},
		{"busy", "S I", none, "", "", 0, "busy"},
		{"bad parameter", "S L", reading.Fault, "", "", 0, "parameter"},
		{"overload", "S +", reading.Over, "", "", 0, "more on the scale"},
		{"underload", "S -", reading.Under, "", "", 0, "less on the scale"},
		{"hardware fault", "S S Error 10b", reading.Fault, "", "", 0, "Error 10b"},
		{"terminal fault", "S S Error 6t", reading.Fault, "", "", 0, "terminal"},
		{"fault while moving", "S D Error 1b", reading.Fault, "", "", 0, "Error 1b"},
		{"syntax", "ES", reading.Fault, "", "", 0, "ES"},
		{"transmission", "ET", reading.Fault, "", "", 0, "speed and parity"},
		{"logical", "EL", reading.Fault, "", "", 0, "EL"},
		{"serial number", `I4 A "B021002593"`, none, "", "", 0, ""},
		{"serial number, more lines", `I4 B "B021"`, none, "", "", 0, ""},
		{"serial number, busy", "I4 I", none, "", "", 0, ""},
		{"zeroed by hand", "Z A", none, "", "", 0, ""},
		{"tared by hand", "T S     100.00 g", none, "", "", 0, ""},
		{"another inquiry, more lines", `I1 B "01"`, none, "", "", 0, ""},
		{"empty line", "", none, "", "", 0, ""},
		{"only spaces", "   ", none, "", "", 0, ""},

		{"no unit", "S S     100.00", none, "", "", 1, "cannot be read"},
		{"unit for a number", "S S     100.00 9", none, "", "", 1, "cannot be read"},
		{"no state", "S     100.00 g", none, "", "", 1, "state"},
		{"unknown state", "S X     100.00 g", none, "", "", 1, "state"},
		{"overload with a number", "S +     100.00 g", none, "", "", 1, "state"},
		{"comma", "S S     100,00 g", none, "", "", 1, "cannot be read"},
		{"two points", "S S     10.0.0 g", none, "", "", 1, "cannot be read"},
		{"exponent", "S S      1e3 g", none, "", "", 1, "cannot be read"},
		{"hexadecimal", "S S      0x12 g", none, "", "", 1, "cannot be read"},
		{"infinity", "S S      Inf g", none, "", "", 1, "cannot be read"},
		{"split number", "S S     10 0.00 g", none, "", "", 1, "cannot be read"},
		{"two frames in one", "S S     10S S     100.00 g", none, "", "", 1, "cannot be read"},
		{"bytes", "S S     1\xff0.00 g", none, "", "", 1, "not text"},
		{"carriage return inside", "S S  1.00 g\rS S  2.00 g", none, "", "", 1, "not text"},
		{"no answer at all", "hello", none, "", "", 1, "no answer"},
		{"state alone", "S", none, "", "", 1, "no answer"},
		{"serial number, unknown state", "I4 Q", none, "", "", 1, "state"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newSICS(t, SICSOptions{})
			got := feed(d, c.line+"\r\n", noon)
			report := d.Report()
			if report.Garbage != c.garbage {
				t.Errorf("garbage %d, want %d (%s)", report.Garbage, c.garbage, report.Message.En)
			}
			if !strings.Contains(report.Message.En, c.message) || c.message == "" && report.Message.En != "" {
				t.Errorf("message %q, want one with %q", report.Message.En, c.message)
			}
			if c.quality == none {
				if len(got) != 0 {
					t.Fatalf("a reading came of it: %+v", got)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d readings, want 1", len(got))
			}
			r := got[0]
			if r.Quality != c.quality || r.Value != c.value || r.Unit != c.unit ||
				r.Channel != SICSWeight || !r.Time.Equal(noon) || string(r.Raw) != c.line+"\r\n" {
				t.Errorf("got %+v (raw %q)", r, r.Raw)
			}
		})
	}
}

// A byte that is lost on the way leaves a frame that could pass for another number
// or another unit; such a frame is put aside until the next one confirms it.
func TestSICSPutsAsideDamagedFrames(t *testing.T) {
	d := newSICS(t, SICSOptions{})
	if got := feed(d, "S S      1.000 kg\r\n", noon); len(got) != 1 {
		t.Fatal("the first frame was not taken")
	}
	for _, damaged := range []string{"S S      1.00 kg\r\n", "S S      1.000 g\r\n", "S S     1.000 kg\r\n"} {
		if got := feed(d, damaged, noon); len(got) != 0 {
			t.Errorf("%q was taken for %+v", damaged, got[0])
		}
		if got := feed(d, "S S      1.000 kg\r\n", noon); len(got) != 1 {
			t.Errorf("after %q a whole frame was not taken", damaged)
		}
	}
	// The unit key was pressed: from its second frame on the new unit is true.
	first := feed(d, "S S    1000.00 g\r\n", noon)
	second := feed(d, "S S    1000.00 g\r\n", noon)
	if len(first) != 0 || len(second) != 1 || second[0].Unit != "g" {
		t.Errorf("change of unit: %v then %v", first, second)
	}
}

func TestSICSPieces(t *testing.T) {
	stream := "S S     100.00 g\r\nS D     101.20 g\r\nS +\r\n\xff\xfeS S     1\r\nS S     102.00 g\r\n"
	want := []string{"100.00", "101.20", "", "102.00"}
	for size := 1; size <= len(stream); size++ {
		d := newSICS(t, SICSOptions{})
		var got []string
		for at := 0; at < len(stream); at += size {
			for _, r := range feed(d, stream[at:min(at+size, len(stream))], noon) {
				got = append(got, r.Value)
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("in pieces of %d: %q, want %q", size, got, want)
		}
	}
}

func TestSICSLongLine(t *testing.T) {
	d := newSICS(t, SICSOptions{})
	got := feed(d, strings.Repeat("S", 10_000)+"     100.00 g\r\n", noon)
	got = append(got, feed(d, "S S     100.00 g\r\n", noon)...)
	if len(got) != 1 || d.Report().Garbage != 1 {
		t.Errorf("%d readings, %d garbage; want 1 and 1", len(got), d.Report().Garbage)
	}
	if cap(d.lines.buf) > 4*sicsLongest {
		t.Errorf("the line buffer grew to %d bytes", cap(d.lines.buf))
	}
}

func TestSICSHalfLineThenSilence(t *testing.T) {
	d := newSICS(t, SICSOptions{})
	feed(d, "S S     1", noon)
	got := feed(d, "S S     100.00 g\r\n", noon.Add(5*time.Second))
	if len(got) != 1 || got[0].Value != "100.00" || string(got[0].Raw) != "S S     100.00 g\r\n" {
		t.Errorf("got %+v", got)
	}
}

// ask runs the clock in steps of 50 ms and returns what is asked, with answers
// from the instrument as given.
func ask(d *SICS, from time.Time, span time.Duration, answer func(question string) string) (asked []string) {
	for now := from; now.Before(from.Add(span)); now = now.Add(50 * time.Millisecond) {
		if q := d.Ask(now); q != nil {
			asked = append(asked, strings.TrimRight(string(q), "\r\n"))
			feed(d, answer(string(q)), now)
		}
	}
	return asked
}

func TestSICSAsks(t *testing.T) {
	silent := func(string) string { return "" }
	well := func(q string) string {
		if q == "I4\r\n" {
			return "I4 A \"B021002593\"\r\n"
		}
		return "S S     100.00 g\r\n"
	}
	count := func(asked []string, what string) (n int) {
		for _, a := range asked {
			if a == what {
				n++
			}
		}
		return n
	}
	t.Run("at the interval", func(t *testing.T) {
		d := newSICS(t, SICSOptions{Interval: 200 * time.Millisecond})
		asked := ask(d, noon, 2*time.Second, well)
		if asked[0] != "I4" || count(asked, "I4") != 1 || count(asked, "SI") != 9 {
			t.Errorf("asked %v", asked)
		}
		if d.Report().Identity != "B021002593" {
			t.Errorf("identity %q", d.Report().Identity)
		}
	})
	t.Run("one question at a time", func(t *testing.T) {
		d := newSICS(t, SICSOptions{})
		asked := ask(d, noon, 4500*time.Millisecond, silent)
		if got := strings.Join(asked, " "); got != "I4 SI SI SI SI" {
			t.Errorf("asked %s", got)
		}
		if r := d.Report(); r.Timeouts != 4 || !strings.Contains(r.Message.En, "no answer") {
			t.Errorf("report %+v", r)
		}
	})
	t.Run("a make without I4", func(t *testing.T) {
		d := newSICS(t, SICSOptions{})
		asked := ask(d, noon, time.Second, func(q string) string {
			if q == "I4\r\n" {
				return "ES\r\n"
			}
			return well(q)
		})
		if count(asked, "SI") < 4 {
			t.Errorf("asked %v", asked)
		}
		if got := feed(d, "S S     100.00 g\r\n", noon); len(got) != 1 || d.Report().Message.En != "" {
			t.Errorf("the refused serial number still shows: %+v", d.Report())
		}
	})
	t.Run("stream", func(t *testing.T) {
		d := newSICS(t, SICSOptions{Stream: true})
		asked := ask(d, noon, time.Second, well)
		if count(asked, "SIR") != 1 || count(asked, "SI") != 0 {
			t.Errorf("asked %v", asked)
		}
		// It goes on by itself, then stops: asked for once more.
		now := noon.Add(time.Second)
		for range 30 {
			now = now.Add(100 * time.Millisecond)
			feed(d, "S S     100.00 g\r\n", now)
			if q := d.Ask(now); q != nil {
				t.Fatalf("asked %q in a running stream", q)
			}
		}
		if asked := ask(d, now, 1500*time.Millisecond, well); count(asked, "SIR") != 1 {
			t.Errorf("after the stream stopped: asked %v", asked)
		}
	})
	t.Run("stream after the scale restarted", func(t *testing.T) {
		d := newSICS(t, SICSOptions{Stream: true})
		ask(d, noon, time.Second, well)
		feed(d, "I4 A \"B021002593\"\r\n", noon.Add(time.Second)) // as it does when switched on
		if asked := ask(d, noon.Add(time.Second), 500*time.Millisecond, well); count(asked, "SIR") != 1 {
			t.Errorf("asked %v", asked)
		}
	})
	t.Run("nothing that changes the scale", func(t *testing.T) {
		for _, o := range []SICSOptions{{}, {Stream: true}} {
			for _, reply := range []string{"", "ES\r\n", "S I\r\n", "S +\r\n", "junk\r\n"} {
				d := newSICS(t, o)
				for _, a := range ask(d, noon, 5*time.Second, func(string) string { return reply }) {
					if a != "I4" && a != "SI" && a != "SIR" {
						t.Errorf("asked %q", a)
					}
				}
			}
		}
	})
	t.Run("a refused stream does not flood", func(t *testing.T) {
		d := newSICS(t, SICSOptions{Stream: true})
		asked := ask(d, noon, 2*time.Second, func(string) string { return "ES\r\n" })
		if len(asked) > 11 {
			t.Errorf("asked %d times in 2 s", len(asked))
		}
	})
}

func TestSICSInterval(t *testing.T) {
	for _, bad := range []time.Duration{-1, 50 * time.Millisecond, time.Hour} {
		if _, err := NewSICS(SICSOptions{Interval: bad}); err == nil || !strings.Contains(err.Error(), "100ms") {
			t.Errorf("interval %s: error %v", bad, err)
		}
	}
}
