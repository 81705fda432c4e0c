package template

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"studio/configs/crafts"
	"studio/configs/templates"
	"studio/hw/reading"
	"studio/media/picture"
	"studio/overlay/procedure"
	"studio/overlay/svg"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:studio="urn:studio:template" width="400" height="200">
<metadata><studio:place corner="top-left"/>
<studio:parameter name="note" kind="text" default="nothing"/>
<studio:parameter name="high" kind="number" default="100"/>
<studio:parameter name="tint" kind="colour" default="#fff"/>
<studio:parameter name="value" kind="reading"/>
<studio:parameter name="title" kind="words"/>
<studio:parameter name="time" kind="clock"/>
<studio:parameter name="step" kind="step"/>
<studio:parameter name="steps" kind="steps"/>
</metadata>
`

func craft(t *testing.T) *procedure.Procedure {
	t.Helper()
	p, err := procedure.Load(crafts.FS, "pottery")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// filled is what a body becomes with these values; it must be drawable.
func filled(t *testing.T, body string, in Input) string {
	t.Helper()
	tpl, err := Parse("test.svg", []byte(head+body+"</svg>"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tpl.Bind(in)
	if err != nil {
		t.Fatal(err)
	}
	out := b.SVG()
	if _, _, err := svg.Render(out, picture.Size{Width: 40, Height: 20}); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := string(out)
	s = s[strings.Index(s, ">")+1 : strings.LastIndex(s, "</svg>")]
	return strings.TrimSpace(s)
}

func TestBindings(t *testing.T) {
	p := craft(t)
	ok := map[string]reading.Reading{"value": {Value: "+25.0", Unit: "C", Quality: reading.OK}}
	for _, c := range []struct {
		body string
		in   Input
		want string
	}{
		{`<text data-text="a {note} b">x</text>`, Input{}, `<text>a nothing b</text>`},
		{`<text data-text="{note}"/>`, Input{Set: map[string]string{"note": `<b>&"` + "\x01"}}, "<text>&lt;b&gt;&amp;&#34;\uFFFD</text>"},
		{`<text data-text="{title.zh}/{title.en}"/>`, Input{Words: map[string]procedure.Text{"title": {Zh: "釉", En: "Glaze"}}}, `<text>釉/Glaze</text>`},
		{`<text data-text="{time}"/>`, Input{Clock: time.Date(2025, 1, 2, 14, 5, 9, 0, time.UTC)}, `<text>14:05</text>`},
		{`<text data-text="{value.number} {value.unit} {value.zh} {value.en}"/>`, Input{Readings: ok}, `<text>25.0 °C 稳定 Steady</text>`},
		{`<text data-text="{step.number}/{step.count} {step.zh} {step.en}"/>`, Input{Procedure: p, Present: 2}, `<text>3/6 拉坯 Throwing</text>`},
		{`<text data-text="{step.zh}{steps.count}"/>`, Input{}, `<text></text>`},
		{`<g data-show="note"/>`, Input{Set: map[string]string{"note": ""}}, ``},
		{`<g data-hide="note"/>`, Input{Set: map[string]string{"note": ""}}, `<g></g>`},
		{`<g data-show="value.quality: ok, unstable"/>`, Input{Readings: ok}, `<g></g>`},
		{`<g data-hide="value.quality: ok, unstable"/>`, Input{Readings: ok}, ``},
		{`<g data-show="value.quality: stale"/>`, Input{}, `<g></g>`},
		{`<g transform="scale(2)" data-rotate="value.number: 0..high: -120..120 @ 9,8"/>`, Input{Readings: ok}, `<g transform="scale(2) rotate(-60.00,9,8)"></g>`},
		{`<g data-rotate="value.number: 0..10: -120..120 @ 9,8"/>`, Input{Readings: ok}, `<g transform="rotate(120.00,9,8)"></g>`},
		{`<g data-rotate="value.number: 50..100: -120..120 @ 9,8"/>`, Input{Readings: ok}, `<g transform="rotate(-120.00,9,8)"></g>`},
		{`<g data-rotate="value.number: 0..10: -120..120 @ 9,8"/>`, Input{}, ``},
		{`<rect width="3" data-map-width="value.number: 0..high: 200..0"/>`, Input{Readings: ok, Set: map[string]string{"high": "50"}}, `<rect width="100.00"></rect>`},
		{`<rect data-map-width="value.number: 5..5: 1..2"/>`, Input{Readings: ok}, `<rect width="1.00"></rect>`},
		{`<rect fill="#000" data-pick-fill="value.quality: ok=#111, else=#222"/>`, Input{Readings: ok}, `<rect fill="#111"></rect>`},
		{`<rect data-pick-fill="value.quality: ok=#111, else=#222"/>`, Input{}, `<rect fill="#222"></rect>`},
		{`<rect data-set-fill="{tint}"/>`, Input{Set: map[string]string{"tint": "#ff00aa"}}, `<rect fill="#ff00aa"></rect>`},
		{`<g data-each="steps" data-dx="5"><g data-show="item.state: present"><text data-text="{item.number}{item.zh}{tint}"/></g></g>`, Input{Procedure: p, Present: 1},
			`<g><g transform="translate(0,0)"></g><g transform="translate(5,0)"><g><text>2定心#fff</text></g></g><g transform="translate(10,0)"></g><g transform="translate(15,0)"></g><g transform="translate(20,0)"></g><g transform="translate(25,0)"></g></g>`},
	} {
		if got := filled(t, c.body, c.in); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.body, got, c.want)
		}
	}
}

// Every mistake in a template gives one line with the file, the line number, the
// element and what is allowed.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		body string
		want []string
	}{
		{`<text id="t" data-text="{vlaue.number}"/>`, []string{"test.svg:12:", `<text id="t">`, `"vlaue.number"`, "value.number"}},
		{`<text data-text="{note"/>`, []string{"without }"}},
		{`<rect data-text="{note}"/>`, []string{"<rect>", "text and tspan only"}},
		{`<text data-txt="{note}"/>`, []string{"data-txt", "data-text, data-fit"}},
		{`<g data-show="value.quality: okay"/>`, []string{`"okay"`, "unstable"}},
		{`<g data-show="item.state: done"/>`, []string{`"item.state"`, "allowed"}},
		{`<g data-each="steps"><g data-hide="item.state: gone"/></g>`, []string{`"gone"`, "done, present, coming"}},
		{`<g data-each="step"/>`, []string{"kind steps"}},
		{`<g data-each="steps"><g data-each="steps"/></g>`, []string{"within another"}},
		{`<g data-dx="3"/>`, []string{"without data-each"}},
		{`<g data-rotate="value.number: 0..100: 0..90"/>`, []string{"@ x,y"}},
		{`<g data-rotate="value.unit: 0..100: 0..90 @ 1,2"/>`, []string{"value.unit is not a number"}},
		{`<g data-rotate="value.number: 0..top: 0..90 @ 1,2"/>`, []string{`"0..top"`, "no range"}},
		{`<g data-rotate="value.number: 0..tint: 0..90 @ 1,2"/>`, []string{"tint is not a number"}},
		{`<g data-map-x="value.number: 0..1: 0..high"/>`, []string{`"0..high"`}},
		{`<g data-pick-fill="value.quality: fine=#111"/>`, []string{`"fine"`}},
		{`<text font-size="20" data-text="{note}" data-fit="100"/>`, []string{"font-family and font-size"}},
		{`<text font-size="2em" font-family="Noto Sans CJK SC" data-text="{note}" data-fit="100"/>`, []string{"font-size in px"}},
		{`<text font-size="20" font-family="Noto Sans CJK SC" data-text="{note}" data-fit="wide"/>`, []string{`wants "W" or "W H"`}},
		{`<image href="file:///etc/passwd"/>`, []string{"<image>", "file:///etc/passwd", "data:"}},
		{`<image xlink:href="http://example.org/a.png"/>`, []string{"http://example.org/a.png"}},
		{`<g>`, []string{"test.svg"}},
		{`<g></h>`, []string{"test.svg:12:", "</h>"}},
	} {
		_, err := Parse("test.svg", []byte(head+c.body+"</svg>"))
		if err == nil {
			t.Errorf("%s: no error", c.body)
			continue
		}
		for _, part := range append(c.want, "template test.svg") {
			if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: error %q does not say %q in one line", c.body, err, part)
			}
		}
	}
}

func TestBadDeclarations(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`kind="text"`, `kind="string"`, "text, words, number"},
		{`name="high"`, `name="note"`, "declared twice"},
		{`name="high"`, `name="High!"`, "beginning with a letter"},
		{`default="100"`, `default="many"`, "a decimal number"},
		{`default="#fff"`, `default="red"`, "#rrggbb"},
		{`kind="reading"`, `kind="reading" default="5"`, "has no default"},
		{`kind="reading"`, `kind="reading" unit="g"`, "unknown attribute unit"},
		{`corner="top-left"`, `corner="middle"`, "bottom-right"},
		{`<studio:place corner="top-left"/>`, ``, "no studio:place"},
		{`studio:place `, `studio:palce `, "unknown declaration"},
		{`width="400"`, `width="40%"`, "2 to 8192 pixels"},
		{`<svg `, `<!DOCTYPE svg [<!ENTITY a "b">]><svg `, "document type"},
	} {
		if _, err := Parse("test.svg", []byte(strings.Replace(head, c.old, c.new, 1)+"</svg>")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.new, err, c.want)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	tpl, err := Parse("test.svg", []byte(head+"</svg>"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"hihg": "1", "high": "1,5", "tint": "green", "value": "7"} {
		if err := tpl.Check(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	if err := tpl.Check(map[string]string{"high": "-1.5", "tint": "#123456", "note": "x"}); err != nil {
		t.Error(err)
	}
}

// texts is what a viewer can read in a document.
func texts(t *testing.T, doc []byte) string {
	t.Helper()
	var all strings.Builder
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			all.WriteString(strings.TrimSpace(string(text)))
		}
	}
}

// The rule of the house: over all qualities, a number of bad quality is nowhere
// in the drawing, neither as digits nor as a needle's angle.
func TestNoNumberOfBadQualityIsEverShown(t *testing.T) {
	all, err := LoadAll(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	gauge := all["gauge"]
	blank := map[string][]byte{}
	qualities := []reading.Quality{reading.OK, reading.Unstable, reading.Over, reading.Under, reading.Fault, reading.Stale, "", "okay"}
	for _, quality := range qualities {
		for _, value := range []string{"862.4", "+1250.5", "-12.25", "0", "99999", "", "nonsense", "12 34"} {
			r := reading.Reading{Channel: "kiln1", Value: value, Unit: "C5", Quality: quality, Raw: []byte("S S 123 g")}
			b, err := gauge.Bind(Input{
				Set:      map[string]string{"low": "0", "high": "1300"},
				Words:    map[string]procedure.Text{"title": {Zh: "窑温", En: "Kiln"}},
				Readings: map[string]reading.Reading{"value": r},
			})
			if err != nil {
				t.Fatal(err)
			}
			doc := b.SVG()
			shown := texts(t, doc)
			if _, isNumber := number(value); quality.Believable() && isNumber {
				if want := strings.TrimPrefix(value, "+"); !strings.Contains(shown, want) || !bytes.Contains(doc, []byte("rotate(-1")) && value == "0" {
					t.Errorf("%s %q: shows %q", quality, value, shown)
				}
				continue
			}
			if strings.ContainsFunc(shown, unicode.IsDigit) {
				t.Errorf("%s %q: shows %q", quality, value, shown)
			}
			reason := b.values["value.zh"]
			if reason == "" || !strings.Contains(shown, reason) || reason == "稳定" || reason == "变化中" {
				t.Errorf("%s %q: no reason in %q", quality, value, shown)
			}
			// Whatever the value was, the same bad quality gives the same drawing.
			if first, ok := blank[reason]; ok && !bytes.Equal(first, doc) {
				t.Errorf("%s %q: the value shines through", quality, value)
			}
			blank[reason] = doc
		}
	}
	missing, err := gauge.Bind(Input{})
	if err != nil || strings.ContainsFunc(texts(t, missing.SVG()), unicode.IsDigit) || !strings.Contains(texts(t, missing.SVG()), "信号中断") {
		t.Errorf("a channel that never spoke: %v, %s", err, texts(t, missing.SVG()))
	}
}

func TestKeyChangesWithWhatIsShownOnly(t *testing.T) {
	tpl, err := Parse("test.svg", []byte(head+`<text data-text="{value.number}"/><g data-each="steps"><text data-text="{item.zh}"/></g></svg>`))
	if err != nil {
		t.Fatal(err)
	}
	p := craft(t)
	key := func(value string, q reading.Quality, present int, note string) string {
		b, err := tpl.Bind(Input{Set: map[string]string{"note": note}, Procedure: p, Present: present,
			Readings: map[string]reading.Reading{"value": {Value: value, Quality: q, Time: time.Now()}}})
		if err != nil {
			t.Fatal(err)
		}
		return b.Key()
	}
	base := key("1.0", reading.OK, 0, "a")
	for name, same := range map[string]string{
		"time": key("1.0", reading.OK, 0, "a"), "an unused parameter": key("1.0", reading.OK, 0, "b"), "an unused field": key("1.0", reading.Unstable, 0, "a"),
	} {
		if same != base {
			t.Errorf("%s changes the key", name)
		}
	}
	for name, other := range map[string]string{
		"value": key("1.1", reading.OK, 0, "a"), "step": key("1.0", reading.OK, 1, "a"), "quality": key("1.0", reading.Fault, 0, "a"),
	} {
		if other == base {
			t.Errorf("%s does not change the key", name)
		}
	}
}

// Whatever the text, its ink stays in the box.
func TestLongTextStaysInItsBox(t *testing.T) {
	const x, width, top, bottom = 50, 300, 26, 128
	body := `<text x="50" y="90" font-family="Noto Sans CJK SC" style="font-size:36px;font-weight:bold" letter-spacing="2" fill="#fff" data-text="{note}" data-fit="%s"/></svg>`
	one, two := fmt.Sprintf(body, "300"), fmt.Sprintf(body, "300 100")
	long := "先揉泥后定心再拉坯，修坯上釉入窑烧成，一器之成历经寒暑。"
	english := "Throwing a celadon bowl on a slow wheel"
	for _, text := range []string{"釉", "揉泥定心", long, long + long, english, english + " " + english,
		strings.Repeat("Donaudampfschiff", 6), strings.Repeat("揉", 150), "WWWWWWWWWWWWWWWWWWWWWW", "iiii"} {
		for kind, body := range map[string]string{"one line": one, "two lines": two} {
			tpl, err := Parse("test.svg", []byte(head+body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := tpl.Bind(Input{Set: map[string]string{"note": text}})
			if err != nil {
				t.Fatal(err)
			}
			doc := b.SVG()
			if got := strings.ReplaceAll(texts(t, doc), " ", ""); got != strings.ReplaceAll(text, " ", "") {
				t.Errorf("%s: %q became %q", kind, text, got)
			}
			pix, stride, err := svg.Render(doc, picture.Size{Width: 400, Height: 200})
			if err != nil {
				t.Fatal(err)
			}
			ink := 0
			for py := range 200 {
				for px := range 400 {
					if pix[py*stride+4*px+3] < 96 {
						continue
					}
					ink++
					if px < x-1 || px > x+width+1 || py < top || py > bottom {
						t.Fatalf("%s: %q has ink at %d,%d", kind, text, px, py)
					}
				}
			}
			if ink < 20 {
				t.Errorf("%s: %q has %d pixels of ink", kind, text, ink)
			}
		}
	}
}

func TestLinesAreWrappedBeforeTheyAreShrunkAndBalanced(t *testing.T) {
	box := &fit{width: 300, height: 110, font: font{family: "Noto Sans CJK SC", size: 36, weight: 400}}
	lines, size := box.lines("揉泥定心拉坯修坯上") // nine characters of 36
	if size != 36 || len(lines) != 2 || len([]rune(lines[1])) < 4 {
		t.Errorf("%q at %g", lines, size)
	}
	if lines, size := box.lines("揉泥"); size != 36 || len(lines) != 1 {
		t.Errorf("%q at %g", lines, size)
	}
	if lines, size := box.lines(strings.Repeat("揉泥定心", 6)); size >= 36 || len(lines) < 2 {
		t.Errorf("%q at %g", lines, size)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + `<text data-text="{note}" font-family="a" font-size="4" data-fit="5"/></svg>`))
	f.Add([]byte(head + `<g data-each="steps" data-dx="1"><g data-rotate="item.number: 0..high: 0..1 @ 1,1"/></g></svg>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tpl, err := Parse("f.svg", data)
		if err != nil {
			return
		}
		if b, err := tpl.Bind(Input{}); err == nil {
			b.SVG()
		}
	})
}

// card is the lower third of the comparison bench: how long from values to pixels.
func BenchmarkTitleCard(b *testing.B) {
	all, err := LoadAll(templates.FS)
	if err != nil {
		b.Fatal(err)
	}
	bound, err := all["title"].Bind(Input{Set: map[string]string{"text": "龙泉青瓷 · 拉坯成形"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := svg.Render(bound.SVG(), picture.Size{Width: 1200, Height: 220}); err != nil {
			b.Fatal(err)
		}
	}
}
