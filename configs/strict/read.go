package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// read puts node, which stands at path, into a value of the caller's. line is the
// line of node's key, or its own if it has none.
func (d *Document) read(path string, line int, node ast.Node, into reflect.Value) error {
	d.places[path] = place{line: line}
	switch into.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(into.Type().Elem())
		into.Set(fresh)
		return d.read(path, line, node, fresh.Elem())
	case reflect.Struct:
		return d.readGroup(path, line, node, into)
	case reflect.Map:
		return d.readMap(path, line, node, into)
	case reflect.Slice:
		return d.readList(path, line, node, into)
	}
	if !set(into, node) {
		return d.wrong(path, line, node, into.Type())
	}
	return nil
}

// readGroup reads a struct: the keys that its fields name and no others.
func (d *Document) readGroup(path string, line int, node ast.Node, into reflect.Value) error {
	pairs, ok := pairsOf(node)
	if !ok {
		return d.wrong(path, line, node, into.Type())
	}
	fields := fieldsOf(into.Type())
	for _, pair := range pairs {
		name, _ := text(pair.Key)
		field, ok := fields[name]
		if !ok {
			return d.complain(path, lineOf(pair.Key), keyOf(pair)+" is an unknown key", "allowed: "+keysOf(into.Type()))
		}
		at := path + "." + name
		if empty(pair.Value) {
			d.places[at] = place{line: lineOf(pair.Key), blank: true}
			continue
		}
		if err := d.read(at, lineOf(pair.Key), pair.Value, into.Field(field)); err != nil {
			return err
		}
	}
	return nil
}

// readMap reads a map, whose keys may be any text.
func (d *Document) readMap(path string, line int, node ast.Node, into reflect.Value) error {
	pairs, ok := pairsOf(node)
	if !ok {
		return d.wrong(path, line, node, into.Type())
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(pairs)))
	for _, pair := range pairs {
		name, ok := text(pair.Key)
		if !ok {
			return d.complain(path, lineOf(pair.Key), keyOf(pair)+" is not a key", "allowed: text")
		}
		entry := reflect.New(into.Type().Elem()).Elem()
		if err := d.readEntry(path+"."+name, lineOf(pair.Key), pair.Value, entry); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), entry)
	}
	return nil
}

func (d *Document) readList(path string, line int, node ast.Node, into reflect.Value) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return d.wrong(path, line, node, into.Type())
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, value := range list.Values {
		at := line
		if value != nil {
			at = lineOf(value)
		}
		if err := d.readEntry(fmt.Sprintf("%s[%d]", path, i), at, value, into.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// readEntry reads an entry of a list or a map, which is there to have a value.
func (d *Document) readEntry(path string, line int, node ast.Node, into reflect.Value) error {
	if empty(node) {
		return d.complain(path, line, "is missing", "allowed: "+kindOf(into.Type()))
	}
	return d.read(path, line, node, into)
}

// set puts a single value into text, a whole number, or true or false; false if
// that is not what it is.
func set(into reflect.Value, node ast.Node) bool {
	switch into.Kind() {
	case reflect.String:
		s, ok := text(node)
		if ok {
			into.SetString(s)
		}
		return ok
	case reflect.Int:
		n, ok := node.(*ast.IntegerNode)
		if !ok {
			return false
		}
		switch whole := reflect.ValueOf(n.Value); {
		case whole.CanInt() && !into.OverflowInt(whole.Int()):
			into.SetInt(whole.Int())
		case whole.CanUint() && int64(whole.Uint()) >= 0 && !into.OverflowInt(int64(whole.Uint())):
			into.SetInt(int64(whole.Uint()))
		default:
			return false
		}
		return true
	case reflect.Bool:
		b, ok := node.(*ast.BoolNode)
		if ok {
			into.SetBool(b.Value)
		}
		return ok
	}
	panic("strict: a field cannot be a " + into.Type().String())
}

// text returns a single value as it is written in the file.
func text(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// wrong is the error for a value of another kind than its place is of.
func (d *Document) wrong(path string, line int, node ast.Node, wanted reflect.Type) error {
	return d.complain(path, line, written(node), "allowed: "+kindOf(wanted))
}

// written says what stands in the file: a single value itself, else its kind.
func written(node ast.Node) string {
	if s, ok := text(node); ok {
		return quoted(s)
	}
	switch kind := node.Type(); kind {
	case ast.SequenceType:
		return "is a list"
	case ast.MappingType, ast.MappingValueType:
		return "is a group of keys"
	case ast.AnchorType, ast.AliasType:
		return "is an " + strings.ToLower(kind.String())
	default:
		return "is a " + strings.ToLower(kind.String())
	}
}

// keyOf is what stands in the place of a key.
func keyOf(pair *ast.MappingValueNode) string {
	if t := pair.Key.GetToken(); t != nil {
		return quoted(t.Value)
	}
	return quoted("")
}

// kindOf says in words what a place of a type may hold.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Struct:
		return "a group of the keys " + keysOf(t)
	case reflect.Map:
		return "a group of any keys, each with " + kindOf(t.Elem())
	case reflect.Slice:
		return "a list, each entry " + kindOf(t.Elem())
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	}
	return "text"
}

func pairsOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// fieldsOf returns the fields of a struct by their keys.
func fieldsOf(t reflect.Type) map[string]int {
	fields := make(map[string]int)
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			fields[name] = i
		}
	}
	return fields
}

func keysOf(t reflect.Type) string {
	var keys []string
	for name := range fieldsOf(t) {
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

func empty(node ast.Node) bool {
	return node == nil || node.Type() == ast.NullType || node.Type() == ast.CommentType
}

func lineOf(node ast.Node) int {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}
