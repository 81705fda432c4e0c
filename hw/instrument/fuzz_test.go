package instrument

import (
	"bytes"
	"math/big"
	"testing"
	"time"

	"studio/hw/reading"
)

// honest checks what holds for every reading, whatever came on the cable.
func honest(t *testing.T, r reading.Reading, fed []byte) {
	t.Helper()
	if !bytes.Contains(fed, r.Raw) || len(r.Raw) == 0 {
		t.Errorf("raw bytes %q were never on the cable", r.Raw)
	}
	if !r.Quality.Believable() {
		if r.Value != "" {
			t.Errorf("a number %q of quality %s", r.Value, r.Quality)
		}
		return
	}
	if !bytes.Contains(r.Raw, []byte(r.Value)) || r.Value == "" {
		t.Errorf("value %q is not in the frame %q", r.Value, r.Raw)
	}
	if _, ok := new(big.Rat).SetString(r.Value); !ok || bytes.ContainsAny([]byte(r.Value), "eE/_xX") {
		t.Errorf("value %q is not a decimal number", r.Value)
	}
	if r.Channel == "" {
		t.Error("a reading of no channel")
	}
}

// fuzz feeds the bytes in pieces whose sizes come from cut, with questions and
// time going by in between.
func fuzz(t *testing.T, d Driver, fed []byte, cut uint8) {
	now := noon
	rest := fed
	for turn := 0; len(rest) > 0; turn++ {
		n := min(1+int(cut)%(turn+2), len(rest))
		chunk := bytes.Clone(rest[:n])
		d.Ask(now)
		d.Feed(chunk, now, func(r reading.Reading) { honest(t, r, fed) })
		for i := range chunk {
			chunk[i] = 'X' // it must not be kept
		}
		rest = rest[n:]
		now = now.Add(time.Duration(cut) * time.Millisecond)
	}
}

func FuzzSICS(f *testing.F) {
	for _, line := range []string{
		"S S     100.00 g", "S D     100.00 g", "S I", "S L", "S +", "S -", "ES", "ET", "EL",
		"S S Error 10b", "S S Error 6t", `I4 A "B021002593"`, `I4 B "B0"`, "Z A", "T S      10.00 g",
		"S S     1e3 g", "S S     \xff g", "S S  -0.00 kg", "  S S 1 g", `I4 A "`,
	} {
		f.Add([]byte(line+"\r\n"), uint8(3))
		f.Add([]byte("S S     99.00 g\r\n"+line+"\r\nS S     100.00 g\r\n"), uint8(0))
	}
	f.Fuzz(func(t *testing.T, fed []byte, cut uint8) {
		for _, o := range []SICSOptions{{}, {Stream: true}} {
			fuzz(t, newSICS(t, o), fed, cut)
		}
	})
}

func FuzzHouseLine(f *testing.F) {
	for _, line := range []string{
		`{"t":123456,"ch":"kiln1","v":1250.5,"u":"C","s":"ok"}`,
		`{"t":1,"ch":"kiln1","v":null,"u":"C","s":"over"}`,
		`{"ch":"kiln1","v":1250.5{"ch":"kiln1","v":-0.5}`,
		"#t_ms,kiln1:C,clay:g\n123456,1250.5,842", "#t_ms,a\n1,nan\n2,.5\n3,+5.", "# remark", "1,2,3",
		`{"ch":"泥料","v":842,"u":"克"}`, `{"ch":"a","v":1E5}`, `{"ch":"a","v":-}`, "{}", "{", "#t_ms,",
	} {
		f.Add([]byte(line+"\n"), uint8(3))
		f.Add([]byte(line), uint8(0))
	}
	f.Fuzz(func(t *testing.T, fed []byte, cut uint8) { fuzz(t, NewHouseLine(), fed, cut) })
}
