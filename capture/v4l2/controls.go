package v4l2

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/blackjack/webcam"

	"studio/media/packet"
	"studio/words"
)

// controller reads and sets a camera's controls. Its calls reach the device and
// return when it has answered.
type controller interface {
	GetControls() map[webcam.ControlID]webcam.Control
	SetControl(id webcam.ControlID, value int32) error
}

// V4L2_CID_POWER_LINE_FREQUENCY and its choices; 0 is off.
const (
	powerLineFrequency = 0x00980918
	mains50            = 1
	mains60            = 2
)

// What says how H.264 is coded: V4L2_CID_MPEG_VIDEO_GOP_SIZE, …_H264_I_PERIOD and
// …_REPEAT_SEQ_HEADER.
const (
	groupSize    = 0x009909cb
	keyPeriod    = 0x00990a66
	repeatHeader = 0x009909e2
)

// typeInteger is webcam's type of controls with a range of numbers; the others
// are switches and menus.
const typeInteger = 0

// shortGroups asks for a key frame a second, with its parameter sets, where the camera
// lets itself be told: the picture is there the sooner when somebody looks again, and
// back the sooner after a fault. It goes without, too.
func shortGroups(cam controller, rate packet.Rational) {
	has := cam.GetControls()
	each := int32(max(1, math.Round(rate.Float())))
	for id, value := range map[webcam.ControlID]int32{groupSize: each, keyPeriod: each, repeatHeader: 1} {
		if c, ok := has[id]; ok {
			_ = cam.SetControl(id, min(max(value, c.Min), c.Max)) // a wish
		}
	}
}

// applyControls sets the mains frequency and the wanted controls, which are named
// as v4l2-ctl names them. Switches and menus come before numbers: a camera takes
// an exposure time only once its automatic is off. What cannot be set is returned
// as sentences, for the picture is worth having without it.
func applyControls(cam controller, wanted map[string]int, mainsHz int) (warnings []words.Text) {
	has := cam.GetControls()
	byName := make(map[string]webcam.ControlID, len(has))
	for id, c := range has {
		name := presentName(controlName(c.Name))
		if other, taken := byName[name]; !taken || id < other {
			byName[name] = id
		}
	}

	values := make(map[webcam.ControlID]int, len(wanted)+1)
	names := make(map[webcam.ControlID]string, len(wanted))
	if _, ok := has[powerLineFrequency]; ok {
		values[powerLineFrequency] = mains50
		if mainsHz == 60 {
			values[powerLineFrequency] = mains60
		}
		names[powerLineFrequency] = "power_line_frequency"
	}
	for name, value := range wanted {
		id, ok := byName[presentName(controlName(name))]
		if !ok {
			warnings = append(warnings, words.Textf("control %s: the camera has none of this name", "摄像头没有名为 %s 的设置", name))
			continue
		}
		if c := has[id]; value < int(c.Min) || value > int(c.Max) {
			warnings = append(warnings, words.Textf("control %s: %d is not within %d to %d", "设置 %s：%d 不在 %d 到 %d 之间", name, value, c.Min, c.Max))
			continue
		}
		values[id], names[id] = value, name
	}

	for _, id := range inOrder(values, has) {
		if err := cam.SetControl(id, int32(values[id])); err != nil {
			warnings = append(warnings, words.Textf("control %s: set to %d: %v", "设置 %s 改不成 %d：%v", names[id], values[id], cause(err)))
		}
	}
	slices.SortFunc(warnings, func(a, b words.Text) int { return strings.Compare(a.En, b.En) })
	return warnings
}

func inOrder(values map[webcam.ControlID]int, has map[webcam.ControlID]webcam.Control) []webcam.ControlID {
	ids := make([]webcam.ControlID, 0, len(values))
	for id := range values {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b webcam.ControlID) int {
		if numberA, numberB := has[a].Type == typeInteger, has[b].Type == typeInteger; numberA != numberB {
			if numberB {
				return -1
			}
			return 1
		}
		return int(a) - int(b)
	})
	return ids
}

// controlName writes a driver's name as v4l2-ctl does: "Exposure, Auto" is
// exposure_auto.
func controlName(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.ToLower(strings.Join(words, "_"))
}

// presentName returns the name since Linux 5.15 of a control that had another one
// before, so that a configuration outlives an update in either direction.
func presentName(name string) string {
	switch name {
	case "exposure_auto":
		return "auto_exposure"
	case "exposure_absolute":
		return "exposure_time_absolute"
	case "exposure_auto_priority":
		return "exposure_dynamic_framerate"
	case "white_balance_temperature_auto":
		return "white_balance_automatic"
	case "focus_auto":
		return "focus_automatic_continuous"
	}
	return name
}
