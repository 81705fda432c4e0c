package srt

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"studio/publish"
	"studio/words"
)

const (
	tsPacket     = 188          // bytes (ISO/IEC 13818-1)
	mostPayload  = 7 * tsPacket // what fits into a packet of the network
	usualLatency = 500 * time.Millisecond
	mostLatency  = 20 * time.Second
	mostStreamID = 512 // bytes
)

// settings are what an address says beside the server.
type settings struct {
	passphrase     string
	keyBytes       int // of the encryption; 0 is the server's choice
	streamID       string
	latency        time.Duration // for repairs; the server may want more
	maxBandwidth   int64         // bytes a second, -1 is no limit; 0: by the next two, if they are there
	inputBandwidth int64         // bytes a second that the limit is reckoned from; 0: what libsrt measures
	overhead       int           // percent over it for repairs; 0 is libsrt's
	payload        int           // bytes of a packet
	connectWithin  time.Duration // 0: as in Options
}

// understood are the keys of an SRT address.
var understood = []string{
	"mode", "passphrase", "pbkeylen", "streamid", "srt_streamid", "latency", "peerlatency", "tsbpddelay", "maxbw", "inputbw", "oheadbw",
	"payload_size", "pkt_size", "payloadsize", "connect_timeout",
	// These mean nothing for a caller that sends a live stream, or say what is so here
	// anyway.
	"transtype", "smoother", "congestion", "messageapi", "tsbpd", "tsbpdmode", "tlpktdrop", "nakreport",
	"rcvlatency", "snddropdelay", "enforced_encryption", "enforcedencryption", "timeout", "listen_timeout", "rw_timeout",
	"linger", "ffs", "fc", "sndbuf", "rcvbuf", "send_buffer_size", "recv_buffer_size", "mss", "lossmaxttl", "minversion",
	"iptos", "ipttl", "kmrefreshrate", "kmpreannounce", "conntimeo",
}

// may names those that have a bearing here.
const may = "mode=caller, streamid, passphrase, pbkeylen, latency, maxbw, inputbw, oheadbw, payload_size, connect_timeout"

// parse reads an address as FFmpeg, OBS and SRT's own tools write it. Errors name
// no value, and no key that is not known: it may be the rest of a passphrase.
func parse(address string) (host, port string, s settings, err error) {
	place, query, _ := strings.Cut(address, "?") // a stream id may have a bare #
	u, err := url.Parse(place)
	switch {
	case err != nil || !strings.EqualFold(u.Scheme, "srt"):
		return "", "", s, words.New("must begin with srt:// and name a server and a port", "应以 srt:// 开头，写明服务器和端口")
	case u.Hostname() == "":
		return "", "", s, words.New("it names no server; SRT is sent to a server that listens", "没有写服务器名：SRT 要推给一台在监听的服务器")
	case u.User != nil:
		return "", "", s, words.New("user names and passwords are not supported: the stream id says who sends", "不支持用户名和口令：由流名（streamid）说明是谁在推")
	case u.Port() == "":
		return "", "", s, words.New("it names no port", "没有写端口")
	}
	s = settings{latency: usualLatency, payload: mostPayload}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(value); err == nil { // what is no escape stands for itself
			value = plain
		}
		key = strings.ToLower(key)
		if pair != "" && !slices.Contains(understood, key) {
			err = words.Errorf("its query has a key that is none of SRT's (in a passphrase, & is written %%26): it may have %s",
				"问号后有 SRT 不认识的参数（口令里的 & 要写成 %%26）：可以写 %s", may)
		} else if value != "" {
			err = s.set(key, value)
		}
		if err != nil {
			return "", "", s, err
		}
	}
	return u.Hostname(), u.Port(), s, nil
}

func (s *settings) set(key, value string) (err error) {
	number := func(least, most int64) int64 {
		n, bad := strconv.ParseInt(value, 10, 64)
		if bad != nil || n < least || n > most {
			err = words.Errorf("%s: a whole number from %d to %d is wanted", "%s：应为 %d 到 %d 的整数", key, least, most)
		}
		return n
	}
	const most = 1 << 40
	switch key {
	case "mode":
		if value != "caller" {
			err = words.New("mode: only caller is supported: studio calls a server that listens", "mode：只支持 caller：由 studio 呼叫在监听的服务器")
		}
	case "passphrase":
		s.passphrase = value
		if n := len(value); n < 10 || n > 79 {
			err = words.Errorf("the passphrase has %d characters, SRT wants 10 to 79", "口令有 %d 个字符，SRT 要求 10 到 79 个", n)
		}
	case "pbkeylen":
		if s.keyBytes = int(number(0, 32)); err == nil && !slices.Contains([]int{0, 16, 24, 32}, s.keyBytes) {
			err = words.New("pbkeylen: 16, 24 or 32 is wanted", "pbkeylen：应为 16、24 或 32")
		}
	case "streamid", "srt_streamid":
		s.streamID = value
		if n := len(value); n > mostStreamID {
			err = words.Errorf("the stream id has %d bytes, SRT takes %d", "流名（streamid）有 %d 字节，SRT 最多 %d 字节", n, mostStreamID)
		}
	case "latency", "peerlatency", "tsbpddelay":
		s.latency = latency(number(0, mostLatency.Microseconds()))
	case "maxbw":
		s.maxBandwidth = number(-1, most)
	case "inputbw":
		s.inputBandwidth = number(0, most)
	case "oheadbw":
		s.overhead = int(number(5, 100))
	case "payload_size", "pkt_size", "payloadsize":
		s.payload = int(number(tsPacket, 1456)) / tsPacket * tsPacket
		s.payload = min(s.payload, mostPayload)
	case "connect_timeout":
		s.connectWithin = time.Duration(number(1, 60_000)) * time.Millisecond
	}
	return err
}

// latency reads a figure that FFmpeg and OBS give in microseconds, SRT's own tools
// and most servers in milliseconds: nobody means less than 20 ms, or 20 s and more.
func latency(n int64) time.Duration {
	if n < mostLatency.Milliseconds() {
		return time.Duration(n) * time.Millisecond
	}
	return time.Duration(n) * time.Microsecond
}

// New returns a Dial for an srt:// address. The error, about an address that cannot
// be right, names it without its secrets.
func New(o Options) (publish.Dial, error) {
	host, port, s, err := parse(o.Address)
	if err != nil {
		return nil, words.Errorf("address %s: %w", "地址 %s：%w", publish.Redact(o.Address), err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return nil, words.Errorf("address %s: the port is a number from 1 to 65535", "地址 %s：端口应为 1 到 65535 的数字", publish.Redact(o.Address))
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if s.connectWithin > 0 {
		o.ConnectTimeout = s.connectWithin
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 5 * time.Second
	}
	t := &target{
		options: o, settings: s, shown: publish.Redact(o.Address), port: uint16(number),
		server: &publish.Server{Name: host, Resolver: o.Resolver},
	}
	return t.dial, nil
}

// endpoint is where to connect to.
func endpoint(address string, port uint16) (netip.AddrPort, error) {
	ip, err := netip.ParseAddr(address)
	return netip.AddrPortFrom(ip.Unmap(), port), err
}
