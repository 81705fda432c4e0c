package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const planted = "live_7f3a-planted-key"

func open(t *testing.T, folder, credentials string) *Vault {
	t.Helper()
	v, err := Open(folder, credentials)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestASecretComesBackAndIsNotOnTheDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	v := open(t, folder, "")
	if err := v.Set("school", Secret{Key: planted, Bearer: planted + "2"}); err != nil {
		t.Fatal(err)
	}
	again := open(t, folder, "")
	if got := again.Get("school"); got.Key != planted || got.Bearer != planted+"2" || !again.Get("other").Empty() {
		t.Error("the secret did not come back")
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("planted")) {
			t.Errorf("%s holds the key in plain", f.Name())
		}
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
	if err := again.Set("school", Secret{}); err != nil || !open(t, folder, "").Get("school").Empty() {
		t.Error("the secret was not removed", err)
	}
}

func TestTheCredentialOfAnotherBoxOpensNothing(t *testing.T) {
	folder, here, there := t.TempDir(), t.TempDir(), t.TempDir()
	for i, credentials := range []string{here, there} {
		if err := os.WriteFile(filepath.Join(credentials, Credential), fmt.Appendf(nil, "a key of the box %032d", i), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, folder, here).Set("school", Secret{Key: planted}); err != nil {
		t.Fatal(err)
	}
	if open(t, folder, here).Get("school").Key != planted {
		t.Error("its own box cannot open it")
	}
	if _, err := os.Stat(filepath.Join(folder, "box.key")); err == nil {
		t.Error("a key file was made although systemd gives the key")
	}
	v, err := Open(folder, there)
	if !errors.Is(err, ErrLocked) {
		t.Fatal(err)
	}
	if err := v.Set("school", Secret{Key: "new"}); err != nil || open(t, folder, there).Get("school").Key != "new" {
		t.Error("it cannot be stored anew", err)
	}
}

func TestAPeekSeesAllAndChangesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if found, err := Peek(folder, ""); len(found) > 0 || err != nil {
		t.Error("something is in a vault that is not there", err)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("a look made the folder")
	}
	if err := open(t, folder, "").Set("school", Secret{Key: planted}); err != nil {
		t.Fatal(err)
	}
	if found, err := Peek(folder, ""); err != nil || len(found) != 1 || found[0].Key != planted {
		t.Error("the secret is not found", err)
	}
	if err := os.Remove(filepath.Join(folder, "box.key")); err != nil {
		t.Fatal(err)
	}
	for _, credentials := range []string{"", t.TempDir()} {
		if _, err := Peek(folder, credentials); !errors.Is(err, ErrLocked) {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "box.key")); err == nil {
		t.Error("a look made a key that opens nothing")
	}
}

func TestDamageIsNoticedWhereverItIs(t *testing.T) {
	folder := t.TempDir()
	if err := open(t, folder, "").Set("school", Secret{Key: planted}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "keys.vault")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) - 4 { // the last digit may hold bits that mean nothing, then padding and the line's end
		turned := append([]byte(nil), whole...)
		turned[n] ^= 0x02
		if err := os.WriteFile(path, turned, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(folder, "")
		if !errors.Is(err, ErrLocked) {
			t.Fatalf("byte %d: %v", n, err)
		}
		if strings.Contains(err.Error(), planted) {
			t.Fatal("the error tells the key")
		}
	}
}

func TestAKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	folder := t.TempDir()
	open(t, folder, "")
	if err := os.Chmod(filepath.Join(folder, "box.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder, ""); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Error(err)
	}
}

func TestASecretIsNeverShown(t *testing.T) {
	s := Secret{Key: planted, Bearer: planted}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "pointer", &s, "list", []Secret{s})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S Secret }{s})
	asJSON, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, struct{ S *Secret }{&s}) + fmt.Sprintf(verb, []Secret{s})
	}
	if strings.Contains(all, "planted") || strings.Contains(all, fmt.Sprintf("%x", planted)) {
		t.Error("the secret is shown:", all)
	}
}
