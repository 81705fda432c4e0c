package instrument

import (
	"strings"
	"testing"
	"time"

	"studio/hw/reading"
)

func TestHouseObjects(t *testing.T) {
	cases := []struct {
		name    string
		line    string
		quality reading.Quality // "": no reading, counted as garbage
		value   string
		unit    string
	}{
		{"of the definition", `{"t":123456,"ch":"kiln1","v":1250.5,"u":"C","s":"ok"}`, reading.OK, "1250.5", "C"},
		{"value kept as sent", `{"t":1,"ch":"kiln1","v":1250.50,"u":"C","s":"ok"}`, reading.OK, "1250.50", "C"},
		{"negative", `{"t":1,"ch":"kiln1","v":-3,"u":"C","s":"ok"}`, reading.OK, "-3", "C"},
		{"spaces, another order", ` {"s":"unstable", "v": 0.5, "ch": "kiln1"}`[1:], reading.Unstable, "0.5", ""},
		{"no quality means ok", `{"ch":"kiln1","v":7}`, reading.OK, "7", ""},
		{"unknown keys are left alone", `{"ch":"kiln1","v":7,"note":"x","n":null}`, reading.OK, "7", ""},
		{"over without a number", `{"t":1,"ch":"kiln1","v":null,"u":"C","s":"over"}`, reading.Over, "", "C"},
		{"over with a number", `{"t":1,"ch":"kiln1","v":9999,"u":"C","s":"over"}`, reading.Over, "", "C"},
		{"under", `{"t":1,"ch":"kiln1","s":"under"}`, reading.Under, "", ""},
		{"fault", `{"t":1,"ch":"kiln1","s":"fault"}`, reading.Fault, "", ""},
		{"stale", `{"t":1,"ch":"kiln1","s":"stale","v":3}`, reading.Stale, "", ""},

		{"unknown quality", `{"ch":"kiln1","v":7,"s":"OK"}`, "", "", ""},
		{"quality not a word", `{"ch":"kiln1","v":7,"s":1}`, "", "", ""},
		{"no value", `{"ch":"kiln1","s":"ok"}`, "", "", ""},
		{"null value", `{"ch":"kiln1","v":null,"s":"ok"}`, "", "", ""},
		{"value in quotes", `{"ch":"kiln1","v":"7"}`, "", "", ""},
		{"exponent", `{"ch":"kiln1","v":1e3}`, "", "", ""},
		{"nan", `{"ch":"kiln1","v":nan}`, "", "", ""},
		{"leading zeros", `{"ch":"kiln1","v":007}`, "", "", ""},
		{"too many digits", `{"ch":"kiln1","v":123456789012345678901}`, "", "", ""},
		{"value in other letters", `{"ch":"kiln1","V":7}`, "", "", ""},
		{"value twice", `{"ch":"kiln1","v":7,"v":8}`, "", "", ""},
		{"no channel", `{"v":7}`, "", "", ""},
		{"empty channel", `{"ch":"","v":7}`, "", "", ""},
		{"channel with a line break", `{"ch":"a\nb","v":7}`, "", "", ""},
		{"long channel", `{"ch":"` + strings.Repeat("k", 33) + `","v":7}`, "", "", ""},
		{"unit not a word", `{"ch":"kiln1","v":7,"u":1}`, "", "", ""},
		{"time not a number", `{"t":"1","ch":"kiln1","v":7}`, "", "", ""},
		{"nested", `{"ch":"kiln1","v":[7]}`, "", "", ""},
		{"half", `{"t":123456,"ch":"kiln1","v":12`, "", "", ""},
		{"tail", `50.5,"u":"C","s":"ok"}`, "", "", ""},
		{"two in a line", `{"ch":"kiln1","v":7}{"ch":"kiln1"}`, "", "", ""},
		{"not text", "{\"ch\":\"k\xff\",\"v\":7}", "", "", ""},
		{"list", `[1,2]`, "", "", ""},
		{"number alone", `1250.5`, "", "", ""},
		{"rubbish", "\x00\x01\x02", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := NewHouseLine()
			got := feed(d, c.line+"\n", noon)
			if c.quality == "" {
				if len(got) != 0 || d.Report().Garbage == 0 || d.Report().Message.En == "" {
					t.Fatalf("readings %+v, report %+v", got, d.Report())
				}
				return
			}
			if len(got) != 1 || d.Report().Garbage != 0 {
				t.Fatalf("%d readings, report %+v", len(got), d.Report())
			}
			r := got[0]
			if r.Quality != c.quality || r.Value != c.value || r.Unit != c.unit ||
				r.Channel != "kiln1" || string(r.Raw) != c.line+"\n" || !r.Time.Equal(noon) {
				t.Errorf("got %+v (raw %q)", r, r.Raw)
			}
		})
	}
}

func TestHouseRows(t *testing.T) {
	const header = "#t_ms,kiln1:C,clay:g\n"
	cases := []struct {
		name, lines, want string
		garbage           uint64
	}{
		{"of the definition", header + "123456,1250.5,842\n", "kiln1=1250.5C/ok clay=842g/ok", 0},
		{"CRLF", "#t_ms,kiln1:C,clay:g\r\n123456,1250.5,842\r\n", "kiln1=1250.5C/ok clay=842g/ok", 0},
		{"spaces", header + "1, 1250.5, -8.0\n", "kiln1=1250.5C/ok clay=-8.0g/ok", 0},
		{"no unit", "#t_ms,a\n1,2\n", "a=2/ok", 0},
		{"not measured", header + "1,,842\n", "clay=842g/ok", 0},
		{"qualities", header + "1,over,under\n2,fault,nan\n",
			"kiln1=C/over clay=g/under kiln1=C/fault clay=g/fault", 0},
		{"another header", header + "1,2,3\n#t_ms,clay:kg\n2,0.842\n", "kiln1=2C/ok clay=3g/ok clay=0.842kg/ok", 0},
		{"a remark", header + "# kiln lit\n1,2,3\n", "kiln1=2C/ok clay=3g/ok", 0},
		{"a remark that quotes", "# send {\"ch\":\"kiln1\",\"v\":1}\n", "", 0},
		{"before the header", "1,2,3\n" + header, "", 1},
		{"too few", header + "1,2\n", "", 1},
		{"too many", header + "1,2,3,4\n", "", 1},
		{"one bad value spoils the row", header + "1,2,3x\n", "", 1},
		{"exponent", header + "1,2e3,3\n", "", 1},
		{"no time", header + ",2,3\n", "", 1},
		{"time not a number", header + "x,2,3\n", "", 1},
		{"a channel twice", "#t_ms,a,a\n1,2,3\n", "", 2},
		{"an empty channel", "#t_ms,a,\n1,2,3\n", "", 2},
		{"a bad header leaves the old one", header + "#t_ms,a,a\n1,2,3\n", "kiln1=2C/ok clay=3g/ok", 1},
		{"too many columns", "#t_ms" + strings.Repeat(",abcdefghi", 1) + manyColumns(33) + "\n", "", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := NewHouseLine()
			var got []string
			for _, r := range feed(d, c.lines, noon) {
				got = append(got, r.Channel+"="+r.Value+r.Unit+"/"+string(r.Quality))
			}
			if strings.Join(got, " ") != c.want || d.Report().Garbage != c.garbage {
				t.Errorf("got %v, garbage %d (%s)", got, d.Report().Garbage, d.Report().Message.En)
			}
		})
	}
}

func manyColumns(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(",c" + strings.Repeat("x", i%5) + string(rune('a'+i/5)))
	}
	return b.String()
}

// After the port was opened again another program may be on the instrument.
func TestHouseResetForgetsTheHeader(t *testing.T) {
	d := NewHouseLine()
	feed(d, "#t_ms,kiln1:C\n", noon)
	d.Reset(noon)
	if got := feed(d, "1,1250.5\n", noon); len(got) != 0 {
		t.Errorf("a row without a header became %+v", got)
	}
}

func TestHouseResynchronises(t *testing.T) {
	whole := `{"ch":"kiln1","v":20.5}` + "\n"
	t.Run("restart in the middle of a line", func(t *testing.T) {
		d := NewHouseLine()
		got := feed(d, `{"t":123456,"ch":"kiln1","v":12`+whole, noon)
		if len(got) != 1 || got[0].Value != "20.5" || string(got[0].Raw) != whole || d.Report().Garbage != 1 {
			t.Errorf("got %+v, report %+v", got, d.Report())
		}
	})
	t.Run("half a line, then silence", func(t *testing.T) {
		d := NewHouseLine()
		feed(d, "123", noon)
		if got := feed(d, whole, noon.Add(2*time.Second)); len(got) != 1 || d.Report().Garbage != 1 {
			t.Errorf("got %+v, report %+v", got, d.Report())
		}
	})
	t.Run("endless line", func(t *testing.T) {
		d := NewHouseLine()
		for range 1000 {
			feed(d, strings.Repeat("9", 100), noon)
		}
		got := feed(d, "\n"+whole, noon)
		if len(got) != 1 || d.Report().Garbage != 1 || cap(d.lines.buf) > 4*houseLongest {
			t.Errorf("got %+v, report %+v, buffer %d", got, d.Report(), cap(d.lines.buf))
		}
	})
	t.Run("single bytes", func(t *testing.T) {
		d := NewHouseLine()
		var got []reading.Reading
		for _, b := range []byte(whole + "junk\n" + whole) {
			got = append(got, feed(d, string(b), noon)...)
		}
		if len(got) != 2 || d.Report().Garbage != 1 {
			t.Errorf("got %+v, report %+v", got, d.Report())
		}
	})
}
