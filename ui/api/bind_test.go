package api_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"studio/ui/api"
)

func TestBind(t *testing.T) {
	taken, err := api.Bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	for address, want := range map[string]string{
		busy:            "listen on " + busy + ": the port is in use by another program",
		"0.0.0.0:0":     "only addresses of this box itself",
		":0":            "only addresses of this box itself",
		"192.168.1.2:0": "only addresses of this box itself",
		"example.org:0": "only addresses of this box itself",
		"127.0.0.1":     "an address and a port are needed",
		"127.0.0.1:web": `port "web": allowed: 0 to 65535`,
		"127.0.0.1:1e5": "allowed: 0 to 65535",
	} {
		if l, err := api.Bind(address); err == nil {
			l.Close()
			t.Errorf("%s: no error", address)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	for _, address := range []string{"localhost:0", "127.0.0.1:0", "127.0.0.2:0"} {
		l, err := api.Bind(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		l.Close()
	}
}

func TestBindSocket(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "studio.sock")
	first, err := api.BindSocket(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if _, err := api.BindSocket(path); err == nil || !strings.Contains(err.Error(), "another engine is running on it") {
		t.Errorf("live socket: %v", err)
	}
	// A dead engine leaves its file behind.
	first.(*net.UnixListener).SetUnlinkOnClose(false)
	first.Close()
	second, err := api.BindSocket(path)
	if err != nil {
		t.Fatalf("stale socket: %v", err)
	}
	second.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket file outlives its listener: %v", err)
	}
	file := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(file, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                                  "a file that is not a socket is in the way",
		filepath.Join(folder, "no", "s.sock"): "its folder does not exist",
		strings.Repeat("s", 200):              "allowed: 1 to 107",
	} {
		if _, err := api.BindSocket(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "keep" {
		t.Errorf("the file was touched: %q %v", data, err)
	}
}
