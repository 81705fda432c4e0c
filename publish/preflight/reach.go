package preflight

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"studio/publish"
)

// Reach is how a destination's server was reached. What did not happen is zero.
type Reach struct {
	Destination string
	Lookup      time.Duration // of the name
	Connect     time.Duration // TCP; SRT: the first exchange of its handshake
	TLS         time.Duration // handshake, certificate checked
	Fault       *publish.Error
}

// reach connects once and hangs up, before anything that belongs to a key is said.
func (o Options) reach(ctx context.Context, p Place) Reach {
	r := Reach{Destination: p.Destination}
	u, err := url.Parse(p.Address)
	if err != nil || u.Hostname() == "" {
		r.Fault = fault(publish.Unknown, publish.Redact(p.Address)+": it names no server", publish.Redact(p.Address)+"：没有写服务器")
		return r
	}
	shown := u.Hostname()
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"rtmp": "1935", "rtmps": "443", "https": "443", "http": "80"}[scheme]
	}
	address, took, err := o.lookup(ctx, u.Hostname())
	r.Lookup = took
	if err != nil {
		r.Fault = explain(shown, err, o.StepTimeout)
		return r
	}
	if scheme == "srt" {
		r.Connect, err = o.greetSRT(ctx, net.JoinHostPort(address, port))
	} else {
		err = o.connect(ctx, &r, net.JoinHostPort(address, port), u.Hostname(), scheme == "rtmps" || scheme == "https")
	}
	if err != nil {
		r.Fault = explain(shown, err, o.StepTimeout)
	}
	return r
}

func (o Options) lookup(ctx context.Context, host string) (address string, took time.Duration, err error) {
	if net.ParseIP(host) != nil {
		return host, 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, o.StepTimeout)
	defer cancel()
	began := time.Now()
	found, err := o.Resolver.LookupIPAddr(ctx, host) // LookupHost would not end with its context
	if err != nil {
		return "", 0, err
	}
	for _, address := range found { // IPv4 first, as publish.Server has it
		if address.IP.To4() != nil {
			return address.String(), time.Since(began), nil
		}
	}
	return found[0].String(), time.Since(began), nil
}

func (o Options) connect(ctx context.Context, r *Reach, address, name string, secure bool) error {
	limited, cancel := context.WithTimeout(ctx, o.StepTimeout)
	defer cancel()
	began := time.Now()
	var dialer net.Dialer
	c, err := dialer.DialContext(limited, "tcp", address)
	if err != nil {
		return err
	}
	r.Connect = time.Since(began)
	if !secure {
		return c.Close()
	}
	roots, err := o.roots()
	if err != nil {
		return errors.Join(err, c.Close())
	}
	limited, cancel = context.WithTimeout(ctx, o.StepTimeout)
	defer cancel()
	began = time.Now()
	t := tls.Client(c, &tls.Config{ServerName: name, RootCAs: roots})
	if err := t.HandshakeContext(limited); err != nil {
		return errors.Join(err, c.Close())
	}
	r.TLS = time.Since(began)
	return t.Close()
}

func (o Options) roots() (*x509.CertPool, error) {
	if o.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read trusted certificates: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read trusted certificates %s: none is in it", o.CAFile)
	}
	return roots, nil
}

// greetSRT sends the induction of an SRT handshake, to which a listener answers
// with a cookie and remembers nothing (draft-sharabayko-srt-01, section 4.3.1.1).
func (o Options) greetSRT(ctx context.Context, address string) (time.Duration, error) {
	limited, cancel := context.WithTimeout(ctx, o.StepTimeout)
	defer cancel()
	var dialer net.Dialer
	c, err := dialer.DialContext(limited, "udp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	defer context.AfterFunc(limited, func() { c.SetDeadline(time.Unix(1, 0)) })()

	const size = 16 + 48
	var ask, answer [size]byte
	word := func(i int, v uint32) { binary.BigEndian.PutUint32(ask[4*i:], v) }
	word(0, 0x8000_0000) // a control packet: handshake
	word(4, 4)           // version of the induction
	word(5, 2)           // no encryption, type of socket: datagram
	word(7, 1500)        // MTU
	word(8, 8192)        // flow window
	word(9, 1)           // induction
	rand.Read(ask[40:44])
	began := time.Now()
	for {
		if _, err := c.Write(ask[:]); err != nil {
			return 0, err
		}
		c.SetReadDeadline(time.Now().Add(500 * time.Millisecond)) // then once more: it may have been lost
		n, err := c.Read(answer[:])
		switch {
		case err == nil && n >= size && binary.BigEndian.Uint32(answer[:]) == 0x8000_0000 && binary.BigEndian.Uint32(answer[16:]) == 5:
			return time.Since(began), nil
		case err == nil:
			return 0, errNotUnderstood
		case limited.Err() != nil:
			return 0, limited.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err
		}
	}
}

var errNotUnderstood = errors.New("what the server answers is not the protocol")

// explain makes a sentence of an error.
func explain(host string, err error, limit time.Duration) *publish.Error {
	var dns *net.DNSError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(context.Canceled):
		return fault(publish.Unknown, "the check was ended", "检查被中止")
	case errors.As(err, &dns) && dns.IsNotFound:
		return fault(publish.NoSuchName, fmt.Sprintf("no server has the name %q", host), fmt.Sprintf("没有名为“%s”的服务器", host))
	case errors.As(err, &dns):
		return fault(publish.NoNameService, fmt.Sprintf("the name %q cannot be looked up: is the network there?", host), fmt.Sprintf("查不到名称“%s”：网络通吗？", host))
	case errors.As(err, &name):
		return fault(publish.WrongCertificate, "the server's certificate is for another name", "服务器的证书属于别的名称")
	case errors.As(err, &authority) || errors.As(err, &invalid):
		return fault(publish.UntrustedServer, "the server's certificate is not trusted", "服务器的证书不受信任")
	case errors.As(err, &record):
		return fault(publish.NotSecure, "no secure connection could be agreed", "建立不了加密连接")
	case is(errNotUnderstood):
		return fault(publish.NotUnderstood, "what the server answers is not SRT", "服务器的回答不是 SRT")
	case is(syscall.ECONNREFUSED):
		return fault(publish.NothingListens, "nothing listens there (connection refused)", "那里没有直播服务器（连接被拒绝）")
	case is(syscall.ENETUNREACH) || is(syscall.EHOSTUNREACH):
		return fault(publish.Unreachable, "the server cannot be reached from this network", "从这里的网络到不了该服务器")
	case is(context.DeadlineExceeded) || is(os.ErrDeadlineExceeded):
		return fault(publish.NoAnswer, fmt.Sprintf("the server did not answer within %v", limit), fmt.Sprintf("服务器在 %g 秒内没有应答", limit.Seconds()))
	}
	return fault(publish.HungUp, fmt.Sprintf("the server ended the connection (%v)", err), "服务器断开了连接")
}

func fault(f publish.Fault, en, zh string) *publish.Error {
	return &publish.Error{Fault: f, Text: publish.Text{En: en, Zh: zh}}
}
