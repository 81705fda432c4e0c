package support

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"studio/configs"
	"studio/configs/strict"
	"studio/configs/vault"
	"studio/configs/wanted"
	"studio/words"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// bundle makes one and reads it back.
func bundle(t *testing.T, parts []Part, secrets ...vault.Secret) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, noon, parts, Cover(secrets)); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}

func says(name, text string, err error) Part {
	return Part{Name: name, Write: func(_ context.Context, w io.Writer) error {
		if _, failed := io.WriteString(w, text); failed != nil {
			return failed
		}
		return err
	}}
}

func TestOnePartThatFailsKeepsNoOtherFromBeingMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs, end := make(chan struct{}), make(chan error, 2)
		files := bundle(t, []Part{
			{Name: "good.txt", About: words.Text{En: "what is good", Zh: "好的"}, Write: says("", "all is well\n", nil).Write},
			says("broken.txt", "line\nhalf a li", errors.New("the disk is gone")),
			{Name: "panics.txt", Write: func(context.Context, io.Writer) error { panic("index out of range") }},
			{Name: "hangs.txt", Write: func(_ context.Context, w io.Writer) error {
				_, err := io.WriteString(w, "begun\n")
				<-hangs
				end <- err
				_, err = io.WriteString(w, "too late\n")
				end <- err
				return nil
			}},
			{Name: "long.txt", Write: func(_ context.Context, w io.Writer) error {
				for range mostBytes / 10 {
					_, _ = io.WriteString(w, "0123456789abcde\n0123") // it does not ask what became of it
				}
				return nil
			}},
			says("last.txt", "the end\n", nil),
		})
		close(hangs)
		if first, late := <-end, <-end; first != nil || late == nil {
			t.Errorf("it was told %v, then %v", first, late)
		}
		for name, want := range map[string]string{
			"good.txt": "all is well\n", "last.txt": "the end\n",
			"broken.txt": "line\n\n--- This part is missing from here on: the disk is gone ---\n",
			"panics.txt": "\n--- This part is missing from here on: it broke: index out of range ---\n",
			"hangs.txt":  "begun\n\n--- This part is missing from here on: it did not end within 5s ---\n",
		} {
			if files[name] != want {
				t.Errorf("%s: %q", name, files[name])
			}
		}
		if n := len(files["long.txt"]); n < mostBytes-50 || n > mostBytes+100 || !strings.Contains(files["long.txt"], "abcde\n\n--- This part is missing from here on: "+errFull.Error()) {
			t.Errorf("a part that is too long has %d bytes and ends %q", n, files["long.txt"][max(0, n-200):])
		}
		for _, word := range []string{"good.txt", "what is good", "好的", "密钥"} {
			if !strings.Contains(files["README.txt"], word) {
				t.Errorf("README: no %q in %s", word, files["README.txt"])
			}
		}
	})
}

func TestAWriterThatFailsEndsIt(t *testing.T) {
	r, w := io.Pipe()
	_ = r.Close()
	if err := Write(t.Context(), w, noon, []Part{says("a.txt", strings.Repeat("noise ", 1000), nil)}, Cover(nil)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestTheCoverKnowsASecretInEverySpelling(t *testing.T) {
	const key, bearer, passphrase = `live/pläne?auth=a/b+c&d "9f\x"`, "planted-bearer", "planted&pass phrase"
	files := bundle(t, []Part{
		says("plain.txt", key+" "+bearer+"\n", nil),
		says("address.txt", url.QueryEscape(key)+" "+url.PathEscape(key)+" "+strings.ToLower(url.QueryEscape(passphrase))+"\n", nil),
		says("json.txt", inJSON(key, true)+" "+inJSON(key, false)+" "+inJSON(passphrase, true)+"\n", nil),
		says("log.txt", fmt.Sprintf("msg=%q\n", passphrase), nil),
		says("pieces.txt", "planted-path planted-user planted-password planted-query\n", nil),
		says("words.txt", "the wheel is live, file://localhost/media/planted-stick\n", nil),
		says("named planted-bearer.txt", "", nil), // parts' names are ours
	}, vault.Secret{Key: key, Bearer: bearer},
		vault.Secret{Address: "srt://192.0.2.1:9000?latency=800&passphrase=planted%26pass+phrase"},
		vault.Secret{Address: "https://planted-user:planted-password@whip.example/planted-path/live?x=planted-query"},
		vault.Secret{Address: "rtmp://127.0.0.1/live", Key: "wheel"}, vault.Secret{Address: "file:///media/planted-stick"}, vault.Secret{})
	for name, text := range files {
		if name == "words.txt" || name == "README.txt" {
			continue
		}
		for _, s := range []string{"plän", "pl%", "9f", "planted", "auth"} {
			if strings.Contains(strings.ToLower(text), s) {
				t.Errorf("%s tells %q: %s", name, s, text)
			}
		}
	}
	if got := files["words.txt"]; got != "the wheel is live, file://localhost/media/planted-stick\n" {
		t.Errorf("what is no secret is covered: %q", got)
	}
}

// fill puts a text of its own into every place of a value that can hold one, and
// returns the names of the places, as fields has them.
func fill(t *testing.T, v reflect.Value, field string) (names []string) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(planted(field))
		return []string{field}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(t, v.Elem(), field)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(t, v.Index(0), field)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.SetString(planted(field + "[]"))
		names = append(fill(t, value, field), field+"[]")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				t.Fatalf("%v.%s cannot be filled: look whether it may be shown", v.Type(), f.Name)
			}
			names = append(names, fill(t, v.Field(i), v.Type().String()+"."+f.Name)...)
		}
	case reflect.Interface, reflect.Array, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		t.Fatalf("%s is of a kind that this test does not know: %v", field, v.Kind())
	}
	return names
}

func planted(field string) string { return "planted<" + field + ">" }

// TestOnlyListedFieldsAreSeen fills all that there is to configure and to want: what
// of it is seen is what the lists say, and whatever comes new has to be thought about
// here, too.
func TestOnlyListedFieldsAreSeen(t *testing.T) {
	var config configs.Config
	var state wanted.State
	for _, c := range []struct {
		value  any
		write  func(io.Writer) error
		seen   fields
		hidden []string // fields, with the reason; addresses are planted in a form that shows nothing
	}{
		{&config, func(w io.Writer) error { return Configuration(w, &config) }, configuration(), []string{
			"configs.Destination.Key",     // a secret
			"configs.Destination.Bearer",  // a secret
			"configs.Destination.Address", // its key, query and user are
			"configs.Config.UploadTest",   // the same
		}},
		{&state, func(w io.Writer) error { return Wanted(w, state) }, desired(), nil},
	} {
		all := fill(t, reflect.ValueOf(c.value).Elem(), "")
		var b strings.Builder
		if err := c.write(&b); err != nil {
			t.Fatal(err)
		}
		for _, field := range all {
			shown, hide := strings.Contains(b.String(), planted(field)), slices.Contains(c.hidden, field)
			if shown == hide {
				t.Errorf("%s: shown: %v; a field is either in the list of those that may be seen or, with its reason, in the list of this test", field, shown)
			}
		}
		for field := range c.seen {
			if !slices.Contains(all, field) {
				t.Errorf("%s may be seen, but there is no such field", field)
			}
		}
		if len(all) < 10 {
			t.Errorf("the test is blind: %v", all)
		}
	}
}

func TestAFieldThatComesNewIsHidden(t *testing.T) {
	type newer struct {
		Name, Token string
		Bytes       []byte
		Any         any
		Secrets     map[string]string
		None        string
	}
	var b strings.Builder
	v := newer{Name: "wheel", Token: "planted-1", Bytes: []byte{80}, Any: "planted-2", Secrets: map[string]string{"planted-3": "planted-4"}}
	if err := show(&b, v, fields{"support.newer.Name": plain}); err != nil {
		t.Fatal(err)
	}
	if want := "Name: wheel\nToken: …\nBytes:\n- …\nAny: …\nSecrets:\n  …: …\nNone: \"\"\n"; b.String() != want {
		t.Errorf("%s", b.String())
	}
}

func TestTheConfigurationAsItWasTold(t *testing.T) {
	var b strings.Builder
	c := &configs.Config{Name: "青瓷", UploadTest: "https://up.example/planted-token", Destinations: []configs.Destination{
		{Name: "school", Kind: "rtmp", Address: "rtmp://planted-user@a.example/live/planted-key", Key: "planted"},
		{Name: "line", Kind: "srt", Address: "srt://b.example:9000?passphrase=planted-pass"},
	}, Recording: configs.Recording{Folder: "/media/disk", RotateAfter: time.Hour}}
	if err := Configuration(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Name: 青瓷\n", "https://up.example/…", "rtmp://a.example/live/…", "Key: …", "Bearer: \"\"", "srt://b.example:9000/…", "/media/disk", "RotateAfter: 1h0m0s"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "planted") {
		t.Errorf("a secret:\n%s", b.String())
	}
}

func TestWhyAConfigurationCannotBeReadTellsNoValue(t *testing.T) {
	var into struct {
		Canvas string `yaml:"canvas"`
		Size   []int  `yaml:"size"`
	}
	for _, text := range []string{"canvas: a\nsize: planted\n", "canvas: a\nplanted: b\n", "canvas: a\nsize: [planted]\n", "canvas: a\n size: 'planted\n# planted\n"} {
		_, err := strict.Decode("studio.yaml", []byte(text), &into)
		if err == nil {
			t.Fatalf("%q is read", text)
		}
		if said := Unread(err).Error(); strings.Contains(said, "planted") || !strings.HasPrefix(said, "studio.yaml:") {
			t.Errorf("%q: %s", text, said)
		}
	}
}

func TestTheLogKeepsTheLastWholeLines(t *testing.T) {
	l := NewLog(100)
	var all []string
	for n := range 1000 {
		line := fmt.Sprintf("line %d %s\n", n, strings.Repeat("x", n%37))
		all = append(all, line)
		if n, err := io.WriteString(l, line); err != nil || n != len(line) {
			t.Fatal(n, err)
		}
		kept := string(l.Lines())
		if written := strings.Join(all, ""); !strings.HasSuffix(written, kept) || len(kept) > 100 || len(kept) < min(len(written), 100-50) ||
			kept != "" && !strings.HasPrefix(kept, "line ") {
			t.Fatalf("after line %d: %q", n, kept)
		}
	}
	if _, err := l.Write(bytes.Repeat([]byte("y"), 250)); err != nil || len(l.Lines()) > 100 {
		t.Error(err, len(l.Lines()))
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = l.Write([]byte("a line\n")) }); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}

func TestFileName(t *testing.T) {
	for workshop, want := range map[string]string{
		"":                  "studio-support-2026-11-21_12-00-00.zip",
		"青瓷工坊 · Celadon":    "studio-support-青瓷工坊-Celadon-2026-11-21_12-00-00.zip",
		`../"a";/\b` + "\n": "studio-support-a-b-2026-11-21_12-00-00.zip",
	} {
		if got := FileName(workshop, noon); got != want {
			t.Errorf("%q: %q", workshop, got)
		}
	}
}

func TestInJSONIsWhatJSONWrites(t *testing.T) {
	for _, s := range []string{`a"b`, `"`, `\`, "<&>", "釉"} {
		whole, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := inJSON(s, true); `"`+got+`"` != string(whole) {
			t.Errorf("%q: %q", s, got)
		}
	}
}
