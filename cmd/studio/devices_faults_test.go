//go:build devices

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"studio/ui"
)

// camerasFail lets the cameras fail, one after the other and two at once.
func (w *vmWorkshop) camerasFail(t *testing.T) {
	vivid0, vivid1 := vmVariable(t, "VIVID0"), vmVariable(t, "VIVID1")
	for _, f := range []deviceFault{
		{name: "camera disconnected", cameras: []int{0}, sentence: `camera "wheel"`,
			strike: func(t *testing.T) { vmCommand(t, "vivid-disconnect", vivid0) },
			mend:   func(t *testing.T) { vmCommand(t, "vivid-reconnect", vivid0) }},
		{name: "camera breaks and does not start at once", cameras: []int{1}, sentence: `camera "hands"`,
			strike: func(t *testing.T) {
				vmCommand(t, "vivid-inject", vivid1, "streamon-error")
				vmCommand(t, "vivid-inject", vivid1, "fatal-error")
			}},
		{name: "camera takes no buffer back and does not give new ones at once", cameras: []int{1}, sentence: `camera "hands"`,
			strike: func(t *testing.T) {
				vmCommand(t, "vivid-inject", vivid1, "reqbufs-error")
				vmCommand(t, "vivid-inject", vivid1, "qbuf-error")
			}},
		{name: "camera falls silent", cameras: []int{1}, sentence: `read camera "hands": no picture comes in`,
			strike: func(t *testing.T) { vmCommand(t, "vivid-inject", vivid1, "drop", "100") },
			mend:   func(t *testing.T) { vmCommand(t, "vivid-inject", vivid1, "drop", "0") }},
		{name: "MJPEG camera pulled", cameras: []int{2}, sentence: `camera "glaze"`,
			strike: func(*testing.T) { w.feeder.kill() },
			mend:   func(*testing.T) { w.feeder = feedLoopback(w.whole) }},
		{name: "two cameras pulled", cameras: []int{0, 1}, sentence: `camera "`,
			strike: func(t *testing.T) { vmCommand(t, "vivid-unplug") },
			mend:   func(t *testing.T) { vmCommand(t, "vivid-replug") }},
	} {
		t.Run(f.name, func(t *testing.T) { f.run(t, w) })
	}
}

// backWithin is how long a picture, a weight or the sound may take to return after
// it is plugged in again.
const backWithin = 3 * time.Second

// deviceFault is what happens to cameras, by the number of their slots.
type deviceFault struct {
	name         string
	cameras      []int
	sentence     string // is in what the technician reads
	strike, mend func(t *testing.T)
}

func (f deviceFault) run(t *testing.T, w *vmWorkshop) {
	var trouble []string
	for _, c := range f.cameras {
		trouble = append(trouble, deviceCameras()[c])
	}
	all := func(live bool) func(ui.Status) bool {
		return func(now ui.Status) bool {
			for _, c := range trouble {
				if (cameraOf(t, now, c).State == ui.Live) != live {
					return false
				}
			}
			return true
		}
	}
	shows := func(slate bool) func(ui.Status) bool {
		return func(now ui.Status) bool { return all(!slate)(now) && w.shows(t, f.cameras, slate) }
	}
	f.strike(t)
	took, now := w.until(t, "a sentence", trouble, all(false))
	for _, c := range trouble {
		said := cameraOf(t, now, c).Message.En
		t.Logf("noticed at most %v after the fault: %s", took, said)
		if !strings.Contains(said, f.sentence) {
			t.Errorf("the technician reads %q, want %q in it", said, f.sentence)
		}
	}
	if f.mend != nil {
		w.until(t, "the slate", trouble, shows(true))
		time.Sleep(time.Second) // the viewer is to see it, too
		f.mend(t)
	}
	took, _ = w.until(t, "the picture again", trouble, shows(false))
	t.Logf("picture %v after mending", took)
	if took > backWithin {
		t.Errorf("the picture came only %v after mending", took)
	}
}

// shows tells whether the programme shows the slates of all these cameras, or of
// none of them.
func (w *vmWorkshop) shows(t *testing.T, cameras []int, slate bool) bool {
	t.Helper()
	plane := lumaOf(w.picture(t))
	part := make([]byte, slotSize.Width*slotSize.Height)
	for _, c := range cameras {
		cut(part, plane, slotAt(c))
		if apart(part, w.slates[c]) < slateNear != slate {
			return false
		}
	}
	return true
}

// pictureDamaged: a damaged picture is left out and counted; the camera stays live.
func (w *vmWorkshop) pictureDamaged(t *testing.T) {
	lost := cameraOf(t, w.status(t), "hands").Lost
	vmCommand(t, "vivid-inject", vmVariable(t, "VIVID1"), "buffer-error")
	w.until(t, "the damaged picture counted", nil, func(now ui.Status) bool { return cameraOf(t, now, "hands").Lost > lost })
}

// scalePulled: without its cable the scale shows no number anywhere.
func (w *vmWorkshop) scalePulled(t *testing.T) {
	figure := w.gauge(t)
	vmCommand(t, "unplug-serial")
	took, now := w.until(t, "no number", nil, func(now ui.Status) bool { return now.Readings[0].Quality == "fault" })
	t.Logf("noticed at most %v after the pull: %+v, faults %q", took, now.Readings[0], now.Health.Faults)
	if weightShown(now) != "" || !slices.ContainsFunc(now.Health.Faults, func(f ui.Text) bool { return strings.HasPrefix(f.En, "instrument scale: ") }) {
		t.Errorf("the pulled scale: %+v, faults %q", now.Readings[0], now.Health.Faults)
	}
	w.until(t, "no number in the picture", nil, func(now ui.Status) bool {
		return weightShown(now) == "" && apart(w.gauge(t), figure) > gaugeMoved
	})

	vmCommand(t, "replug-serial")
	took, _ = w.until(t, "a weight", nil, func(now ui.Status) bool {
		if weight := weightShown(now); weight != "" && weight != gramsShown {
			t.Errorf("an invented weight: %s", weight)
		}
		return weightShown(now) == gramsShown
	})
	t.Logf("weighed again at most %v after plugging in", took)
	if took > backWithin {
		t.Errorf("weighed again only %v after plugging in", took)
	}
	w.until(t, "the number in the picture", nil, func(ui.Status) bool { return apart(w.gauge(t), figure) < gaugeMoved/2 })
}

// gauge is the luma of the free quarter in which the scale's figure stands.
func (w *vmWorkshop) gauge(t *testing.T) []byte {
	t.Helper()
	part := make([]byte, slotSize.Width*slotSize.Height)
	cut(part, lumaOf(w.picture(t)), slotAt(3))
	return part
}

func weightShown(s ui.Status) string { return s.Readings[0].Value }

// silence: the far end of the microphone says nothing for a while.
func (w *vmWorkshop) silence(t *testing.T) {
	w.player.kill()
	took, _ := w.until(t, "silence", nil, func(now ui.Status) bool { return now.Sound.PeakDB[0] < -100 })
	t.Logf("silent after %v", took)
	w.player = playTone(w.whole)
	took, _ = w.until(t, "sound", nil, toneHeard)
	t.Logf("heard again after %v", took)
}

// microphonePulled: the whole sound card goes and comes back.
func (w *vmWorkshop) microphonePulled(t *testing.T) {
	vmCommand(t, "unplug-sound")
	took, now := w.until(t, "the microphone gone", nil, func(now ui.Status) bool { return now.Sound.State == ui.Waiting })
	t.Logf("noticed after %v: %s", took, now.Sound.Message.En)
	if !strings.Contains(now.Sound.Message.En, "microphone") || now.Sound.PeakDB[0] > -100 {
		t.Errorf("the pulled microphone: %+v", now.Sound)
	}
	w.player.kill() // it holds the card that is gone
	vmCommand(t, "replug-sound")
	w.player = playTone(w.whole)
	took, _ = w.until(t, "sound", nil, toneHeard)
	t.Logf("heard again after %v", took)
	if took > backWithin {
		t.Errorf("heard again only after %v", took)
	}
}

func toneHeard(s ui.Status) bool { return s.Sound.State == ui.Live && s.Sound.PeakDB[0] > -20 }
