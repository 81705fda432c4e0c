// Package clap is the clap test: somebody claps a few times before a camera, and
// from the motion in its picture and the level of a microphone it is found by how
// much the picture and the sound are apart in the programme, and what has to wait.
//
// A clap is heard when the hands meet, which is when their motion ends: where
// the difference from frame to frame falls. Both traces are matched
// for all claps together; then each clap says by itself, finer than a frame, and
// the spread of what they say is the measure of trust. Nothing here has a clock,
// a goroutine or a picture.
package clap

import (
	"math"
	"slices"
	"time"
)

// Motion is one frame of the camera: the program time at which it is shown, and
// by how much it differs from the frame before, 0 to 1 (see wall.Wall.Watch).
type Motion struct {
	At     time.Duration
	Moving float64
}

// Level is a short stretch of the microphone's sound: the program time of its
// middle, and its peak, 1.0 full scale. AppendLevels makes them.
type Level struct {
	At   time.Duration
	Peak float64
}

// Result is what the traces say.
type Result struct {
	// Skew is by how much the picture is later in the programme than the sound,
	// whatever delays are set at the time; negative: it is earlier.
	Skew       time.Duration
	Claps      int     // heard and seen
	Confidence float64 // 0 to 1
	Sure       bool    // the skew can be relied on; otherwise Reason says why not
	Reason     Text
}

// Text is something a person reads, in the languages of the box.
type Text struct {
	Zh string // Chinese
	En string // English
}

const (
	// fewest claps are needed to tell them from chance.
	fewest = 3
	// The picture and the sound are searched for within so much of each other.
	farthest   = 600 * time.Millisecond
	searchStep = 2 * time.Millisecond
	// Claps match well elsewhere, too, when the best match is not better than this.
	mostDoubt = 0.75
	// leastMotion is the difference from frame to frame that a clap makes at least.
	leastMotion = 0.001
	// mostError is how far off the result may be, as the spread of the claps says.
	mostError = 10 * time.Millisecond
)

// Measure finds the skew of a camera and a microphone that were watched at the
// same time, each trace in the order of time.
func Measure(video []Motion, sound []Level) Result {
	claps := heard(sound)
	if len(claps) < fewest {
		return Result{Claps: len(claps), Reason: tooFew(len(claps))}
	}
	ends, frame := halts(video)
	if !seen(ends) {
		return Result{Reason: notSeen(len(claps))}
	}
	skew, doubt := match(ends, frame, claps)
	var each []time.Duration
	for range 2 { // the second time about a better middle
		if each = fine(ends, frame, claps, skew); len(each) == 0 {
			break
		}
		skew = median(each)
	}
	if matched := float64(len(each)) / float64(len(claps)); len(each) < fewest || matched < 0.6 {
		return Result{Claps: len(each), Reason: notSeen(len(claps))}
	} else if doubt > mostDoubt {
		return Result{Claps: len(each), Confidence: 1 - doubt, Reason: doubtful()}
	}
	mean, deviation := spread(each, skew, frame)
	uncertain := time.Duration(float64(deviation) / math.Sqrt(float64(len(each))))
	if uncertain > mostError {
		return Result{Skew: mean, Claps: len(each), Reason: scattered()}
	}
	confidence := (1 - doubt) * (1 - float64(uncertain)/float64(2*mostError))
	return Result{Skew: mean, Claps: len(each), Confidence: confidence, Sure: true}
}

// halt is a moment at which motion fell, and by how much.
type halt struct {
	at   time.Duration
	fell float64
}

// halts finds where motion ends, and the usual time between two frames. When
// hands meet on the way from one frame to the next, that frame still shows a part
// of the motion and the one after it none: the fall is shared between both in such
// a way that its middle is when they met.
func halts(video []Motion) (ends []halt, frame time.Duration) {
	var gaps []time.Duration
	for i := 1; i < len(video); i++ {
		ends = append(ends, halt{video[i-1].At, max(0, video[i-1].Moving-video[i].Moving)})
		gaps = append(gaps, video[i].At-video[i-1].At)
	}
	if len(gaps) == 0 {
		return nil, 0
	}
	return ends, max(median(gaps), time.Millisecond)
}

func seen(ends []halt) bool {
	n := 0
	for _, e := range ends {
		if e.fell >= leastMotion {
			n++
		}
	}
	return n >= fewest
}

// match returns the skew at which the most motion ends when claps are heard, and
// how good the best match elsewhere is by comparison, 0 to 1.
func match(ends []halt, frame time.Duration, claps []time.Duration) (best time.Duration, doubt float64) {
	scores := make([]float64, 0, 2*farthest/searchStep+1)
	for skew := -farthest; skew <= farthest; skew += searchStep {
		sum := 0.0
		for _, clap := range claps {
			sum += around(ends, clap+skew, frame)
		}
		scores = append(scores, sum)
	}
	at := slices.Index(scores, slices.Max(scores))
	if scores[at] == 0 {
		return 0, 1
	}
	apart := int(max(100*time.Millisecond, 5*frame/2) / searchStep)
	elsewhere := 0.0
	for i, score := range scores {
		if i < at-apart || i > at+apart {
			elsewhere = max(elsewhere, score)
		}
	}
	return time.Duration(at)*searchStep - farthest, elsewhere / scores[at]
}

// around returns how much motion ends about a moment: between two frames, what
// both share in it.
func around(ends []halt, at, frame time.Duration) (sum float64) {
	for _, e := range within(ends, at, frame) {
		sum += e.fell * (1 - math.Abs(float64(e.at-at))/float64(frame))
	}
	return sum
}

// within returns the halts no further than so much from a moment.
func within(ends []halt, at, reach time.Duration) []halt {
	first, _ := slices.BinarySearchFunc(ends, at-reach, func(e halt, t time.Duration) int { return int(e.at - t) })
	last := first
	for last < len(ends) && ends[last].at <= at+reach {
		last++
	}
	return ends[first:last]
}

// fine returns what each clap says about the skew: the middle of the motion that
// ends within two frames of where it is expected. Claps that were hardly seen say
// nothing.
func fine(ends []halt, frame time.Duration, claps []time.Duration, skew time.Duration) []time.Duration {
	fell := make([]float64, len(claps))
	middle := make([]time.Duration, len(claps))
	for i, clap := range claps {
		var moment float64
		for _, e := range within(ends, clap+skew, 2*frame) {
			fell[i] += e.fell
			moment += e.fell * float64(e.at-clap)
		}
		middle[i] = time.Duration(moment / max(fell[i], math.SmallestNonzeroFloat64))
	}
	enough := max(0.3*median(slices.Clone(fell)), leastMotion)
	var each []time.Duration
	for i := range claps {
		if fell[i] >= enough {
			each = append(each, middle[i])
		}
	}
	return each
}

// spread returns the mean of what lies within a frame of the middle, and the
// standard deviation of all.
func spread(each []time.Duration, middle, frame time.Duration) (mean, deviation time.Duration) {
	var sum, n, squares float64
	for _, skew := range each {
		off := float64(skew - middle)
		squares += off * off
		if math.Abs(off) <= float64(frame) {
			sum += off
			n++
		}
	}
	return middle + time.Duration(sum/max(n, 1)), time.Duration(math.Sqrt(squares / float64(len(each))))
}

func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
