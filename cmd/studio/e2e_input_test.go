package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/media/picture"
)

// TestBadInput gives every command what it cannot take: one line says what is wrong
// with which thing and what is allowed, and the exit code is not zero.
func TestBadInput(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	write(t, at("file"), "no folder")
	write(t, at("noise.mjpeg"), "this is no picture")
	write(t, at("bars.mjpeg"), string(barsFilm(t, picture.Size{Width: 64, Height: 64}, 2)))
	configs := map[string]string{
		"unknown-key":   "camers: []\n",
		"unknown-inner": "cameras:\n  - {name: a, drawn: wheel, szie: 640x360}\n",
		"size":          "canvases: [{size: 1921x1080}]\n",
		"rate":          "rate: 0\n",
		"mains":         "mains: 55\n",
		"preset":        "canvases: [{preset: fastest}]\n",
		"bitrate":       "canvases: [{bitrate: 4500}]\n",
		"layout":        "canvases: [{layout: mosaic}]\n",
		"scene":         "cameras: [{name: a, drawn: garden}]\n",
		"two-kinds":     "cameras: [{name: a, drawn: wheel, file: noise.mjpeg}]\n",
		"twice":         "cameras: [{name: a, drawn: wheel}, {name: a, drawn: hands}]\n",
		"clip":          "cameras: [{name: a, file: gone.mp4}]\n",
		"not-a-clip":    "cameras: [{name: a, file: noise.mjpeg}]\n",
		"no-device":     "cameras: [{name: a, device: {}}]\n",
		"protocol":      "rig: [{name: s, protocol: modbus, port: {path: /dev/null}}]\n",
		"port":          "rig: [{name: s, protocol: mt-sics}]\n",
		"stale":         "rig: [{name: s, protocol: mt-sics, port: {path: /dev/null}, stale: soon}]\n",
		"craft":         "craft: weaving\n",
		"craft-file":    "craft: ./weaving.yaml\n",
		"address":       "destinations: [{name: d, address: ftp://127.0.0.1/x}]\n",
		"no-key":        "destinations: [{name: d, address: rtmp://127.0.0.1}]\n",
		"folder":        "recording: {folder: file/below}\n",
		"no-folder":     "recording: {}\n",
		"listen":        "listen: 0.0.0.0:8080\n",
		"busy":          "listen: " + busy.Addr().String() + "\nsocket: " + at("s") + "\n",
		"socket":        "listen: 127.0.0.1:0\nsocket: /nowhere/at/all/s\n",
		"keys":          "secrets: gone.yaml\n",
		"not-yaml":      "cameras: [\n",
		"kind":          "cameras: wheel\n",
	}
	for name, text := range configs {
		if !strings.Contains(text, "camer") {
			text += "cameras: [{name: a, drawn: wheel, size: 320x180}]\n"
		}
		write(t, at(name+".yaml"), text)
	}
	serve := func(config string) []string { return []string{"serve", "--config", at(config + ".yaml")} }
	bench := func(args ...string) []string {
		return append([]string{"bench", "--input", at("noise.mjpeg"), "--to", at("out.mp4")}, args...)
	}
	for _, c := range []struct {
		name string
		args []string
		says []string // all of them
	}{
		{"unknown key", serve("unknown-key"), []string{"unknown-key.yaml:1", "camers", "cameras", "allowed"}},
		{"unknown inner key", serve("unknown-inner"), []string{"unknown-inner.yaml:2", "szie", "size", "allowed"}},
		{"size", serve("size"), []string{"size.yaml:1", "1921x1080", "even", "1920x1080"}},
		{"rate", serve("rate"), []string{"rate.yaml:1", `"0"`, "1 to 120"}},
		{"mains", serve("mains"), []string{"mains.yaml:1", "55", "50", "60"}},
		{"preset", serve("preset"), []string{"preset.yaml:1", "fastest", "veryfast"}},
		{"bit rate", serve("bitrate"), []string{"bitrate.yaml:1", "4500", "64k"}},
		{"layout", serve("layout"), []string{"layout.yaml:1", "mosaic", "sidebyside"}},
		{"scene", serve("scene"), []string{"scene.yaml:1", "garden", "wheel, hands, kiln"}},
		{"two kinds of camera", serve("two-kinds"), []string{"two-kinds.yaml:1", "exactly one of device, file, drawn"}},
		{"camera twice", serve("twice"), []string{"twice.yaml:1", `"a"`, "no other camera"}},
		{"missing clip", serve("clip"), []string{"clip.yaml:1", "gone.mp4", "a file that exists"}},
		{"not a clip", serve("not-a-clip"), []string{"noise.mjpeg"}},
		{"no device", serve("no-device"), []string{"no-device.yaml:1", "serial, port, card, path"}},
		{"protocol", serve("protocol"), []string{"protocol.yaml:1", "modbus", "mt-sics, house-line"}},
		{"port", serve("port"), []string{"port.yaml:1", "port", "vendor, product, serial, port, path"}},
		{"stale", serve("stale"), []string{"stale.yaml:1", "soon", "100ms", "3s"}},
		{"craft", serve("craft"), []string{"weaving", "pottery"}},
		{"craft file", serve("craft-file"), []string{"weaving.yaml"}},
		{"destination's address", serve("address"), []string{"address.yaml:1", "rtmp://", "WHIP"}},
		{"address without a key", serve("no-key"), []string{`"d"`, "rtmp://server/application/key"}},
		{"recording folder below a file", serve("folder"), []string{at("file/below"), "folder that studio may write to"}},
		{"no recording folder", serve("no-folder"), []string{"no-folder.yaml:1", "folder", "may write to"}},
		{"address for everybody", serve("listen"), []string{"listen.yaml:1", "0.0.0.0:8080", "loopback"}},
		{"page's port in use", serve("busy"), []string{busy.Addr().String(), "in use by another program"}},
		{"socket's folder", serve("socket"), []string{"/nowhere/at/all/s", "folder does not exist"}},
		{"secrets", serve("keys"), []string{"gone.yaml"}},
		{"not YAML", serve("not-yaml"), []string{"not-yaml.yaml:1"}},
		{"wrong kind", serve("kind"), []string{"kind.yaml:1", "cameras"}},
		{"no configuration", []string{"serve"}, []string{"config"}},
		{"missing configuration", serve("gone"), []string{"gone.yaml", "no such file"}},

		{"demo: address", []string{"demo", "--headless", "--to", "rtpm://127.0.0.1/live/x"}, []string{"--to", "rtmp://", "WHIP"}},
		{"demo: no key", []string{"demo", "--headless", "--to", "rtmp://127.0.0.1"}, []string{"rtmp://server/application/key"}},
		{"demo: folder", []string{"demo", "--headless", "--record", at("file/below")}, []string{at("file/below"), "folder that studio may write to"}},
		{"demo: port in use", []string{"demo", "--headless", "--listen", busy.Addr().String(), "--socket", at("s")}, []string{busy.Addr().String(), "in use by another program"}},
		{"demo: address for everybody", []string{"demo", "--headless", "--listen", "0.0.0.0:0", "--socket", at("s")}, []string{"0.0.0.0:0", "127.0.0.1"}},
		{"demo: duration", []string{"demo", "--duration", "long"}, []string{"long", "duration"}},
		{"demo: negative duration", []string{"demo", "--headless", "--duration", "-3s"}, []string{"-3s", "duration"}},
		{"demo: stray word", []string{"demo", "please"}, []string{"please"}},
		{"unknown command", []string{"dmeo"}, []string{"dmeo"}},
		{"unknown flag", []string{"demo", "--headles"}, []string{"headles"}},

		{"bench: no input", []string{"bench", "--to", at("out.mp4")}, []string{"input"}},
		{"bench: missing file", []string{"bench", "--input", at("gone.mjpeg"), "--to", at("out.mp4")}, []string{at("gone.mjpeg")}},
		{"bench: not a film", bench(), []string{at("noise.mjpeg")}},
		{"bench: size", bench("--size", "huge"), []string{"huge", "1920x1080"}},
		{"bench: rate", bench("--rate", "1000"), []string{"1000", "1 to 120"}},
		{"bench: bit rate", bench("--bitrate", "much"), []string{"much", "4500k"}},
		{"bench: seconds", bench("--seconds", "0"), []string{"seconds 0", "1 to 3600"}},
		{"bench: layout", bench("--layout", "mosaic"), []string{"mosaic", "sidebyside, big-and-column, quad"}},
		{"bench: preset", []string{"bench", "--input", at("bars.mjpeg"), "--to", at("out.mp4"), "--preset", "fastest"}, []string{"fastest", "veryfast"}},
		{"bench: too many", bench("--layout", "full", "--input", at("noise.mjpeg")), []string{"full", "not 2"}},

		{"kiosk: language", []string{"kiosk", "--language", "fr"}, []string{"fr", "zh", "en"}},
		{"doctor: stray word", []string{"doctor", "house"}, []string{"house"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			studio := start(t, nil, c.args...)
			code := studio.exit(t, 30*time.Second)
			said := studio.stderr.String()
			if code == 0 {
				t.Errorf("exit code 0: %s", said)
			}
			if out := studio.stdout.String(); out != "" {
				t.Errorf("standard output: %q", out)
			}
			if strings.Count(said, "\n") != 1 || !strings.HasSuffix(said, "\n") {
				t.Errorf("not one line: %q", said)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not say %q", said, want)
				}
			}
		})
	}
}

// TestHelp has an example for every command.
func TestHelp(t *testing.T) {
	for _, command := range []string{"studio", "demo", "serve", "kiosk", "bench", "doctor", "support"} {
		t.Run(command, func(t *testing.T) {
			args, example := []string{command, "--help"}, "  studio "+command
			if command == "studio" {
				args, example = args[1:], "  studio demo"
			}
			studio := start(t, nil, args...)
			code := studio.exit(t, 30*time.Second)
			said := studio.stdout.String()
			if _, after, ok := strings.Cut(said, "Examples:\n"); code != 0 || !ok || !strings.Contains(after, example) {
				t.Errorf("exit code %d, no example in:\n%s%s", code, said, studio.stderr)
			}
			if studio.stderr.String() != "" {
				t.Errorf("standard error: %q", studio.stderr)
			}
		})
	}
}

// TestDoctor says something of every part, and what to do about each fault.
func TestDoctor(t *testing.T) {
	studio := start(t, nil, "doctor", "--json", "--folder", t.TempDir())
	code := studio.exit(t, 60*time.Second)
	var findings []struct{ About, State, Found, Remedy string }
	if err := json.Unmarshal([]byte(studio.stdout.String()), &findings); err != nil {
		t.Fatalf("%v: %s", err, studio.stdout)
	}
	faults, about := 0, ""
	for _, f := range findings {
		about += f.About + "\n"
		if f.Found == "" || f.State != "ok" && f.State != "note" && f.State != "fault" || f.State == "fault" && f.Remedy == "" {
			t.Errorf("%+v", f)
		}
		if f.State == "fault" {
			faults++
		}
	}
	for _, part := range []string{"camera", "microphone", "serial port", "font", "encoder", "disk"} {
		if !strings.Contains(about, part) {
			t.Errorf("nothing about the %s: %s", part, about)
		}
	}
	if said := studio.stderr.String(); (code == 0) != (faults == 0) || strings.Count(said, "\n") != min(faults, 1) {
		t.Errorf("%d faults, exit code %d, says %q", faults, code, said)
	}
}
