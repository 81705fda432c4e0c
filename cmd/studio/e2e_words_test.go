package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"studio/media/picture"
	"studio/publish/servertest"
	"studio/ui"
	"studio/words"
)

// TestWhatIsWrongIsSaidInBothLanguages is a workshop where nearly nothing is plugged
// in, and somebody who asks for what cannot be: every sentence that can be seen has
// its Chinese.
func TestWhatIsWrongIsSaidInBothLanguages(t *testing.T) {
	folder := t.TempDir()
	page, socket, film := servertest.FreeAddress(t), filepath.Join(folder, "s"), filepath.Join(folder, "film.mjpeg")
	// Too long to be read at one go: that it is emptied is noticed whenever that happens.
	write(t, film, string(barsFilm(t, picture.Size{Width: 640, Height: 360}, 60)))
	c := start(t, nil, "serve", "--config", write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(`
name: 试验工坊
listen: %s
socket: %s
canvases:
  - {name: landscape, size: 640x360, preset: ultrafast, bitrate: 800k, layout: full}
cameras:
  - {name: wheel, title: {zh: 拉坯, en: Wheel}, drawn: wheel}
  - {name: door, title: {zh: 窑门, en: Kiln door}, device: {path: /dev/video63}}
  - {name: film, title: {zh: 影片, en: Film}, file: %s}
microphones:
  - {name: voice, title: {zh: 师傅, en: Master}, match: no such microphone}
rig:
  - {name: scale, protocol: mt-sics, port: {path: %s}, channels: {weight: {name: clay, title: {zh: 泥料, en: Clay}}}}
destinations:
  - {name: school, address: "rtmp://127.0.0.1:9/live"}
`, page, socket, film, filepath.Join(folder, "no-scale"))))
	c.page, c.socket = page, socket
	c.ready(t)
	if err := os.Truncate(film, 0); err != nil {
		t.Fatal(err)
	}
	c.refused(t, ui.Broadcast{On: true}) // there is no key, and it is wanted all the same
	var now ui.Status
	until(t, 15*time.Second, "what is missing is said", func() bool {
		now = c.status(t)
		for _, begins := range []string{"camera Kiln door: open camera ", "camera Film: ", "microphone Master: open microphone ", "instrument scale: open serial port ", "destination school: "} {
			if !slices.ContainsFunc(now.Health.Faults, func(f ui.Text) bool { return strings.HasPrefix(f.En, begins) }) {
				return false
			}
		}
		return true
	})
	if seen := checkTexts(t, "status", reflect.ValueOf(now)); seen < 20 {
		t.Errorf("%d sentences in the status: the test is blind", seen)
	}
	for _, f := range now.Health.Faults {
		t.Logf("%s\n\t%s", f.Zh, f.En)
	}

	loud := 90.0
	for _, command := range []ui.Command{
		ui.Recording{On: true}, ui.Mark{}, ui.Step{To: "next"}, ui.Keep{Camera: "door", On: true}, ui.Keep{Camera: "nobody", On: true},
		ui.Take{Cameras: []string{"nobody"}}, ui.Take{Cameras: []string{"wheel"}, Layout: "heap"},
		ui.Take{Cameras: []string{"wheel"}, Canvas: "moon"}, ui.Take{Cameras: []string{"wheel"}, Transition: "star"}, ui.Take{},
		ui.Cue{Canvas: "landscape", Cameras: []string{"nobody"}}, ui.TakeCue{Canvas: "moon"}, ui.SwitchCanvas{Canvas: "moon"},
		ui.Frame{Canvas: "landscape", Camera: "nobody", Zoom: 1}, ui.Frame{Canvas: "landscape", Camera: "wheel", Zoom: 99},
		ui.Delay{Camera: "wheel", DelayMS: 10}, ui.Delay{Camera: "nobody"}, ui.Clap{Camera: "nobody"}, ui.Clap{Camera: "wheel", Microphone: "nobody"},
		ui.SetSound{Name: "nobody"}, ui.SetSound{Name: "voice", GainDB: &loud}, ui.Send{Destination: "nobody"}, ui.StreamKey{Destination: "nobody", Key: "k"},
		ui.StreamKey{Destination: "school", Address: "https://a.example/b"}, ui.StreamKey{Destination: "school", Address: "rtmp://"},
	} {
		code, said := c.give(t, command)
		var problem struct{ Words ui.Text }
		if err := json.Unmarshal(said, &problem); err != nil || code == http.StatusOK || code == http.StatusInternalServerError || !inChinese(problem.Words) || problem.Words.En == "" {
			t.Errorf("%#v: %d %s", command, code, said)
		}
	}

	c.end(t, os.Interrupt)
}

// checkTexts walks through whatever it is given and wants Chinese of all that is said
// in English, but of names, which are the same in both. It returns how many there are.
func checkTexts(t *testing.T, at string, v reflect.Value) (seen int) {
	t.Helper()
	if text, ok := v.Interface().(words.Text); ok {
		if text.En != text.Zh && !inChinese(text) {
			t.Errorf("%s: %+v", at, text)
		}
		return min(1, len(text.En))
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				seen += checkTexts(t, at+"."+f.Name, v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			seen += checkTexts(t, fmt.Sprintf("%s[%d]", at, i), v.Index(i))
		}
	}
	return seen
}
