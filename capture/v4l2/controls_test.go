package v4l2

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"
)

// panel is a camera's controls.
type panel struct {
	has   map[webcam.ControlID]webcam.Control
	fails webcam.ControlID
	set   []setting
}

func (p *panel) GetControls() map[webcam.ControlID]webcam.Control { return maps.Clone(p.has) }
func (p *panel) SetControl(id webcam.ControlID, value int32) error {
	if id == p.fails {
		return unix.EIO
	}
	p.set = append(p.set, setting{id, value})
	return nil
}

func TestControls(t *testing.T) {
	const exposureAuto, exposure, gain, focusAuto = 0x009a0901, 0x009a0902, 0x00980913, 0x009a090c
	const kindInteger, kindSwitch, kindMenu = 0, 1, 2
	has := map[webcam.ControlID]webcam.Control{
		powerLineFrequency: {Name: "Power Line Frequency", Min: 0, Max: 2, Type: kindMenu},
		exposureAuto:       {Name: "Auto Exposure", Min: 0, Max: 3, Type: kindMenu},
		exposure:           {Name: "Exposure (Absolute)", Min: 3, Max: 2047, Type: kindInteger},
		gain:               {Name: "Gain", Min: 0, Max: 255, Type: kindInteger},
		focusAuto:          {Name: "Focus, Automatic Continuous", Min: 0, Max: 1, Type: kindSwitch},
	}
	bare := map[webcam.ControlID]webcam.Control{gain: has[gain]}
	for _, test := range []struct {
		name     string
		has      map[webcam.ControlID]webcam.Control
		fails    webcam.ControlID
		wanted   map[string]int
		mains    int
		set      []setting
		warnings []string // parts, in order
	}{
		{name: "mains 50 Hz", has: has, mains: 50, set: []setting{{powerLineFrequency, 1}}},
		{name: "mains 60 Hz", has: has, mains: 60, set: []setting{{powerLineFrequency, 2}}},
		{name: "no such control is no fault", has: bare, mains: 50},
		{name: "the configuration's own choice", has: has, mains: 50, wanted: map[string]int{"power_line_frequency": 0}, set: []setting{{powerLineFrequency, 0}}},
		{name: "switches before numbers", has: bare, mains: 50, wanted: map[string]int{"gain": 10}, set: []setting{{gain, 10}}},
		{name: "old and new names", has: has, mains: 50,
			wanted: map[string]int{"exposure_absolute": 200, "exposure_auto": 1, "gain": 0, "focus_auto": 0},
			set:    []setting{{powerLineFrequency, 1}, {exposureAuto, 1}, {focusAuto, 0}, {gain, 0}, {exposure, 200}}},
		{name: "new name of an old driver's control", has: has, mains: 50, wanted: map[string]int{"exposure_time_absolute": 200},
			set: []setting{{powerLineFrequency, 1}, {exposure, 200}}},
		{name: "unknown and out of range", has: has, mains: 50, wanted: map[string]int{"zoom": 3, "gain": 256, "auto_exposure": 1},
			set:      []setting{{powerLineFrequency, 1}, {exposureAuto, 1}},
			warnings: []string{"control gain: 256 is not within 0 to 255", "control zoom: the camera has none of this name"}},
		{name: "one fails, the rest goes on", has: has, mains: 50, fails: powerLineFrequency, wanted: map[string]int{"gain": 7},
			set: []setting{{gain, 7}}, warnings: []string{"control power_line_frequency: set to 1: the device reports a fault"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &panel{has: test.has, fails: test.fails}
			warnings := applyControls(p, test.wanted, test.mains)
			if !slices.Equal(p.set, test.set) {
				t.Errorf("set %v, want %v", p.set, test.set)
			}
			if len(warnings) != len(test.warnings) {
				t.Fatalf("warnings %q", warnings)
			}
			for i, w := range test.warnings {
				if !strings.HasPrefix(warnings[i].En, w) || warnings[i].Zh == "" {
					t.Errorf("warning %q, want %q", warnings[i], w)
				}
			}
		})
	}
}

func TestControlNames(t *testing.T) {
	for driver, want := range map[string]string{
		"Exposure, Auto":             "exposure_auto",
		"Exposure (Absolute)":        "exposure_absolute",
		"White Balance Temperature":  "white_balance_temperature",
		"Pan, Absolute ":             "pan_absolute",
		"Backlight Compensation":     "backlight_compensation",
		"LED1 Mode":                  "led1_mode",
		"exposure_dynamic_framerate": "exposure_dynamic_framerate",
	} {
		if got := controlName(driver); got != want {
			t.Errorf("%q is %q, want %q", driver, got, want)
		}
	}
}
