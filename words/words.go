// Package words is what people read, in both languages of the box: a Text, and an
// error that carries one. A sentence is made where its cause is known, once in each
// language; nothing is translated afterwards. What wraps such an error in English
// for the log (fmt.Errorf) keeps its Chinese: Of finds it.
//
// It is a leaf, so that cameras, instruments and commands can all say what is wrong
// with them. Logs are in English.
package words

import (
	"errors"
	"fmt"
	"strings"
)

// Text is something that a person reads, in the languages of the box.
type Text struct {
	Zh string `json:"zh" doc:"Chinese"`
	En string `json:"en" doc:"English"`
}

// Words returns the text itself: whatever embeds one says it.
func (t Text) Words() Text { return t }

// About puts what a sentence is about before it.
func (t Text) About(thing string) Text {
	return Text{En: thing + ": " + t.En, Zh: thing + "：" + t.Zh}
}

// Textf fills in the same args in both languages, each with its own order of them
// (%[2]s); a language may leave some out if it numbers the others, or all. An arg
// that is a Text, or an error, is put in in the sentence's language.
func Textf(en, zh string, args ...any) Text {
	return Text{En: fill(en, english(args)).Error(), Zh: fill(zh, chinese(args)).Error()}
}

// Error is an error with its sentence in both languages.
type Error struct {
	Text
	Err error // the cause; nil: none that a caller could want
}

func (e *Error) Error() string { return e.En }

func (e *Error) Unwrap() error { return e.Err }

// New returns an error that is its own cause: a sentinel, or a plain no.
func New(en, zh string) error { return &Error{Text: Text{En: en, Zh: zh}} }

// Errorf is fmt.Errorf in both languages, %w included; see Textf for the args.
func Errorf(en, zh string, args ...any) error {
	err := fill(en, english(args))
	return &Error{Text: Text{En: err.Error(), Zh: fill(zh, chinese(args)).Error()}, Err: err}
}

func fill(format string, args []any) error {
	if !strings.Contains(format, "%") {
		return errors.New(format)
	}
	return fmt.Errorf(format, args...)
}

// Of returns what an error says: in English all of it, in Chinese the sentence of
// whatever in it has one, of several joined ones each. An error of the operating
// system says its kind, and any other Unexplained. The zero Text for nil.
func Of(err error) Text {
	if err == nil {
		return Text{}
	}
	t := Text{En: err.Error(), Zh: said(err)}
	if t.Zh == "" {
		t.Zh = kind(err)
	}
	return t
}

// said collects the Chinese of an error's tree.
func said(err error) string {
	if s, ok := err.(interface{ Words() Text }); ok {
		if zh := s.Words().Zh; zh != "" {
			return zh
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return said(e.Unwrap())
	case interface{ Unwrap() []error }:
		all := ""
		for _, one := range e.Unwrap() {
			switch zh := said(one); {
			case zh == "":
			case all == "":
				all = zh
			default:
				all += "；" + zh
			}
		}
		return all
	}
	return ""
}

func english(args []any) []any {
	return in(args, func(t Text) string { return t.En }, func(err error) any { return err })
}

func chinese(args []any) []any {
	return in(args, func(t Text) string { return t.Zh }, func(err error) any { return errors.New(Of(err).Zh) })
}

func in(args []any, text func(Text) string, failure func(error) any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Text:
			out[i] = text(a)
		case error:
			out[i] = failure(a)
		default:
			out[i] = a
		}
	}
	return out
}
