package avformat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"studio/publish"
)

// phase is what a connection was about when it failed.
type phase string

const (
	connecting phase = "connect"
	beginning  phase = "begin to send" // its first seconds
	sending    phase = "send"
	closing    phase = "close"
)

// soon is how long a connection is so young that its end looks like a refusal:
// some platforms take any key, and hang up when they have looked at it.
const soon = 3 * time.Second

// How far an RTMP handshake got, see muxError.stage.
const (
	connected = 1
	greeted   = 2
	keySent   = 4
)

// fault is an error about the target, one sentence in each language.
func (t target) fault(f publish.Fault, en, zh string, cause error) error {
	return &publish.Error{Fault: f, Text: publish.Text{En: en, Zh: zh}.About(t.shown), Err: cause}
}

// explain turns libavformat's error into a sentence that says what to look at.
func (t target) explain(during phase, err error, limit time.Duration) error {
	var e *muxError
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %s: %w", t.shown, during, err)
	}
	lower := strings.ToLower(e.log)
	_, said, _ := strings.Cut(publish.RedactText(e.log, t.key), "Server error: ")
	ended := e.closed || e.errno == syscall.ECONNRESET || e.errno == syscall.EPIPE
	switch {
	case e.stopped && !e.timedOut:
		return fmt.Errorf("%s: %s: %w", t.shown, during, context.Canceled)
	// libavformat has a limit of its own for opening TCP, as long as ours: either may be first.
	case (e.timedOut || e.errno == syscall.ETIMEDOUT) && during == connecting:
		return t.fault(publish.NoAnswer, fmt.Sprintf("the server did not answer within %v", limit),
			fmt.Sprintf("服务器在 %g 秒内没有应答", limit.Seconds()), nil)
	case e.timedOut:
		return t.fault(publish.Stalled, fmt.Sprintf("the server took no data for %v", limit),
			fmt.Sprintf("服务器已有 %g 秒不接收数据", limit.Seconds()), nil)
	case said != "":
		return t.refused(e.stage, said)
	case e.errno == syscall.ECONNREFUSED:
		return t.fault(publish.NothingListens, "nothing listens there (connection refused)", "那里没有直播服务器（连接被拒绝）", nil)
	case e.errno == syscall.ENETUNREACH || e.errno == syscall.EHOSTUNREACH || e.errno == syscall.ENETDOWN:
		return t.fault(publish.Unreachable, "the server cannot be reached from this network", "从这里的网络到不了该服务器", nil)
	case during == connecting && t.scheme == "rtmps" && e.stage == 0:
		return t.insecure(lower)
	case during == connecting:
		return t.hungUp(e.stage, lower)
	case ended && during == beginning:
		return t.fault(publish.EndedSoon, "the server ended the connection right after it began: is the stream key right, is it in use?",
			"刚连上，服务器就断开了：密钥对吗？是否正被占用？", nil)
	case ended:
		return t.fault(publish.Ended, "the server ended the connection", "服务器断开了连接", nil)
	}
	return t.fault(publish.Unknown, fmt.Sprintf("%s failed (%s)", during, publish.RedactText(e.text, t.key)), "推流失败（原因不明）", nil)
}

// refused is about a server that says why, in its own words.
func (t target) refused(stage int, said string) error {
	f, lower := publish.RefusedOtherwise, strings.ToLower(said)
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(lower, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("already", "in use", "busy", "occupied"):
		f = publish.InUse
	case has("key", "auth", "denied", "forbidden", "expire", "not allowed", "invalid"):
		f = publish.WrongKey
	case stage <= greeted:
		return t.fault(publish.WrongPath, fmt.Sprintf("the server says %q (is the address right?)", said),
			fmt.Sprintf("服务器说“%s”（推流地址对吗？）", said), nil)
	}
	return t.fault(f, fmt.Sprintf("the server says %q (is the stream key right, is it in use?)", said),
		fmt.Sprintf("服务器说“%s”（密钥对吗？是否正被占用？）", said), nil)
}

// insecure is about a TLS handshake; the words are those of GnuTLS.
func (t target) insecure(log string) error {
	switch {
	case strings.Contains(log, "does not match hostname"):
		return t.fault(publish.WrongCertificate, "the server's certificate is for another name", "服务器的证书属于别的名称", nil)
	case strings.Contains(log, "certificate"):
		return t.fault(publish.UntrustedServer, "the server's certificate is not trusted", "服务器的证书不受信任", nil)
	case strings.Contains(log, "end of file") || strings.Contains(log, "reset by peer"):
		return t.fault(publish.HungUp, "the server hung up in the middle of the secure greeting", "服务器在加密握手中途挂断了", nil)
	}
	return t.fault(publish.NotSecure, "no secure connection could be agreed: does the server speak RTMPS at this port?",
		"建立不了加密连接：该端口是 RTMPS 吗？", nil)
}

// hungUp is about an RTMP server that ends the connection without a word, as far
// as the handshake had got; many refuse a path or a key like this.
func (t target) hungUp(stage int, log string) error {
	switch {
	case strings.Contains(log, "mismatch") || strings.Contains(log, "invalid"):
		return t.fault(publish.NotUnderstood, "what the server answers is not RTMP", "服务器的回答不是 RTMP", nil)
	case stage >= keySent:
		return t.fault(publish.WrongKey, "the server hung up at the stream key: is the stream key right, is it in use?",
			"服务器收到密钥后就挂断了：密钥对吗？是否正被占用？", nil)
	case stage >= greeted:
		return t.fault(publish.WrongPath, "the server hung up at the path: is the address right?", "服务器收到路径后就挂断了：推流地址对吗？", nil)
	case stage == connected:
		return t.fault(publish.HungUp, "the server hung up in the middle of the greeting: is it an RTMP server?", "服务器在握手中途挂断了：它是 RTMP 服务器吗？", nil)
	}
	return t.fault(publish.HungUp, "the server ended the connection before anything was said", "一句话没说，服务器就断开了", nil)
}
