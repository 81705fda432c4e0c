package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const cameras = "cameras:\n  - {name: wheel, drawn: wheel}\n"

// read writes a configuration into a folder of its own and reads it.
func read(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "studio.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Read(path)
}

func TestTheExampleIsRead(t *testing.T) {
	c, err := Read("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cameras) != 2 || c.Cameras[0].Device.Serial != "A1B2C3D4" || c.Cameras[0].Controls["focus_absolute"] != 30 {
		t.Errorf("cameras: %+v", c.Cameras)
	}
	if c.Rig[0].Channels["weight"].Title.Zh != "泥料" || c.Rig[0].Stale.Seconds() != 3 {
		t.Errorf("rig: %+v", c.Rig)
	}
	if c.Destinations[0].Kind != "rtmp" || c.Destinations[1].Kind != "whip" || c.Destinations[1].Canvas != "landscape" {
		t.Errorf("destinations: %+v", c.Destinations)
	}
	if c.MainsHz != 50 || c.Rate.Num != 30 || c.Canvases[0].BitsPerSecond != 4_000_000 || c.Recording.Folder != "recordings" {
		t.Errorf("rest: %+v", c)
	}
}

func TestLittleIsEnough(t *testing.T) {
	c, err := read(t, cameras)
	if err != nil {
		t.Fatal(err)
	}
	if c.Canvases[0].Name != "landscape" || c.Canvases[0].Size.Width != 1920 || c.Cameras[0].Title.Zh != "wheel" || c.Listen != "127.0.0.1:8080" {
		t.Errorf("%+v", c)
	}
}

func TestTwoCanvasesSoundAndWhereItGoes(t *testing.T) {
	c, err := read(t, cameras+`canvases:
  - {}
  - {name: portrait, size: 1080x1920, off: true, preset: auto, bitrate: 3M, framings: {wheel: {focus: "0.4,0.6", zoom: 1.5, rotate: 90, mirror: true}}}
microphones:
  - {name: voice, match: USB, gain: -3.5 dB, delay: 40ms, high_pass: 80, camera: wheel, follow: true}
director: {on: true, triggers: {wheel: "kiln1 >= 600 °C"}}
destinations:
  - {name: d, address: "rtmp://h/a/k", canvas: portrait, bitrate: 1500k, size: 720x1280, profile: baseline, off: true}
  - {name: v, address: "virtualcam://studio"}
recording: {folder: r, rotate_after: 30m, rotate_size: 4G, keep_for: 48h}
`)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Canvases[1]; !p.Off || p.Preset != Auto || p.LeastBits != 750_000 || p.Framings["wheel"] != (Framing{0.4, 0.6, 1.5, 90, true}) {
		t.Errorf("portrait: %+v", p)
	}
	if m := c.Microphones[0]; m.GainDB != -3.5 || m.Delay != 40*time.Millisecond || m.HighPassHz != 80 || m.Camera != "wheel" || !m.Follow {
		t.Errorf("microphone: %+v", m)
	}
	if d := c.Director; !d.On || d.Hold != 30*time.Second || d.Triggers[0] != (Trigger{"kiln1 >= 600 °C", "wheel"}) {
		t.Errorf("director: %+v", d)
	}
	if d := c.Destinations[0]; !d.Off || d.BitsPerSecond != 1_500_000 || d.Size.Height != 1280 || d.Profile != "baseline" || c.Destinations[1].Kind != "virtualcam" {
		t.Errorf("destinations: %+v", c.Destinations)
	}
	if r := c.Recording; r.RotateAfter != 30*time.Minute || r.RotateBytes != 4e9 || r.ReserveBytes != 2e9 || len(r.Canvases) != 2 || r.KeepFor != 48*time.Hour {
		t.Errorf("recording: %+v", r)
	}
}

// TestMicrophoneTracks: two microphones have tracks of their own, one has the mix, unless
// somebody says otherwise.
func TestMicrophoneTracks(t *testing.T) {
	for _, test := range []struct {
		microphones int
		key         string
		want        bool
	}{
		{0, "", false}, {1, "", false}, {2, "", true}, {30, "", true}, {31, "", false},
		{1, ", microphone_tracks: true", true}, {2, ", microphone_tracks: false", false}, {30, ", microphone_tracks: true", true},
	} {
		text := cameras + "recording: {folder: r" + test.key + "}\nmicrophones:\n" + numbered("  - {match: m%d}\n", test.microphones)
		if c, err := read(t, text); err != nil || c.Recording.MicrophoneTracks != test.want {
			t.Errorf("%d microphones%s: %+v, %v", test.microphones, test.key, c, err)
		}
	}
}

func numbered(line string, n int) (text string) {
	for i := range n {
		text += fmt.Sprintf(line, i)
	}
	return text
}

func TestMistakesNameFileLineKeyValueAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"cameras:\n  - {name: a, drawn: wheel}\nnmae: x\n", []string{"studio.yaml:3:", `"nmae"`, "allowed: ", "name"}},
		{"cameras:\n  - name: a\n    drawn: wheel\n    szie: 1x1\n", []string{":4:", `"szie"`, "controls, delay, device, drawn, file, format, keep, name, rate, size, title"}},
		{"cameras:\n  - name: a\n    drawn: wheel\n    size: 1921x1080\n", []string{":4:", `"cameras[0].size"`, `"1921x1080"`, "both even"}},
		{"cameras:\n  - name: a\n    drawn: wheel\n    rate: 500\n", []string{":4:", `"500"`, "1 to 120"}},
		{"cameras:\n  - name: a\n    device: {port: \"1-2\"}\n    format: hevc\n", []string{":4:", `"cameras[0].format"`, `"hevc"`, "allowed: mjpeg, h264"}},
		{"cameras:\n  - name: a\n    drawn: wheel\n    format: h264\n", []string{":4:", `"h264"`, "with device only"}},
		{"cameras:\n  - name: a\n    drawn: table\n", []string{":3:", `"table"`, "wheel, hands, kiln"}},
		{"cameras:\n  - name: a\n    file: nothing.mjpeg\n", []string{":3:", `"nothing.mjpeg"`, "exists"}},
		{"cameras:\n  - name: a\n", []string{":2:", "exactly one of device, file, drawn"}},
		{"name: x\n", []string{"cameras", "at least one camera"}},
		{cameras + "  - {name: wheel, drawn: kiln}\n", []string{":3:", `"wheel"`, "no other camera"}},
		{cameras + "listen: 0.0.0.0:80\n", []string{":3:", `"0.0.0.0:80"`, "loopback"}},
		{cameras + "mains: 55\n", []string{":3:", `"55"`, "50, 60"}},
		{cameras + "canvases:\n  - {bitrate: 9k}\n", []string{":4:", `"9k"`, "64k to 50M"}},
		{cameras + "canvases:\n  - {layout: mosaic}\n", []string{":4:", `"mosaic"`, "full, pip, "}},
		{cameras + "canvases:\n  - {cameras: [wheel, kiln]}\n", []string{":4:", `"kiln"`, "allowed: wheel"}},
		{cameras + "rig:\n  - {name: s, protocol: morse, port: {path: /dev/null}}\n", []string{":4:", `"morse"`, "mt-sics, house-line"}},
		{cameras + "rig:\n  - {name: s, protocol: mt-sics}\n", []string{":4:", "at least one of vendor"}},
		{cameras + "rig:\n  - {name: s, protocol: mt-sics, port: {path: /dev/null}, stale: 1ms}\n", []string{":4:", `"1ms"`, "100ms to 1h"}},
		{cameras + "destinations:\n  - {name: d, address: ftp://h/secretkey}\n", []string{":4:", "rtmp://"}},
		{cameras + "destinations: rtmp://h/app/secretkey\n", []string{":3:", "a list"}},
		{cameras + "destinations:\n  - {name: d, address: \"rtmp://h/a\", canvas: \"rtmp://h/a/secretkey\"}\n", []string{":4:", "landscape"}},
		{cameras + "recording: {with_broadcast: true}\n", []string{":3:", "folder"}},
		{cameras + "canvases:\n  - {}\n  - {size: 1080x1920}\n", []string{":5:", "no other canvas"}},
		{cameras + "canvases:\n  - {bitrate: 2M, least_bitrate: 3M}\n", []string{":4:", `"3M"`, "at most the bitrate"}},
		{cameras + "canvases:\n  - framings:\n      wheel: {focus: \"0.4, 2\"}\n", []string{":5:", "0 to 1"}},
		{cameras + "canvases:\n  - framings:\n      wheel: {rotate: 45}\n", []string{":5:", "0, 90, 180, 270"}},
		{cameras + "canvases:\n  - framings:\n      kiln: {zoom: 2}\n", []string{":5:", `"kiln"`, "allowed: wheel"}},
		{cameras + "canvases:\n  - {encoder: nvenc}\n", []string{":4:", `"nvenc"`, "libx264, h264_vaapi"}},
		{cameras + "layouts: nothing.yaml\n", []string{":3:", "exists"}},
		{cameras + "microphones:\n  - {match: a}\n  - {match: a}\n", []string{":5:", "no other microphone"}},
		{cameras + "microphones: [{gain: 30 dB}]\n", []string{":3:", `"30"`, "-60 to 24"}},
		{cameras + "microphones: [{follow: true}]\n", []string{":3:", "camera to follow"}},
		{cameras + "director: {shortest: 9s, longest: 5s}\n", []string{":3:", `"5s"`, "shortest"}},
		{cameras + "director: {triggers: {kiln: \"t > 1\"}}\n", []string{":3:", `"kiln"`, "allowed: wheel"}},
		{cameras + "destinations:\n  - {name: d, address: \"rtmp://h/a/k\", profile: best}\n", []string{":4:", `"best"`, "baseline, main, high"}},
		{cameras + "recording: {folder: r, reserve: 5}\n", []string{":3:", `"5"`, "500M"}},
		{cameras + "recording: {folder: r, microphone_tracks: true}\nmicrophones:\n" + numbered("  - {match: m%d}\n", 31), []string{":3:", `"true"`, "at most 30"}},
		{cameras + "recording: {folder: r, canvases: [upright]}\n", []string{":3:", `"upright"`, "landscape"}},
		{cameras + "rate: [1]\n", []string{":3:"}},
		{"cameras: [\n", []string{":1:"}},
	} {
		_, err := read(t, c.text)
		if err == nil {
			t.Errorf("%q was accepted", c.text)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q lacks %q", c.text, err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than one line: %q", c.text, err)
		}
		if strings.Contains(err.Error(), "secretkey") {
			t.Errorf("the error repeats the address: %q", err)
		}
	}
}

func TestSecretsLiveApartAndAreNobodyElses(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(folder, "studio.yaml")
	write("studio.yaml", cameras+"destinations:\n  - {name: b, address: rtmp://h/app/}\n  - {name: w, address: https://h/whip}\n", 0o644)
	write("secrets.yaml", "destinations:\n  b: {key: '?streamname=x&key=SECRET'}\n  w: {bearer: TOKEN}\n", 0o600)
	c, err := Read(config)
	if err != nil {
		t.Fatal(err)
	}
	if WithKey(c.Destinations[0].Address, c.Destinations[0].Key) != "rtmp://h/app/?streamname=x&key=SECRET" || c.Destinations[1].Bearer != "TOKEN" {
		t.Errorf("%+v", c.Destinations)
	}
	write("secrets.yaml", "destinations:\n  b: {key: SECRET}\n", 0o644)
	if _, err := Read(config); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("readable by others: %v", err)
	}
	for _, text := range []string{"destinations:\n  z: {key: SECRET}\n", "destinations:\n  b: {kye: SECRET}\n", "SECRET"} {
		write("secrets.yaml", text, 0o600)
		if _, err := Read(config); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeysStandBehindAddresses(t *testing.T) {
	for _, c := range [][3]string{
		{"rtmp://h/app/", "k?a=b", "rtmp://h/app/k?a=b"}, {"rtmp://h/app", "", "rtmp://h/app"},
		{"srt://h:9", "?streamid=a", "srt://h:9?streamid=a"}, {"srt://h:9/", "streamid=a", "srt://h:9?streamid=a"},
		{"srt://h:9?latency=200", "?streamid=a", "srt://h:9?latency=200&streamid=a"}, {"srt://h:9?latency=200", "", "srt://h:9?latency=200"},
	} {
		if got := WithKey(c[0], c[1]); got != c[2] {
			t.Errorf("%s with %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestBitrates(t *testing.T) {
	for s, want := range map[string]int{"4500k": 4_500_000, "4.5M": 4_500_000, "128000": 128_000} {
		if got, err := ParseBitrate(s); err != nil || got != want {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "k", "-1M", "1G", "NaN", "51M"} {
		if got, err := ParseBitrate(s); err == nil {
			t.Errorf("%q: accepted as %d", s, got)
		}
	}
}
