package whip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"studio/publish"
	"studio/publish/internal/rtc"
)

// failed makes an error out of its two sentences, which name the server's host and
// nothing behind it.
func failed(fault publish.Fault, cause error, zh, en string) *publish.Error {
	return &publish.Error{Fault: fault, Text: publish.Text{Zh: zh, En: en}, Err: cause}
}

// unreached says why a request to a server came to nothing.
func unreached(host string, err error) error {
	var name *net.DNSError
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("reach the WHIP server %s: %w", host, context.Canceled)
	case errors.As(err, &name) && name.IsNotFound:
		return failed(publish.NoSuchName, err, "没有名为 "+host+" 的服务器：请检查地址。",
			"there is no server of the name "+host+"; check the address")
	case errors.As(err, &name):
		return failed(publish.NoNameService, err, "查不到 "+host+" 的地址：网络的域名服务没有应答。",
			"the address of "+host+" cannot be looked up: the network's name service does not answer")
	case errors.As(err, &wrongName):
		return failed(publish.WrongCertificate, err, "服务器 "+host+" 出示的是别人的证书，密钥没有发给它。",
			"the WHIP server "+host+" shows a certificate for another name; the key was not sent")
	case errors.As(err, &unknown), errors.As(err, &certificate):
		return failed(publish.UntrustedServer, err, "服务器 "+host+" 的证书不可信，密钥没有发给它。",
			"the certificate of the WHIP server "+host+" cannot be trusted; the key was not sent")
	case errors.As(err, &record), errors.As(err, &alert):
		return failed(publish.NotSecure, err, "与服务器 "+host+" 无法建立加密连接。",
			"no encrypted connection could be agreed with the WHIP server "+host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(publish.NothingListens, err, host+" 上没有服务器在接听（连接被拒绝）。",
			"nothing listens at "+host+" (connection refused)")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return failed(publish.Unreachable, err, "从这里的网络到不了服务器 "+host+"。",
			"there is no way from this network to the WHIP server "+host)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return failed(publish.NoAnswer, err, "服务器 "+host+" 没有应答。", "the WHIP server "+host+" does not answer")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failed(publish.HungUp, err, "服务器 "+host+" 没有说完就断开了。",
			"the WHIP server "+host+" hung up in the middle of its answer")
	}
	// What the library says of an answer that is no HTTP repeats that answer, which may
	// be anything.
	return failed(publish.NotUnderstood, nil, "服务器 "+host+" 的应答看不懂：它可能不是 WHIP 服务器。",
		"the answer of "+host+" cannot be understood; it may be no WHIP server")
}

// bare takes the address out of an HTTP error, for it may hold a key.
func bare(err error) error {
	var withURL *url.Error
	for errors.As(err, &withURL) {
		err = withURL.Err
	}
	return err
}

// refusal says in a sentence what a status other than 201 means. The server's own
// text is left out: some repeat the address with its key.
func refusal(host string, response *http.Response, now time.Time) error {
	code := response.StatusCode
	say := func(fault publish.Fault, zh, en string) *publish.Error {
		return failed(fault, nil, fmt.Sprintf(zh, host, code), fmt.Sprintf(en, host, code))
	}
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return say(publish.WrongKey, "服务器 %s 不接受这个密钥（%d）：请重新填写。", "the WHIP server %s refused the key (%d)")
	case code == http.StatusNotFound || code == http.StatusGone:
		return say(publish.WrongPath, "服务器 %s 上没有这个地址（%d）：请检查地址。", "there is no such address at the WHIP server %s (%d)")
	case code == http.StatusMethodNotAllowed:
		return say(publish.WrongPath, "%s 的这个地址不接受 WHIP（%d）：请检查地址。", "this address at %s does not take WHIP (%d)")
	case code == http.StatusConflict:
		return say(publish.InUse, "服务器 %s 的这个地址上已经有人在直播（%d）。", "somebody is already on air at this address of the WHIP server %s (%d)")
	case code == http.StatusNotAcceptable, code == http.StatusUnsupportedMediaType, code == http.StatusUnprocessableEntity:
		return say(publish.NotCarried, "服务器 %s 不接受我们的画面或声音：H.264 与 Opus（%d）。", "the WHIP server %s takes no such picture or sound as ours, H.264 and Opus (%d)")
	case code == http.StatusTooManyRequests || code >= 500:
		wait := retryAfter(response.Header, now)
		zhFor, enFor := "", ""
		if wait > 0 {
			zhFor, enFor = fmt.Sprintf("，请 %.0f 秒后再来", wait.Seconds()), " for "+wait.String()
		}
		e := say(publish.ServerTrouble, "服务器 %s 出了问题"+zhFor+"（%d）。", "the WHIP server %s is in trouble"+enFor+" (%d)")
		if code == http.StatusTooManyRequests {
			e = say(publish.ServerTrouble, "服务器 %s 嫌我们来得太勤"+zhFor+"（%d）。", "the WHIP server %s asks us to wait"+enFor+" (%d)")
		}
		e.RetryAfter = wait
		return e
	case code >= 300 && code < 400:
		return say(publish.RedirectedWrongly, "服务器 %s 用 WHIP 不允许的方式把我们转到别处（%d）。", "the WHIP server %s sends us elsewhere in a way WHIP does not allow (%d)")
	}
	return say(publish.RefusedOtherwise, "服务器 %s 拒绝了这路直播（%d）。", "the WHIP server %s refused the stream (%d)")
}

// retryAfter is how long the server wants to be left alone: seconds, or a date
// (RFC 9110, 10.2.3). 0: it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now).Round(time.Second))
	}
	return 0
}

// unusable says what is wrong with a server's answer.
func unusable(host string, err error) error {
	switch {
	case errors.Is(err, rtc.ErrNoH264):
		return failed(publish.NotCarried, err, "服务器 "+host+" 不接受 H.264 画面。", "the WHIP server "+host+" takes no H.264")
	case errors.Is(err, rtc.ErrNoSDP):
		return failed(publish.NotUnderstood, err, "服务器 "+host+" 的应答不是 SDP：它可能不是 WHIP 服务器。",
			"the WHIP server "+host+" did not answer with an SDP")
	}
	return failed(publish.NotUnderstood, err, "服务器 "+host+" 的应答无法使用。",
		"the WHIP server "+host+" gave an answer that cannot be used")
}
