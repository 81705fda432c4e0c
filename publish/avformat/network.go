package avformat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/words"
)

// NetworkOptions describe a server to push to.
type NetworkOptions struct {
	// Address is rtmp://, rtmps:// or srt://. An RTMP address holds the stream key
	// after its last "/" unless Key is set; it is then the server's part alone.
	Address string
	Key     string

	Resolver       *net.Resolver // looks the server's name up; nil is the system's
	CAFile         string        // PEM file of trusted certificates for rtmps; "" is the system's
	ConnectTimeout time.Duration // 0 is 5 s
	WriteTimeout   time.Duration // for one packet; 0 is 5 s
}

// sendBuffer is what the kernel holds for a server that does not read, in bytes:
// a second or so. The rest waits in the destination's queue, where it is counted.
const sendBuffer = "524288"

// longest part of an address that libavformat's RTMP takes, in bytes.
const longest = 1000

// Network returns a Dial for the address's protocol. The error, about an address
// that cannot be right, names it without its key.
func Network(o NetworkOptions) (publish.Dial, error) {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 5 * time.Second
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	t := target{options: o, server: o.Address, key: o.Key, turn: new(atomic.Uint32)}
	scheme, _, _ := strings.Cut(o.Address, "://")
	t.scheme = strings.ToLower(scheme)
	switch t.scheme {
	case "rtmp", "rtmps":
		if t.key == "" {
			t.server, t.key = publish.SplitAddress(o.Address)
		}
		t.server = strings.TrimSuffix(t.server, "/")
		t.shown = t.server + "/…"
	case "srt":
		t.shown = publish.Redact(o.Address)
	default:
		return nil, words.Errorf("address %s: must begin with rtmp://, rtmps:// or srt://", "地址 %s：应以 rtmp://、rtmps:// 或 srt:// 开头", publish.Redact(o.Address))
	}
	u, err := url.Parse(t.server)
	if err != nil || u.Hostname() == "" {
		return nil, words.Errorf("address %s: it names no server", "地址 %s：没有写服务器名", publish.Redact(o.Address))
	}
	if u.User != nil {
		return nil, words.Errorf("address %s: user names and passwords are not supported", "地址 %s：不支持用户名和口令", publish.Redact(o.Address))
	}
	t.host, t.port = u.Hostname(), u.Port()
	if t.scheme == "srt" {
		if t.port == "" {
			return nil, words.Errorf("address %s: it names no port", "地址 %s：没有写端口", t.shown)
		}
		t.key = u.RawQuery
		t.passphrase = u.Query().Get("passphrase")
		// FFmpeg's libsrt wrapper would say no more than that it is a bad parameter.
		if n := len(t.passphrase); n > 0 && (n < 10 || n > 79) {
			return nil, words.Errorf("address %s: the passphrase has %d characters, SRT wants 10 to 79", "地址 %s：口令有 %d 个字符，SRT 要求 10 到 79 个", t.shown, n)
		}
		return t.dial, nil
	}
	// The application is everything between host and key, its query included.
	_, rest, _ := strings.Cut(t.server, "://")
	_, t.app, _ = strings.Cut(rest, "/")
	if t.app == "" || t.key == "" {
		return nil, words.Errorf("address %s: %s://server/application/key is wanted", "地址 %s：应写成 %s://服务器/应用名/密钥", publish.Redact(o.Address), t.scheme)
	}
	if len(t.server) > longest || len(t.key) > longest {
		return nil, words.Errorf("address %s: server and key must each be at most %d bytes", "地址 %s：服务器和密钥各不能超过 %d 字节", publish.Redact(o.Address), longest)
	}
	return t.dial, nil
}

// target is a parsed address.
type target struct {
	options          NetworkOptions
	scheme           string
	host, port       string
	server, app, key string
	passphrase       string         // SRT
	shown            string         // the address without its secret
	turn             *atomic.Uint32 // counts failures: the server's addresses are tried in turn
}

// connection is one open connection.
type connection struct {
	target target
	muxer  *muxer
	began  time.Time
	failed bool
}

func (t target) dial(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
	if slices.ContainsFunc(streams, func(s *packet.Stream) bool { return s.Codec == packet.Opus }) && t.scheme != "srt" {
		return nil, t.fault(publish.NotCarried, "RTMP carries no Opus sound", "RTMP 不能传送 Opus 声音", nil)
	}
	host, err := t.resolve(ctx)
	if err != nil {
		return nil, err
	}
	format := "flv"
	if t.scheme == "srt" {
		format = "mpegts"
	}
	m, err := newMuxer(ctx, format, streams)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.shown, err)
	}
	c := &connection{target: t, muxer: m}
	if err := c.open(host); err != nil {
		t.turn.Add(1)
		c.failed = true
		c.Close()
		if ctx.Err() != nil { // TLS has another name for it
			return nil, fmt.Errorf("%s: connect: %w", t.shown, context.Canceled)
		}
		return nil, t.explain(connecting, err, t.options.ConnectTimeout)
	}
	c.began = time.Now()
	return c, nil
}

// resolve returns the address to connect to. libavformat would look the name up
// without a time-out, and nothing could interrupt it.
func (t target) resolve(ctx context.Context) (string, error) {
	limited, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	found, err := t.options.Resolver.LookupIPAddr(limited, t.host) // LookupHost would not end with its context
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s: connect: %w", t.shown, context.Canceled)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "", t.fault(publish.NoSuchName, fmt.Sprintf("no server has the name %q", t.host), fmt.Sprintf("没有名为“%s”的服务器", t.host), nil)
	case err != nil:
		return "", t.fault(publish.NoNameService, fmt.Sprintf("the name %q cannot be looked up: is the network there?", t.host), fmt.Sprintf("查不到名称“%s”：网络通吗？", t.host), nil)
	case t.scheme == "rtmps":
		// TLS must name the server it means, which libavformat does only if it is
		// given the name; it finds what was found just now.
		return t.host, nil
	}
	slices.SortStableFunc(found, func(a, b net.IPAddr) int { // IPv4 first: it is the one that works where only one does
		return len(b.IP.To4()) - len(a.IP.To4())
	})
	return found[int(t.turn.Load())%len(found)].String(), nil
}

func (c *connection) open(host string) error {
	t, m := c.target, c.muxer
	var address string
	if t.scheme == "srt" {
		quietSRT()
		address = "srt://" + net.JoinHostPort(host, t.port) + "?" + t.key
		// Longer than our own limit, by which a server that is not there is told
		// from one that refuses: libsrt has the same error for both.
		m.option("connect_timeout", fmt.Sprint(2*t.options.ConnectTimeout.Milliseconds()))
	} else {
		// Application and key go in as options, byte for byte: libavformat would
		// split an address elsewhere, and would name it in its log.
		address = t.scheme + "://" + net.JoinHostPort(host, t.portOrDefault())
		m.option("rtmp_app", t.app)
		m.option("rtmp_playpath", t.key)
		m.option("rtmp_tcurl", t.server)
		m.option("rtmp_live", "live")
		// TCP gathers the many small pieces that RTMP is written in (Nagle): a fifth of
		// the cost of a destination.
		m.option("send_buffer_size", sendBuffer)
		if t.scheme == "rtmps" {
			m.option("tls_verify", "1")
			if t.options.CAFile != "" {
				m.option("ca_file", t.options.CAFile)
			}
		}
	}
	if err := m.connect(address, t.options.ConnectTimeout); err != nil {
		return err
	}
	if t.scheme != "srt" {
		m.option("flvflags", "no_duration_filesize")
	}
	return m.header(t.options.WriteTimeout)
}

func (t target) portOrDefault() string {
	switch {
	case t.port != "":
		return t.port
	case t.scheme == "rtmps":
		return "443"
	}
	return "1935"
}

// Write implements publish.Sink.
func (c *connection) Write(p *packet.Packet) error {
	if err := c.muxer.write(p, c.target.options.WriteTimeout); err != nil {
		c.failed = true
		return c.target.explain(c.phase(), err, c.target.options.WriteTimeout)
	}
	return nil
}

func (c *connection) phase() phase {
	if time.Since(c.began) < soon {
		return beginning
	}
	return sending
}

// Close implements publish.Sink. It takes at most 2 s.
func (c *connection) Close() error {
	defer c.muxer.free()
	const limit = 2 * time.Second
	if err := c.muxer.close(!c.failed, limit); err != nil && !c.failed {
		return c.target.explain(closing, err, limit)
	}
	return nil
}
