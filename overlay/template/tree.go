package template

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// element is one element of the file, with the bindings that the compiler made
// of its data- attributes.
type element struct {
	file       string
	line       int
	name       string // with its prefix: "text", "studio:place"
	attributes []attribute
	children   []child
	bindings   bindings
}

// attribute is one attribute as it stands in the file, name with prefix.
type attribute struct{ name, value string }

// child is an element or a run of text.
type child struct {
	element *element
	text    string
}

// parseTree reads an SVG file. Names keep their prefixes, comments and processing
// instructions and the indentation go; a document type, with which entities come, is refused.
func parseTree(file string, data []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = true
	var root *element
	var open []*element
	for {
		token, err := d.RawToken()
		line, _ := d.InputPos()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %s", file, line, strings.ReplaceAll(err.Error(), "\n", " "))
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{file: file, line: line, name: prefixed(token.Name)}
			for _, a := range token.Attr {
				e.attributes = append(e.attributes, attribute{prefixed(a.Name), a.Value})
			}
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, child{element: e})
			case root == nil:
				root = e
			default:
				return nil, e.complain("stands after the document's end")
			}
			open = append(open, e)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != prefixed(token.Name) {
				return nil, fmt.Errorf("%s:%d: </%s> ends what is not open", file, line, prefixed(token.Name))
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				break
			}
			parent := open[len(open)-1]
			if inText := parent.name == "text" || parent.name == "tspan"; inText || len(bytes.TrimSpace(token)) > 0 {
				parent.children = append(parent.children, child{text: string(token)})
			}
		case xml.Directive:
			return nil, fmt.Errorf("%s:%d: <!%.20s…> is not allowed: a template has no document type", file, line, token)
		}
	}
	if root == nil || len(open) > 0 {
		return nil, fmt.Errorf("%s: the document ends too early", file)
	}
	return root, nil
}

func prefixed(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// complain is an error at this element, named by its id if it has one.
func (e *element) complain(format string, args ...any) error {
	name := e.name
	if id := e.get("id"); id != "" {
		name += ` id="` + id + `"`
	}
	return fmt.Errorf("%s:%d: <%s>: %s", e.file, e.line, name, fmt.Sprintf(format, args...))
}

func (e *element) get(name string) string {
	for _, a := range e.attributes {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// allow complains about attributes other than these.
func (e *element) allow(names ...string) error {
	for _, a := range e.attributes {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+a.name+" ") {
			return e.complain("unknown attribute %s; allowed: %s", a.name, strings.Join(names, ", "))
		}
	}
	return nil
}

// pixels reads a positive attribute in user units or px.
func (e *element) pixels(name string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSuffix(e.get(name), "px"), 64)
	if err != nil || !(v >= 2 && v <= 8192) {
		return 0, e.complain("%s=%q; allowed: 2 to 8192 pixels", name, e.get(name))
	}
	return v, nil
}
