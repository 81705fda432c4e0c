package support

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"studio/configs"
	"studio/configs/strict"
	"studio/configs/wanted"
	"studio/publish"
)

// Configuration writes what the box was told, as YAML. That is never the file's own
// text, in which a key may stand in a comment.
func Configuration(w io.Writer, c *configs.Config) error {
	return show(w, c, configuration())
}

// Unread says why the configuration could not be read, without the value that stands
// where the mistake is: a key may have got there.
func Unread(err error) error {
	if m := (*strict.Mistake)(nil); errors.As(err, &m) {
		return fmt.Errorf("%s: %s: %s", m.Where, hidden, m.Allowed)
	}
	return err
}

// Wanted writes what people want of the box, as YAML.
func Wanted(w io.Writer, s wanted.State) error {
	return show(w, s, desired())
}

// fields says which texts may be seen, by the field that they stand in, and how. A
// field that is not listed shows that there is something, and nothing of it: one that
// comes new is hidden until somebody has thought about it. The keys of a map have a
// line of their own, with [] behind the field's name.
type fields map[string]func(string) string

func plain(s string) string { return s }

// configuration lists names, paths, and words that the configuration chooses from.
// Addresses are shown without what may be secret in them.
func configuration() fields {
	f := fields{"configs.Destination.Address": publish.Redact, "configs.Config.UploadTest": publish.Redact}
	for _, name := range []string{
		"configs.Config.Name", "configs.Config.Listen", "configs.Config.Socket", "configs.Config.Layouts", "configs.Config.Craft",
		"configs.Config.Platforms", "configs.Config.SecretsFile", "configs.Config.State",
		"configs.Text.Zh", "configs.Text.En",
		"configs.Canvas.Name", "configs.Canvas.Encoder", "configs.Canvas.Preset", "configs.Canvas.Layout", "configs.Canvas.Cameras", "configs.Canvas.Framings[]",
		"configs.Camera.Name", "configs.Camera.File", "configs.Camera.Drawn", "configs.Camera.Format", "configs.Camera.Controls[]",
		"configs.Device.Serial", "configs.Device.Port", "configs.Device.Card", "configs.Device.Path",
		"configs.Microphone.Name", "configs.Microphone.Match", "configs.Microphone.Camera",
		"configs.Trigger.When", "configs.Trigger.Camera",
		"configs.Instrument.Name", "configs.Instrument.Protocol", "configs.Instrument.Channels[]",
		"configs.Port.Vendor", "configs.Port.Product", "configs.Port.Serial", "configs.Port.Port", "configs.Port.Path",
		"configs.Channel.Name", "configs.Channel.Unit",
		"configs.Destination.Name", "configs.Destination.Kind",
		"configs.Need.Canvas", "configs.Need.Platform", "configs.Need.Profile",
		"configs.Recording.Folder", "configs.Recording.Canvases",
	} {
		f[name] = plain
	}
	return f
}

// desired lists names, and words that the page chooses from.
func desired() fields {
	f := fields{}
	for _, name := range []string{
		"wanted.State.Destinations[]", "wanted.State.Canvases[]", "wanted.State.Kept[]", "wanted.State.Sound[]", "wanted.State.DelaysMS[]",
		"wanted.State.Framings[]", "wanted.State.Needs[]",
		"wanted.Need.Canvas", "wanted.Need.Platform", "wanted.Need.Size", "wanted.Need.Profile",
		"wanted.Added.Name", "wanted.Added.Kind", "wanted.Added.Canvas",
	} {
		f[name] = plain
	}
	return f
}

func show(w io.Writer, v any, f fields) error {
	text, err := yaml.Marshal(f.seen(reflect.ValueOf(v), ""))
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// seen is what of a value may be seen; field is where it stands.
func (f fields) seen(v reflect.Value, field string) any {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return time.Duration(v.Int()).String()
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64: // a byte may be one of a secret
		return v.Uint()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.String:
		return f.text(v.String(), field)
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return f.seen(v.Elem(), field)
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, f.seen(v.Index(i), field))
		}
		return list
	case reflect.Map:
		return f.entries(v, field)
	case reflect.Struct:
		group := yaml.MapSlice{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			group = append(group, yaml.MapItem{Key: name, Value: f.seen(v.Field(i), v.Type().String()+"."+name)})
		}
		return group
	}
	return hidden
}

// text is what of a text may be seen. That there is none is no secret.
func (f fields) text(s, field string) string {
	see := f[field]
	switch {
	case s == "":
		return ""
	case see == nil:
		return hidden
	}
	return see(s)
}

func (f fields) entries(v reflect.Value, field string) yaml.MapSlice {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	group := yaml.MapSlice{}
	for _, key := range keys {
		group = append(group, yaml.MapItem{Key: f.text(key.String(), field+"[]"), Value: f.seen(v.MapIndex(key), field)})
	}
	return group
}
