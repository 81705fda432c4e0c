package template

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"studio/hw/reading"
)

// bindings is what the data- attributes of one element say, ready to be used.
type bindings struct {
	text         format
	fit          *fit
	show, hide   *condition
	rotate       *span
	centre       string // of the rotation: "90,90"
	maps         []mapped
	picks        []picked
	sets         []setTo
	each         bool
	dx, dy       float64
	isText, none bool // none: left out of the drawing altogether
}

// format is text with paths in it: literal, path, literal, path, …, literal.
type format []string

// condition holds if the path's value is one of words, or not empty if there are none.
type condition struct {
	path  string
	words []string
}

// span takes a number's place between low and high to one between from and to.
type span struct {
	path      string
	low, high string // number or path
	from, to  float64
}

type mapped struct {
	attribute string
	span      span
}

type picked struct {
	attribute string
	path      string
	values    map[string]string
	otherwise string
}

type setTo struct {
	attribute string
	text      format
}

const allowedBindings = "data-text, data-fit, data-show, data-hide, data-rotate, data-map-…, data-pick-…, data-set-…, data-each, data-dx, data-dy"

// compiler turns data- attributes into bindings and takes them off the elements.
type compiler struct {
	template *Template
}

// compile goes through the tree; within is whether e stands in a data-each.
func (c *compiler) compile(e *element, inherited font, within bool) error {
	f := inherited.with(e)
	for _, a := range e.attributes {
		name, ok := strings.CutPrefix(a.name, "data-")
		if !ok {
			if err := checkAddress(e, a); err != nil {
				return err
			}
			continue
		}
		if err := c.binding(e, name, a.value, f, within); err != nil {
			return err
		}
	}
	e.attributes = slices.DeleteFunc(e.attributes, func(a attribute) bool { return strings.HasPrefix(a.name, "data-") })
	b := &e.bindings
	b.none = e.name == "metadata" || strings.HasPrefix(e.name, "studio:") || strings.HasPrefix(e.name, "sodipodi:") || strings.HasPrefix(e.name, "inkscape:")
	if b.fit != nil && !b.isText {
		return e.complain("data-fit without data-text")
	}
	if (b.dx != 0 || b.dy != 0) && !b.each {
		return e.complain("data-dx or data-dy without data-each")
	}
	for _, child := range e.children {
		if child.element != nil {
			if err := c.compile(child.element, f, within || b.each); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkAddress refuses what would have to be loaded.
func checkAddress(e *element, a attribute) error {
	if a.name != "href" && a.name != "xlink:href" || strings.HasPrefix(a.value, "#") || strings.HasPrefix(a.value, "data:") {
		return nil
	}
	return e.complain("%s=%.60q; allowed: #… within the file, data:… with the picture itself", a.name, a.value)
}

func (c *compiler) binding(e *element, name, value string, f font, within bool) (err error) {
	b := &e.bindings
	failed := func(err error) error {
		if err == nil {
			return nil
		}
		return e.complain("data-%s=%q: %v", name, value, err)
	}
	attribute := func(prefix string) (string, bool) {
		a, ok := strings.CutPrefix(name, prefix)
		return a, ok && attributeName.MatchString(a) && !strings.HasPrefix(a, "data-")
	}
	switch name {
	case "text":
		if e.name != "text" && e.name != "tspan" {
			return e.complain("data-text stands on text and tspan only")
		}
		b.isText = true
		b.text, err = c.format(value, within)
		return failed(err)
	case "fit":
		if e.name != "text" {
			return e.complain("data-fit stands on text only")
		}
		b.fit, err = newFit(value, f)
		return failed(err)
	case "show":
		b.show, err = c.condition(value, within)
		return failed(err)
	case "hide":
		b.hide, err = c.condition(value, within)
		return failed(err)
	case "rotate":
		rest, centre, ok := strings.Cut(value, "@")
		if b.centre = strings.TrimSpace(centre); !ok || !pointForm.MatchString(b.centre) {
			return failed(complaint("wants path: low..high: from..to @ x,y"))
		}
		b.rotate, err = c.span(rest, within)
		return failed(err)
	case "each":
		return failed(c.each(e, value, within))
	case "dx":
		b.dx, err = strconv.ParseFloat(value, 64)
		return failed(err)
	case "dy":
		b.dy, err = strconv.ParseFloat(value, 64)
		return failed(err)
	}
	if a, ok := attribute("map-"); ok {
		s, err := c.span(value, within)
		if err == nil {
			b.maps = append(b.maps, mapped{a, *s})
		}
		return failed(err)
	}
	if a, ok := attribute("pick-"); ok {
		p, err := c.pick(a, value, within)
		b.picks = append(b.picks, p)
		return failed(err)
	}
	if a, ok := attribute("set-"); ok {
		text, err := c.format(value, within)
		b.sets = append(b.sets, setTo{a, text})
		return failed(err)
	}
	return e.complain("unknown binding data-%s; allowed: %s", name, allowedBindings)
}

var (
	attributeName = regexp.MustCompile(`^[a-z][a-zA-Z:-]*$`)
	pointForm     = regexp.MustCompile(`^-?[0-9.]+\s*,\s*-?[0-9.]+$`)
)

func (c *compiler) each(e *element, value string, within bool) error {
	if within {
		return complaint("stands within another data-each")
	}
	if e.name != "g" {
		return complaint("stands on g only")
	}
	for _, p := range c.template.parameters {
		if p.Name == value && p.Kind == Steps {
			e.bindings.each = true
			c.template.usesItems = true
			return nil
		}
	}
	return complaint("allowed: a parameter of kind steps")
}

// path checks that something is declared under this name and notes its use.
func (c *compiler) path(path string, within bool) error {
	allowed := c.paths(within)
	if !slices.Contains(allowed, path) {
		return complaint("nothing is declared as " + strconv.Quote(path) + "; allowed: " + strings.Join(allowed, ", "))
	}
	if !strings.HasPrefix(path, "item.") {
		c.template.used = append(c.template.used, path)
	}
	return nil
}

func (c *compiler) paths(within bool) []string {
	var all []string
	for _, p := range c.template.parameters {
		for _, f := range fields[p.Kind] {
			all = append(all, p.Name+f)
		}
	}
	if within {
		all = append(all, itemPaths...)
	}
	return all
}

// format reads "literal {path} literal".
func (c *compiler) format(text string, within bool) (format, error) {
	var f format
	for {
		literal, rest, ok := strings.Cut(text, "{")
		f = append(f, literal)
		if !ok {
			return f, nil
		}
		path, rest, ok := strings.Cut(rest, "}")
		if !ok {
			return nil, complaint("{ without }")
		}
		if err := c.path(path, within); err != nil {
			return nil, err
		}
		f = append(f, path)
		text = rest
	}
}

// condition reads "path" or "path: word, word".
func (c *compiler) condition(text string, within bool) (*condition, error) {
	path, list, some := strings.Cut(text, ":")
	cond := &condition{path: strings.TrimSpace(path)}
	if err := c.path(cond.path, within); err != nil {
		return nil, err
	}
	if !some {
		return cond, nil
	}
	for _, word := range strings.Split(list, ",") {
		word = strings.TrimSpace(word)
		if err := c.word(cond.path, word); err != nil {
			return nil, err
		}
		cond.words = append(cond.words, word)
	}
	return cond, nil
}

// word checks a word that a path's value is compared with, where only a few are
// possible: a misspelt quality would silently never match.
func (c *compiler) word(path, word string) error {
	var allowed []string
	switch {
	case path == "item.state":
		allowed = []string{"done", "present", "coming"}
	case strings.HasSuffix(path, ".quality"):
		allowed = strings.Split(join([]reading.Quality{reading.OK, reading.Unstable, reading.Over, reading.Under, reading.Fault, reading.Stale}), ", ")
	default:
		return nil
	}
	if !slices.Contains(allowed, word) {
		return complaint(strconv.Quote(word) + " is no value of " + path + "; allowed: " + strings.Join(allowed, ", "))
	}
	return nil
}

// span reads "path: low..high: from..to".
func (c *compiler) span(text string, within bool) (*span, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return nil, complaint("wants path: low..high: from..to")
	}
	s := &span{path: strings.TrimSpace(parts[0])}
	if err := c.path(s.path, within); err != nil {
		return nil, err
	}
	if !c.isNumber(s.path) {
		return nil, complaint(s.path + " is not a number")
	}
	low, high, ok := strings.Cut(parts[1], "..")
	s.low, s.high = strings.TrimSpace(low), strings.TrimSpace(high)
	for _, end := range []string{s.low, s.high} {
		if _, isNumber := number(end); !ok || !isNumber && c.path(end, within) != nil {
			return nil, complaint(strconv.Quote(strings.TrimSpace(parts[1])) + " is no range of numbers or number parameters")
		}
		if _, isNumber := number(end); !isNumber && !c.isNumber(end) {
			return nil, complaint(end + " is not a number")
		}
	}
	from, to, ok := strings.Cut(parts[2], "..")
	var okFrom, okTo bool
	s.from, okFrom = number(strings.TrimSpace(from))
	s.to, okTo = number(strings.TrimSpace(to))
	if !ok || !okFrom || !okTo {
		return nil, complaint(strconv.Quote(strings.TrimSpace(parts[2])) + " is no range of numbers")
	}
	return s, nil
}

func (c *compiler) isNumber(path string) bool {
	if strings.HasSuffix(path, ".number") || strings.HasSuffix(path, ".count") {
		return true
	}
	return slices.ContainsFunc(c.template.parameters, func(p Parameter) bool { return p.Name == path && p.Kind == Number })
}

// pick reads "path: word=x, word=y, else=z".
func (c *compiler) pick(attribute, text string, within bool) (picked, error) {
	p := picked{attribute: attribute, values: map[string]string{}}
	path, list, ok := strings.Cut(text, ":")
	if p.path = strings.TrimSpace(path); !ok {
		return p, complaint("wants path: word=x, word=y, else=z")
	}
	if err := c.path(p.path, within); err != nil {
		return p, err
	}
	for _, one := range strings.Split(list, ",") {
		word, to, ok := strings.Cut(strings.TrimSpace(one), "=")
		if !ok {
			return p, complaint(strconv.Quote(strings.TrimSpace(one)) + " is not word=x")
		}
		if word == "else" {
			p.otherwise = to
			continue
		}
		if err := c.word(p.path, word); err != nil {
			return p, err
		}
		p.values[word] = to
	}
	return p, nil
}

// complaint is what is wrong with a binding; who calls says where it stands.
type complaint string

func (c complaint) Error() string { return string(c) }
