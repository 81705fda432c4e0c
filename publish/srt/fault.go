package srt

import (
	"context"
	"fmt"
	"net"
	"time"

	"studio/publish"
)

// phase is what a connection was about when it failed.
type phase string

const (
	connecting phase = "connect"
	sending    phase = "send"
	closing    phase = "close"
)

// soon is how long a connection is so young that its end looks like a refusal.
const soon = 3 * time.Second

// Reasons of libsrt for refusing a connection (SRT_REJECT_REASON in srt.h), and of
// listeners, from accessControl on (access_control.h).
const (
	byPeer        = 2
	noResource    = 3
	noHandshake   = 4
	backlog       = 5
	wrongVersion  = 8
	wrongSecret   = 10
	unsecure      = 11
	messageAPI    = 12
	otherMode     = 15 // the last of those
	timedOut      = 16
	accessControl = 1000
)

func (t *target) fault(f publish.Fault, text publish.Text) error {
	return &publish.Error{Fault: f, Text: text.About(t.shown)}
}

func (t *target) ended(during phase) error {
	return fmt.Errorf("%s: %s: %w", t.shown, during, context.Canceled)
}

// reachable tells whether there is any way to an address: libsrt would call in vain
// until its time is up. Nothing is sent.
func (t *target) reachable(address string) error {
	way, err := net.Dial("udp", address)
	if err != nil {
		return t.fault(publish.Unreachable, publish.Text{En: "the server cannot be reached from this network", Zh: "从这里的网络到不了该服务器"})
	}
	return way.Close()
}

// refused is about a connection that was not made; reason 0 is that nothing came back.
func (t *target) refused(reason int, limit time.Duration) error {
	f := publish.RefusedOtherwise
	var text publish.Text
	switch {
	case reason == 0 || reason == timedOut:
		f, text = publish.NoAnswer, publish.Text{
			En: fmt.Sprintf("the server did not answer within %v", limit),
			Zh: fmt.Sprintf("服务器在 %g 秒内没有应答", limit.Seconds()),
		}
	case reason == wrongSecret:
		f, text = publish.WrongPassphrase, publish.Text{En: "the server refuses the passphrase: is the passphrase right?", Zh: "服务器不接受这个口令：口令对吗？"}
	case reason == unsecure && t.settings.passphrase == "":
		f, text = publish.WrongPassphrase, publish.Text{En: "the server wants a passphrase", Zh: "服务器要求口令"}
	case reason == unsecure:
		f, text = publish.WrongPassphrase, publish.Text{En: "the server wants no passphrase, but the address has one", Zh: "服务器不用口令，但地址里写了口令"}
	case reason >= accessControl:
		f, text = t.denied(reason)
	case reason == noResource || reason == backlog:
		f, text = publish.ServerTrouble, publish.Text{En: "the server takes no more connections now", Zh: "服务器现在不接受更多连接"}
	case reason == noHandshake:
		f, text = publish.NotUnderstood, publish.Text{En: "what the server answers is not SRT", Zh: "服务器的回答不是 SRT"}
	case reason == wrongVersion:
		text = publish.Text{En: "the server wants another version of SRT", Zh: "服务器要求别的 SRT 版本"}
	case reason >= messageAPI && reason <= otherMode:
		f, text = publish.NotCarried, publish.Text{En: "the server is set up for another kind of SRT: it must take a live stream", Zh: "服务器设置成了别的 SRT 模式：应设为直播（live）"}
	case reason == byPeer:
		text = publish.Text{En: "the server refused the connection without a reason: are stream id and passphrase right?", Zh: "服务器拒绝了连接，没说原因：流名（streamid）和口令对吗？"}
	default:
		text = publish.Text{
			En: fmt.Sprintf("the connection was refused (%d): are stream id and passphrase right?", reason),
			Zh: fmt.Sprintf("连接被拒绝（%d）：流名（streamid）和口令对吗？", reason),
		}
	}
	return t.fault(f, text)
}

// denied is about a listener that looked at the stream id; most of its codes are
// those of HTTP, and 1000 (SRT's access control guidelines).
func (t *target) denied(code int) (publish.Fault, publish.Text) {
	number := code - accessControl
	f, en, zh := publish.RefusedOtherwise, "the server refuses the stream id", "服务器拒绝了这个流名（streamid）"
	switch number {
	case 400, 422:
		f, en, zh = publish.WrongPath, "the server does not understand the stream id: is it written as the server wants it?", "服务器看不懂流名（streamid）：写法对吗？"
	case 401, 403, 424:
		f, en, zh = publish.WrongKey, "the server does not allow it: is the stream id right?", "服务器不允许：流名（streamid）对吗？"
	case 2, 3, 404:
		f, en, zh = publish.WrongPath, "the server knows no such stream: is the stream id right?", "服务器上没有这个流：流名（streamid）对吗？"
	case 1, 405:
		en, zh = "the server takes no stream under this stream id: does it want m=publish in it?", "服务器不在这个流名（streamid）下收流：是否要加 m=publish？"
	case 409, 423:
		f, en, zh = publish.InUse, "somebody is on air there already, or the stream is locked", "那里已经有人在直播，或该流被锁定"
	case 406, 415:
		f, en, zh = publish.NotCarried, "the server does not take such a stream", "服务器不接受这样的流"
	case 402:
		f, en, zh = publish.ServerTrouble, "the server has too much to do, or the account is used up", "服务器太忙，或账户额度已用完"
	case 500, 501, 502, 503, 507:
		f, en, zh = publish.ServerTrouble, "the server is in trouble", "服务器出了问题"
	case 505:
		en, zh = "the server wants another version of SRT", "服务器要求别的 SRT 版本"
	}
	return f, publish.Text{En: fmt.Sprintf("%s (%d)", en, code), Zh: fmt.Sprintf("%s（%d）", zh, code)}
}

// stalled is about a line that has no room for so long.
func (t *target) stalled(limit time.Duration) error {
	return t.fault(publish.Stalled, publish.Text{
		En: fmt.Sprintf("the server took no data for %v", limit),
		Zh: fmt.Sprintf("服务器已有 %g 秒不接收数据", limit.Seconds()),
	})
}

// broke is about a connection that is gone. A server that hangs up says so; libsrt
// gives up by itself only one that has been silent for long.
func (c *connection) broke(now time.Time) error {
	t := c.target
	switch limit := t.options.WriteTimeout; {
	case c.stopped():
		return t.ended(sending)
	case now.Sub(c.acked) >= limit:
		return t.stalled(limit)
	case now.Sub(c.began) < soon:
		return t.fault(publish.EndedSoon, publish.Text{
			En: "the server ended the connection right after it began: is the stream id right, is it in use?",
			Zh: "刚连上，服务器就断开了：流名（streamid）对吗？是否正被占用？",
		})
	}
	return t.fault(publish.Ended, publish.Text{En: "the server ended the connection", Zh: "服务器断开了连接"})
}
