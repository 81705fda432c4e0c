// Package strict reads YAML that people write: an unknown key or a value of the
// wrong kind is one error of one line that names file, line, key, value and what
// is allowed. A file is one document of plain keys, lists and values; what would
// let one place of it stand for another (anchors, aliases, merge keys) or change a
// value's kind (tags) is refused.
package strict

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Document is a file that was read, for saying where in it something is wrong.
// Paths lead to a place of it: "$" is the whole, "$.cameras[1].size" a value.
type Document struct {
	file   string
	places map[string]place
}

type place struct {
	line  int
	blank bool // a key that nothing follows
}

// Decode reads data, which came from file, into v, a pointer to a struct. The keys
// of a struct are its fields' yaml tags; fields may be text, whole numbers, true or
// false, structs, and pointers to, lists of and maps by text of these. Text takes
// numbers and words as they are written in the file. A key that the file leaves
// out, or that nothing follows, leaves its field as it is; entries of lists and
// maps must have a value. An empty file leaves out every key.
//
// The error is the first mistake in the file; v is then half read.
func Decode(file string, data []byte, v any) (*Document, error) {
	d := &Document{file, map[string]place{"$": {line: 1}}}
	body, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	if empty(body) {
		return d, nil
	}
	if err := d.read("$", lineOf(body), body, reflect.ValueOf(v).Elem()); err != nil {
		return nil, err
	}
	return d, nil
}

// parse returns what stands in the file's only document, nil if that is nothing.
func (d *Document) parse(data []byte) (ast.Node, error) {
	tokens := lexer.Tokenize(string(data))
	if line := second(tokens); line > 0 {
		return nil, fmt.Errorf("%s:%d: a second YAML document begins: allowed: one", d.file, line)
	}
	tree, err := parser.Parse(tokens, 0)
	if err != nil {
		line, message := 1, err.Error()
		var e yaml.Error
		if errors.As(err, &e) {
			message = e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				line = t.Position.Line
			}
		}
		message, _, _ = strings.Cut(message, "\n")
		return nil, fmt.Errorf("%s:%d: %s", d.file, line, message)
	}
	for _, doc := range tree.Docs {
		if !empty(doc.Body) {
			return doc.Body, nil
		}
	}
	return nil, nil
}

// second returns the line on which a second document begins, 0 if none does. The
// tokens tell: the parser loses what follows an empty document.
func second(tokens token.Tokens) int {
	begun, ended := false, false
	for _, t := range tokens {
		switch t.Type {
		case token.CommentType:
			continue
		case token.DocumentEndType:
			ended = true
			continue
		case token.DocumentHeaderType:
			ended = ended || begun
		}
		if ended {
			return t.Position.Line
		}
		begun = true
	}
	return 0
}

// Has reports whether the file has path, with a value or without.
func (d *Document) Has(path string) bool {
	_, ok := d.places[path]
	return ok
}

// Bad returns the error for a value that cannot be: path leads to it, allowed says
// in words what is ("allowed: 1 to 8"). A zero value that the file does not have is
// missing, which its nearest group's line is blamed for.
func (d *Document) Bad(path string, value any, allowed string) error {
	at, ok := d.places[path]
	if (!ok || at.blank) && (value == nil || reflect.ValueOf(value).IsZero()) {
		return d.complain(path, d.line(path), "is missing", allowed)
	}
	return d.complain(path, d.line(path), quoted(value), allowed)
}

// line returns where path stands, or where its nearest group stands if the file
// does not have it.
func (d *Document) line(path string) int {
	for {
		if at, ok := d.places[path]; ok {
			return at.line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return d.places["$"].line
		}
		path = path[:cut]
	}
}

// complain is the form of every error about a place.
func (d *Document) complain(path string, line int, what, allowed string) error {
	key := "the file"
	if path != "$" {
		key = fmt.Sprintf("key %q", strings.TrimPrefix(path, "$."))
	}
	return &Mistake{Where: fmt.Sprintf("%s:%d: %s", d.file, line, key), Found: what, Allowed: allowed}
}

// Mistake is a value or a key that cannot be, which is any error of this package but a
// file that is no YAML.
type Mistake struct {
	Where   string // file, line and key
	Found   string // what stands there
	Allowed string
}

func (m *Mistake) Error() string { return m.Where + ": " + m.Found + ": " + m.Allowed }

// Of an address scheme and host are repeated: what is pushed to may have a stream key
// behind them, and stands where somebody put it.
var (
	user       = regexp.MustCompile(`://[^\s/?#]*@`)
	behindHost = regexp.MustCompile(`(://[^\s/?#\],]*)[/?#][^\s\],]*`)
)

// quoted is a value as an error repeats it.
func quoted(value any) string {
	s := user.ReplaceAllString(fmt.Sprint(value), "://")
	return fmt.Sprintf("%q", behindHost.ReplaceAllString(s, "$1/…"))
}
