package avformat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"studio/media/packet"
	"studio/publish"
)

// NetworkOptions describe a server to push to.
type NetworkOptions struct {
	// Address is rtmp://, rtmps:// or srt://. An RTMP address holds the stream key
	// after its last "/" unless Key is set; it is then the server's part alone.
	Address string
	Key     string

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
	t := target{options: o, server: o.Address, key: o.Key}
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
		return nil, fmt.Errorf("address %s: must begin with rtmp://, rtmps:// or srt://", publish.Redact(o.Address))
	}
	u, err := url.Parse(t.server)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("address %s: it names no server", publish.Redact(o.Address))
	}
	if u.User != nil {
		return nil, fmt.Errorf("address %s: user names and passwords are not supported", publish.Redact(o.Address))
	}
	t.host, t.port = u.Hostname(), u.Port()
	if t.scheme == "srt" {
		if t.port == "" {
			return nil, fmt.Errorf("address %s: it names no port", t.shown)
		}
		t.key = u.RawQuery
		return t.dial, nil
	}
	// The application is everything between host and key, its query included.
	_, rest, _ := strings.Cut(t.server, "://")
	_, t.app, _ = strings.Cut(rest, "/")
	if t.app == "" || t.key == "" {
		return nil, fmt.Errorf("address %s: %s://server/application/key is wanted", publish.Redact(o.Address), t.scheme)
	}
	if len(t.server) > longest || len(t.key) > longest {
		return nil, fmt.Errorf("address %s: server and key must each be at most %d bytes", publish.Redact(o.Address), longest)
	}
	return t.dial, nil
}

// target is a parsed address.
type target struct {
	options          NetworkOptions
	scheme           string
	host, port       string
	server, app, key string
	shown            string // the address without its secret
}

// connection is one open connection.
type connection struct {
	target target
	muxer  *muxer
	failed bool
}

func (t target) dial(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
	if slices.ContainsFunc(streams, func(s *packet.Stream) bool { return s.Codec == packet.Opus }) && t.scheme != "srt" {
		return nil, fmt.Errorf("%s: RTMP carries no Opus sound: %w", t.shown, publish.ErrRefused)
	}
	if err := t.resolve(ctx); err != nil {
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
	if err := c.open(); err != nil {
		c.failed = true
		c.Close()
		return nil, t.explain("connect", err, t.options.ConnectTimeout)
	}
	return c, nil
}

// resolve looks the name up first: libavformat would do it without a time-out.
func (t target) resolve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, t.host); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return fmt.Errorf("%s: no server has the name %q", t.shown, t.host)
		}
		return fmt.Errorf("%s: the name %q cannot be looked up: is the network there?", t.shown, t.host)
	}
	return nil
}

func (c *connection) open() error {
	t, m := c.target, c.muxer
	address := t.options.Address
	if t.scheme == "srt" {
		m.option("connect_timeout", fmt.Sprint(t.options.ConnectTimeout.Milliseconds()))
	} else {
		// Application and key go in as options, byte for byte: libavformat would
		// split an address elsewhere, and would name it in its log.
		address = t.scheme + "://" + net.JoinHostPort(t.host, t.portOrDefault())
		m.option("rtmp_app", t.app)
		m.option("rtmp_playpath", t.key)
		m.option("rtmp_tcurl", t.server)
		m.option("rtmp_live", "live")
		m.option("tcp_nodelay", "1")
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
		return c.target.explain("send", err, c.target.options.WriteTimeout)
	}
	return nil
}

// Close implements publish.Sink. It takes at most 2 s.
func (c *connection) Close() error {
	defer c.muxer.free()
	const limit = 2 * time.Second
	if err := c.muxer.close(!c.failed, limit); err != nil && !c.failed {
		return c.target.explain("close", err, limit)
	}
	return nil
}

// explain turns libavformat's error into one sentence that says what to look at.
func (t target) explain(operation string, err error, limit time.Duration) error {
	var e *muxError
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %s: %w", t.shown, operation, err)
	}
	log := publish.RedactText(e.log, t.key)
	lower := strings.ToLower(log)
	connecting := operation == "connect"
	switch {
	case e.stopped && !e.timedOut:
		return fmt.Errorf("%s: %s: %w", t.shown, operation, context.Canceled)
	case e.timedOut && connecting:
		return fmt.Errorf("%s: the server did not answer within %v", t.shown, limit)
	case e.timedOut:
		return fmt.Errorf("%s: the server took no data for %v", t.shown, limit)
	case strings.Contains(lower, "does not match hostname"):
		return fmt.Errorf("%s: the server's certificate is for another name: %w", t.shown, publish.ErrRefused)
	case strings.Contains(lower, "certificate"):
		return fmt.Errorf("%s: the server's certificate is not trusted: %w", t.shown, publish.ErrRefused)
	case strings.Contains(lower, "server error"):
		_, reason, _ := strings.Cut(log, "rror: ")
		return fmt.Errorf("%s: the server says %q (is the stream key right, is it in use?): %w", t.shown, reason, publish.ErrRefused)
	case e.errno == syscall.ECONNREFUSED:
		return fmt.Errorf("%s: nothing listens there (connection refused)", t.shown)
	case e.errno == syscall.ENETUNREACH || e.errno == syscall.EHOSTUNREACH:
		return fmt.Errorf("%s: the server cannot be reached from this network (%s)", t.shown, e.errno)
	case connecting && t.scheme == "rtmps" && strings.Contains(lower, "tls"):
		return fmt.Errorf("%s: no secure connection could be agreed (%s)", t.shown, log)
	case connecting && (e.closed || e.errno == syscall.ECONNRESET || e.errno == syscall.EPIPE):
		return fmt.Errorf("%s: the server ended the connection: are address and stream key right?", t.shown)
	case e.closed || e.errno == syscall.ECONNRESET || e.errno == syscall.EPIPE:
		return fmt.Errorf("%s: the server ended the connection", t.shown)
	}
	detail := publish.RedactText(e.text, t.key)
	if log != "" {
		detail += ": " + log
	}
	return fmt.Errorf("%s: %s failed (%s)", t.shown, operation, detail)
}
