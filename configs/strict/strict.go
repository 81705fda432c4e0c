// Package strict reads YAML that people write: an unknown key or a value of the
// wrong kind is one error that names file, line, key, value and what is allowed.
package strict

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Document is a file that was read, for saying where in it something is wrong.
type Document struct {
	file string
	tree *ast.File
}

// Decode reads data, which came from file, into v, a pointer to a struct with
// yaml tags.
func Decode(file string, data []byte, v any) (*Document, error) {
	err := yaml.UnmarshalWithOptions(data, v, yaml.Strict())
	if err != nil {
		return nil, explain(file, data, v, err)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, explain(file, data, v, err)
	}
	return &Document{file, tree}, nil
}

func explain(file string, data []byte, v any, err error) error {
	var e yaml.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", file, err)
	}
	line, value := 0, ""
	if token := e.GetToken(); token != nil {
		line, value = token.Position.Line, token.Value
	}
	var unknown *yaml.UnknownFieldError
	var kind *yaml.TypeError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%s:%d: key %q: there is none of that name here; allowed: %s", file, line, value, keysBeside(data, e.GetToken(), v))
	case errors.As(err, &kind):
		key := ""
		if kind.StructFieldName != nil {
			key = *kind.StructFieldName
		}
		return fmt.Errorf("%s:%d: key %q: %q is not a %s", file, line, strings.ToLower(key), value, plain(kind.DstType))
	}
	return fmt.Errorf("%s:%d: %s", file, line, e.GetMessage())
}

func plain(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "list"
	case reflect.Map, reflect.Struct:
		return "group of keys"
	}
	return "text"
}

// keysBeside lists the keys that the group allows in which a key stands.
func keysBeside(data []byte, key *token.Token, v any) string {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return ""
	}
	at := &finder{wanted: key.Position}
	for _, doc := range tree.Docs {
		ast.Walk(at, doc)
	}
	group := reflect.TypeOf(v)
	path := strings.TrimPrefix(at.path, "$")
	for _, name := range strings.FieldsFunc(path[:max(0, strings.LastIndex(path, "."))], func(r rune) bool { return r == '.' || r == '[' }) {
		group = inside(group, name)
	}
	keys := keysOf(plainStruct(group))
	sort.Strings(keys)
	return strings.Join(keys, ", ")
}

// finder looks for the path of the node at a position.
type finder struct {
	wanted *token.Position
	path   string
}

// Visit implements ast.Visitor.
func (f *finder) Visit(n ast.Node) ast.Visitor {
	if t := n.GetToken(); t != nil && t.Position.Line == f.wanted.Line && t.Position.Column == f.wanted.Column && n.Type() == ast.StringType {
		f.path = n.GetPath()
	}
	return f
}

// inside returns the type of a key, an index or a map's entry of t; nil if t has
// none.
func inside(t reflect.Type, name string) reflect.Type {
	switch {
	case t == nil:
		return nil
	case t.Kind() == reflect.Pointer:
		return inside(t.Elem(), name)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Map:
		return t.Elem()
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if tag(t.Field(i)) == name {
				return t.Field(i).Type
			}
		}
	}
	return nil
}

func plainStruct(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func keysOf(t reflect.Type) (keys []string) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if name := tag(t.Field(i)); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}

func tag(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// Bad returns the error for a value that cannot be: path leads to it
// ("$.cameras[1].size"), allowed says in words what is.
func (d *Document) Bad(path string, value any, allowed string) error {
	key := strings.TrimPrefix(path, "$.")
	return fmt.Errorf("%s:%d: key %q: %q: %s", d.file, d.line(path), key, fmt.Sprint(value), allowed)
}

// line returns where path stands, or where its nearest group stands if the file
// does not have it.
func (d *Document) line(path string) int {
	for path != "" && path != "$" {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(d.tree); err == nil && node != nil {
				return node.GetToken().Position.Line
			}
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return 1
}
