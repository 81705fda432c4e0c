package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which of our packages each package may import. What stands further
// down in the house knows nothing of what stands above; only cmd/studio sees
// everything. An import that is not listed here needs a reason, and a line.
var allowed = map[string][]string{
	sentences: {},

	// The ground floor: the things that flow.
	"media/picture":          {},
	"media/picture/jpeg":     {"media/picture"}, // decodes into pictures
	"media/samples":          {},
	"media/samples/resample": {},
	"media/samples/loudness": {"media/samples"}, // hears the programme's format
	"media/packet":           {},
	"media/packet/annexb":    {},

	// The rig. Readings are a leaf, so that instruments, rig and overlays see them.
	"hw/reading":    {},
	"hw/serialport": {},
	"hw/videodev":   {},
	"hw/instrument": {"hw/reading"},
	"hw/rig":        {"hw/reading", "hw/instrument", "hw/serialport"},
	"hw/hwtest":     {},

	// Pictures and sound in.
	"capture":                          {"media/picture"},                                                                                  // frames know their colour and painters draw
	"capture/v4l2":                     {"capture", "capture/h264", "hw/videodev", "media/picture", "media/packet", "media/packet/annexb"}, // packet: the rational frame rate; annexb: where H.264 can begin
	"capture/h264":                     {"capture", "media/picture", "media/packet/annexb"},                                                // annexb: what was lost
	"capture/clip":                     {"capture", "media/picture", "media/packet", "media/samples"},                                      // the same, and sound
	"capture/drawn":                    {"capture", "media/picture", "media/packet", "media/samples"},                                      // draws pictures, makes sound
	"capture/microphone":               {"capture", "capture/microphone/internal/wire", "media/samples"},                                   // capture: what is told apart about a source that does not open
	"capture/microphone/internal/wire": {},
	"capture/microphone/reader":        {"capture/microphone/internal/wire", "media/samples"},

	// Explanation.
	"overlay/svg":       {"media/picture"}, // sizes
	"overlay/template":  {"overlay/svg", "overlay/procedure", "media/picture", "hw/reading"},
	"overlay/procedure": {"configs/strict"},
	"overlay":           {"overlay/svg", "overlay/template", "overlay/procedure", "media/picture", "hw/reading"},

	// The mixer.
	"mixer/scene":    {"media/picture"},                                                             // rectangles
	"mixer/wall":     {"mixer", "mixer/activity", "capture", "media/picture", "media/picture/jpeg"}, // small pictures of cameras
	"mixer/clap":     {"media/samples"},                                                             // levels of sound
	"mixer/director": {"mixer/scene"},                                                               // shots
	"mixer/activity": {"media/picture"},                                                             // looks at small pictures
	"mixer/shed":     {},
	"mixer/sound":    {"media/samples", "media/samples/resample", "media/samples/loudness"},
	"mixer":          {"mixer/scene", "capture", "media/picture", "media/picture/jpeg", "media/packet"}, // packet: the rational frame rate

	// Out.
	"encode":                {"media/picture", "media/samples", "media/packet"},
	"publish":               {"media/packet", "media/picture"},                              // pictures for what shows them
	"publish/adapt":         {"publish"},                                                    // words in both languages
	"publish/platform":      {"publish", "configs/strict", "media/picture", "media/packet"}, // own presets; sizes, rates
	"publish/preflight":     {"publish"},                                                    // faults and words
	"publish/rendition":     {"publish", "publish/platform"},                                // platforms' limits
	"publish/avformat":      {"publish", "media/packet"},
	"publish/srt":           {"publish", "publish/avformat", "media/packet", "words"}, // avformat: makes the transport stream
	"publish/mp4":           {},
	"publish/recording":     {"publish", "publish/avformat", "publish/mp4", "media/packet"},
	"publish/iso":           {"capture", "publish", "publish/avformat", "media/samples", "media/packet/annexb"}, // capture: frames as they came; annexb: where a file begins
	"publish/clips":         {"publish", "publish/avformat", "publish/mp4", "media/packet"},
	"publish/filetest":      {"encode", "media/packet", "media/picture", "media/samples"}, // makes test programmes
	"publish/servertest":    {"polltest"},                                                 // waits for a server
	"publish/internal/rtc":  {"media/packet"},
	"publish/whip":          {"publish", "publish/internal/rtc", "media/packet"},
	"publish/whip/whiptest": {"media/packet"},
	"publish/virtualcam":    {"publish", "hw/videodev", "media/packet", "media/picture"}, // packet: the rational frame rate
	"publish/window":        {"publish", "media/picture"},
	"publish/window/screen": {"publish", "publish/window", "media/picture"}, // publish: words in both languages
	"publish/preview":       {"publish/internal/rtc", "media/packet", "ui"}, // ui: refusals that the page understands

	// Configuration, and what is built in.
	"configs/strict":    {},
	"configs/atomic":    {},
	"configs/wanted":    {"configs/atomic"},
	"configs/vault":     {"configs/atomic"},
	"configs/layouts":   {"configs/strict", "mixer/scene"},                                                     // layouts are the scene's
	"configs":           {"configs/strict", "configs/layouts", "media/picture", "media/packet", "mixer/scene"}, // sizes, rates, names of layouts
	"configs/templates": {},
	"configs/crafts":    {},

	// What leaves the box to have it mended: it shows of the configuration what may be seen.
	"support": {"configs", "configs/strict", "configs/vault", "configs/wanted", "publish"}, // publish: addresses without their secrets

	// Faces. They know the studio as ui.Studio only.
	"ui":        {},
	"ui/uitest": {"ui", "media/picture", "media/picture/jpeg"}, // draws test pictures
	"ui/api":    {"ui"},
	"ui/web":    {},
	"ui/kiosk":  {"ui"},

	"ui/xvfbtest": {}, // a display for tests
	"polltest":    {}, // waiting in tests
}

// sentences is what people read, in both languages; whoever has to say what is wrong
// may import it.
const sentences = "words"

func TestPackagesImportOnlyWhatStandsBelowThem(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, "studio/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.TrimPrefix(name, "studio/")
		if name == "cmd/studio" {
			continue
		}
		list, ok := allowed[name]
		if !ok {
			t.Errorf("package %s is not in the list: say what it may import", name)
			continue
		}
		seen[name] = true
		for _, i := range strings.Fields(imports) {
			if own, ours := strings.CutPrefix(i, "studio/"); ours && own != sentences && !slices.Contains(list, own) {
				t.Errorf("%s imports %s, which is not allowed", name, own)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("package %s is in the list but not in the house", name)
		}
	}
}

// cLibraries says which package alone speaks to which C library.
var cLibraries = map[string]string{
	"turbojpeg":     "media/picture/jpeg",
	"libyuv":        "media/picture",
	"librsvg":       "overlay/svg",
	"libswresample": "media/samples/resample",
	"libebur128":    "media/samples/loudness",
	"sdl2":          "publish/window/screen",
	"srt":           "publish/srt",
}

func TestOnePackagePerCLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .CgoLDFLAGS " "}} {{join .CgoPkgConfig " "}}`, "studio/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		name, libraries, _ := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.TrimPrefix(name, "studio/")
		for library, home := range cLibraries {
			found := strings.Contains(libraries, library) || strings.Contains(libraries, "-lyuv") && library == "libyuv"
			if found != (name == home) {
				t.Errorf("%s: links %s: %v; it belongs to %s", name, library, found, home)
			}
		}
	}
}
