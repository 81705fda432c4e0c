package template

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"studio/overlay/svg"
)

// Kind is what a parameter takes.
type Kind string

const (
	Text    Kind = "text"
	Words   Kind = "words"
	Number  Kind = "number"
	Colour  Kind = "colour"
	Clock   Kind = "clock"
	Reading Kind = "reading"
	Step    Kind = "step"
	Steps   Kind = "steps"
)

// fields are what each kind can be bound as; "" is the parameter itself.
var fields = map[Kind][]string{
	Text:    {""},
	Words:   {".zh", ".en"},
	Number:  {""},
	Colour:  {""},
	Clock:   {""},
	Reading: {".number", ".unit", ".quality", ".zh", ".en"},
	Step:    {".zh", ".en", ".caption.zh", ".caption.en", ".number", ".count"},
	Steps:   {".count"},
}

// itemPaths can be bound within data-each.
var itemPaths = []string{"item.zh", "item.en", "item.number", "item.state"}

// Corner is where on a canvas a template's overlay goes.
type Corner string

const (
	TopLeft     Corner = "top-left"
	TopRight    Corner = "top-right"
	BottomLeft  Corner = "bottom-left"
	BottomRight Corner = "bottom-right"
)

var corners = []Corner{TopLeft, TopRight, BottomLeft, BottomRight}

// Parameter is one thing that a template wants to be told.
type Parameter struct {
	Name    string
	Kind    Kind
	Default string // of text, number and colour
}

// Template is a parsed template. It never changes and may be used by many
// goroutines at once.
type Template struct {
	name          string
	width, height float64 // pixels on a canvas whose shorter side is 1080
	corner        Corner
	parameters    []Parameter
	root          *element
	used          []string // paths that bindings read, sorted
	usesItems     bool
}

// Name returns the file's name without .svg.
func (t *Template) Name() string { return t.name }

// Size returns the template's size in pixels on a canvas whose shorter side is
// 1080 pixels.
func (t *Template) Size() (width, height float64) { return t.width, t.height }

// Corner returns where on a canvas its overlay goes.
func (t *Template) Corner() Corner { return t.corner }

// Parameters returns what the template wants to be told, in the file's order.
func (t *Template) Parameters() []Parameter { return slices.Clone(t.parameters) }

// Has reports whether the template has a parameter of that kind.
func (t *Template) Has(kind Kind) bool {
	return slices.ContainsFunc(t.parameters, func(p Parameter) bool { return p.Kind == kind })
}

// LoadAll parses every .svg file at the top of fsys, by template name.
func LoadAll(fsys fs.FS) (map[string]*Template, error) {
	files, err := fs.Glob(fsys, "*.svg")
	if err != nil {
		return nil, fmt.Errorf("load templates: %w", err)
	}
	all := make(map[string]*Template, len(files))
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("load template %s: %w", file, err)
		}
		t, err := Parse(file, data)
		if err != nil {
			return nil, err
		}
		all[t.name] = t
	}
	return all, nil
}

// Parse reads a template. file is what errors call it; they are one line each
// and name the file, the line, the element, the attribute and what is allowed.
func Parse(file string, data []byte) (*Template, error) {
	root, err := parseTree(file, data)
	if err != nil {
		return nil, fmt.Errorf("template %w", err)
	}
	t := &Template{name: strings.TrimSuffix(path.Base(file), ".svg"), root: root}
	if err := t.declare(root); err != nil {
		return nil, fmt.Errorf("template %w", err)
	}
	c := compiler{template: t}
	if err := c.compile(root, font{size: 16, weight: 400}, false); err != nil {
		return nil, fmt.Errorf("template %w", err)
	}
	slices.Sort(t.used)
	t.used = slices.Compact(t.used)
	return t, t.check(file, data)
}

// check has librsvg look at the file once, so that a drawing it cannot read is
// found at start and not on air.
func (t *Template) check(file string, data []byte) error {
	d, err := svg.NewDocument(data)
	if err != nil {
		return fmt.Errorf("template %s: %w", file, err)
	}
	d.Close()
	return nil
}

// declare reads the document element and the declarations in its metadata.
func (t *Template) declare(root *element) error {
	if root.name != "svg" {
		return root.complain("the document element must be svg")
	}
	var err error
	if t.width, err = root.pixels("width"); err != nil {
		return err
	}
	if t.height, err = root.pixels("height"); err != nil {
		return err
	}
	for _, child := range root.children {
		if child.element == nil || child.element.name != "metadata" {
			continue
		}
		for _, inner := range child.element.children {
			if inner.element == nil || !strings.HasPrefix(inner.element.name, "studio:") {
				continue
			}
			if err := t.declareOne(inner.element); err != nil {
				return err
			}
		}
	}
	if t.corner == "" {
		return root.complain("its metadata has no studio:place; allowed: <studio:place corner=%q/>", join(corners))
	}
	return nil
}

func (t *Template) declareOne(e *element) error {
	switch e.name {
	case "studio:place":
		if err := e.allow("corner"); err != nil {
			return err
		}
		t.corner = Corner(e.get("corner"))
		if !slices.Contains(corners, t.corner) {
			return e.complain("corner=%q; allowed: %s", e.get("corner"), join(corners))
		}
		return nil
	case "studio:parameter":
		if err := e.allow("name", "kind", "default"); err != nil {
			return err
		}
		p := Parameter{Name: e.get("name"), Kind: Kind(e.get("kind")), Default: e.get("default")}
		if err := checkParameter(p, t.parameters); err != nil {
			return e.complain("%v", err)
		}
		t.parameters = append(t.parameters, p)
		return nil
	}
	return e.complain("unknown declaration; allowed: studio:place, studio:parameter")
}

var parameterName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func checkParameter(p Parameter, others []Parameter) error {
	if !parameterName.MatchString(p.Name) || p.Name == "item" {
		return fmt.Errorf("name=%q; allowed: a to z, 0 to 9 and -, beginning with a letter, not item", p.Name)
	}
	if slices.ContainsFunc(others, func(o Parameter) bool { return o.Name == p.Name }) {
		return fmt.Errorf("name=%q is declared twice", p.Name)
	}
	if _, ok := fields[p.Kind]; !ok {
		return fmt.Errorf("kind=%q; allowed: text, words, number, colour, clock, reading, step, steps", p.Kind)
	}
	if p.Default == "" {
		return nil
	}
	switch p.Kind {
	case Text, Number, Colour:
		return checkSetting(p, p.Default)
	}
	return fmt.Errorf("default=%q: a parameter of kind %s has no default", p.Default, p.Kind)
}

var colourForm = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// checkSetting says whether a parameter takes this text.
func checkSetting(p Parameter, text string) error {
	switch p.Kind {
	case Text:
		return nil
	case Number:
		if _, ok := number(text); !ok {
			return fmt.Errorf("%s=%q; allowed: a decimal number", p.Name, text)
		}
		return nil
	case Colour:
		if !colourForm.MatchString(text) {
			return fmt.Errorf("%s=%q; allowed: #rgb or #rrggbb", p.Name, text)
		}
		return nil
	}
	return errors.New(p.Name + " is of kind " + string(p.Kind) + " and cannot be set")
}

// number reads a decimal number as instruments and people write it.
func number(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

func join[T ~string](words []T) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, ", ")
}
