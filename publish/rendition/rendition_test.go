package rendition

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"studio/media/packet"
	"studio/media/picture"
	"studio/publish/platform"
)

var canvas = platform.Encode{Size: picture.Size{Width: 1920, Height: 1080}, Rate: packet.Rational{Num: 30, Den: 1},
	VideoBitsPerSecond: 4_000_000, AudioBitsPerSecond: 128_000, KeySeconds: 2, Profile: "main", Preset: "veryfast"}

var (
	hd       = platform.Limits{Size: picture.Size{Width: 1280, Height: 720}}
	low      = platform.Limits{VideoBitsPerSecond: 2_500_000}
	plain    = platform.Limits{Profiles: []string{"baseline"}}
	generous = platform.Limits{VideoBitsPerSecond: 6_000_000, AudioBitsPerSecond: 96_000, KeySeconds: 4}
)

// within is the canvas's encode as limits leave it.
func within(limits ...platform.Limits) platform.Encode {
	e := canvas
	for _, l := range limits {
		e = l.Fit(e)
	}
	return e
}

func TestPlan(t *testing.T) {
	place := func(name string, limits ...platform.Limits) Place {
		return Place{Destination: name, Need: within(limits...)}
	}
	alone := func(name string, limits ...platform.Limits) Place {
		return Place{Destination: name, Need: within(limits...), Alone: true}
	}
	better := canvas
	better.VideoBitsPerSecond = 6_000_000
	for _, test := range []struct {
		name   string
		places []Place
		want   string
	}{
		{"nobody", nil, "1920x1080 main 4000 kb/s []"},
		{"limits that are kept need nothing", []Place{place("a", generous), place("b")}, "1920x1080 main 4000 kb/s [a b]"},
		{"a lower bit rate", []Place{place("a"), place("b", low)}, "1920x1080 main 4000 kb/s [a], 1920x1080 main 2500 kb/s [b]"},
		{"a higher bit rate", []Place{{Destination: "a", Need: better}}, "1920x1080 main 4000 kb/s [], 1920x1080 main 6000 kb/s [a]"},
		{"the same need is shared, however it is said", []Place{place("a", hd, low), place("b"), place("c", low, generous, hd)},
			"1920x1080 main 4000 kb/s [b], 1280x720 main 2500 kb/s [a c]"},
		{"different needs are not", []Place{place("a", plain), place("b", low), place("c", plain, low)},
			"1920x1080 main 4000 kb/s [], 1920x1080 baseline 4000 kb/s [a], 1920x1080 main 2500 kb/s [b], 1920x1080 baseline 2500 kb/s [c]"},
		{"alone is with nobody", []Place{alone("a", plain), place("b", plain), alone("c", plain), alone("d")},
			"1920x1080 main 4000 kb/s [], 1920x1080 baseline 4000 kb/s [a], 1920x1080 baseline 4000 kb/s [b], 1920x1080 baseline 4000 kb/s [c], 1920x1080 main 4000 kb/s [d]"},
	} {
		got := ""
		var served []string
		for i, r := range Plan(canvas, test.places, 0) {
			if i > 0 {
				got += ", "
			}
			got += fmt.Sprint(Describe(r.Encode), " ", r.Destinations)
			served = append(served, r.Destinations...)
			if r.Canvas != (i == 0) || r.Canvas != (r.Cost == Cost{}) || r.Canvas != (r.Says.En == "") || r.Canvas != (r.Says.Zh == "") {
				t.Errorf("%s: %+v", test.name, r)
			}
		}
		if got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.name, got, test.want)
		}
		slices.Sort(served)
		if len(slices.Compact(served)) != len(test.places) {
			t.Errorf("%s: served are %v", test.name, served)
		}
	}
}

func TestSays(t *testing.T) {
	r := Plan(canvas, []Place{{Destination: "youtube", Need: within(hd, low)}, {Destination: "guild", Need: within(low, hd)}}, 2)[1]
	if r.Says.En != "youtube, guild share an encode of their own (1280x720 main 2500 kb/s): about 16.6 ms a frame, 50 % of a core" ||
		r.Says.Zh != "youtube、guild 共用一个单独的编码（1280x720 main 2500 kb/s）：每帧约 16.6 毫秒，约占一个处理器核心的 50%。" {
		t.Errorf("%+v", r.Says)
	}
}

func TestCosts(t *testing.T) {
	for preset, row := range times {
		before := 0.0
		for i, size := range []picture.Size{{Width: 640, Height: 360}, {Width: 960, Height: 540}, {Width: 1280, Height: 720}, {Width: 1920, Height: 1080}} {
			e := canvas
			e.Preset, e.Size = preset, size
			c := CostOf(e, 1)
			if math.Abs(c.MillisecondsPerFrame-row[i]) > 1e-9 || math.Abs(c.CorePercent-3*row[i]) > 0.1 {
				t.Errorf("%s %v: %+v", preset, size, c)
			}
			if c.MillisecondsPerFrame <= before {
				t.Errorf("%s: %v costs no more than what is smaller", preset, size)
			}
			before = c.MillisecondsPerFrame
		}
	}
	// More pixels never cost less, also beyond what was measured.
	before := 0.0
	for width := 64; width <= 4096; width += 64 {
		e := canvas
		e.Size = picture.Size{Width: width, Height: width * 9 / 16}
		c := CostOf(e, 0)
		if c.MillisecondsPerFrame <= before {
			t.Errorf("%v costs %v, what is smaller %v", e.Size, c.MillisecondsPerFrame, before)
		}
		before = c.MillisecondsPerFrame
	}
	slow, odd, upright, plain := canvas, canvas, canvas, canvas
	odd.Preset = "placebo"
	upright.Size = picture.Size{Width: 1080, Height: 1920}
	plain.Profile = "baseline"
	if CostOf(slow, 3).MillisecondsPerFrame != 3*CostOf(canvas, 0).MillisecondsPerFrame || CostOf(odd, 0) != CostOf(canvas, 0) ||
		CostOf(upright, 0) != CostOf(canvas, 0) || CostOf(plain, 0).MillisecondsPerFrame >= CostOf(canvas, 0).MillisecondsPerFrame {
		t.Error("slowness, an unknown preset, a standing picture or the profile")
	}
}
