package procedure

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"studio/configs/crafts"
)

func TestThePotteryProcedureThatComesWithTheBox(t *testing.T) {
	names, err := Names(crafts.FS)
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		if _, err := Load(crafts.FS, name); err != nil {
			t.Error(err)
		}
	}
	p, err := Load(crafts.FS, "pottery")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, s := range p.Steps {
		order = append(order, s.Title.Zh)
		if s.Shot.Transition != "dissolve" || s.Ends.After != 0 || len(s.Overlays) < 2 {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
	if got := strings.Join(order, " "); got != "揉泥 定心 拉坯 修坯 上釉 烧成" {
		t.Errorf("steps %s", got)
	}
	kiln := p.Steps[5].Overlays[2]
	if kiln.Template != "gauge" || kiln.Channel != "kiln1" || kiln.Title != (Text{"窑温", "Kiln"}) || kiln.Set["high"] != "1400" {
		t.Errorf("kiln gauge: %+v", kiln)
	}
	if _, err := Load(crafts.FS, "potery"); err == nil || !strings.Contains(err.Error(), "pottery") {
		t.Errorf("a missing procedure's error does not list what there is: %v", err)
	}
}

const good = `title: {zh: 题, en: Title}
steps:
  - name: one
    title: {zh: 一, en: One}
    caption: {zh: 字, en: Words}
    shot:
      layout: pip
      cameras: [wheel, hands]
      transition: cut
    overlays:
      - template: gauge
        channel: clay
        title: {zh: 重, en: Weight}
        set: {low: 0, high: 12.5, note: yes}
    ends: after 90s
  - name: two
    title: {zh: 二, en: Two}
    caption: {zh: 字, en: Words}
    shot: {layout: full, cameras: [kiln]}
`

func TestParse(t *testing.T) {
	p, err := Load(fstest.MapFS{"craft.yaml": {Data: []byte(good)}}, "craft")
	if err != nil {
		t.Fatal(err)
	}
	s := p.Steps[0]
	if p.Name != "craft" || p.Title.Zh != "题" || len(p.Steps) != 2 || s.Ends.After != 90*time.Second ||
		s.Shot.Layout != "pip" || strings.Join(s.Shot.Cameras, " ") != "wheel hands" || s.Shot.Transition != "cut" ||
		s.Overlays[0].Set["high"] != "12.5" || s.Overlays[0].Set["note"] != "yes" {
		t.Errorf("%+v", p)
	}
}

// Every mistake gives one line with the file, the line number, the key and what
// is allowed there.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		old, new string // replaced in the good file
		want     []string
	}{
		{"layout: pip", "layout: Pip!", []string{"craft.yaml:7:", "steps[0].shot.layout", `"Pip!"`}},
		{"layout: pip", "layot: pip", []string{"craft.yaml:7:", "steps[0].shot", `"layot"`, "unknown key", "cameras, layout, transition"}},
		{"      layout: pip\n", "", []string{"craft.yaml:6:", "steps[0].shot.layout", "missing"}},
		{"transition: cut", "transition: starwipe", []string{"craft.yaml:9:", `"starwipe"`, "cut, dissolve, wipe"}},
		{"[wheel, hands]", "[]", []string{"craft.yaml:8:", "steps[0].shot.cameras", `"0"`, "1 to 4"}},
		{"[wheel, hands]", "[wheel, wheel]", []string{"craft.yaml:8:", "cameras[1]", `"wheel"`, "each once"}},
		{"[wheel, hands]", "wheel", []string{"craft.yaml:8:", "steps[0].shot.cameras", `"wheel"`, "allowed: a list"}},
		{"name: two", "name: one", []string{"craft.yaml:16:", "steps[1].name", `"one"`, "no other step"}},
		{"name: two", "name: next", []string{"craft.yaml:16:", `"next"`}},
		{"name: two", "name: Zwei zwei", []string{"craft.yaml:16:", `"Zwei zwei"`, "a to z"}},
		{"after 90s", "after 90", []string{"craft.yaml:15:", "steps[0].ends", `"after 90"`, "1s to 12h"}},
		{"after 90s", "when clay < 5", []string{"craft.yaml:15:", "steps[0].ends", "touch"}},
		{"title: {zh: 二, en: Two}", "title: {zh: 二}", []string{"craft.yaml:17:", "steps[1].title.en", "missing"}},
		{"title: {zh: 二, en: Two}", "title: 二", []string{"craft.yaml:17:", "steps[1].title", `"二"`, "a group of the keys en, zh"}},
		{"title: {zh: 二, en: Two}", `title: {zh: 二, en: " "}`, []string{"craft.yaml:17:", "steps[1].title.en", "words to show"}},
		{"    ends: after 90s\n", "    ends:\n", []string{"craft.yaml:15:", "steps[0].ends", "missing", "touch"}},
		{"channel: clay", "channel:", []string{"craft.yaml:12:", "overlays[0].channel", "missing", "a to z"}},
		{"high: 12.5", "high: ", []string{"craft.yaml:14:", "set.high", "missing", "allowed: text"}},
		{"high: 12.5", "high: [1]", []string{"craft.yaml:14:", "set.high", "is a list", "allowed: text"}},
		{"template: gauge", "template: 'the gauge'", []string{"craft.yaml:11:", "overlays[0].template", `"the gauge"`}},
		{"steps:", "steps: &x", []string{"craft.yaml:2:", `"steps"`, "an anchor", "allowed: a list"}},
		{"steps:", "stepps:", []string{"craft.yaml:2:", "stepps", "unknown key", "steps, title"}},
		{"name: one", "name: one\n    name: uno", []string{"craft.yaml:4:", `"name"`, "already defined"}},
		{"title: {zh: 题, en: Title}", "title: {zh: 题", []string{"craft.yaml:"}},
		{"title: {zh: 题, en: Title}", "title: {zh: 题, en: T}\n---\na: b", []string{"craft.yaml:2:", "a second YAML document", "allowed: one"}},
		{good, "", []string{"craft.yaml:1:", `"title.zh"`, "missing", "words to show"}},
		{good, "- 1\n", []string{"craft.yaml:1:", "the file", "is a list", "steps, title"}},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%q is not in the good file", c.old)
		}
		_, err := Parse("craft.yaml", []byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil {
			t.Errorf("%q for %q: no error", c.new, c.old)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("error has several lines: %v", err)
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error %q does not say %q", c.new, err, part)
			}
		}
	}
}

func TestTooManySteps(t *testing.T) {
	one := good[strings.Index(good, "  - name: two"):]
	many := good
	for _, c := range "abcdefg" {
		many += strings.Replace(one, "name: two", "name: "+string(c), 1)
	}
	if _, err := Parse("craft.yaml", []byte(many)); err == nil || !strings.Contains(err.Error(), "1 to 8") {
		t.Errorf("nine steps: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	if own, err := os.ReadFile("../../configs/crafts/pottery.yaml"); err == nil {
		f.Add(own)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f.yaml", data)
		if (err == nil) != (p != nil && len(p.Steps) > 0) {
			t.Fatalf("%v, %v", p, err)
		}
	})
}
