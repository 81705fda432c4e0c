package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"studio/words"
)

// inChinese tells whether a text says in Chinese what is the matter.
func inChinese(t words.Text) bool {
	return !strings.Contains(t.Zh, words.Unexplained) && strings.ContainsFunc(t.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// forTechnicians are where sentences go to a terminal or the log only.
var forTechnicians = []string{"scripts/", "ui/web/page/", "ui/xvfbtest/", "polltest/", "publish/servertest/", "publish/filetest/"}

// TestEverySentenceIsInBothLanguages reads the house's own source: every pair of
// sentences has Chinese in the one place and none in the other, and says the same
// things; and no refusal of a command is in one language.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	root := filepath.Join("..", "..")
	files, pairs := token.NewFileSet(), 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		case slices.ContainsFunc(forTechnicians, func(p string) bool { return strings.HasPrefix(name, p) }):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			at := func() string { return name + ":" + strconv.Itoa(files.Position(n.Pos()).Line) }
			switch n := n.(type) {
			case *ast.CompositeLit:
				// What the sound library says has its Chinese in the process that it is told to.
				if en, zh, ok := literalPair(n); ok && name != "capture/microphone/reader/reader.go" {
					pairs++
					checkPair(t, at(), en, zh)
				}
			case *ast.CallExpr:
				if en, zh, args, ok := calledPair(n); ok {
					pairs++
					checkPair(t, at(), en, zh)
					checkVerbs(t, at(), en, args)
					checkVerbs(t, at(), zh, args)
				}
				if len(n.Args) > 1 && callee(n) == "fmt.Errorf" && isSentinel(n.Args[1]) && constant(n.Args[0]) != "%w: %w" {
					t.Errorf("%s: a refusal in one language: ui.Refused and ui.Unknown have two", at())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pairs < 200 {
		t.Errorf("%d pairs of sentences were looked at: the test is blind", pairs)
	}
}

// literalPair finds Text{En: …, Zh: …}, whole or one of them.
func literalPair(l *ast.CompositeLit) (en, zh string, ok bool) {
	for _, e := range l.Elts {
		pair, keyed := e.(*ast.KeyValueExpr)
		if !keyed {
			return "", "", false
		}
		switch key, _ := pair.Key.(*ast.Ident); {
		case key == nil:
		case key.Name == "En":
			en, ok = constant(pair.Value), true
		case key.Name == "Zh":
			zh, ok = constant(pair.Value), true
		}
	}
	return en, zh, ok && (en != variable || zh != variable)
}

// unknown is how many args there are where the sentences are filled in elsewhere.
const unknown = -1

// calledPair finds the functions that take both languages as two arguments, and how
// many args they put in.
func calledPair(c *ast.CallExpr) (en, zh string, args int, ok bool) {
	first := 0
	switch callee(c) {
	case "words.New", "words.Textf", "words.Errorf", "ui.Refused", "ui.Unknown":
	case "fault", "t.fault": // behind what kind of fault it is, in some packages
		for first < len(c.Args) && constant(c.Args[first]) == variable {
			first++
		}
	default:
		return "", "", 0, false
	}
	if len(c.Args) < first+2 {
		return "", "", 0, false
	}
	if args = len(c.Args) - 2; first > 0 {
		args = unknown
	}
	en, zh = constant(c.Args[first]), constant(c.Args[first+1])
	return en, zh, args, en != variable || zh != variable
}

func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

func isSentinel(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && (s.Sel.Name == "ErrRefused" || s.Sel.Name == "ErrUnknown")
}

// variable stands for a sentence that is made elsewhere.
const variable = "\x00"

// constant returns a sentence as it stands in the source, what is put in from a
// variable left out.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return s
		}
	case *ast.BinaryExpr:
		a, b := constant(e.X), constant(e.Y)
		switch {
		case a == variable:
			return b
		case b == variable:
			return a
		}
		return a + b
	case *ast.CallExpr:
		if callee(e) == "fmt.Sprintf" {
			return constant(e.Args[0])
		}
	}
	return variable
}

func checkPair(t *testing.T, at, en, zh string) {
	t.Helper()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	letters := func(s string) bool {
		for verb := range strings.SplitSeq(s, "%") { // what is put in has a language of its own
			s = strings.TrimLeft(verb, "[]0123456789.vwsdqg")
			if strings.ContainsFunc(s, unicode.IsLetter) {
				return true
			}
		}
		return false
	}
	if en != variable && han(en) {
		t.Errorf("%s: Chinese in the English: %q", at, en)
	}
	switch {
	case zh == variable || !letters(en) && en != variable:
	case zh == "":
		t.Errorf("%s: no Chinese for %q", at, en)
	case letters(zh) && !han(zh) && zh != en: // a name is the same in both
		t.Errorf("%s: the Chinese is none: %q", at, zh)
	}
	if zh != variable && zh != "" && en == "" {
		t.Errorf("%s: no English for %q", at, zh)
	}
}

// checkVerbs holds a format to as many args as it is given: fewer only if they are
// numbered, or none is put in.
func checkVerbs(t *testing.T, at, format string, args int) {
	t.Helper()
	plain := strings.ReplaceAll(format, "%%", "")
	if n := strings.Count(plain, "%"); format != variable && n != 0 && args != unknown && n != args && !strings.Contains(plain, "%[") {
		t.Errorf("%s: %d verbs for %d args: %q", at, n, args, format)
	}
}
