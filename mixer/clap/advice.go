package clap

import (
	"fmt"
	"time"
)

// Part is a camera or a microphone with the delay that it had during the test.
type Part struct {
	Title Text
	Delay time.Duration
}

// Advice is what to set, and why.
type Advice struct {
	CameraDelay, MicrophoneDelay time.Duration // whole milliseconds; as they were where the test failed
	Words                        Text          // one sentence
}

const (
	// closeEnough is a skew that needs no setting: less than anybody notices.
	closeEnough = 10 * time.Millisecond
	// mostDelay is the longest that a camera or a microphone can wait.
	mostDelay = time.Second
)

// Advise says what has to wait. What is early waits for what is late. Where the
// picture is late, its own delay goes first and then the microphone waits; where
// it is early, it waits itself: the microphone's delay suits the other cameras.
func (r Result) Advise(camera, microphone Part) Advice {
	a := Advice{CameraDelay: camera.Delay, MicrophoneDelay: microphone.Delay, Words: r.Reason}
	if !r.Sure {
		return a
	}
	skew := r.Skew.Round(time.Millisecond)
	switch {
	case skew > -closeEnough && skew < closeEnough:
		a.Words = inStep(camera.Title, microphone.Title, r.Claps)
		return a
	case skew > 0:
		less := min(camera.Delay, skew)
		a.CameraDelay -= less
		a.MicrophoneDelay += skew - less
	default:
		a.CameraDelay -= skew
	}
	if a.CameraDelay > mostDelay || a.MicrophoneDelay > mostDelay {
		return Advice{camera.Delay, microphone.Delay, tooFar(skew)}
	}
	a.Words = apart(camera, microphone, skew, a, r.Claps)
	return a
}

func tooFew(n int) Text {
	return Text{
		fmt.Sprintf("只听到 %d 次击掌：请在话筒旁大声击掌至少 %d 次，每次间隔约一秒", n, fewest),
		fmt.Sprintf("%s heard: clap loudly near the microphone at least %d times, about a second apart", claps(n), fewest),
	}
}

func notSeen(n int) Text {
	return Text{
		fmt.Sprintf("听到 %d 次击掌，但画面里看不清：请在镜头前击掌，手要大一些、亮一些", n),
		fmt.Sprintf("%s heard but not clearly seen: clap before this camera, near to it and in good light", claps(n)),
	}
}

func doubtful() Text {
	return Text{
		"击掌太快，或画面里还有别的动作，无法判断：请每隔约一秒击掌一次，其余不动",
		"the claps came too fast or other things moved: clap about once a second and let nothing else move",
	}
}

func scattered() Text {
	return Text{
		"各次击掌的结果相差太大：请多击几次掌，其余不动",
		"the claps do not agree: clap a few times more and let nothing else move",
	}
}

func inStep(camera, microphone Text, n int) Text {
	return Text{
		fmt.Sprintf("「%s」的画面与「%s」的声音同步（%d 次击掌），无需设置", camera.Zh, microphone.Zh, n),
		fmt.Sprintf("the picture of %s and the sound of %s are in step (%s): nothing to set", camera.En, microphone.En, claps(n)),
	}
}

func apart(camera, microphone Part, skew time.Duration, a Advice, n int) Text {
	zh, en := "晚", "after"
	if skew < 0 {
		zh, en = "早", "before"
	}
	t := Text{
		fmt.Sprintf("「%s」的画面比「%s」的声音%s %d 毫秒（%d 次击掌）：", camera.Title.Zh, microphone.Title.Zh, zh, skew.Abs().Milliseconds(), n),
		fmt.Sprintf("the picture of %s comes %d ms %s the sound of %s (%s): ", camera.Title.En, skew.Abs().Milliseconds(), en, microphone.Title.En, claps(n)),
	}
	set := func(kindZh, kindEn string, p Part, delay time.Duration) {
		if delay != p.Delay {
			t.Zh += fmt.Sprintf("%s「%s」延时设为 %d 毫秒；", kindZh, p.Title.Zh, delay.Milliseconds())
			t.En += fmt.Sprintf("set the delay of the %s %s to %d ms; ", kindEn, p.Title.En, delay.Milliseconds())
		}
	}
	set("机位", "camera", camera, a.CameraDelay)
	set("话筒", "microphone", microphone, a.MicrophoneDelay)
	t.Zh, t.En = t.Zh[:len(t.Zh)-len("；")], t.En[:len(t.En)-len("; ")]
	return t
}

func tooFar(skew time.Duration) Text {
	return Text{
		fmt.Sprintf("画面与声音相差 %d 毫秒，超出可设的延时", skew.Abs().Milliseconds()),
		fmt.Sprintf("the picture and the sound are %d ms apart, which is more than can be set", skew.Abs().Milliseconds()),
	}
}

func claps(n int) string {
	switch n {
	case 0:
		return "no clap"
	case 1:
		return "1 clap"
	}
	return fmt.Sprintf("%d claps", n)
}
