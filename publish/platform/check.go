package platform

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"studio/media/packet"
	"studio/media/picture"
	"studio/publish"
)

// profiles of H.264, the least demanding of the receiver first.
var profiles = []string{"baseline", "main", "high"}

// Concern is what a finding is about.
type Concern string

const (
	VideoRate Concern = "video bit rate"
	AudioRate Concern = "audio bit rate"
	PicSize   Concern = "size"
	FrameRate Concern = "frame rate"
	KeyFrames Concern = "key frames"
	Profile   Concern = "profile"
	Upright   Concern = "upright"
	Session   Concern = "session"
)

// Finding is a limit that is not kept: what is beyond it, and what to change.
type Finding struct {
	Concern Concern
	publish.Text
	Only bool // worth knowing, nothing is beyond a limit yet
}

// Check holds what is sent against a platform's limits; nothing found, nothing to
// change. Frame rates are taken as people name them: 30000/1001 is 30.
func (l Limits) Check(e Encode) []Finding {
	var found []Finding
	add := func(about Concern, zh, en string) {
		found = append(found, Finding{Concern: about, Text: publish.Text{Zh: zh, En: en}})
	}
	if most := l.VideoBitsPerSecond; most > 0 && e.VideoBitsPerSecond > most {
		add(VideoRate, fmt.Sprintf("画面码率 %d kb/s 超过平台上限 %d kb/s：请把码率降到 %[2]d kb/s。", e.VideoBitsPerSecond/1000, most/1000),
			fmt.Sprintf("the picture's %d kb/s are more than the platform's %d kb/s: set the bit rate to %[2]d kb/s", e.VideoBitsPerSecond/1000, most/1000))
	}
	if most := l.AudioBitsPerSecond; most > 0 && e.AudioBitsPerSecond > most {
		add(AudioRate, fmt.Sprintf("声音码率 %d kb/s 超过平台上限 %d kb/s：请把声音码率降到 %[2]d kb/s。", e.AudioBitsPerSecond/1000, most/1000),
			fmt.Sprintf("the sound's %d kb/s are more than the platform's %d kb/s: set the sound to %[2]d kb/s", e.AudioBitsPerSecond/1000, most/1000))
	}
	if fit := l.fitSize(e.Size); fit != e.Size {
		add(PicSize, fmt.Sprintf("画面 %v 大于平台允许的尺寸：请改为 %v。", dimensions(e.Size), dimensions(fit)),
			fmt.Sprintf("the picture's %v are more than the platform takes: make it %v", dimensions(e.Size), dimensions(fit)))
	}
	if l.Rate > 0 && int(math.Round(e.Rate.Float())) > l.Rate {
		add(FrameRate, fmt.Sprintf("每秒 %v 帧超过平台上限 %d 帧：请把帧率改为 %[2]d。", e.Rate, l.Rate),
			fmt.Sprintf("%v frames a second are more than the platform's %d: set the frame rate to %[2]d", e.Rate, l.Rate))
	}
	if l.KeySeconds > 0 && e.KeySeconds > float64(l.KeySeconds)+0.05 {
		add(KeyFrames, fmt.Sprintf("关键帧间隔 %g 秒，平台要求不超过 %d 秒：请把间隔改为 %[2]d 秒。", e.KeySeconds, l.KeySeconds),
			fmt.Sprintf("a key frame every %g s, the platform wants one every %d s: set the interval to %[2]d s", e.KeySeconds, l.KeySeconds))
	}
	if len(l.Profiles) > 0 && !slices.Contains(l.Profiles, e.Profile) {
		add(Profile, fmt.Sprintf("H.264 档次 %s 平台不接受：请改用 %s。", e.Profile, l.bestProfile()),
			fmt.Sprintf("the platform does not take H.264 profile %s (only %s): use %s", e.Profile, strings.Join(l.Profiles, ", "), l.bestProfile()))
	}
	if l.NoUpright && e.Size.Height > e.Size.Width {
		add(Upright, "平台不接受竖屏画面：请选用横屏画布。", "the platform takes no upright picture: choose the landscape canvas")
	}
	if l.SessionHours > 0 {
		found = append(found, Finding{Session, publish.Text{
			Zh: fmt.Sprintf("平台每场直播最多 %d 小时：到时请重新开播。", l.SessionHours),
			En: fmt.Sprintf("the platform ends a broadcast after %d hours: begin a new one by then", l.SessionHours),
		}, true})
	}
	return found
}

// Fit returns the encode that is nearest to e and keeps every limit that an
// encode can keep.
func (l Limits) Fit(e Encode) Encode {
	if l.VideoBitsPerSecond > 0 {
		e.VideoBitsPerSecond = min(e.VideoBitsPerSecond, l.VideoBitsPerSecond)
	}
	if l.AudioBitsPerSecond > 0 {
		e.AudioBitsPerSecond = min(e.AudioBitsPerSecond, l.AudioBitsPerSecond)
	}
	e.Size = l.fitSize(e.Size)
	// Half of them is a rate that can be made by leaving out every other picture.
	for l.Rate > 0 && int(math.Round(e.Rate.Float())) > l.Rate {
		e.Rate = half(e.Rate)
	}
	if l.KeySeconds > 0 && e.KeySeconds > float64(l.KeySeconds)+0.05 {
		e.KeySeconds = float64(l.KeySeconds)
	}
	if len(l.Profiles) > 0 && !slices.Contains(l.Profiles, e.Profile) {
		e.Profile = l.bestProfile()
	}
	return e
}

func half(r packet.Rational) packet.Rational {
	if r.Num%2 == 0 {
		return packet.Rational{Num: r.Num / 2, Den: r.Den}
	}
	return packet.Rational{Num: r.Num, Den: 2 * r.Den}
}

// fitSize returns s scaled to fit, with even sides; a standing picture is held
// against the limit turned.
func (l Limits) fitSize(s picture.Size) picture.Size {
	most := l.Size
	if most == (picture.Size{}) {
		return s
	}
	if s.Height > s.Width {
		most.Width, most.Height = most.Height, most.Width
	}
	if s.Width <= most.Width && s.Height <= most.Height {
		return s
	}
	scale := min(float64(most.Width)/float64(s.Width), float64(most.Height)/float64(s.Height))
	even := func(n int) int { return int(math.Round(float64(n)*scale/2)) * 2 }
	return picture.Size{Width: min(even(s.Width), most.Width&^1), Height: min(even(s.Height), most.Height&^1)}
}

// bestProfile is the one with the best pictures among those allowed.
func (l Limits) bestProfile() string {
	for _, p := range slices.Backward(profiles) {
		if slices.Contains(l.Profiles, p) {
			return p
		}
	}
	return profiles[0]
}

func dimensions(s picture.Size) string { return fmt.Sprintf("%d×%d", s.Width, s.Height) }
