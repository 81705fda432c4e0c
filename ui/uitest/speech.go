package uitest

import (
	"reflect"

	"studio/ui"
)

// What Speak has everything say.
const (
	Chinese = "汉语"
	English = "ENGLISH"
)

// Speak puts something to read into every text of a status, the same everywhere, so
// that a test sees which language is shown where.
func Speak(s *ui.Status) {
	s.Health.Faults, s.Load.Steps, s.Line.Words = make([]ui.Text, 2), make([]ui.Text, 2), make([]ui.Text, 2)
	for i := range s.Destinations {
		d := &s.Destinations[i]
		d.Notes = make([]ui.Text, 1)
	}
	speak(reflect.ValueOf(s).Elem())
}

func speak(v reflect.Value) {
	if text, ok := v.Addr().Interface().(*ui.Text); ok {
		*text = ui.Text{Zh: Chinese, En: English}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[ui.Status]().PkgPath() {
			return // a time, which has nothing to say
		}
		for i := range v.NumField() {
			speak(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			speak(v.Index(i))
		}
	}
}
