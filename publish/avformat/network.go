package avformat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"studio/media/packet"
	"studio/publish"
	"studio/words"
)

// NetworkOptions describe a server to push to.
type NetworkOptions struct {
	// Address is rtmp:// or rtmps://. It holds the stream key after its last "/"
	// unless Key is set; it is then the server's part alone.
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
	t := target{options: o, key: o.Key}
	scheme, _, _ := strings.Cut(o.Address, "://")
	t.scheme = strings.ToLower(scheme)
	if t.scheme != "rtmp" && t.scheme != "rtmps" {
		return nil, words.Errorf("address %s: must begin with rtmp:// or rtmps://", "地址 %s：应以 rtmp:// 或 rtmps:// 开头", publish.Redact(o.Address))
	}
	t.address = o.Address
	if t.key == "" {
		t.address, t.key = publish.SplitAddress(o.Address)
	}
	t.address = strings.TrimSuffix(t.address, "/")
	t.shown = t.address + "/…"
	u, err := url.Parse(t.address)
	if err != nil || u.Hostname() == "" {
		return nil, words.Errorf("address %s: it names no server", "地址 %s：没有写服务器名", publish.Redact(o.Address))
	}
	if u.User != nil {
		return nil, words.Errorf("address %s: user names and passwords are not supported", "地址 %s：不支持用户名和口令", publish.Redact(o.Address))
	}
	t.server, t.port = &publish.Server{Name: u.Hostname(), Resolver: o.Resolver}, u.Port()
	// The application is everything between host and key, its query included.
	_, rest, _ := strings.Cut(t.address, "://")
	_, t.app, _ = strings.Cut(rest, "/")
	if t.app == "" || t.key == "" {
		return nil, words.Errorf("address %s: %s://server/application/key is wanted", "地址 %s：应写成 %s://服务器/应用名/密钥", publish.Redact(o.Address), t.scheme)
	}
	if len(t.address) > longest || len(t.key) > longest {
		return nil, words.Errorf("address %s: server and key must each be at most %d bytes", "地址 %s：服务器和密钥各不能超过 %d 字节", publish.Redact(o.Address), longest)
	}
	return t.dial, nil
}

// target is a parsed address.
type target struct {
	options  NetworkOptions
	scheme   string
	server   *publish.Server
	port     string
	address  string // without the key
	app, key string
	shown    string // the address without its secret
}

// connection is one open connection.
type connection struct {
	target target
	muxer  *muxer
	began  time.Time
	failed bool
}

func (t target) dial(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
	if slices.ContainsFunc(streams, func(s *packet.Stream) bool { return s.Codec == packet.Opus }) {
		return nil, t.fault(publish.NotCarried, "RTMP carries no Opus sound", "RTMP 不能传送 Opus 声音", nil)
	}
	host, err := t.resolve(ctx)
	if err != nil {
		return nil, err
	}
	m, err := newMuxer(ctx, "flv", streams)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.shown, err)
	}
	c := &connection{target: t, muxer: m}
	if err := c.open(host); err != nil {
		t.server.Failed()
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

// resolve returns the address to connect to.
func (t target) resolve(ctx context.Context) (string, error) {
	address, err := t.server.Address(ctx, t.options.ConnectTimeout)
	var said *publish.Error
	switch {
	case errors.As(err, &said):
		return "", &publish.Error{Fault: said.Fault, Text: said.About(t.shown)}
	case err != nil:
		return "", fmt.Errorf("%s: connect: %w", t.shown, context.Canceled)
	case t.scheme == "rtmps":
		// TLS must name the server it means, which libavformat does only if it is
		// given the name; it finds what was found just now.
		return t.server.Name, nil
	}
	return address, nil
}

func (c *connection) open(host string) error {
	t, m := c.target, c.muxer
	// Application and key go in as options, byte for byte: libavformat would
	// split an address elsewhere, and would name it in its log.
	address := t.scheme + "://" + net.JoinHostPort(host, t.portOrDefault())
	m.option("rtmp_app", t.app)
	m.option("rtmp_playpath", t.key)
	m.option("rtmp_tcurl", t.address)
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
	if err := m.connect(address, t.options.ConnectTimeout); err != nil {
		return err
	}
	m.option("flvflags", "no_duration_filesize")
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
