package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onAirSupport has the running engine make support files, for the page and for the
// command line, holds them against what they are to say and adds them to the places.
func (s *small) onAirSupport(t *testing.T, places map[string]string) {
	t.Helper()
	want := map[string]string{
		"README.txt":         "支持文件",
		"version.txt":        "studio tested\n",
		"box.txt":            "cores: ",
		"status.json":        `"name": "nobody"`,
		"metrics.txt":        `studio_info{version="tested"} 1`,
		"doctor.txt":         "disk ",
		"configuration.yaml": "Address: rtmp://127.0.0.1:1/live/…",
		"wanted.yaml":        "Broadcast: true",
		"log.txt":            `msg="destination failed, will be tried again" destination=nobody`,
		"goroutines.txt":     "studio/mixer.(*Mixer).Run",
		"recordings.txt":     s.recording,
	}
	holds(t, "support file from the page", []byte(s.get(t, "/api/support")), want, places)
	path := filepath.Join(t.TempDir(), "box.zip")
	holds(t, "support file from the command line", s.support(t, path), want, places)
	again := start(t, nil, "support", "--config", filepath.Join(s.folder, "studio.yaml"), path)
	if again.exit(t, 30*time.Second) != 1 || !strings.Contains(again.stderr.String(), "exists") {
		t.Errorf("a file that exists is written over: %s", again.stderr)
	}
}

// afterwardsSupport makes one without an engine, which changes nothing on the disk.
func (s *small) afterwardsSupport(t *testing.T, places map[string]string) {
	t.Helper()
	state := func() []string { return files(t, filepath.Join(s.folder, "state"), "*") }
	before := state()
	holds(t, "support file without an engine", s.support(t, filepath.Join(t.TempDir(), "box.zip")), map[string]string{
		"README.txt":         "engine.txt",
		"engine.txt":         "connection refused",
		"version.txt":        "studio tested\n",
		"box.txt":            "cores: ",
		"doctor.txt":         "encoder ",
		"configuration.yaml": "Address: rtmp://127.0.0.1:1/live/…",
		"journal.txt":        "",
		"wanted.yaml":        "Broadcast: true",
		"recordings.txt":     "landscape_",
	}, places)
	if after := state(); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("the state's folder had %v, has %v", before, after)
	}
}

// support runs studio support and returns the file that it wrote.
func (s *small) support(t *testing.T, path string) []byte {
	t.Helper()
	c := start(t, nil, "support", "--config", filepath.Join(s.folder, "studio.yaml"), path)
	if code := c.exit(t, 90*time.Second); code != 0 || c.stdout.String() != path+"\n" {
		t.Fatalf("exit code %d, says %q %q", code, c.stdout, c.stderr)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// holds unpacks a support file into the places and requires that its parts are those
// wanted, with what each has to say.
func holds(t *testing.T, what string, data []byte, want, places map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v: %.200q", what, err, data)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		places[what+", "+f.Name] = string(text)
		if says, ok := want[f.Name]; !ok || !strings.Contains(string(text), says) {
			t.Errorf("%s: %s (wanted: %v) does not say %q: %.1500s", what, f.Name, ok, says, text)
		}
	}
	if len(z.File) != len(want) {
		t.Errorf("%s has %d parts: wanted are %d", what, len(z.File), len(want))
	}
}
