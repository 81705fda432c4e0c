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
		return nil, explain(file, v, err)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, explain(file, v, err)
	}
	return &Document{file, tree}, nil
}

func explain(file string, v any, err error) error {
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
		return fmt.Errorf("%s:%d: key %q: there is none of that name here; %s", file, line, value, nearest(value, v))
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

// nearest says which keys are allowed in the groups of v in which a key most like
// the unknown one is.
func nearest(key string, v any) string {
	groups := map[reflect.Type][]string{}
	collect(reflect.TypeOf(v), groups)
	best, distance := []string(nil), 1<<30
	for _, keys := range groups {
		for _, k := range keys {
			if d := edits(key, k); d < distance || d == distance && len(keys) < len(best) {
				best, distance = keys, d
			}
		}
	}
	sort.Strings(best)
	return "allowed: " + strings.Join(best, ", ")
}

func collect(t reflect.Type, into map[reflect.Type][]string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collect(t.Elem(), into)
	case reflect.Struct:
		if _, ok := into[t]; ok {
			return
		}
		into[t] = nil
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name == "" || name == "-" {
				continue
			}
			into[t] = append(into[t], name)
			collect(f.Type, into)
		}
	}
}

// edits is the Levenshtein distance of two short words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
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
