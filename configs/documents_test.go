package configs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"studio/configs"
	"studio/configs/layouts"
	"studio/mixer/director"
	"studio/mixer/scene"
	"studio/overlay/procedure"
	"studio/publish/platform"
)

// The examples that people copy out of the documents are read as the box would
// read them, so that they cannot grow old.

func documents(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	texts := make(map[string]string)
	for _, name := range append(names, "../README.md", "../CONTRIBUTING.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(name)] = string(data)
	}
	return texts
}

// example is a block of YAML: a whole file, or some keys of one.
type example struct {
	where string
	text  string
	keys  map[string]any // nil: it is a list
}

var fence = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")

func examples(t *testing.T, name, text string) (list []example) {
	t.Helper()
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		margin := text[m[2]:m[3]]
		e := example{where: fmt.Sprintf("%s:%d", name, 2+strings.Count(text[:m[0]], "\n"))}
		for line := range strings.Lines(text[m[4]:m[5]]) {
			e.text += strings.TrimPrefix(line, margin)
		}
		if !strings.HasPrefix(strings.TrimSpace(e.text), "- ") {
			if err := yaml.Unmarshal([]byte(e.text), &e.keys); err != nil {
				t.Errorf("%s: %v", e.where, err)
				continue
			}
		}
		list = append(list, e)
	}
	return list
}

func TestTheDocumentsExamplesAreRead(t *testing.T) {
	read := 0
	for name, text := range documents(t) {
		list := examples(t, name, text)
		folder := t.TempDir()
		for _, e := range list { // files that other examples name
			if own, ok := ownFile(e); ok {
				write(t, filepath.Join(folder, own), e.text, 0o644)
			}
		}
		for _, e := range list {
			if err := readExample(t, folder, e); err != nil {
				t.Errorf("%s: %v\n%s", e.where, err, e.text)
			}
			read++
		}
	}
	if read < 12 {
		t.Errorf("only %d examples were found", read)
	}
}

// ownFile is the name of the file that an example is the whole of.
func ownFile(e example) (string, bool) {
	for _, key := range []string{"layouts", "platforms"} {
		if _, ok := e.keys[key].([]any); ok {
			return key + ".yaml", true
		}
	}
	return "", false
}

func readExample(t *testing.T, folder string, e example) error {
	t.Helper()
	own, _ := ownFile(e)
	_, secrets := e.keys["destinations"].(map[string]any)
	_, steps := e.keys["steps"]
	switch {
	case own == "layouts.yaml":
		_, err := layouts.Read(filepath.Join(folder, own))
		return err
	case own == "platforms.yaml":
		_, err := platform.Presets(own, []byte(e.text))
		return err
	case steps:
		_, err := procedure.Parse("craft.yaml", []byte(e.text))
		return err
	case secrets:
		return readSecrets(t, e)
	case e.keys == nil:
		e.text, e.keys = "rig:\n"+e.text, map[string]any{"rig": nil}
	}
	return readConfig(t, folder, e)
}

// readSecrets reads them beside a configuration that has their destinations.
func readSecrets(t *testing.T, e example) error {
	t.Helper()
	folder := t.TempDir()
	config := "cameras: [{name: wheel, drawn: wheel}]\ndestinations:\n"
	for _, name := range slices.Sorted(maps.Keys(e.keys["destinations"].(map[string]any))) {
		config += fmt.Sprintf("  - {name: %s, address: 'https://127.0.0.1/live'}\n", name)
	}
	write(t, filepath.Join(folder, "secrets.yaml"), e.text, 0o600)
	write(t, filepath.Join(folder, "studio.yaml"), config, 0o644)
	_, err := configs.Read(filepath.Join(folder, "studio.yaml"))
	return err
}

// usual is what stands for the keys that an example leaves out.
var usual = map[string]string{
	"cameras":  "cameras: [{name: wheel, drawn: wheel}, {name: hands, drawn: hands}, {name: kiln, drawn: kiln}]\n",
	"canvases": "canvases: [{name: landscape}, {name: portrait, size: 1080x1920, layout: full}]\n",
}

func readConfig(t *testing.T, folder string, e example) error {
	t.Helper()
	for key, text := range usual {
		if _, ok := e.keys[key]; !ok {
			e.text += text
		}
	}
	path := filepath.Join(folder, "studio.yaml")
	write(t, path, e.text, 0o644)
	c, err := configs.Read(path)
	if err != nil {
		return err
	}
	for _, trigger := range c.Director.Triggers {
		if _, err := director.ParseCondition(trigger.When); err != nil {
			return err
		}
	}
	var own []byte
	if c.Platforms != "" {
		if own, err = os.ReadFile(c.Platforms); err != nil {
			return err
		}
	}
	known, err := platform.Presets(c.Platforms, own)
	if err != nil {
		return err
	}
	for _, d := range c.Destinations {
		if d.Platform != "" && !slices.ContainsFunc(known, func(p platform.Platform) bool { return p.Name == d.Platform }) {
			return fmt.Errorf("platform %q is unknown", d.Platform)
		}
	}
	return nil
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// operation is what the test needs of the API's description.
type operation struct {
	RequestBody struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			} `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// command is a line such as: curl --json '{"seconds": 60}' http://127.0.0.1:8080/api/mark
var command = regexp.MustCompile(`--json '(.*)' \S+/(api/[a-z/-]+)`)

func TestTheDocumentsCommandsAreTheAPIs(t *testing.T) {
	data, err := os.ReadFile("../ui/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
				Required   []string       `json:"required"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(data, &api); err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, text := range documents(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			found++
			var body map[string]any
			if err := json.Unmarshal([]byte(m[1]), &body); err != nil {
				t.Errorf("%s: %s: %v", name, m[0], err)
			}
			post, ok := api.Paths["/"+m[2]]["post"]
			if !ok {
				t.Errorf("%s: the API has no command /%s", name, m[2])
				continue
			}
			schema := api.Components.Schemas[filepath.Base(post.RequestBody.Content["application/json"].Schema.Ref)]
			for key := range body {
				if _, ok := schema.Properties[key]; !ok {
					t.Errorf("%s: %s: /%s knows no %q", name, m[0], m[2], key)
				}
			}
			for _, key := range schema.Required {
				if _, ok := body[key]; !ok {
					t.Errorf("%s: %s: /%s wants %q", name, m[0], m[2], key)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no command was found")
	}
}

// Layouts and transitions that the documents list are those that there are.
func TestTheDocumentsListEveryLayoutAndTransition(t *testing.T) {
	text := documents(t)["layouts.md"]
	library, err := layouts.Library("")
	if err != nil {
		t.Fatal(err)
	}
	names := library.Names()
	for _, kind := range scene.Kinds() {
		names = append(names, string(kind))
	}
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("layouts.md does not say what %q is", name)
		}
	}
}

func TestTheMapOfTheHouseNamesEveryPackage(t *testing.T) {
	text := documents(t)["architecture.md"]
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go" || strings.Contains(path, "internal/wire"):
			return nil
		}
		if folder := filepath.Base(filepath.Dir(path)); folder != ".." && !strings.Contains(text, folder+"/") {
			return fmt.Errorf("architecture.md does not name %s", filepath.Dir(path))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

func TestTheDocumentsLinksLeadSomewhere(t *testing.T) {
	for name, text := range documents(t) {
		folder := "../docs"
		if name == "README.md" || name == "CONTRIBUTING.md" {
			folder = ".."
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(folder, m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
