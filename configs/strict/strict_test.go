package strict

import (
	"reflect"
	"strings"
	"testing"
)

type workshop struct {
	Name    string            `yaml:"name"`
	Count   int               `yaml:"count"`
	Mains   *int              `yaml:"mains"`
	On      *bool             `yaml:"on"`
	Kiln    *kiln             `yaml:"kiln"`
	Tools   []tool            `yaml:"tools"`
	Words   []string          `yaml:"words"`
	Set     map[string]string `yaml:"set"`
	Limits  map[string]int    `yaml:"limits"`
	Rooms   map[string]tool   `yaml:"rooms"`
	Private string
}

type kiln struct {
	Cones int `yaml:"cones"`
}

type tool struct {
	Name  string `yaml:"name"`
	Size  int    `yaml:"size"`
	Inner kiln   `yaml:"inner"`
}

func TestEveryKindOfValue(t *testing.T) {
	const data = `---
# A comment.
name: 揉泥 # another
count: -3
mains: 0x32
on: true
kiln: {cones: 7}
tools:
  - name: "rib"
    size: 2
  - {name: wire, inner: {cones: 1}}
words: [a, 'b', 007, 1.50, yes, true, ~x, .inf]
set:
  low: 0
  high: 12.50
  long: |
    two
    lines

  1: one
limits: {"a.b": 18446744073709551615}
`
	fine := strings.Replace(data, "18446744073709551615", "1", 1) + "...\n# the end\n"
	var got workshop
	d, err := Decode("f.yaml", []byte(fine), &got)
	if err != nil {
		t.Fatal(err)
	}
	fifty, yes := 50, true
	want := workshop{
		Name: "揉泥", Count: -3, Mains: &fifty, On: &yes, Kiln: &kiln{7},
		Tools:  []tool{{Name: "rib", Size: 2}, {Name: "wire", Inner: kiln{1}}},
		Words:  []string{"a", "b", "007", "1.50", "yes", "true", "~x", ".inf"},
		Set:    map[string]string{"low": "0", "high": "12.50", "long": "two\nlines", "1": "one"},
		Limits: map[string]int{"a.b": 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if err := d.Bad("$.limits.a.b", 1, "allowed: 2"); err.Error() != `f.yaml:21: key "limits.a.b": "1": allowed: 2` {
		t.Error(err)
	}
	if _, err := Decode("f.yaml", []byte(data), &got); err == nil || !strings.Contains(err.Error(), `f.yaml:21: key "limits.a.b": "18446744073709551615": allowed: a whole number`) {
		t.Errorf("a number that is too large: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	const all = "count, kiln, limits, mains, name, on, rooms, set, tools, words"
	for _, c := range []struct{ what, data, want string }{
		{"unknown at the top", "name: a\nnmae: b\n", `f.yaml:2: the file: "nmae" is an unknown key: allowed: ` + all},
		{"a field's Go name", "Private: a\n", `f.yaml:1: the file: "Private" is an unknown key: allowed: ` + all},
		{"other case", "Name: a\n", `f.yaml:1: the file: "Name" is an unknown key: allowed: ` + all},
		{"unknown in a group", "kiln:\n  cone: 1\n", `f.yaml:2: key "kiln": "cone" is an unknown key: allowed: cones`},
		{"unknown in a list", "tools:\n  - name: a\n  - name: b\n    sise: 1\n", `f.yaml:4: key "tools[1]": "sise" is an unknown key: allowed: inner, name, size`},
		{"unknown in a list's group", "tools: [{inner: {x: 1}}]\n", `f.yaml:1: key "tools[0].inner": "x" is an unknown key: allowed: cones`},
		{"unknown in a map", "rooms:\n  back:\n    name: a\n    door: b\n", `f.yaml:4: key "rooms.back": "door" is an unknown key: allowed: inner, name, size`},
		{"a list as a key", "? [a]\n: b\n", `f.yaml:2: found an invalid key for this map`},
		{"text for a number", "name: a\ncount: many\n", `f.yaml:2: key "count": "many": allowed: a whole number`},
		{"quoted number", "count: '5'\n", `f.yaml:1: key "count": "5": allowed: a whole number`},
		{"fraction", "mains: 50.5\n", `f.yaml:1: key "mains": "50.5": allowed: a whole number`},
		{"too large", "count: 9223372036854775808\n", `f.yaml:1: key "count": "9223372036854775808": allowed: a whole number`},
		{"text for a bool", "on: yes\n", `f.yaml:1: key "on": "yes": allowed: true or false`},
		{"list for text", "name: [a]\n", `f.yaml:1: key "name": is a list: allowed: text`},
		{"group for text", "set:\n  a: {b: c}\n", `f.yaml:2: key "set.a": is a group of keys: allowed: text`},
		{"text for a group", "kiln: hot\n", `f.yaml:1: key "kiln": "hot": allowed: a group of the keys cones`},
		{"text for a list", "words: a\n", `f.yaml:1: key "words": "a": allowed: a list, each entry text`},
		{"group for a list", "tools:\n  name: a\n", `f.yaml:1: key "tools": is a group of keys: allowed: a list, each entry a group of the keys inner, name, size`},
		{"list for a map", "limits: [1]\n", `f.yaml:1: key "limits": is a list: allowed: a group of any keys, each with a whole number`},
		{"wrong in a map", "limits:\n  a: 1\n  b: x\n", `f.yaml:3: key "limits.b": "x": allowed: a whole number`},
		{"wrong in a list", "words:\n  - a\n  - [b]\n", `f.yaml:3: key "words[1]": is a list: allowed: text`},
		{"no group at all", "- 1\n", `f.yaml:1: the file: is a list: allowed: a group of the keys ` + all},
		{"only text", "\nhello\n", `f.yaml:2: the file: "hello": allowed: a group of the keys ` + all},
		{"nothing in a list", "words:\n  - a\n  -\n", `f.yaml:3: key "words[1]": is missing: allowed: text`},
		{"nothing in a map", "set:\n  a: b\n  c:\n", `f.yaml:3: key "set.c": is missing: allowed: text`},
		{"anchor", "name: a\nwords: &w [a]\n", `f.yaml:2: key "words": is an anchor: allowed: a list, each entry text`},
		{"alias", "name: *w\n", `f.yaml:1: key "name": is an alias: allowed: text`},
		{"merge", "<<: {name: a}\n", `f.yaml:1: the file: "<<" is an unknown key: allowed: ` + all},
		{"merge in a map", "set:\n  <<: {a: b}\n", `f.yaml:2: key "set": "<<" is not a key: allowed: text`},
		{"tag", "name: !!str 5\n", `f.yaml:1: key "name": is a tag: allowed: text`},
		{"twice", "name: a\ncount: 1\nname: b\n", `f.yaml:3: mapping key "name" already defined at [1:1]`},
		{"twice, quoted", "set:\n  a: b\n  'a': c\n", `f.yaml:3: mapping key "a" already defined at [2:3]`},
		{"twice, in one line", "kiln: {cones: 1, cones: 2}\n", `f.yaml:1: mapping key "cones" already defined at [1:8]`},
		{"open list", "name: a\nwords: [a\n", `f.yaml:2: `},
		{"open quote", "name: 'a\n", `f.yaml:1: could not find end character of single-quoted text`},
		{"tab", "kiln:\n\tcones: 1\n", `f.yaml:2: `},
		{"two documents", "name: a\n---\nname: b\n", `f.yaml:2: a second YAML document begins: allowed: one`},
		{"after the end", "name: a\n...\nname: b\n", `f.yaml:3: a second YAML document begins: allowed: one`},
		{"an empty one first", "---\n---\nname: b\n", `f.yaml:2: a second YAML document begins: allowed: one`},
		{"the first of several", "name: a\ncount: x\nnmae: b\n", `f.yaml:2: key "count": "x": allowed: a whole number`},
		{"the first of several, in other order", "nmae: b\ncount: x\n", `f.yaml:1: the file: "nmae" is an unknown key: allowed: ` + all},
	} {
		var w workshop
		d, err := Decode("f.yaml", []byte(c.data), &w)
		switch {
		case err == nil:
			t.Errorf("%s: accepted as %+v", c.what, w)
		case d != nil:
			t.Errorf("%s: a document came with the error", c.what)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: several lines: %q", c.what, err)
		case !strings.HasPrefix(err.Error(), c.want), !strings.HasSuffix(c.want, ": ") && err.Error() != c.want:
			t.Errorf("%s:\ngot  %s\nwant %s", c.what, err, c.want)
		}
	}
}

func TestNothingIsAllKeysLeftOut(t *testing.T) {
	for _, data := range []string{"", "\n", "# only a comment\n", "---\n", "~\n", "{}\n", "tools:\nmains:\nkiln:\nname: # later\n"} {
		w := workshop{Name: "as it was"}
		d, err := Decode("f.yaml", []byte(data), &w)
		if err != nil || !reflect.DeepEqual(w, workshop{Name: "as it was"}) {
			t.Errorf("%q: %+v, %v", data, w, err)
			continue
		}
		if err := d.Bad("$.words[0]", "", "allowed: any"); err.Error() != `f.yaml:1: key "words[0]": is missing: allowed: any` {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func TestPathsHaveLines(t *testing.T) {
	const data = `# The first line.
name: ""
kiln:

  cones: 0
tools:
  -
    name: a
  - name: b

    inner: {
      cones: 2}
words:
  - one
  - two
set:
rooms:
  back:
    name: c
`
	var w workshop
	d, err := Decode("dir/f.yaml", []byte(data), &w)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		value any
		has   bool
		want  string
	}{
		{"$", "all", true, `dir/f.yaml:2: the file: "all": allowed: x`},
		{"$.name", "", true, `dir/f.yaml:2: key "name": "": allowed: x`},
		{"$.kiln", "k", true, `dir/f.yaml:3: key "kiln": "k": allowed: x`},
		{"$.kiln.cones", 0, true, `dir/f.yaml:5: key "kiln.cones": "0": allowed: x`},
		{"$.tools[0].name", "a", true, `dir/f.yaml:8: key "tools[0].name": "a": allowed: x`},
		{"$.tools[0].size", 0, false, `dir/f.yaml:8: key "tools[0].size": is missing: allowed: x`},
		{"$.tools[0].size", 5, false, `dir/f.yaml:8: key "tools[0].size": "5": allowed: x`},
		{"$.tools[1]", "b", true, `dir/f.yaml:9: key "tools[1]": "b": allowed: x`},
		{"$.tools[1].inner", "i", true, `dir/f.yaml:11: key "tools[1].inner": "i": allowed: x`},
		{"$.tools[1].inner.cones", 2, true, `dir/f.yaml:12: key "tools[1].inner.cones": "2": allowed: x`},
		{"$.tools[2].name", "", false, `dir/f.yaml:6: key "tools[2].name": is missing: allowed: x`},
		{"$.words[1]", "two", true, `dir/f.yaml:15: key "words[1]": "two": allowed: x`},
		{"$.set", nil, true, `dir/f.yaml:16: key "set": is missing: allowed: x`},
		{"$.set.a", "", false, `dir/f.yaml:16: key "set.a": is missing: allowed: x`},
		{"$.rooms.back.size", 0, false, `dir/f.yaml:18: key "rooms.back.size": is missing: allowed: x`},
		{"$.count", 0, false, `dir/f.yaml:2: key "count": is missing: allowed: x`},
		{"nonsense", "v", false, `dir/f.yaml:2: key "nonsense": "v": allowed: x`},
	} {
		if got := d.Bad(c.path, c.value, "allowed: x").Error(); got != c.want || d.Has(c.path) != c.has {
			t.Errorf("%s: has %v\ngot  %s\nwant %s", c.path, d.Has(c.path), got, c.want)
		}
	}
}

// Whatever stands in a file, Decode returns: with a document whose places can be
// asked for, or with one line that begins with the file's name.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "name: a\ntools:\n  - {name: b, size: 1}\nset: {a: 1.5}\non: true\n",
		"a: &a [*a]", "? [a]\n: b", "<<: *x", "set: {? a}", "name: !!binary x", "---\n...\n---", "%YAML 1.2\n---\nname: a",
		"name: |\n  x\n", "words: [,]", "set:\n  ? b\n  : c", "limits: {a: -0b1, b: 0o17, c: 1_0}", "rooms: {\"\": {}}", "name: \xff\x00",
		"count: +9223372036854775808", "set: {&k a: b, !t c: d, *k : e}", "kiln: # c\n", "- - - -", "{{}: {}}", "name: >-2\n x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return // the parser takes its time with deep nesting
		}
		var w workshop
		d, err := Decode("f.yaml", data, &w)
		if err == nil {
			err = d.Bad("$.tools[0].name", w.Name, "allowed: x")
		} else if d != nil {
			t.Fatalf("a document came with %v", err)
		}
		if s := err.Error(); !strings.HasPrefix(s, "f.yaml:") || strings.Contains(s, "\n") {
			t.Fatalf("%q: %q", data, s)
		}
	})
}

// What is wrong is repeated, but of an address no more than scheme and host.
func TestAddressesAreNotRepeated(t *testing.T) {
	for value, want := range map[string]string{
		"18 degrees":                           `"18 degrees"`,
		"rtmp://h/app/key":                     `"rtmp://h/…"`,
		"srt://h:9000?passphrase=secret":       `"srt://h:9000/…"`,
		"rtmp://me:secret@h":                   `"rtmp://h"`,
		"rtmp://me:secret@h/app":               `"rtmp://h/…"`,
		"[rtmp://a/secret https://b/secret/2]": `"[rtmp://a/… https://b/…]"`,
		"rtmp://a":                             `"rtmp://a"`,
	} {
		if got := quoted(value); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
