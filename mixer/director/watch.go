package director

import (
	"math"
	"slices"
	"time"
)

// watch is what the director remembers of a camera.
type watch struct {
	name     string
	live     bool
	back     time.Time     // it came back; zero: it has always been there
	shown    time.Time     // it was last on air
	activity float64       // smoothed
	floorDB  float64       // of its microphone: what is heard when nobody speaks
	loudDB   float64       // smoothed
	heard    time.Duration // of speech lately
	speaks   bool
}

const (
	// A camera that came back has to last so long before it is chosen again: a loose
	// plug is not shown time after time.
	steadyAfter = 2 * time.Second
	// Motion and loudness are smoothed over so long: a hand that passes is no reason.
	settling = 1500 * time.Millisecond
)

// Speech is at least so loud, and so much above what the microphone hears anyway
// (a wheel, a burner). The floor follows a drop at once and rises slowly, so that
// the pauses between words keep it down.
const (
	leastSpeechDB  = -50
	aboveFloorDB   = 12
	floorRiseDB    = 1 // a second
	silenceFloorDB = -90
)

// Somebody speaks once this much speech was heard, knocks and coughs being
// shorter, and no more when it has run down at half the speed at which it came.
const (
	speechBegins = 800 * time.Millisecond
	speechEnds   = 200 * time.Millisecond
	speechMost   = 2 * time.Second
)

// look takes in the cameras as they are now.
func look(before []watch, cameras []Camera, onAir string, now time.Time, elapsed time.Duration) []watch {
	after := make([]watch, 0, len(cameras))
	for _, c := range cameras {
		w := watch{name: c.Name, live: c.Live, floorDB: c.LevelDB, loudDB: c.LevelDB, activity: c.Activity}
		if i := slices.IndexFunc(before, func(w watch) bool { return w.name == c.Name }); i >= 0 {
			w = before[i].look(c, now, elapsed)
		}
		if c.Name == onAir {
			w.shown = now
		}
		after = append(after, w)
	}
	return after
}

func (w watch) look(c Camera, now time.Time, elapsed time.Duration) watch {
	if c.Live && !w.live {
		w.back = now
	}
	w.live = c.Live
	share := 1 - math.Exp(-elapsed.Seconds()/settling.Seconds())
	activity := c.Activity
	if !c.Live {
		activity = 0
	}
	w.activity += (activity - w.activity) * share
	if !c.HasSound {
		w.heard, w.speaks = 0, false
		return w
	}
	w.loudDB += (c.LevelDB - w.loudDB) * share
	w.floorDB = max(min(w.floorDB+floorRiseDB*elapsed.Seconds(), c.LevelDB), silenceFloorDB)
	if c.LevelDB >= leastSpeechDB && c.LevelDB >= w.floorDB+aboveFloorDB {
		w.heard = min(w.heard+elapsed, speechMost)
	} else {
		w.heard = max(w.heard-elapsed/2, 0)
	}
	w.speaks = w.heard >= speechBegins || w.speaks && w.heard > speechEnds
	return w
}

// steady reports whether the camera is there to stay.
func (w watch) steady(now time.Time) bool {
	return w.back.IsZero() || now.Sub(w.back) >= steadyAfter
}

func (d Director) watch(name string) watch {
	if i := slices.IndexFunc(d.watched, func(w watch) bool { return w.name == name }); i >= 0 {
		return d.watched[i]
	}
	return watch{}
}
