// Package activity tells how much moves in front of a camera, from small pictures
// that exist anyway: whether hands work there.
//
// A picture is reduced to the mean brightness of blocks of about 1/30 of its
// width, in which the noise of single pixels is gone. Compared with the picture
// before, what all blocks do together (exposure, a cloud, a lamp's flicker, also
// the bands that a rolling shutter makes of it) is taken away; what is left and
// is more than noise is motion. Nothing here has a clock or a goroutine.
package activity

import (
	"math"
	"slices"
	"time"

	"studio/media/picture"
)

const (
	blocksAcross = 30 // a picture's width
	// A block counts as moving when its mean changes by more than noise does: by
	// noiseFactor times what the median block does (three standard deviations of
	// it), within these levels of luma.
	noiseFactor            = 4.5
	leastChange, mostNoise = 1.0, 4.0
	// A block that changes by so much beyond that is moving altogether.
	wholeChange = 8.0
	// A share of moving blocks that reads as half: two hands at work move about
	// so much.
	halfShare = 0.04
	// When more than this share changes at once it was the light or the camera, not
	// hands; after so many pictures in a row it is believed all the same.
	everywhere, believedAfter = 0.6, 3
	// fullScale is how many levels there are from black to white.
	fullScale = 219
	// Rolling bands of flicker are taken away up to so many levels.
	mostFlicker = 12.0
	// Motion is felt so quickly and forgotten so slowly.
	attack, decay = 300 * time.Millisecond, 1500 * time.Millisecond
	// Pictures that are further apart than this say nothing about motion.
	longest = 2 * time.Second
)

// Meter measures the motion of one camera. The zero Meter has seen nothing. It
// belongs to one goroutine and allocates only when the pictures' size changes.
type Meter struct {
	size          picture.Size
	across, down  int       // blocks
	before, means []float64 // of the blocks
	change        []float64 // of each block's mean, common changes taken away
	sorted        []float64
	at            time.Time // of the last picture; zero: there is none

	motion, level float64
	wide          int // pictures in a row in which nearly everything changed
}

// Add takes the next picture, taken at the given time, and returns the level:
// 0 nothing moves, 0.5 about two hands at work, 1 never quite reached. Only luma
// is looked at. Pictures are best at most 240 pixels wide and 2 to 30 a second.
func (m *Meter) Add(v picture.View, at time.Time) float64 {
	m.resize(v.Size())
	elapsed := at.Sub(m.at)
	first := m.at.IsZero() || elapsed > longest
	m.at = at
	m.before, m.means = m.means, m.before
	m.reduce(v)
	if first {
		m.motion, m.level, m.wide = 0, 0, 0
		return 0
	}
	m.compare()
	share, sum, wide := m.share()
	if wide {
		m.wide++
	} else {
		m.wide = 0
	}
	m.motion = sum / fullScale
	if wide && m.wide < believedAfter {
		m.motion = 0
		return m.level
	}
	m.follow(share/(share+halfShare), elapsed)
	return m.level
}

// Level returns what the last Add returned.
func (m *Meter) Level() float64 { return m.level }

// Motion returns by how much the last picture differs from the one before, as a
// share of full scale, neither smoothed nor bent: it grows with the speed of what
// moves.
func (m *Meter) Motion() float64 { return m.motion }

// Reset forgets what was seen: the camera is gone.
func (m *Meter) Reset() { m.at, m.motion, m.level, m.wide = time.Time{}, 0, 0, 0 }

func (m *Meter) resize(size picture.Size) {
	if size == m.size {
		return
	}
	m.Reset()
	m.size = size
	block := m.block()
	m.across, m.down = max(1, size.Width/block), max(1, size.Height/block)
	n := m.across * m.down
	m.before, m.means, m.change = make([]float64, n), make([]float64, n), make([]float64, n)
	m.sorted = make([]float64, n)
}

// block returns the blocks' side in pixels.
func (m *Meter) block() int { return max(1, min(m.size.Width/blocksAcross, m.size.Height)) }

// reduce fills means. What is left over at the right and lower edge is not
// looked at.
func (m *Meter) reduce(v picture.View) {
	block := m.block()
	scale := 1 / float64(block*block)
	for row := range m.down {
		means := m.means[row*m.across:][:m.across]
		clear(means)
		for y := row * block; y < (row+1)*block; y++ {
			line := v.Y[y*v.StrideY:][:m.across*block]
			for i := range means {
				sum := 0
				for _, luma := range line[i*block : (i+1)*block] {
					sum += int(luma)
				}
				means[i] += float64(sum)
			}
		}
		for i := range means {
			means[i] *= scale
		}
	}
}

// compare fills change: what each block does beyond what all do. Exposure scales
// and shifts every block's brightness; a line through the pairs of means finds
// both, once more without the blocks that lie far off it, which are those that
// move. What the blocks of a row then still have in common is flicker.
func (m *Meter) compare() {
	gain, offset := m.line(math.Inf(1), 1, 0)
	var sum float64
	for i, mean := range m.means {
		sum += math.Abs(mean - gain*m.before[i] - offset)
	}
	gain, offset = m.line(max(leastChange, 2*sum/float64(len(m.means))), gain, offset)
	for i, mean := range m.means {
		m.change[i] = mean - gain*m.before[i] - offset
	}
	for row := range m.down {
		changes := m.change[row*m.across:][:m.across]
		common := min(max(m.median(changes), -mostFlicker), mostFlicker)
		for i := range changes {
			changes[i] -= common
		}
	}
}

// line fits means = gain*before + offset to the blocks that lie no further than
// within from the line given.
func (m *Meter) line(within, gain, offset float64) (float64, float64) {
	var n, x, y, xx, xy float64
	for i, b := range m.before {
		if math.Abs(m.means[i]-gain*b-offset) > within {
			continue
		}
		n++
		x, y, xx, xy = x+b, y+m.means[i], xx+b*b, xy+b*m.means[i]
	}
	if n < 2 {
		return gain, offset
	}
	variance := xx - x*x/n
	if variance < n { // a picture of one brightness: a shift explains everything
		return 1, (y - x) / n
	}
	gain = min(max((xy-x*y/n)/variance, 0.7), 1.4)
	return gain, (y - gain*x) / n
}

func (m *Meter) median(values []float64) float64 {
	sorted := m.sorted[:copy(m.sorted, values)]
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// share returns how much of the picture moves, the mean change of its blocks, and
// whether nearly all of it changed.
func (m *Meter) share() (share, mean float64, wide bool) {
	for i, c := range m.change {
		m.change[i] = math.Abs(c)
	}
	noise := min(max(noiseFactor*m.median(m.change), leastChange), mostNoise)
	changed := 0
	for _, c := range m.change {
		if c > noise {
			changed++
			share += min(1, (c-noise)/wholeChange)
			mean += c - noise
		}
	}
	n := float64(len(m.change))
	return share / n, mean / n, float64(changed) > everywhere*n
}

// follow moves the level towards what was seen.
func (m *Meter) follow(seen float64, elapsed time.Duration) {
	constant := attack
	if seen < m.level {
		constant = decay
	}
	m.level += (seen - m.level) * (1 - math.Exp(-max(0, elapsed.Seconds())/constant.Seconds()))
}
