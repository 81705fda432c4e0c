package encode

import (
	"context"
	"errors"
	"strings"
	"testing"

	"studio/media/packet"
	"studio/media/picture"
)

func TestBoxChooses(t *testing.T) {
	landscape := Canvas{Name: "landscape", Size: picture.Size{Width: 1920, Height: 1080}, Rate: thirty}
	portrait := Canvas{Name: "portrait", Size: picture.Size{Width: 1080, Height: 1920}, Rate: thirty}
	fixed := portrait
	fixed.Preset = "ultrafast"
	slow := landscape
	slow.Preset = "medium"
	fast := landscape
	fast.Rate = packet.Rational{Num: 60, Den: 1}
	box := func(cores int, factor float64) Box {
		return Box{cores, landscape.Size, []Speed{{"veryfast", 21 * factor}, {"superfast", 12 * factor}, {"ultrafast", 7 * factor}}}
	}
	for _, test := range []struct {
		name     string
		box      Box
		canvases []Canvas
		want     []Choice
		fits     bool
	}{
		{"one on two cores", box(2, 1), []Canvas{landscape}, []Choice{{"veryfast", 2}}, true},
		{"both on two cores", box(2, 1), []Canvas{landscape, portrait}, []Choice{{"superfast", 1}, {"superfast", 1}}, true},
		{"both on eight cores", box(8, 1), []Canvas{landscape, portrait}, []Choice{{"veryfast", 2}, {"veryfast", 2}}, true},
		{"one on a slow box", box(2, 1.4), []Canvas{landscape}, []Choice{{"superfast", 2}}, true},
		{"one on four slow cores", box(4, 3), []Canvas{landscape}, []Choice{{"superfast", 2}}, true},
		{"too much", box(1, 3), []Canvas{landscape, portrait}, []Choice{{"ultrafast", 1}, {"ultrafast", 1}}, false},
		{"a person's choice stays", box(2, 1.1), []Canvas{landscape, fixed}, []Choice{{"superfast", 1}, {"ultrafast", 1}}, true},
		{"also one that is too much", box(2, 1), []Canvas{slow}, []Choice{{"medium", 2}}, false},
		{"fast pictures", box(4, 1), []Canvas{fast}, []Choice{{"veryfast", 4}}, true},
	} {
		choices, fits, words := test.box.Choose(test.canvases)
		for i, c := range choices {
			if c != test.want[i] {
				t.Errorf("%s: %+v, want %+v", test.name, choices, test.want)
				break
			}
		}
		if fits != test.fits || strings.Contains(words.En, "too much") == fits {
			t.Errorf("%s: fits %v: %s", test.name, fits, words.En)
		}
		for _, c := range test.canvases {
			if !strings.Contains(words.En, c.Name+" gets ") || !strings.Contains(words.Zh, c.Name+" 用 ") {
				t.Errorf("%s: nothing about %s in %q", test.name, c.Name, words)
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	size := picture.Size{Width: 320, Height: 180}
	b, err := Measure(t.Context(), size, thirty, 500_000)
	if err != nil || len(b.Speeds) != 3 || b.Cores < 1 || b.Size != size {
		t.Fatalf("%+v, %v", b, err)
	}
	if slowest, fastest := b.Speeds[0], b.Speeds[2]; slowest.Preset != "veryfast" || fastest.Preset != "ultrafast" ||
		fastest.Milliseconds <= 0 || fastest.Milliseconds >= slowest.Milliseconds {
		t.Errorf("%+v", b.Speeds)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ended, size, thirty, 500_000); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
