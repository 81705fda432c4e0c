package procedure

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// value is a place in a YAML file: it knows its line and its key, so that every
// complaint can name them.
type value struct {
	file string
	key  string // "steps[2].shot.layout"
	line int
	node ast.Node // nil: the key is missing, line is where it should have been
}

// mapping is a value that is known to be a mapping with allowed keys only.
type mapping struct {
	value
	of map[string]value
}

// parseYAML reads a file of exactly one document.
func parseYAML(file string, data []byte) (value, error) {
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			return value{}, fmt.Errorf("%s:%d: %s", file, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return value{}, fmt.Errorf("%s: %s", file, firstLine(err.Error()))
	}
	var bodies []ast.Node
	for _, doc := range parsed.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) != 1 {
		return value{}, fmt.Errorf("%s: has %d YAML documents, one is allowed", file, len(bodies))
	}
	return at(file, "", bodies[0]), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func at(file, key string, node ast.Node) value {
	v := value{file: file, key: key, node: node}
	if t := node.GetToken(); t != nil && t.Position != nil {
		v.line = t.Position.Line
	}
	return v
}

// complain is an error at this place.
func (v value) complain(format string, args ...any) error {
	key := v.key
	if key == "" {
		key = "the file"
	}
	return fmt.Errorf("%s:%d: %s: %s", v.file, v.line, key, fmt.Sprintf(format, args...))
}

// wrong is an error that shows the value and says what is allowed.
func (v value) wrong(allowed string) error {
	if v.node == nil {
		return v.complain("is missing; allowed: %s", allowed)
	}
	text, err := v.scalar()
	if err != nil {
		return v.complain("is a %s; allowed: %s", kind(v.node), allowed)
	}
	return v.complain("%q is not allowed; allowed: %s", text, allowed)
}

func kind(n ast.Node) string { return strings.ToLower(n.Type().String()) }

// scalar returns plain text, a number or a word as it is written in the file.
func (v value) scalar() (string, error) {
	switch n := v.node.(type) {
	case nil:
		return "", v.complain("is missing")
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), nil
	case *ast.IntegerNode:
		return n.Token.Value, nil
	case *ast.FloatNode:
		return n.Token.Value, nil
	case *ast.BoolNode:
		return n.Token.Value, nil
	}
	return "", v.complain("is a %s, text is wanted", kind(v.node))
}

// keys reads a mapping in which only the allowed keys may stand.
func (v value) keys(allowed ...string) (mapping, error) {
	m := mapping{value: v, of: map[string]value{}}
	pairs, err := v.pairs("a mapping of " + strings.Join(allowed, ", "))
	if err != nil {
		return m, err
	}
	for _, pair := range pairs {
		name, inner := v.pair(pair)
		if !slices.Contains(allowed, name) {
			return m, inner.complain("unknown key; allowed: %s", strings.Join(allowed, ", "))
		}
		m.of[name] = inner
	}
	return m, nil
}

// strings reads a mapping of any keys to text.
func (v value) strings() (map[string]string, error) {
	pairs, err := v.pairs("a mapping of names to text or numbers")
	if err != nil {
		return nil, err
	}
	set := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, inner := v.pair(pair)
		if set[name], err = inner.scalar(); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (v value) pairs(allowed string) ([]*ast.MappingValueNode, error) {
	switch n := v.node.(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, v.wrong(allowed)
}

func (v value) pair(pair *ast.MappingValueNode) (string, value) {
	name := pair.Key.GetToken().Value
	key := name
	if v.key != "" {
		key = v.key + "." + name
	}
	inner := at(v.file, key, pair.Value)
	inner.line = pair.Key.GetToken().Position.Line
	return name, inner
}

func (m mapping) has(name string) bool { _, ok := m.of[name]; return ok }

// get returns the value of a key; one that is not there says so when it is read.
func (m mapping) get(name string) value {
	if v, ok := m.of[name]; ok {
		return v
	}
	key := name
	if m.key != "" {
		key = m.key + "." + name
	}
	return value{file: m.file, key: key, line: m.line}
}

// list reads a list of least to most values.
func (m mapping) list(name string, least, most int) ([]value, error) {
	v := m.get(name)
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		return nil, v.wrong(fmt.Sprintf("a list of %d to %d", least, most))
	}
	if len(n.Values) < least || len(n.Values) > most {
		return nil, v.complain("has %d entries; allowed: %d to %d", len(n.Values), least, most)
	}
	list := make([]value, len(n.Values))
	for i, node := range n.Values {
		list[i] = at(v.file, fmt.Sprintf("%s[%d]", v.key, i), node)
	}
	return list, nil
}

// name reads a short name.
func (m mapping) name(key string) (string, error) {
	v := m.get(key)
	text, err := v.scalar()
	if err != nil || !nameForm.MatchString(text) {
		return "", v.wrong(nameHelp)
	}
	return text, nil
}

// oneOf reads one of a few words.
func (m mapping) oneOf(key string, words []string) (string, error) {
	v := m.get(key)
	text, err := v.scalar()
	if err != nil || !slices.Contains(words, text) {
		return "", v.wrong(strings.Join(words, ", "))
	}
	return text, nil
}

// text reads words in both languages of the box; neither may be empty.
func (m mapping) text(key string) (t Text, err error) {
	both, err := m.get(key).keys("zh", "en")
	if err != nil {
		return t, err
	}
	for name, into := range map[string]*string{"zh": &t.Zh, "en": &t.En} {
		v := both.get(name)
		if *into, err = v.scalar(); err != nil || strings.TrimSpace(*into) == "" {
			return t, v.wrong("words to show")
		}
	}
	return t, nil
}
