package director

// The sentences that people are shown.

func begins() Text    { return Text{"节目开始时的镜头", "the shot that the programme began with"} }
func byHand() Text    { return Text{"手动选择的镜头", "chosen by hand"} }
func stepBegan() Text { return Text{"当前步骤的镜头", "the present step's shot"} }
func noPicture() Text { return Text{"没有一个机位有画面", "no camera has a picture"} }

func speaksAt(c Camera) Text {
	t := c.title()
	return Text{"「" + t.Zh + "」机位有人在讲解", "somebody speaks at the " + t.En + " camera"}
}

func busyAt(c Camera) Text {
	t := c.title()
	return Text{"手在「" + t.Zh + "」机位动作最多", "hands are busiest at the " + t.En + " camera"}
}

func nowAt(c Camera) Text {
	t := c.title()
	return Text{"现在看「" + t.Zh + "」机位", "now the " + t.En + " camera"}
}

func longEnough(next Text) Text {
	return Text{"上一个镜头已经够久了，" + next.Zh, "the shot before was on air for long enough; " + next.En}
}

func instead(missing Camera, next Text) Text {
	t := missing.title()
	if t.Zh == "" { // nothing was on air
		return next
	}
	return Text{"「" + t.Zh + "」机位没有画面，" + next.Zh, "the " + t.En + " camera has no picture; " + next.En}
}

// passed shows the number that the instrument sent: the reading that fired.
func passed(r Reading, c Condition) Text {
	title := r.Title.orElse(r.Channel)
	figure := withUnit(r.Value, c.Unit) + " " + c.threshold()
	return Text{title.Zh + " " + figure, title.En + " " + figure}
}

func (c Camera) title() Text { return c.Title.orElse(c.Name) }

func (t Text) orElse(name string) Text {
	if t.Zh == "" {
		t.Zh = name
	}
	if t.En == "" {
		t.En = name
	}
	return t
}
