package kiosk

import "studio/ui"

// phrases are the screen's own words in one language.
type phrases struct {
	chinese bool
	other   string // on the button that changes the language

	start, starting, end, ending string
	touchToStart, holdToEnd      string

	onAir, offAir, recording    string
	mixAndOne, mixAnd           string // with %d; microphones in the recording
	well, look, bad             string
	noPicture, noSignal, coming string
	mainPicture, inPicture      string

	step, ofSteps, next, then, previous, lastStep, noSteps string

	sound, noSound string

	mute, muteHint, muted, unmute              string
	mark, markHint, marking, kept, keptSeconds string
	again                                      string // for what was given up
	director, on, off, chosenByIt, held        string
	lying, upright                             string
	diskHours, diskMinutes                     string // with %d

	over, under, broken, noData, unsettled, noInstruments string
	noDestinations                                        string

	reconnecting, byItself, refused string

	colon string // between a name and its sentence
}

// language returns the words of a language, "zh" or "en".
func language(name string) phrases {
	if name == "en" {
		return english()
	}
	return mandarin()
}

func mandarin() phrases {
	return phrases{
		chinese: true, other: "EN",
		start: "开始直播", starting: "正在开始…", end: "结束直播", ending: "正在结束…",
		touchToStart: "轻触开始", holdToEnd: "按住结束",
		onAir: "直播中", offAir: "未直播", recording: "录像中", mixAndOne: "混音＋1 路话筒", mixAnd: "混音＋%d 路话筒",
		well: "一切正常", look: "请注意", bad: "有故障",
		noPicture: "暂无画面", noSignal: "无信号", coming: "正在连接…",
		mainPicture: "主画面", inPicture: "画面中",
		step: "第", ofSteps: "步，共", next: "下一步", then: "接下来：", previous: "上一步",
		lastStep: "这是最后一步", noSteps: "没有工序",
		sound: "声音", noSound: "没有声音",
		mute: "静音", muteHint: "隐私：一触即静", muted: "已静音", unmute: "轻触恢复声音",
		mark: "留住这一刻", markHint: "最近 30 秒", marking: "正在保存…", kept: "已留住这一刻", keptSeconds: "已留住这一刻：%d 秒",
		again:    "再试一次",
		director: "自动导播", on: "已开", off: "已关", chosenByIt: "自动导播：", held: "您选的画面保持 %d 秒，然后自动导播继续",
		lying: "横屏", upright: "竖屏",
		diskHours: "还能录 %d 小时", diskMinutes: "还能录 %d 分钟",
		over: "超量程", under: "低于量程", broken: "断线", noData: "无数据", unsettled: "未稳定",
		noInstruments: "没有仪器", noDestinations: "没有直播平台",
		reconnecting: "正在重新连接…", byItself: "请稍候，画面会自己回来", refused: "未能完成", colon: "：",
	}
}

func english() phrases {
	return phrases{
		other: "中文",
		start: "Go live", starting: "Starting…", end: "End broadcast", ending: "Ending…",
		touchToStart: "touch to start", holdToEnd: "hold to end",
		onAir: "ON AIR", offAir: "Off air", recording: "Recording", mixAndOne: "mix + 1 microphone", mixAnd: "mix + %d microphones",
		well: "All is well", look: "Please look", bad: "Fault",
		noPicture: "No picture", noSignal: "No signal", coming: "Connecting…",
		mainPicture: "Main", inPicture: "In picture",
		step: "Step", ofSteps: "of", next: "Next step", then: "Then: ", previous: "Back",
		lastStep: "This is the last step", noSteps: "No procedure",
		sound: "Sound", noSound: "No sound",
		mute: "Mute", muteHint: "for privacy", muted: "MUTED", unmute: "touch to be heard",
		mark: "Keep this moment", markHint: "the last 30 s", marking: "Saving…", kept: "The moment is kept", keptSeconds: "The moment is kept: %d seconds",
		again:    "Try again",
		director: "Director", on: "on", off: "off", chosenByIt: "Director: ", held: "Your choice stays for %d s, then the director goes on",
		lying: "Wide", upright: "Upright",
		diskHours: "%d h left", diskMinutes: "%d min left",
		over: "Over range", under: "Under range", broken: "Broken wire", noData: "No data", unsettled: "Settling",
		noInstruments: "No instruments", noDestinations: "No destinations",
		reconnecting: "Reconnecting…", byItself: "One moment: it comes back by itself", refused: "Not done", colon: ": ",
	}
}

// of returns a text in the present language, or in the other if it has none.
func (p phrases) of(t ui.Text) string {
	if p.chinese && t.Zh != "" || t.En == "" {
		return t.Zh
	}
	return t.En
}

// quality says why there is no number, or what to think of it; empty when all is
// well.
func (p phrases) quality(r ui.Reading) string {
	switch r.Quality {
	case "over":
		return p.over
	case "under":
		return p.under
	case "fault":
		return p.broken
	case "stale":
		return p.noData
	}
	if r.Value == "" {
		return p.noData
	}
	if r.Quality == "unstable" {
		return p.unsettled
	}
	return ""
}

// health is the box's health in a word, and its colour.
func (p phrases) health(s ui.State) (string, uint32) {
	switch s {
	case ui.Live:
		return p.well, celadon
	case ui.Failed:
		return p.bad, cinnabar
	}
	return p.look, amber
}

// stateColour is the colour of a part's status dot.
func stateColour(s ui.State) uint32 {
	switch s {
	case ui.Live:
		return celadon
	case ui.Connecting, ui.Troubled, ui.Waiting:
		return amber
	case ui.Failed:
		return cinnabar
	}
	return muted
}
